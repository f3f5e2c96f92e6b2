/* kv_store.h -- key-value stores as tasks and operators see them (weir_kv of store.h from inside).
 *
 * A weir_kv is a table of touched and cached rows in front of a bytes store:
 *
 *     get                table, then engine
 *     put                table: the current version; the committed one is kept beside it
 *     end: committed     current becomes committed, touched rows go to the engine
 *     end: aborted       the touched list is walked, committed becomes current
 *
 * Between the first write and the end of the transaction every touched key has two versions, so
 * that what is due at commit can be sent with the old value of the last commit, and an abort never
 * reads Kafka.
 *
 * Thread: the owner of the task.
 */
#ifndef WR_KV_STORE_H
#define WR_KV_STORE_H

#include <weir/store.h>

#include "src/base/base.h"
#include "src/base/buf.h"

/* One touched key of the open transaction. A null value means that there is no row. */
struct wr_kv_change {
    struct weir_bytes key;
    struct weir_bytes value; /* current */
    int64_t time;
    struct weir_bytes before; /* as of the last commit */
    int64_t before_time;
};

const char *wr_kv_name(const struct weir_kv *kv);

/* The time that weir_kv_put() gives to rows: set by the task before each record. */
void wr_kv_set_time(struct weir_kv *kv, int64_t time);

/* Why the last call on this store failed; names the store. */
const struct weir_error *wr_kv_error(const struct weir_kv *kv);

/* Close scans that the application left open; called after each record. Returns how many there
 * were. */
size_t wr_kv_close_scans(struct weir_kv *kv);

/* The touched keys in the order of first touch; *cursor starts at 0. False at the end. Views live
 * until the next call on the store. Keys touched while walking are seen. */
bool wr_kv_next_change(struct weir_kv *kv, size_t *cursor, struct wr_kv_change *out);
size_t wr_kv_change_count(const struct weir_kv *kv);

/* How far an operator that emits at commit has got in the touched list; 0 after each end of a
 * transaction. */
size_t *wr_kv_emitted(struct weir_kv *kv);

/* Bytes of uncommitted writes. */
size_t wr_kv_uncommitted(const struct weir_kv *kv);

/* Ask the processor to fetch what a get or put of this key will need. Optional, has no effect. */
void wr_kv_prefetch(struct weir_kv *kv, struct weir_bytes key);

#endif
