/* replay.c -- run a fuzz target over its corpus, as a TAP program.
 *
 * The program NAME.tap replays the files of tests/fuzz/corpus/NAME. A target that finds something
 * ends the process, which the driver counts as a failure.
 */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/arena.h"
#include "src/base/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum weir_code replay(const char *dir, struct wr_arena *arena, struct weir_error *err)
{
    struct wr_fs *fs = wr_fs_posix();
    struct wr_ptrs names = {0};
    enum weir_code code = fs->list(fs, dir, &names, err);
    printf("1..%zu\n", names.count);
    for (size_t i = 0; i < names.count && code == WEIR_OK; i++) {
        const char *name = names.items[i];
        struct wr_buf bytes = {0};
        code = fs->read(fs, wr_arena_printf(arena, "%s/%s", dir, name), &bytes, err);
        if (code == WEIR_OK) {
            LLVMFuzzerTestOneInput((const uint8_t *)bytes.data, bytes.len);
            printf("ok %zu - %s\n", i + 1, name);
        }
        wr_buf_free(&bytes);
    }
    wr_ptrs_free_all(&names);
    return code;
}

int main(int argc, char **argv)
{
    const char *srcdir = getenv("WEIR_SRCDIR");
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash != NULL ? slash + 1 : argv[0];
    struct weir_error err = {.text = "WEIR_SRCDIR is not set: run by make check"};
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    enum weir_code code = WEIR_EINVAL;
    if (argc == 1 && srcdir != NULL) {
        const char *dir = wr_arena_printf(&arena, "%s/tests/fuzz/corpus/%.*s", srcdir,
                                          (int)strcspn(name, "."), name);
        code = replay(dir, &arena, &err);
    }
    if (code != WEIR_OK) {
        printf("Bail out! %s\n", err.text);
    }
    wr_arena_free(&arena);
    return code == WEIR_OK ? 0 : 1;
}
