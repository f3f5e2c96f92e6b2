/* journal_file.c -- system calls of the journal. */
#include "src/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "broker/disk/journal_file.h"
#include "src/base/err.h"
#include "src/base/mem.h"

#define FIRST_LINE "weir dev journal 1\n"

enum { FIRST_LINE_LEN = sizeof FIRST_LINE - 1, READ_AT_ONCE = 1024 * 1024 };

static enum weir_code fail_errno(struct weir_error *err, const char *doing, const char *path)
{
    int e = errno;
    enum weir_code code = e == ENOENT                                ? WEIR_ENOTFOUND
                          : e == ENOSPC || e == EDQUOT || e == EFBIG ? WEIR_EFULL
                          : e == EACCES || e == EPERM                ? WEIR_EAUTH
                                                                     : WEIR_EIO;
    return wr_fail(err, code, "could not %s \"%s\": %s", doing, path, wr_errno_text(e));
}

void wr_journal_file_close(struct wr_journal_file *f)
{
    if (f->fd >= 0) {
        close(f->fd);
    }
    wr_free(f->path);
    *f = (struct wr_journal_file){.fd = -1};
}

/* ---- opening and reading --------------------------------------------------------------------- */

/* Read at most len bytes to the end of a buffer; *end if there are none. */
static enum weir_code read_more(struct wr_journal_file *f, struct wr_buf *to, size_t len, bool *end,
                                struct weir_error *err)
{
    ssize_t n;
    wr_buf_reserve(to, len);
    do {
        n = read(f->fd, to->data + to->len, len);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return fail_errno(err, "read", f->path);
    }
    to->len += (size_t)n;
    *end = n == 0;
    return WEIR_OK;
}

static enum weir_code check_first_line(struct wr_journal_file *f, struct weir_error *err)
{
    enum { VERSION_LEN = 2 };
    struct wr_buf line = {0};
    bool end = false;
    enum weir_code code = WEIR_OK;
    while (code == WEIR_OK && !end && line.len < FIRST_LINE_LEN) {
        code = read_more(f, &line, FIRST_LINE_LEN - line.len, &end, err);
    }
    const char *text = wr_buf_cstr(&line);
    if (code == WEIR_OK && strcmp(text, FIRST_LINE) != 0) {
        code = strncmp(text, FIRST_LINE, FIRST_LINE_LEN - VERSION_LEN) == 0
                   ? wr_fail(err, WEIR_EIDENTITY,
                             "\"%s\" is of another version of weir: use that one, or another "
                             "directory",
                             f->path)
                   : wr_fail(err, WEIR_EIDENTITY, "\"%s\" is no journal of weir dev", f->path);
    }
    f->size = line.len;
    wr_buf_free(&line);
    return code;
}

enum weir_code wr_journal_file_open(struct wr_journal_file *f, const char *path,
                                    struct weir_error *err)
{
    *f = (struct wr_journal_file){.fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC)};
    if (f->fd < 0) {
        return fail_errno(err, "open", path);
    }
    f->path = wr_strdup(path);
    enum weir_code code = check_first_line(f, err);
    if (code != WEIR_OK) {
        wr_journal_file_close(f);
    }
    return code;
}

static enum weir_code fail_damaged(const struct wr_journal_file *f, struct weir_error *err)
{
    return wr_fail(err, WEIR_ECORRUPT,
                   "\"%s\" is damaged at byte %" PRIu64 ": no record was written like this; "
                   "\"truncate -s %" PRIu64 " %s\" keeps what is before it",
                   f->path, f->size, f->size, f->path);
}

/* What is behind the last whole record goes. */
static enum weir_code cut_off(struct wr_journal_file *f, uint64_t *cut, size_t rest,
                              struct weir_error *err)
{
    *cut = rest;
    if (rest != 0 && ftruncate(f->fd, (off_t)f->size) != 0) {
        return fail_errno(err, "cut", f->path);
    }
    return WEIR_OK;
}

enum weir_code wr_journal_file_read(struct wr_journal_file *f, wr_journal_take *take, void *arg,
                                    uint64_t *cut, struct weir_error *err)
{
    struct wr_buf buf = {0};
    struct wr_journal_record r;
    size_t at = 0;
    bool end = false;
    enum weir_code code = WEIR_OK;
    *cut = 0;
    while (code == WEIR_OK) {
        const char *data = wr_buf_view(&buf).data;
        struct weir_bytes rest = weir_view(data + at, buf.len - at);
        enum wr_journal_find found = wr_journal_read(rest, &r);
        if (found == WR_JOURNAL_FOUND) {
            code = take(arg, &r, err);
            if (code != WEIR_OK) {
                wr_fail_prefix(err, "\"%s\" is damaged at byte %" PRIu64, f->path, f->size);
                break;
            }
            at += r.size;
            f->size += r.size;
        } else if (found == WR_JOURNAL_DAMAGED) {
            code = fail_damaged(f, err);
        } else if (end) {
            code = cut_off(f, cut, rest.len, err);
            break;
        } else {
            if (at != 0) {
                memmove(buf.data, rest.data, rest.len);
                buf.len = rest.len;
            }
            at = 0;
            size_t missing = r.size > rest.len ? r.size - rest.len : 0;
            code = read_more(f, &buf, missing > READ_AT_ONCE ? missing : READ_AT_ONCE, &end, err);
        }
    }
    wr_buf_free(&buf);
    return code;
}

/* ---- writing --------------------------------------------------------------------------------- */

enum weir_code wr_journal_file_append(struct wr_journal_file *f, struct weir_bytes bytes,
                                      struct weir_error *err)
{
    const char *at = bytes.data;
    for (size_t left = bytes.len; left != 0;) {
        ssize_t n = write(f->fd, at, left);
        if (n < 0 && errno != EINTR) {
            return fail_errno(err, "write", f->path);
        }
        size_t written = n > 0 ? (size_t)n : 0;
        at += written;
        left -= written;
        f->size += written;
    }
    return WEIR_OK;
}

enum weir_code wr_journal_file_sync(struct wr_journal_file *f, struct weir_error *err)
{
    return fsync(f->fd) == 0 ? WEIR_OK : fail_errno(err, "sync", f->path);
}

enum weir_code wr_journal_file_create(struct wr_journal_file *f, const char *path,
                                      struct weir_error *err)
{
    *f = (struct wr_journal_file){
        .fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0640)};
    if (f->fd < 0) {
        return fail_errno(err, "create", path);
    }
    f->path = wr_strdup(path);
    return wr_journal_file_append(f, weir_str(FIRST_LINE), err);
}

enum weir_code wr_journal_file_rename(struct wr_journal_file *f, const char *path,
                                      struct weir_error *err)
{
    enum weir_code code = wr_journal_file_sync(f, err);
    if (code == WEIR_OK && rename(f->path, path) != 0) {
        code = fail_errno(err, "rename", f->path);
    }
    if (code == WEIR_OK) {
        wr_free(f->path);
        f->path = wr_strdup(path);
    }
    return code;
}

enum weir_code wr_journal_dir_sync(const char *dir, struct weir_error *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return fail_errno(err, "open directory", dir);
    }
    enum weir_code code = fsync(fd) == 0 ? WEIR_OK : fail_errno(err, "sync directory", dir);
    close(fd);
    return code;
}
