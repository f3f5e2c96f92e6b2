/* lmdb_disk.c -- the engines of tasks as LMDB files in their folders. */
#include "src/base/base.h"

#include <unistd.h>

#include "state/disk.h"
#include "state/lmdb_check.h"
#include "state/lmdb_engine.h"

static enum weir_code lmdb_there(struct wr_disk *d, const char *folder, bool *there,
                                 struct weir_error *err)
{
    int fd;
    WR_UNUSED(d);
    enum weir_code code = wr_lmdb_file_open(folder, &fd, err);
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
    enum weir_code code = wr_lmdb_file_open(folder, &fd, err);
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
