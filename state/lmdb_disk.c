/* lmdb_disk.c -- the engines of tasks as LMDB files in their folders. */
#include "src/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/disk.h"
#include "state/lmdb_check.h"
#include "state/lmdb_engine.h"

/* -1 and WEIR_OK if there is none. */
static enum weir_code open_file(const char *folder, int *fd, struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    char *path = wr_asprintf("%s/data.mdb", folder);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0 && errno != ENOENT) {
        code = wr_fail(err, WEIR_EIO, "could not open \"%s\": %s", path, wr_errno_text(errno));
    }
    wr_free(path);
    return code;
}

static enum weir_code lmdb_there(struct wr_disk *d, const char *folder, bool *there,
                                 struct weir_error *err)
{
    int fd;
    WR_UNUSED(d);
    enum weir_code code = open_file(folder, &fd, err);
    *there = fd >= 0;
    if (fd >= 0) {
        close(fd);
    }
    return code;
}

static enum weir_code lmdb_check(struct wr_disk *d, const char *folder, bool all_rows,
                                 struct weir_error *err)
{
    int fd;
    WR_UNUSED(d);
    enum weir_code code = open_file(folder, &fd, err);
    if (fd >= 0) {
        code = wr_lmdb_check(fd, folder, all_rows ? WR_LMDB_CHECK_LEAVES : WR_LMDB_CHECK_BRANCHES,
                             err);
        close(fd);
    }
    return code;
}

static enum weir_code lmdb_open(struct wr_disk *d, const char *folder, uint64_t map_bytes,
                                unsigned max_stores, struct wr_engine **out, struct weir_error *err)
{
    WR_UNUSED(d);
    return wr_lmdb_engine_open(out, folder, map_bytes, max_stores, err);
}

struct wr_disk *wr_disk_lmdb(void)
{
    static struct wr_disk disk = {lmdb_there, lmdb_check, lmdb_open};
    return &disk;
}
