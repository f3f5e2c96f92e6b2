/* lmdb_engine.h -- the engine that keeps rows in an LMDB file: one environment per task, one named
 * database per store and one for the meta records. No file above this one sees an MDB_ name.
 */
#ifndef WR_LMDB_ENGINE_H
#define WR_LMDB_ENGINE_H

#include "state/bytes_store.h"

/* Open or create the environment in an existing directory; a file that is there has passed
 * wr_lmdb_check(). map_bytes of address space are reserved, max_stores is how many stores may be
 * opened. */
WR_MUST_CHECK enum weir_code wr_lmdb_engine_open(struct wr_engine **out, const char *path,
                                                 uint64_t map_bytes, unsigned max_stores,
                                                 struct weir_error *err);

/* Open an environment that is there and has passed wr_lmdb_check(), only to look at it: nothing is
 * written, and nobody else may write meanwhile. Writing calls are programmer errors; WEIR_ENOTFOUND
 * if it was never used, and from store() for a store that it does not have. */
WR_MUST_CHECK enum weir_code wr_lmdb_engine_view(struct wr_engine **out, const char *path,
                                                 unsigned max_stores, struct weir_error *err);

#endif
