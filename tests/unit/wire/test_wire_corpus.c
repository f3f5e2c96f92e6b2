/* test_wire_corpus.c -- the corpus of tests/fuzz/fuzz_wire.c is run once. */
#include "src/base/base.h"

#include <stdlib.h>

#include "src/base/fs.h"
#include "src/base/mem.h"
#include "tests/unit/suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

START_TEST(nothing_in_the_corpus_breaks_the_broker)
{
    const char *source = getenv("WEIR_SRCDIR");
    struct wr_fs *fs = wr_fs_posix();
    struct wr_ptrs names = {0};
    struct weir_error err;
    char *folder = wr_asprintf("%s/tests/fuzz/corpus/wire", source != NULL ? source : "../..");
    ck_assert_msg(fs->list(fs, folder, &names, &err) == WEIR_OK, "%s", err.text);
    ck_assert_uint_gt(names.count, 50);
    for (size_t i = 0; i < names.count; i++) {
        struct wr_buf input = {0};
        char *path = wr_asprintf("%s/%s", folder, (const char *)names.items[i]);
        ck_assert_msg(fs->read(fs, path, &input, &err) == WEIR_OK, "%s", err.text);
        LLVMFuzzerTestOneInput((const uint8_t *)input.data, input.len);
        wr_buf_free(&input);
        wr_free(path);
    }
    wr_fs_names_free(&names);
    wr_free(folder);
}
END_TEST

Suite *wire_corpus_suite(void)
{
    Suite *s = suite_create("wire_corpus");
    TCase *t = tcase_create("wire_corpus");
    tcase_add_test(t, nothing_in_the_corpus_breaks_the_broker);
    suite_add_tcase(s, t);
    return s;
}
