/* fs.c -- the machine's files. */
#include "src/base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/fs.h"
#include "src/base/mem.h"

static enum weir_code fail_errno(struct weir_error *err, const char *doing, const char *path)
{
    int e = errno;
    enum weir_code code = e == ENOENT                  ? WEIR_ENOTFOUND
                          : e == ENOSPC || e == EDQUOT ? WEIR_EFULL
                          : e == EACCES || e == EPERM  ? WEIR_EAUTH
                                                       : WEIR_EIO;
    return wr_fail(err, code, "could not %s \"%s\": %s", doing, path, wr_errno_text(e));
}

static enum weir_code posix_mkdirs(struct wr_fs *fs, const char *path, struct weir_error *err)
{
    WR_UNUSED(fs);
    enum weir_code code = WEIR_OK;
    char *copy = wr_strdup(path);
    for (char *p = copy; code == WEIR_OK && *p != '\0';) {
        p += strspn(p, "/");
        p += strcspn(p, "/");
        char c = *p;
        *p = '\0';
        if (mkdir(copy, 0750) != 0 && errno != EEXIST) {
            code = fail_errno(err, "create directory", copy);
        }
        *p = c;
    }
    struct stat st;
    if (code == WEIR_OK && stat(path, &st) != 0) {
        code = fail_errno(err, "create directory", path);
    }
    if (code == WEIR_OK && !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        code = fail_errno(err, "create directory", path);
    }
    wr_free(copy);
    return code;
}

static enum weir_code posix_read(struct wr_fs *fs, const char *path, struct wr_buf *out,
                                 struct weir_error *err)
{
    WR_UNUSED(fs);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail_errno(err, "open", path);
    }
    enum weir_code code = WEIR_OK;
    size_t start = out->len;
    for (;;) {
        wr_buf_reserve(out, 4096);
        ssize_t n = read(fd, out->data + out->len, 4096);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            code = fail_errno(err, "read", path);
            out->len = start;
        }
        if (n <= 0) {
            break;
        }
        out->len += (size_t)n;
    }
    close(fd);
    return code;
}

static bool write_all(int fd, struct weir_bytes b)
{
    const char *p = b.data;
    size_t left = b.len;
    while (left != 0) {
        ssize_t n = write(fd, p, left);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        p += n;
        left -= (size_t)n;
    }
    return true;
}

/* A new name in a directory is durable when the directory itself has been synced. */
static enum weir_code sync_parent(const char *path, struct weir_error *err)
{
    char *dir = wr_strdup(path);
    char *slash = strrchr(dir, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    const char *name = slash == NULL ? "." : slash == dir ? "/" : dir;
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum weir_code code = WEIR_OK;
    if (fd < 0 || fsync(fd) != 0) {
        code = fail_errno(err, "sync directory", name);
    }
    if (fd >= 0) {
        close(fd);
    }
    wr_free(dir);
    return code;
}

static enum weir_code posix_replace(struct wr_fs *fs, const char *path, struct weir_bytes contents,
                                    struct weir_error *err)
{
    WR_UNUSED(fs);
    char *temp = wr_asprintf("%s.new", path);
    enum weir_code code = WEIR_OK;
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0) {
        code = fail_errno(err, "create", temp);
        goto out;
    }
    if (!write_all(fd, contents) || fsync(fd) != 0) {
        code = fail_errno(err, "write", temp);
    }
    if (close(fd) != 0 && code == WEIR_OK) {
        code = fail_errno(err, "close", temp);
    }
    if (code == WEIR_OK && rename(temp, path) != 0) {
        code = fail_errno(err, "replace", path);
    }
    if (code != WEIR_OK) {
        unlink(temp); /* on a full disk its space is needed */
        goto out;
    }
    code = sync_parent(path, err);
out:
    wr_free(temp);
    return code;
}

static enum weir_code posix_rename(struct wr_fs *fs, const char *from, const char *to,
                                   struct weir_error *err)
{
    WR_UNUSED(fs);
    return rename(from, to) == 0 ? WEIR_OK : fail_errno(err, "rename", from);
}

static enum weir_code posix_list(struct wr_fs *fs, const char *path, struct wr_ptrs *names,
                                 struct weir_error *err);

static enum weir_code posix_remove(struct wr_fs *fs, const char *path, struct weir_error *err)
{
    if (unlink(path) == 0 || errno == ENOENT) {
        return WEIR_OK;
    }
    if (errno != EISDIR) {
        return fail_errno(err, "remove", path);
    }
    struct wr_ptrs names = {0};
    enum weir_code code = posix_list(fs, path, &names, err);
    for (size_t i = 0; i < names.count && code == WEIR_OK; i++) {
        char *child = wr_asprintf("%s/%s", path, (char *)names.items[i]);
        code = posix_remove(fs, child, err);
        wr_free(child);
    }
    wr_ptrs_free_all(&names);
    if (code == WEIR_OK && rmdir(path) != 0) {
        code = fail_errno(err, "remove", path);
    }
    return code;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum weir_code posix_list(struct wr_fs *fs, const char *path, struct wr_ptrs *names,
                                 struct weir_error *err)
{
    WR_UNUSED(fs);
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return fail_errno(err, "list directory", path);
    }
    size_t start = names->count;
    errno = 0; /* how readdir tells a failure from the end */
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            wr_ptrs_push(names, wr_strdup(e->d_name));
        }
        errno = 0;
    }
    enum weir_code code = errno != 0 ? fail_errno(err, "list directory", path) : WEIR_OK;
    closedir(dir);
    while (code != WEIR_OK && names->count > start) {
        wr_free(names->items[--names->count]);
    }
    if (names->count > start) {
        qsort(&names->items[start], names->count - start, sizeof names->items[0], compare_names);
    }
    return code;
}

static enum weir_code posix_stat(struct wr_fs *fs, const char *path, int64_t *size,
                                 int64_t *changed_ms, struct weir_error *err)
{
    WR_UNUSED(fs);
    struct stat st;
    if (stat(path, &st) != 0) {
        return fail_errno(err, "look at", path);
    }
    if (size != NULL) {
        *size = st.st_size;
    }
    if (changed_ms != NULL) {
        *changed_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    }
    return WEIR_OK;
}

/* The process whose pid stands in a lock file, 0 if it does not live: whoever shares the lock
 * writes nothing. */
static long read_holder(int fd)
{
    char text[32] = "";
    long pid = pread(fd, text, sizeof text - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno != ESRCH) ? pid : 0;
}

/* Open with `flags` and lock without waiting. */
static enum weir_code take_lock(const char *path, int flags, int operation, int *handle,
                                long *holder, struct weir_error *err)
{
    *holder = 0;
    int fd = open(path, flags | O_CLOEXEC, 0640);
    if (fd < 0) {
        return fail_errno(err, "open lock file", path);
    }
    if (flock(fd, operation | LOCK_NB) != 0) {
        enum weir_code code = errno == EWOULDBLOCK
                                  ? wr_fail(err, WEIR_ELOCKED, "\"%s\" is locked", path)
                                  : fail_errno(err, "lock", path);
        *holder = read_holder(fd);
        close(fd);
        return code;
    }
    *handle = fd;
    return WEIR_OK;
}

static enum weir_code posix_lock(struct wr_fs *fs, const char *path, int *handle, long *holder,
                                 struct weir_error *err)
{
    WR_UNUSED(fs);
    char pid[32];
    int fd = -1;
    enum weir_code code = take_lock(path, O_RDWR | O_CREAT, LOCK_EX, &fd, holder, err);
    if (code != WEIR_OK) {
        return code;
    }
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)n, 0) != n) {
        code = fail_errno(err, "write lock file", path);
        close(fd);
        return code;
    }
    *handle = fd;
    return WEIR_OK;
}

static enum weir_code posix_share(struct wr_fs *fs, const char *path, int *handle, long *holder,
                                  struct weir_error *err)
{
    WR_UNUSED(fs);
    return take_lock(path, O_RDONLY, LOCK_SH, handle, holder, err);
}

static void posix_unlock(struct wr_fs *fs, int handle)
{
    WR_UNUSED(fs);
    close(handle);
}

static enum weir_code posix_boot_id(struct wr_fs *fs, char out[WR_BOOT_ID_MAX],
                                    struct weir_error *err)
{
    struct wr_buf text = {0};
    enum weir_code code = posix_read(fs, "/proc/sys/kernel/random/boot_id", &text, err);
    if (code == WEIR_OK) {
        snprintf(out, WR_BOOT_ID_MAX, "%s", wr_buf_cstr(&text));
        out[strcspn(out, "\n")] = '\0';
    }
    wr_buf_free(&text);
    return code;
}

static enum weir_code posix_kind(struct wr_fs *fs, const char *path, bool *network, bool *temporary,
                                 struct weir_error *err)
{
    /* Magic numbers of statfs(2): NFS, SMB, CIFS, SMB2, FUSE (which may be anything), 9P, AFS,
     * Ceph. */
    static const uint32_t remote[] = {0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                      0x65735546, 0x01021997, 0x5346414F, 0x00C36400};
    static const uint32_t memory[] = {0x01021994, 0x858458F6}; /* tmpfs, ramfs */
    WR_UNUSED(fs);
    struct statfs st;
    if (statfs(path, &st) != 0) {
        return fail_errno(err, "look at the file system of", path);
    }
    *network = *temporary = false;
    for (size_t i = 0; i < WR_ARRAY_LEN(remote); i++) {
        *network |= (uint32_t)st.f_type == remote[i];
    }
    for (size_t i = 0; i < WR_ARRAY_LEN(memory); i++) {
        *temporary |= (uint32_t)st.f_type == memory[i];
    }
    return WEIR_OK;
}

struct wr_fs *wr_fs_posix(void)
{
    static struct wr_fs fs = {
        .mkdirs = posix_mkdirs,
        .read = posix_read,
        .replace = posix_replace,
        .rename = posix_rename,
        .remove = posix_remove,
        .list = posix_list,
        .stat = posix_stat,
        .lock = posix_lock,
        .share = posix_share,
        .unlock = posix_unlock,
        .boot_id = posix_boot_id,
        .kind = posix_kind,
    };
    return &fs;
}
