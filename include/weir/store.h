/* store.h -- key-value stores as the functions of an application see them.
 *
 * A store belongs to one task and is read and written only by the stream thread that runs that
 * task. A write is seen at once by later reads of the same task; it becomes durable, and visible to
 * queries, with the Kafka transaction it belongs to, or vanishes with it. Keys and values may have
 * any length below 2 GiB; keys are ordered by their bytes. Every row has a time (ms).
 *
 * Views returned by a store stay valid until the next call on that store.
 */
#ifndef WEIR_STORE_H
#define WEIR_STORE_H

#include <stdint.h>

#include <weir/bytes.h>
#include <weir/error.h>

WEIR_BEGIN_DECLS

typedef struct weir_kv weir_kv;           /* created by the topology, never by the application */
typedef struct weir_kv_iter weir_kv_iter; /* one open scan */

struct weir_row {
    struct weir_bytes key;
    struct weir_bytes value;
    int64_t time;
};

/* Put one pair with the time of the record being processed, replacing any earlier value; a null
 * value deletes. Both views are copied before the call returns. WEIR_EINVAL if the key is null or
 * something is too long: nothing is changed. WEIR_EFULL if the transaction's uncommitted writes
 * have reached their limit, WEIR_EIO and WEIR_ECORRUPT from the storage: the transaction will be
 * aborted. The other calls fail in the same ways. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_kv_put(weir_kv *kv, struct weir_bytes key,
                                                    struct weir_bytes value);

/* The same with a time of its own. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_kv_put_at(weir_kv *kv, struct weir_bytes key,
                                                       struct weir_bytes value, int64_t time);

/* Put unless the key has a row; *row, if not NULL, is then the row that is there (key null if
 * none). */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_kv_put_if_absent(weir_kv *kv, struct weir_bytes key,
                                                              struct weir_bytes value,
                                                              struct weir_row *row);

/* Find key. WEIR_ENOTFOUND is a normal answer, not an error: *row is then left alone. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_kv_get(weir_kv *kv, struct weir_bytes key,
                                                    struct weir_row *row);

/* Remove key; *row, if not NULL, is the row that was there (key null if none). */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_kv_delete(weir_kv *kv, struct weir_bytes key,
                                                       struct weir_row *row);

enum weir_direction { WEIR_FORWARD, WEIR_BACKWARD };

/* Scan the rows with from <= key <= to in the order of their keys; a null bound is open. The scan
 * sees the store as it was when it was opened. *iter is for the caller to close, also after a
 * failure in the middle; one that is still open when the function returns is closed by the runtime,
 * and may not be used any more. If this call itself fails, *iter is NULL: nothing was opened.
 */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_kv_range(weir_kv *kv, struct weir_bytes from,
                                                      struct weir_bytes to,
                                                      enum weir_direction direction,
                                                      weir_kv_iter **iter);

/* Scan the rows whose key starts with prefix, which may be empty but not null; as weir_kv_range. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_kv_prefix(weir_kv *kv, struct weir_bytes prefix,
                                                       enum weir_direction direction,
                                                       weir_kv_iter **iter);

/* The next row; WEIR_END after the last. The row lives until the next call on this scan. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_kv_next(weir_kv_iter *iter, struct weir_row *row);
WEIR_API void weir_kv_close(weir_kv_iter *iter); /* accepts NULL */

/* How many rows there are, about: rows added and deleted since the last commit may be missing. */
WEIR_API uint64_t weir_kv_count_about(const weir_kv *kv);

WEIR_END_DECLS

#endif
