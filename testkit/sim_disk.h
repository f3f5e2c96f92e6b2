/* sim_disk.h -- the disk of a simulated machine: small files in memory, and engines in memory or in
 * real LMDB files.
 *
 * It outlives the instances that use it. What a killed instance had not committed to an engine is
 * gone, everything else stays, as with LMDB after SIGKILL. The disk can be cut off (the instance is
 * dead), be full for some time, and be cut off in the middle of what is being written.
 */
#ifndef WR_SIM_DISK_H
#define WR_SIM_DISK_H

#include "src/base/fs.h"
#include "state/disk.h"
#include "testkit/sim.h"

struct wr_sim_disk {
    struct wr_fs fs;
    struct wr_disk disk;
    struct wr_sim *sim;
    const char *const *stores; /* names of all there can be, NULL after the last */
    const char *real;          /* folder for LMDB files; NULL: engines are in memory */
    unsigned images;           /* made so far */
    struct wr_ptrs nodes;      /* files, folders and engines */
    bool cut;                  /* nothing is written any more */
    bool locked;
    int64_t full_until; /* ms */
    int writes_left;    /* cut after so many more; -1: not */
};

void wr_sim_disk_init(struct wr_sim_disk *d, struct wr_sim *sim, const char *const *stores,
                      const char *real);
void wr_sim_disk_fini(struct wr_sim_disk *d); /* no engine is open */

/* The instance is gone: its lock too. Whatever it had open is closed. */
void wr_sim_disk_released(struct wr_sim_disk *d);

/* Everything is lost. */
void wr_sim_disk_wipe(struct wr_sim_disk *d);

/* Damage a row of one of its engines; false if there is none. */
bool wr_sim_disk_damage(struct wr_sim_disk *d);

/* Keep the present contents of the engines, or go back to what was kept. */
void wr_sim_disk_keep(struct wr_sim_disk *d);
void wr_sim_disk_go_back(struct wr_sim_disk *d);

/* The engines, one call for each. */
void wr_sim_disk_engines(struct wr_sim_disk *d,
                         void (*each)(void *arg, const char *folder, struct wr_engine *e),
                         void *arg);

#endif
