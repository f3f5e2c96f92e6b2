/* checked_file.c -- names and values with a checksum. Thread: any. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/kproto/crc32c.h"
#include "state/checked_file.h"

static const char check_name[] = "crc32c=";
enum { CHECK_LINE = sizeof check_name - 1 + 8 + 1 };

static enum weir_code parse(char *text, size_t len, struct wr_checked_file *out)
{
    char expected[CHECK_LINE + 1];
    if (len < CHECK_LINE || memchr(text, '\0', len) != NULL) {
        return WEIR_ECORRUPT;
    }
    char *end = text + len - CHECK_LINE;
    snprintf(expected, sizeof expected, "%s%08x\n", check_name,
             wr_crc32c(0, text, len - CHECK_LINE));
    if (memcmp(end, expected, CHECK_LINE) != 0) {
        return WEIR_ECORRUPT;
    }
    for (char *line = text; line < end;) {
        char *eol = memchr(line, '\n', (size_t)(end - line));
        char *equals = eol != NULL ? memchr(line, '=', (size_t)(eol - line)) : NULL;
        if (equals == NULL) {
            return WEIR_ECORRUPT;
        }
        *equals = *eol = '\0';
        if (wr_strmap_has(&out->values, line)) {
            return WEIR_ECORRUPT;
        }
        wr_strmap_put(&out->values, line, wr_strdup(equals + 1));
        line = eol + 1;
    }
    return WEIR_OK;
}

enum weir_code wr_checked_file_read(struct wr_fs *fs, const char *path, struct wr_checked_file *out,
                                    struct weir_error *err)
{
    struct wr_buf text = {0};
    *out = (struct wr_checked_file){0};
    enum weir_code code = fs->read(fs, path, &text, err);
    if (code == WEIR_OK) {
        code = parse(text.data, text.len, out);
        if (code != WEIR_OK) {
            wr_checked_file_free(out);
            code = wr_fail(err, WEIR_ECORRUPT, "\"%s\" is damaged: its checksum or form is wrong",
                           path);
        }
    }
    wr_buf_free(&text);
    return code;
}

void wr_checked_file_free(struct wr_checked_file *f)
{
    for (size_t i = 0; i < f->values.count; i++) {
        wr_free(f->values.entries[i].value);
    }
    wr_strmap_free(&f->values);
}

const char *wr_checked_file_get(const struct wr_checked_file *f, const char *name)
{
    const char *value = wr_strmap_get(&f->values, name);
    return value != NULL ? value : "";
}

enum weir_code wr_checked_file_write(struct wr_fs *fs, const char *path, const char *const *pairs,
                                     struct weir_error *err)
{
    struct wr_buf text = {0};
    for (; *pairs != NULL; pairs += 2) {
        wr_assert(strpbrk(pairs[0], "=\n") == NULL && strchr(pairs[1], '\n') == NULL);
        wr_buf_printf(&text, "%s=%s\n", pairs[0], pairs[1]);
    }
    wr_buf_printf(&text, "%s%08x\n", check_name, wr_crc32c(0, text.data, text.len));
    enum weir_code code = fs->replace(fs, path, wr_buf_view(&text), err);
    wr_buf_free(&text);
    return code;
}
