/* sim_image.h -- what an engine of a simulated disk contains, whether it is open or not: rows in
 * memory, or a real LMDB file.
 */
#ifndef WR_SIM_IMAGE_H
#define WR_SIM_IMAGE_H

#include "state/bytes_store.h"

struct wr_sim_image;

/* An empty one; in memory if root is NULL, else a folder below root, of that number. */
struct wr_sim_image *wr_sim_image_new(const char *root, unsigned number);
void wr_sim_image_free(struct wr_sim_image *i); /* accepts NULL; it is closed */

enum weir_code wr_sim_image_open(struct wr_sim_image *i, uint64_t map_bytes, unsigned max_stores,
                                 struct wr_engine **out, struct weir_error *err);
/* For a look at one that is not open; NULL if it cannot be, or was never used. */
struct wr_engine *wr_sim_image_view(struct wr_sim_image *i);
void wr_sim_image_close(struct wr_sim_image *i, struct wr_engine *e);

/* As state/disk.h. */
enum weir_code wr_sim_image_check(const struct wr_sim_image *i, bool all_rows,
                                  struct weir_error *err);

/* A copy of one that is closed; stores are the names of all that it can have, up to a NULL. */
struct wr_sim_image *wr_sim_image_copy(struct wr_sim_image *i, const char *const *stores,
                                       unsigned number);

/* Damage a row; false if there is none. */
bool wr_sim_image_damage(struct wr_sim_image *i, const char *const *stores);

#endif
