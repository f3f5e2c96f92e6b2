/* fs.h -- files behind a table of functions, so that tests and the simulator can fail them.
 *
 * Only whole small files and directory trees: LMDB does its own input and output. Every function
 * says what it was doing to which path when it fails: WEIR_ENOTFOUND if something is not there,
 * WEIR_EFULL for a full disk, WEIR_EAUTH without permission, else WEIR_EIO. What a function appends
 * to is as it was after a failure.
 * Thread: any; a lock belongs to the thread that holds it.
 */
#ifndef WR_FS_H
#define WR_FS_H

#include "src/base/base.h"
#include "src/base/buf.h"
#include "src/base/ptrs.h"

enum { WR_BOOT_ID_MAX = 40 };

struct wr_fs {
    /* Create a directory and its parents, mode 0750. */
    enum weir_code (*mkdirs)(struct wr_fs *fs, const char *path, struct weir_error *err);

    /* Append the contents of a file to out. WEIR_ENOTFOUND if there is none. */
    enum weir_code (*read)(struct wr_fs *fs, const char *path, struct wr_buf *out,
                           struct weir_error *err);

    /* Replace a file so that after a crash, also of the machine, it is the old or the new one:
     * written beside it, synced, renamed, directory synced. */
    enum weir_code (*replace)(struct wr_fs *fs, const char *path, struct weir_bytes contents,
                              struct weir_error *err);

    enum weir_code (*rename)(struct wr_fs *fs, const char *from, const char *to,
                             struct weir_error *err);

    /* Remove a file or a directory with all that is in it; nothing there is success. */
    enum weir_code (*remove)(struct wr_fs *fs, const char *path, struct weir_error *err);

    /* Names in a directory, sorted, for wr_ptrs_free_all(). WEIR_ENOTFOUND if there is none. */
    enum weir_code (*list)(struct wr_fs *fs, const char *path, struct wr_ptrs *names,
                           struct weir_error *err);

    /* Size in bytes and time of last change (ms since 1970); either may be NULL. */
    enum weir_code (*stat)(struct wr_fs *fs, const char *path, int64_t *size, int64_t *changed_ms,
                           struct weir_error *err);

    /* Take an exclusive lock on a file, creating it. WEIR_ELOCKED if another process has it;
     * *holder is then the pid written into it, 0 if that process does not live. The lock ends with
     * wr_fs unlock or the process. */
    enum weir_code (*lock)(struct wr_fs *fs, const char *path, int *handle, long *holder,
                           struct weir_error *err);

    /* Share a lock with others that do so; nothing is created or written. WEIR_ENOTFOUND if there
     * is no such file, WEIR_ELOCKED as above. */
    enum weir_code (*share)(struct wr_fs *fs, const char *path, int *handle, long *holder,
                            struct weir_error *err);
    void (*unlock)(struct wr_fs *fs, int handle);

    /* The identity of this boot of the machine. */
    enum weir_code (*boot_id)(struct wr_fs *fs, char out[WR_BOOT_ID_MAX], struct weir_error *err);

    /* What kind of file system path is on. */
    enum weir_code (*kind)(struct wr_fs *fs, const char *path, bool *network, bool *temporary,
                           struct weir_error *err);
};

/* The machine's files. */
struct wr_fs *wr_fs_posix(void);

#endif
