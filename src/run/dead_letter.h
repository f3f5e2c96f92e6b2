/* dead_letter.h -- what becomes of a record that cannot be used.
 *
 * One path for all reasons: the policy of the reason says fail or skip; either way the source
 * record, as it was read, goes to errors.dead.letter.queue.topic.name if there is one, with Kafka
 * Streams' headers (KIP-1034): __streams.errors.exception (the code), .message (the reason in
 * words), .stacktrace (task and node), .topic, .partition, .offset (of the source record). Skipped
 * records go out in the transaction that passes them over. When the policy is to fail, the
 * transaction is aborted, so the letter is sent in one of its own (stream_thread.c), once.
 *
 * Thread: the owner of the task.
 */
#ifndef WR_DEAD_LETTER_H
#define WR_DEAD_LETTER_H

#include "src/run/collector.h"
#include "src/run/run_settings.h"

/* The policy for a code whose reaction is SKIP. */
enum wr_policy wr_policy_of(const struct wr_run_settings *s, enum weir_code code);

/* The name of the setting that holds it. */
const char *wr_policy_setting(enum weir_code code);

/* A record that could not be used. Copies of everything, so that it outlives the run. */
struct wr_dead_letter {
    struct wr_arena arena;
    struct weir_record record; /* topic NULL: there is none */
    enum weir_code code;
    const char *reason;
    const char *where; /* "task 0_1, node counts" */
};

/* Keep a copy of what is to be sent later; replaces what was kept. */
void wr_dead_letter_keep(struct wr_dead_letter *d, const struct weir_record *r, enum weir_code code,
                         const char *reason, const char *where);
void wr_dead_letter_free(struct wr_dead_letter *d);

/* Write one letter to topic, in the open transaction. scratch is used for its headers. */
WR_MUST_CHECK enum weir_code wr_dead_letter_send(struct wr_collector *c, const char *topic,
                                                 const struct wr_dead_letter *d,
                                                 struct wr_arena *scratch, struct weir_error *err);

#endif
