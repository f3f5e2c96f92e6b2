/* disk.h -- where the files of engines lie: LMDB's in the folders of tasks, or a simulated disk.
 *
 * The folder and the small files in it are fs.h's business. Thread: any, for different folders.
 */
#ifndef WR_DISK_H
#define WR_DISK_H

#include "state/bytes_store.h"

struct wr_disk {
    /* Whether a folder holds an engine. */
    enum weir_code (*there)(struct wr_disk *d, const char *folder, bool *there,
                            struct weir_error *err);

    /* Whether what a folder holds can be opened without harm; with all_rows every row is looked at.
     * WEIR_ECORRUPT says what is wrong. */
    enum weir_code (*check)(struct wr_disk *d, const char *folder, bool all_rows,
                            struct weir_error *err);

    /* Open what has passed the check, or make an empty one. */
    enum weir_code (*open)(struct wr_disk *d, const char *folder, uint64_t map_bytes,
                           unsigned max_stores, struct wr_engine **out, struct weir_error *err);
};

/* LMDB files. */
struct wr_disk *wr_disk_lmdb(void);

#endif
