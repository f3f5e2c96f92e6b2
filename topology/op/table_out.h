/* table_out.h -- what the operators of tables have in common: rows in a store of the node, and
 * changes that go on at once, or one for each key when the transaction is about to be committed.
 */
#ifndef WR_TABLE_OUT_H
#define WR_TABLE_OUT_H

#include "topology/op/ops.h"

/* node->state of all of them. */
struct wr_table_state {
    void *task_state;   /* of the application's functions, if there are any */
    struct weir_kv *kv; /* NULL: the table is not kept, and changes go on at once */
    bool at_commit;
    int64_t held; /* least time of the changes since the last commit; INT64_MAX: none */
};

void wr_table_open(struct wr_node *n, enum weir_emit emit);

/* The value of the row before a change, in scratch memory; null if the node does not send it, or
 * only at commit. */
WR_MUST_CHECK enum weir_code wr_table_old(struct wr_node *n, struct weir_bytes key,
                                          struct weir_bytes *old);

/* Put the row of a change and forward the change, now or at commit. No view of the change may lie
 * in the store. */
WR_MUST_CHECK enum weir_code wr_table_change(struct wr_node *n, const struct wr_rec *change);

/* Functions of struct wr_op. */
enum weir_code wr_table_commit(struct wr_node *n);
int64_t wr_table_held(const struct wr_node *n);
void wr_table_aborted(struct wr_node *n);
void wr_table_prefetch(struct wr_node *n, const struct wr_rec *run, size_t count);

#endif
