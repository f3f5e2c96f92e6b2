/* broker_dir.h -- a broker that is kept in a directory.
 *
 * The directory holds "journal" (journal_file.h), "lock", and "journal.new" while a journal without
 * garbage is written, which then takes the other's place. Who is killed at any instruction leaves a
 * prefix of what was recorded, with everything that was answered in it. Nothing waits for the disk,
 * as in Apache Kafka: after a crash of the machine the last seconds may be missing.
 * LIMIT: a journal is rewritten in one go, in which the broker serves nobody.
 * Thread: one.
 */
#ifndef WR_BROKER_DIR_H
#define WR_BROKER_DIR_H

#include "broker/broker.h"

struct wr_broker_dir;

/* Take a directory, which is made if it is not there, load into the new broker b what is in it, and
 * keep b there from now on. *cut: so many bytes of a record that was being written when its broker
 * died were cut off. WEIR_ELOCKED; WEIR_EIDENTITY if the directory holds something else, or is of
 * another version; WEIR_ECORRUPT; WEIR_EFULL, WEIR_EAUTH, WEIR_EIO. After a failure b is of no use.
 */
WR_MUST_CHECK enum weir_code wr_broker_dir_open(struct wr_broker_dir **out, const char *path,
                                                struct wr_broker *b, int64_t now, uint64_t *cut,
                                                struct weir_error *err);

/* Write what b recorded since the last time. Before that nobody may be told of it. After a failure
 * b knows what its directory does not, and must end. */
WR_MUST_CHECK enum weir_code wr_broker_dir_write(struct wr_broker_dir *d, struct weir_error *err);

/* Write and sync what there is, and give the directory back; d is gone also after a failure. */
WR_MUST_CHECK enum weir_code wr_broker_dir_close(struct wr_broker_dir *d, struct weir_error *err);

#endif
