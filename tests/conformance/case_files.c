/* case_files.c -- reading conformance cases. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "tests/conformance/case_files.h"

/* Who wants the cases. */
struct reader {
    void (*fn)(json_t *json, void *arg);
    void *arg;
};

static bool ends_with(const char *path, const char *end)
{
    size_t len = strlen(path);
    return len >= strlen(end) && strcmp(path + len - strlen(end), end) == 0;
}

static bool is_file_of_cases(const char *path)
{
    return ends_with(path, ".json") || ends_with(path, ".jsonl");
}

static bool one_case(const struct reader *r, const char *path, const char *text, size_t len)
{
    json_error_t error;
    json_t *json = json_loadb(text, len, 0, &error);
    if (json == NULL) {
        fprintf(stderr, "%s: %s at column %d\n", path, error.text, error.column);
        return false;
    }
    r->fn(json, r->arg);
    json_decref(json);
    return true;
}

static bool each_line(const struct reader *r, const char *path, struct weir_bytes text)
{
    const char *at = text.data;
    const char *end = at + text.len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        if (stop > at && !one_case(r, path, at, (size_t)(stop - at))) {
            return false;
        }
        at = stop + 1;
    }
    return true;
}

static bool file(const struct reader *r, const char *path)
{
    struct wr_fs *fs = wr_fs_posix();
    struct wr_buf text = {0};
    struct weir_error err;
    bool ok = fs->read(fs, path, &text, &err) == WEIR_OK;
    if (!ok) {
        fprintf(stderr, "%s\n", err.text);
    } else if (ends_with(path, ".json")) {
        ok = one_case(r, path, text.data, text.len);
    } else {
        ok = each_line(r, path, wr_buf_view(&text));
    }
    wr_buf_free(&text);
    return ok;
}

/* *found: it is a directory. */
static bool directory(const struct reader *r, const char *path, bool *found)
{
    struct wr_fs *fs = wr_fs_posix();
    struct wr_ptrs names = {0};
    struct weir_error err;
    bool ok = true;
    *found = fs->list(fs, path, &names, &err) == WEIR_OK;
    for (size_t i = 0; *found && ok && i < names.count; i++) {
        char *child = wr_asprintf("%s/%s", path, (const char *)names.items[i]);
        bool below;
        ok = is_file_of_cases(child) ? file(r, child) : directory(r, child, &below);
        wr_free(child);
    }
    wr_ptrs_free_all(&names);
    return ok;
}

bool case_files_each(const char *path, void (*fn)(json_t *json, void *arg), void *arg)
{
    struct reader r = {fn, arg};
    bool found = true;
    bool ok = is_file_of_cases(path) ? file(&r, path) : directory(&r, path, &found);
    if (!found) {
        fprintf(stderr, "%s is not a directory and not a file of cases\n", path);
    }
    return ok && found;
}
