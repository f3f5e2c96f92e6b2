/* case_files.c -- reading conformance cases. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "tests/conformance/case_files.h"

static bool ends_with(const char *path, const char *end)
{
    size_t len = strlen(path);
    return len >= strlen(end) && strcmp(path + len - strlen(end), end) == 0;
}

static bool one_case(const char *path, const char *text, size_t len,
                     void (*fn)(const json_t *json, void *arg), void *arg)
{
    json_error_t error;
    json_t *json = json_loadb(text, len, 0, &error);
    if (json == NULL) {
        fprintf(stderr, "%s: %s at column %d\n", path, error.text, error.column);
        return false;
    }
    fn(json, arg);
    json_decref(json);
    return true;
}

static bool one_file(const char *path, struct weir_bytes text,
                     void (*fn)(const json_t *json, void *arg), void *arg)
{
    if (ends_with(path, ".json")) {
        return one_case(path, text.data, text.len, fn, arg);
    }
    const char *at = text.data;
    const char *end = at + text.len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        if (stop > at && !one_case(path, at, (size_t)(stop - at), fn, arg)) {
            return false;
        }
        at = stop + 1;
    }
    return true;
}

static bool directory(const char *path, const struct wr_ptrs *names,
                      void (*fn)(const json_t *json, void *arg), void *arg)
{
    bool ok = true;
    for (size_t i = 0; ok && i < names->count; i++) {
        char *child = wr_asprintf("%s/%s", path, (const char *)names->items[i]);
        ok = case_files_each(child, fn, arg);
        wr_free(child);
    }
    return ok;
}

bool case_files_each(const char *path, void (*fn)(const json_t *json, void *arg), void *arg)
{
    struct wr_fs *fs = wr_fs_posix();
    struct wr_ptrs names = {0};
    struct wr_buf text = {0};
    struct weir_error err;
    bool ok = true;
    if (ends_with(path, ".json") || ends_with(path, ".jsonl")) {
        ok = fs->read(fs, path, &text, &err) == WEIR_OK;
        if (ok) {
            ok = one_file(path, wr_buf_view(&text), fn, arg);
        } else {
            fprintf(stderr, "%s\n", err.text);
        }
    } else if (fs->list(fs, path, &names, &err) == WEIR_OK) {
        ok = directory(path, &names, fn, arg);
    }
    wr_fs_names_free(&names);
    wr_buf_free(&text);
    return ok;
}
