/* memory_tree.h -- ordered maps from bytes to bytes with transactions and snapshots, in memory.
 *
 * A B+tree whose nodes carry the number of the transaction that made them. A transaction edits its
 * own nodes in place and copies others before it changes them, so that the tree of the last commit
 * stays whole beside it: a rollback drops what was made, a snapshot keeps a root. What a
 * transaction took out of the tree is freed when no snapshot from before it is open.
 *
 * Invariants: 1. keys ascend; child i of an inner node holds the keys k with separator(i) <= k <
 * separator(i + 1); 2. no node but the root of an empty tree is empty; all leaves are at one depth;
 * 3. nothing that a committed root leads to is ever written.
 *
 * Thread: one writer. Snapshots may be taken by the writer only, read by any thread while they are
 * open; taking and ending them is for the caller to keep apart from begin, commit and rollback.
 */
#ifndef WR_MEMORY_TREE_H
#define WR_MEMORY_TREE_H

#include "src/base/base.h"
#include "src/base/ptrs.h"
#include "state/slab.h"

struct wr_tree_node;
struct wr_tree_gone;

/* What the trees of one engine share: memory and the number of the transaction. */
struct wr_tree_space {
    struct wr_slab slab;
    uint64_t txn;              /* of the last commit; the open transaction's is one more */
    struct wr_ptrs made;       /* nodes and items made by the open transaction */
    struct wr_tree_gone *gone; /* taken out, oldest first; not to be freed yet */
    size_t gone_count;
    size_t gone_cap;
    size_t gone_committed; /* how many of them by transactions that were committed */
};

struct wr_tree {
    struct wr_tree_node *root; /* NULL: empty */
    uint64_t count;
};

/* Open, settle or take back a transaction. `oldest` is the number (space->txn when it was taken) of
 * the oldest open snapshot, UINT64_MAX if there is none. Rolling back is for the caller to complete
 * by restoring his copies of the trees. */
void wr_tree_begin(struct wr_tree_space *space);
void wr_tree_commit(struct wr_tree_space *space, uint64_t oldest);
void wr_tree_rollback(struct wr_tree_space *space);

/* Free everything; the trees are gone with it. */
void wr_tree_space_free(struct wr_tree_space *space);

/* Only within a transaction. */
void wr_tree_put(struct wr_tree_space *space, struct wr_tree *t, struct weir_bytes key,
                 struct weir_bytes value);
void wr_tree_delete(struct wr_tree_space *space, struct wr_tree *t, struct weir_bytes key);
void wr_tree_clear(struct wr_tree_space *space, struct wr_tree *t);

/* Find key and point *value at what is stored. */
bool wr_tree_get(const struct wr_tree *t, struct weir_bytes key, struct weir_bytes *value);

enum { WR_TREE_DEPTH_MAX = 16 };

/* A place between or at the pairs of a tree that does not change meanwhile. */
struct wr_tree_cursor {
    const struct wr_tree_node *nodes[WR_TREE_DEPTH_MAX];
    unsigned at[WR_TREE_DEPTH_MAX];
    unsigned depth; /* 0: at no pair */
};

/* To the first pair with a key >= from, or the last one with a key <= from; null: the first or last
 * of all. */
void wr_tree_seek_forward(struct wr_tree_cursor *c, const struct wr_tree *t,
                          struct weir_bytes from);
void wr_tree_seek_backward(struct wr_tree_cursor *c, const struct wr_tree *t,
                           struct weir_bytes from);
void wr_tree_step(struct wr_tree_cursor *c, bool forward);

/* The pair at the cursor; false if it is at none. */
bool wr_tree_pair(const struct wr_tree_cursor *c, struct weir_bytes *key, struct weir_bytes *value);

/* Verify the invariants; ends the process if one is broken. */
void wr_tree_check(const struct wr_tree *t);

#endif
