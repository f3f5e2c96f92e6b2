/* lmdb_env.c -- opening, growing and transactions of an LMDB environment. */
#include "src/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/lmdb_env.h"
#include "state/lmdb_format.h"

enum { READERS = 256, LOCK_FILE_BYTES = 20480, FREE_BYTES_MIN = 65536 };

/* The map doubles until it is as large as this. */
#define MAP_BYTES_MAX (UINT64_C(1) << 44)

static bool disk_is_full(const struct wr_lmdb_env *env)
{
    struct statvfs st;
    return statvfs(env->path, &st) == 0 && st.f_bavail * st.f_frsize < FREE_BYTES_MIN;
}

enum weir_code wr_lmdb_fail(struct wr_lmdb_env *env, int rc, const char *doing,
                            struct weir_error *err)
{
    enum weir_code code = WEIR_EIO;
    const char *hint = "";
    switch (rc) {
    case MDB_NOTFOUND:
        return WEIR_ENOTFOUND;
    case MDB_MAP_FULL:
        code = WEIR_EAGAIN;
        env->too_small = true;
        break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        code = WEIR_EFULL;
        break;
    case EIO:
        /* LMDB makes EIO of a write that came out short, which is how a full disk begins. */
        code = disk_is_full(env) ? WEIR_EFULL : WEIR_EIO;
        break;
    case MDB_READERS_FULL:
        code = WEIR_EAGAIN;
        hint = ": too many queries read at the same time";
        break;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
    case MDB_CURSOR_FULL:
    case MDB_PANIC:
        code = WEIR_ECORRUPT;
        break;
    default:
        break;
    }
    return wr_fail(err, code, "could not %s store directory \"%s\": %s%s", doing, env->path,
                   mdb_strerror(rc), hint);
}

/* ---- opening --------------------------------------------------------------------------------- */

/* LMDB maps its lock file and writes into it; on a full disk that would be a SIGBUS, so its blocks
 * are asked for beforehand. */
static enum weir_code reserve_lock_file(const char *path, struct weir_error *err)
{
    char *name = wr_asprintf("%s/lock.mdb", path);
    enum weir_code code = WEIR_OK;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    int e = fd < 0 ? errno : posix_fallocate(fd, 0, LOCK_FILE_BYTES);
    if (e != 0) {
        code = wr_fail(err, e == ENOSPC || e == EDQUOT || e == EFBIG ? WEIR_EFULL : WEIR_EIO,
                       "could not create \"%s\": %s", name, wr_errno_text(e));
    }
    if (fd >= 0) {
        close(fd);
    }
    wr_free(name);
    return code;
}

/* LMDB does not tell where its map is: a key of the main database lies in a leaf page, and every
 * page begins with its own number. */
static void find_map(struct wr_lmdb_env *env)
{
    MDB_dbi main_dbi;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_stat st;
    if (mdb_dbi_open(env->read.txn, NULL, 0, &main_dbi) != 0 ||
        mdb_stat(env->read.txn, main_dbi, &st) != 0 ||
        mdb_cursor_open(env->read.txn, main_dbi, &cursor) != 0) {
        return;
    }
    if (mdb_cursor_get(cursor, &key, NULL, MDB_FIRST) == 0) {
        uint64_t number;
        const char *page =
            (const char *)((uintptr_t)key.mv_data & ~(uintptr_t)((size_t)st.ms_psize - 1));
        memcpy(&number, page + WR_LMDB_PAGE_NUMBER, sizeof number);
        env->read.extent.map = page - number * st.ms_psize;
        wr_assert(memcmp(env->read.extent.map + WR_LMDB_PAGE_HEAD, &(uint32_t){WR_LMDB_MAGIC}, 4) ==
                  0);
    }
    mdb_cursor_close(cursor);
}

static void measure_file(struct wr_lmdb_env *env)
{
    struct stat st;
    int fd = -1;
    bool known = mdb_env_get_fd(env->mdb, &fd) == 0 && fstat(fd, &st) == 0;
    env->read.extent.bytes = known ? (uint64_t)st.st_size : 0;
}

static enum weir_code begin_read(struct wr_lmdb_env *env, struct weir_error *err)
{
    int rc = env->read.txn != NULL ? mdb_txn_renew(env->read.txn)
                                   : mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &env->read.txn);
    if (rc != 0) {
        return wr_lmdb_fail(env, rc, "read", err);
    }
    pthread_mutex_lock(&env->lock);
    measure_file(env);
    if (env->read.extent.map == NULL) {
        find_map(env);
    }
    pthread_mutex_unlock(&env->lock);
    return WEIR_OK;
}

/* After a failure, which is what the caller reports: if reading cannot go on either, the next read
 * says so. */
static enum weir_code read_on(struct wr_lmdb_env *env, enum weir_code code)
{
    enum weir_code again = begin_read(env, NULL);
    WR_UNUSED(again);
    return code;
}

static enum weir_code open_mdb(struct wr_lmdb_env *env, unsigned max_stores, unsigned flags,
                               struct weir_error *err)
{
    int rc = mdb_env_create(&env->mdb);
    if (rc == 0 && !env->read_only) { /* else the file says how large it is */
        rc = mdb_env_set_mapsize(env->mdb, env->map_bytes);
    }
    if (rc == 0) {
        rc = mdb_env_set_maxdbs(env->mdb, max_stores);
    }
    if (rc == 0) {
        rc = mdb_env_set_maxreaders(env->mdb, READERS);
    }
    if (rc == 0) {
        rc = mdb_env_open(env->mdb, env->path, flags, 0640);
    }
    return rc != 0 ? wr_lmdb_fail(env, rc, "open", err) : begin_read(env, err);
}

static void init(struct wr_lmdb_env *env, const char *path, uint64_t map_bytes, bool read_only)
{
    *env = (struct wr_lmdb_env){
        .path = wr_strdup(path), .map_bytes = map_bytes, .read_only = read_only};
    pthread_mutex_init(&env->held, NULL);
    pthread_mutex_init(&env->lock, NULL);
}

enum weir_code wr_lmdb_env_open(struct wr_lmdb_env *env, const char *path, uint64_t map_bytes,
                                unsigned max_stores, struct weir_error *err)
{
    init(env, path, map_bytes, false);
    enum weir_code code = reserve_lock_file(path, err);
    if (code == WEIR_OK) {
        code = open_mdb(env, max_stores, MDB_NOSYNC | MDB_NOTLS, err);
    }
    if (code != WEIR_OK) {
        wr_lmdb_env_close(env);
    }
    return code;
}

enum weir_code wr_lmdb_env_view(struct wr_lmdb_env *env, const char *path, unsigned max_stores,
                                struct weir_error *err)
{
    init(env, path, 0, true);
    enum weir_code code = open_mdb(env, max_stores, MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS, err);
    if (code != WEIR_OK) {
        wr_lmdb_env_close(env);
    }
    return code;
}

void wr_lmdb_env_close(struct wr_lmdb_env *env)
{
    if (env->path == NULL) {
        return;
    }
    wr_assert(env->snapshots == 0);
    mdb_txn_abort(env->write);
    mdb_txn_abort(env->read.txn);
    mdb_env_close(env->mdb); /* all three accept NULL */
    pthread_mutex_destroy(&env->lock);
    pthread_mutex_destroy(&env->held);
    wr_free(env->path);
    *env = (struct wr_lmdb_env){0};
}

/* ---- writing --------------------------------------------------------------------------------- */

/* A failed mdb_env_set_mapsize leaves no map at all, so whether the address space is there is tried
 * first. */
static bool can_map(uint64_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p != MAP_FAILED && munmap(p, bytes) == 0;
}

static enum weir_code grow(struct wr_lmdb_env *env, struct weir_error *err)
{
    uint64_t bytes = env->map_bytes * 2;
    enum weir_code code = WEIR_OK;
    pthread_mutex_lock(&env->lock);
    if (env->snapshots != 0) {
        code = wr_fail(err, WEIR_EFULL,
                       "could not enlarge the map of store directory \"%s\" "
                       "while a query reads it: raise the map size",
                       env->path);
    } else if (bytes > MAP_BYTES_MAX || !can_map(bytes)) {
        code = wr_fail(err, WEIR_EFULL,
                       "could not enlarge the map of store directory \"%s\" to "
                       "%llu bytes: address space is limited (ulimit -v)",
                       env->path, (unsigned long long)bytes);
    } else {
        int rc = mdb_env_set_mapsize(env->mdb, bytes);
        wr_assert(rc == 0 || mdb_env_set_mapsize(env->mdb, env->map_bytes) == 0);
        env->map_bytes = rc == 0 ? bytes : env->map_bytes;
        code = rc == 0 ? WEIR_OK : wr_lmdb_fail(env, rc, "enlarge the map of", err);
        env->read.extent.map = NULL;
        env->too_small = false;
    }
    pthread_mutex_unlock(&env->lock);
    return code;
}

enum weir_code wr_lmdb_env_begin(struct wr_lmdb_env *env, struct weir_error *err)
{
    wr_assert(env->write == NULL && !env->read_only);
    mdb_txn_reset(env->read.txn);
    enum weir_code code = env->too_small ? grow(env, err) : WEIR_OK;
    if (code == WEIR_OK) {
        int rc = mdb_txn_begin(env->mdb, NULL, 0, &env->write);
        if (rc == 0) {
            return WEIR_OK;
        }
        env->write = NULL;
        code = wr_lmdb_fail(env, rc, "write", err);
    }
    return read_on(env, code);
}

enum weir_code wr_lmdb_env_commit(struct wr_lmdb_env *env, struct weir_error *err)
{
    /* The transaction has ended whatever the outcome. */
    int rc = mdb_txn_commit(env->write);
    env->write = NULL;
    if (rc == 0) {
        return begin_read(env, err);
    }
    return read_on(env, wr_lmdb_fail(env, rc, "commit to", err));
}

void wr_lmdb_env_rollback(struct wr_lmdb_env *env)
{
    if (env->write != NULL) {
        mdb_txn_abort(env->write);
        env->write = NULL;
        read_on(env, WEIR_OK);
    }
}

static enum weir_code open_database(struct wr_lmdb_env *env, const char *name, MDB_dbi *out,
                                    struct weir_error *err)
{
    enum weir_code code = wr_lmdb_env_begin(env, err);
    if (code != WEIR_OK) {
        return code;
    }
    int rc = mdb_dbi_open(env->write, name, MDB_CREATE, out);
    if (rc != 0) {
        code = wr_lmdb_fail(env, rc, "open a store in", err);
        wr_lmdb_env_rollback(env);
        return code;
    }
    return wr_lmdb_env_commit(env, err);
}

enum weir_code wr_lmdb_env_database(struct wr_lmdb_env *env, const char *name, MDB_dbi *out,
                                    struct weir_error *err)
{
    if (env->read_only) {
        int rc = mdb_dbi_open(env->read.txn, name, 0, out);
        return rc == 0 ? WEIR_OK : wr_lmdb_fail(env, rc, "open a store in", err);
    }
    enum weir_code code = open_database(env, name, out, err);
    return code == WEIR_EAGAIN ? open_database(env, name, out, err) : code;
}

/* ---- reading --------------------------------------------------------------------------------- */

enum weir_code wr_lmdb_env_snapshot(struct wr_lmdb_env *env, struct wr_lmdb_read *out,
                                    struct weir_error *err)
{
    pthread_mutex_lock(&env->held);
    pthread_mutex_lock(&env->lock);
    measure_file(env);
    out->extent = env->read.extent;
    int rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &out->txn);
    env->snapshots += rc == 0;
    pthread_mutex_unlock(&env->lock);
    pthread_mutex_unlock(&env->held);
    return rc == 0 ? WEIR_OK : wr_lmdb_fail(env, rc, "read", err);
}

void wr_lmdb_env_snapshot_end(struct wr_lmdb_env *env, MDB_txn *txn)
{
    pthread_mutex_lock(&env->lock);
    mdb_txn_abort(txn);
    env->snapshots--;
    pthread_mutex_unlock(&env->lock);
}

enum weir_code wr_lmdb_view(struct wr_lmdb_extent extent, MDB_val v, struct weir_bytes *out,
                            struct weir_error *err)
{
    uint64_t at = (uintptr_t)v.mv_data - (uintptr_t)extent.map;
    if (at > extent.bytes || v.mv_size > extent.bytes - at) {
        return wr_fail(err, WEIR_ECORRUPT, "a row points outside of its file");
    }
    *out = weir_view(v.mv_data, v.mv_size);
    return WEIR_OK;
}
