/* lmdb_check.h -- whether a data file can be handed to LMDB.
 *
 * LMDB follows page numbers, offsets and lengths on trust: a file that was cut or overwritten ends
 * the process by a signal. This reads the file without LMDB, by pread, and follows both meta pages,
 * the free list, the list of databases and every branch page; with LEAVES also every leaf and the
 * head of every overflow page, and the order of all keys. It does not know what a cell means.
 *
 * What passes with LEAVES can be read, scanned, changed and emptied by LMDB without leaving the
 * file. Without, the leaves of stores were not looked at: the README says what can then happen.
 */
#ifndef WR_LMDB_CHECK_H
#define WR_LMDB_CHECK_H

#include "src/base/base.h"

enum wr_lmdb_check_depth { WR_LMDB_CHECK_BRANCHES, WR_LMDB_CHECK_LEAVES };

/* Open the data file of an environment for reading: *fd, to be closed by the caller, is -1 with
 * WEIR_OK if there is none. WEIR_EAUTH, WEIR_EIO. Thread: any. */
WR_MUST_CHECK enum weir_code wr_lmdb_file_open(const char *folder, int *fd, struct weir_error *err);

/* fd is open for reading; path is for messages. WEIR_ECORRUPT says what is wrong with which page.
 * An empty file passes: LMDB makes a new one of it. Thread: any. */
WR_MUST_CHECK enum weir_code wr_lmdb_check(int fd, const char *path, enum wr_lmdb_check_depth depth,
                                           struct weir_error *err);

#endif
