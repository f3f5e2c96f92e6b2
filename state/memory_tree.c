/* memory_tree.c -- the B+tree of the memory engine. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "state/key_sort.h"
#include "state/memory_tree.h"

enum { WIDTH = 32 };

/* Nodes and items begin alike. txn is the transaction that made it, DEAD if the same one took it
 * out again. */
struct made {
    uint64_t txn;
    uint32_t size;
};
#define DEAD UINT64_MAX

/* A pair in a leaf, or (without a value) a separator in an inner node. Never changed. */
struct item {
    struct made made;
    uint32_t key_len;
    uint32_t value_len;
    unsigned char bytes[];
};

struct wr_tree_node {
    struct made made;
    uint16_t count;
    bool leaf;
    struct item *items[WIDTH];         /* inner: separators; the first one is not used */
    struct wr_tree_node *child[WIDTH]; /* a leaf ends before it */
};

struct wr_tree_gone {
    struct made *what;
    uint64_t txn; /* that took it out */
};

/* ---- memory ---------------------------------------------------------------------------------- */

static void *make(struct wr_tree_space *space, size_t size)
{
    struct made *m = wr_slab_take(&space->slab, size);
    m->txn = space->txn + 1;
    m->size = (uint32_t)size;
    wr_ptrs_push(&space->made, m);
    return m;
}

static void destroy(struct wr_tree_space *space, struct made *m)
{
    wr_slab_give(&space->slab, m, m->size);
}

static void take_out(struct wr_tree_space *space, struct made *m)
{
    if (m->txn == space->txn + 1) {
        m->txn = DEAD;
        return;
    }
    if (space->gone_count == space->gone_cap) {
        space->gone_cap = space->gone_cap * 2 + 64;
        space->gone = wr_realloc_array(space->gone, space->gone_cap, sizeof *space->gone);
    }
    space->gone[space->gone_count++] = (struct wr_tree_gone){m, space->txn + 1};
}

static size_t node_size(bool leaf)
{
    return leaf ? offsetof(struct wr_tree_node, child) : sizeof(struct wr_tree_node);
}

static struct wr_tree_node *new_node(struct wr_tree_space *space, bool leaf)
{
    struct wr_tree_node *n = make(space, node_size(leaf));
    n->count = 0;
    n->leaf = leaf;
    return n;
}

static struct item *new_item(struct wr_tree_space *space, struct weir_bytes key,
                             struct weir_bytes value)
{
    wr_assert(key.len + value.len < UINT32_MAX - sizeof(struct item));
    struct item *it = make(space, sizeof *it + key.len + value.len);
    it->key_len = (uint32_t)key.len;
    it->value_len = (uint32_t)value.len;
    if (key.len != 0) {
        memcpy(it->bytes, key.data, key.len);
    }
    if (value.len != 0) {
        memcpy(it->bytes + key.len, value.data, value.len);
    }
    return it;
}

static struct weir_bytes item_key(const struct item *it)
{
    return weir_view(it->bytes, it->key_len);
}

/* The node at *ref as one that this transaction may change. */
static struct wr_tree_node *writable(struct wr_tree_space *space, struct wr_tree_node **ref)
{
    struct wr_tree_node *old = *ref;
    if (old->made.txn == space->txn + 1) {
        return old;
    }
    struct wr_tree_node *n = new_node(space, old->leaf);
    n->count = old->count;
    memcpy(n->items, old->items, n->count * sizeof n->items[0]);
    if (!n->leaf) {
        memcpy(n->child, old->child, n->count * sizeof n->child[0]);
    }
    take_out(space, &old->made);
    *ref = n;
    return n;
}

void wr_tree_begin(struct wr_tree_space *space)
{
    wr_assert(space->made.count == 0 && space->gone_count == space->gone_committed);
}

void wr_tree_commit(struct wr_tree_space *space, uint64_t oldest)
{
    for (size_t i = 0; i < space->made.count; i++) {
        struct made *m = space->made.items[i];
        if (m->txn == DEAD) {
            destroy(space, m);
        }
    }
    space->made.count = 0;
    space->txn++;
    size_t freed = 0;
    while (freed < space->gone_count && space->gone[freed].txn <= oldest) {
        destroy(space, space->gone[freed++].what);
    }
    space->gone_count -= freed;
    space->gone_committed = space->gone_count;
    if (freed != 0) {
        memmove(space->gone, space->gone + freed, space->gone_count * sizeof *space->gone);
    }
}

void wr_tree_rollback(struct wr_tree_space *space)
{
    for (size_t i = 0; i < space->made.count; i++) {
        destroy(space, space->made.items[i]);
    }
    space->made.count = 0;
    space->gone_count = space->gone_committed;
}

void wr_tree_space_free(struct wr_tree_space *space)
{
    wr_ptrs_free(&space->made);
    wr_free(space->gone);
    wr_slab_free(&space->slab);
    *space = (struct wr_tree_space){0};
}

/* ---- finding --------------------------------------------------------------------------------- */

/* Leaf: the first item with a key >= key. Inner: the child that key belongs to. */
static unsigned position(const struct wr_tree_node *n, struct weir_bytes key)
{
    unsigned low = n->leaf ? 0 : 1;
    unsigned high = n->count;
    for (unsigned i = low; i < high; i++) { /* the search waits for one miss instead of five */
        __builtin_prefetch(n->items[i]->bytes);
    }
    while (low < high) {
        unsigned middle = (low + high) / 2;
        int c = wr_key_compare(item_key(n->items[middle]), key);
        if (c < 0 || (c == 0 && !n->leaf)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return n->leaf ? low : low - 1;
}

static bool is_at(const struct wr_tree_node *leaf, unsigned i, struct weir_bytes key)
{
    return i < leaf->count && weir_equal(item_key(leaf->items[i]), key);
}

bool wr_tree_get(const struct wr_tree *t, struct weir_bytes key, struct weir_bytes *value)
{
    const struct wr_tree_node *n = t->root;
    if (n == NULL) {
        return false;
    }
    while (!n->leaf) {
        n = n->child[position(n, key)];
    }
    unsigned i = position(n, key);
    if (!is_at(n, i, key)) {
        return false;
    }
    *value = weir_view(n->items[i]->bytes + n->items[i]->key_len, n->items[i]->value_len);
    return true;
}

/* ---- changing -------------------------------------------------------------------------------- */

static void open_gap(struct wr_tree_node *n, unsigned i)
{
    size_t move = n->count - i;
    memmove(&n->items[i + 1], &n->items[i], move * sizeof n->items[0]);
    if (!n->leaf) {
        memmove(&n->child[i + 1], &n->child[i], move * sizeof n->child[0]);
    }
    n->count++;
}

static void close_gap(struct wr_tree_node *n, unsigned i)
{
    n->count--;
    size_t move = n->count - i;
    memmove(&n->items[i], &n->items[i + 1], move * sizeof n->items[0]);
    if (!n->leaf) {
        memmove(&n->child[i], &n->child[i + 1], move * sizeof n->child[0]);
    }
}

/* Give the upper half of the full child i of n (which has room) to a new right neighbour. */
static void split_child(struct wr_tree_space *space, struct wr_tree_node *n, unsigned i)
{
    struct wr_tree_node *left = writable(space, &n->child[i]);
    struct wr_tree_node *right = new_node(space, left->leaf);
    const unsigned half = WIDTH / 2;
    right->count = WIDTH - half;
    left->count = half;
    memcpy(right->items, &left->items[half], right->count * sizeof right->items[0]);
    if (!left->leaf) {
        memcpy(right->child, &left->child[half], right->count * sizeof right->child[0]);
    }
    open_gap(n, i + 1);
    n->child[i + 1] = right;
    /* An inner node's separator moves up; a leaf's first key is copied. */
    n->items[i + 1] =
        left->leaf ? new_item(space, item_key(right->items[0]), weir_null()) : right->items[0];
}

static void grow_root(struct wr_tree_space *space, struct wr_tree *t)
{
    struct wr_tree_node *root = new_node(space, false);
    root->count = 1;
    root->items[0] = NULL;
    root->child[0] = t->root;
    t->root = root;
    split_child(space, root, 0);
}

void wr_tree_put(struct wr_tree_space *space, struct wr_tree *t, struct weir_bytes key,
                 struct weir_bytes value)
{
    if (t->root == NULL) {
        t->root = new_node(space, true);
    }
    if (t->root->count == WIDTH) {
        grow_root(space, t);
    }
    struct wr_tree_node *n = writable(space, &t->root);
    while (!n->leaf) {
        unsigned i = position(n, key);
        if (n->child[i]->count == WIDTH) {
            split_child(space, n, i);
            i = position(n, key);
        }
        n = writable(space, &n->child[i]);
    }
    unsigned i = position(n, key);
    struct item *it = new_item(space, key, value);
    if (is_at(n, i, key)) {
        take_out(space, &n->items[i]->made);
    } else {
        open_gap(n, i);
        t->count++;
    }
    n->items[i] = it;
}

/* Remove a key that is there from below *ref; true if nothing is left of the node. */
static bool remove_below(struct wr_tree_space *space, struct wr_tree_node **ref,
                         struct weir_bytes key)
{
    struct wr_tree_node *n = writable(space, ref);
    unsigned i = position(n, key);
    if (n->leaf) {
        take_out(space, &n->items[i]->made);
    } else if (!remove_below(space, &n->child[i], key)) {
        return false;
    } else if (n->count > 1) {
        /* The separator of the first child is not used, so the second one's goes with it. */
        take_out(space, &n->items[i != 0 ? i : 1]->made);
    }
    close_gap(n, i);
    if (n->count == 0) {
        take_out(space, &n->made);
        *ref = NULL;
    }
    return n->count == 0;
}

void wr_tree_delete(struct wr_tree_space *space, struct wr_tree *t, struct weir_bytes key)
{
    struct weir_bytes value;
    if (!wr_tree_get(t, key, &value)) {
        return;
    }
    t->count--;
    remove_below(space, &t->root, key);
    while (t->root != NULL && !t->root->leaf && t->root->count == 1) {
        struct wr_tree_node *only = t->root->child[0];
        take_out(space, &t->root->made);
        t->root = only;
    }
}

static void clear_below(struct wr_tree_space *space, struct wr_tree_node *n)
{
    for (unsigned i = 0; i < n->count; i++) {
        if (n->leaf || i != 0) {
            take_out(space, &n->items[i]->made);
        }
        if (!n->leaf) {
            clear_below(space, n->child[i]);
        }
    }
    take_out(space, &n->made);
}

void wr_tree_clear(struct wr_tree_space *space, struct wr_tree *t)
{
    if (t->root != NULL) {
        clear_below(space, t->root);
    }
    *t = (struct wr_tree){0};
}

/* ---- cursors --------------------------------------------------------------------------------- */

/* Down the first or last children to a leaf. */
static void descend(struct wr_tree_cursor *c, const struct wr_tree_node *n, bool first)
{
    for (;;) {
        wr_assert(c->depth < WR_TREE_DEPTH_MAX);
        unsigned i = first ? 0 : n->count - 1u;
        c->nodes[c->depth] = n;
        c->at[c->depth++] = i;
        if (n->leaf) {
            return;
        }
        n = n->child[i];
    }
}

void wr_tree_step(struct wr_tree_cursor *c, bool forward)
{
    while (c->depth != 0) {
        const struct wr_tree_node *n = c->nodes[c->depth - 1];
        unsigned *at = &c->at[c->depth - 1];
        if (forward ? *at + 1 < n->count : *at != 0) {
            *at = forward ? *at + 1 : *at - 1;
            if (!n->leaf) {
                descend(c, n->child[*at], forward);
            }
            return;
        }
        c->depth--;
    }
}

/* To the place of key in its leaf, which may be behind the last item; returns the leaf. */
static const struct wr_tree_node *seek(struct wr_tree_cursor *c, const struct wr_tree_node *n,
                                       struct weir_bytes key, unsigned *place)
{
    for (;;) {
        wr_assert(c->depth < WR_TREE_DEPTH_MAX);
        *place = position(n, key);
        c->nodes[c->depth] = n;
        c->at[c->depth++] = *place;
        if (n->leaf) {
            return n;
        }
        n = n->child[*place];
    }
}

void wr_tree_seek_forward(struct wr_tree_cursor *c, const struct wr_tree *t, struct weir_bytes from)
{
    c->depth = 0;
    if (t->root == NULL) {
        return;
    }
    if (weir_is_null(from)) {
        descend(c, t->root, true);
        return;
    }
    unsigned place;
    if (seek(c, t->root, from, &place)->count == place) {
        wr_tree_step(c, true);
    }
}

void wr_tree_seek_backward(struct wr_tree_cursor *c, const struct wr_tree *t,
                           struct weir_bytes from)
{
    c->depth = 0;
    if (t->root == NULL) {
        return;
    }
    if (weir_is_null(from)) {
        descend(c, t->root, false);
        return;
    }
    unsigned place;
    const struct wr_tree_node *leaf = seek(c, t->root, from, &place);
    if (!is_at(leaf, place, from)) {
        wr_tree_step(c, false);
    }
}

bool wr_tree_pair(const struct wr_tree_cursor *c, struct weir_bytes *key, struct weir_bytes *value)
{
    if (c->depth == 0) {
        return false;
    }
    const struct item *it = c->nodes[c->depth - 1]->items[c->at[c->depth - 1]];
    *key = item_key(it);
    *value = weir_view(it->bytes + it->key_len, it->value_len);
    return true;
}

/* ---- checking -------------------------------------------------------------------------------- */

struct bounds {
    const struct item *low; /* keys >= it; NULL: open */
    const struct item *high;
};

static uint64_t check_below(const struct wr_tree_node *n, struct bounds b, unsigned above)
{
    wr_assert(n != NULL);
    wr_assert(n->count != 0 && n->count <= WIDTH && n->made.txn != DEAD);
    if (!n->leaf) {
        uint64_t count = 0;
        for (unsigned i = 0; i < n->count; i++) {
            struct bounds inner = {i != 0 ? n->items[i] : b.low,
                                   i + 1u < n->count ? n->items[i + 1] : b.high};
            count += check_below(n->child[i], inner, above - 1);
        }
        return count;
    }
    wr_assert(above == 0);
    for (unsigned i = 0; i < n->count; i++) {
        struct weir_bytes key = item_key(n->items[i]);
        wr_assert(b.low == NULL || wr_key_compare(item_key(b.low), key) <= 0);
        wr_assert(b.high == NULL || wr_key_compare(key, item_key(b.high)) < 0);
        wr_assert(i == 0 || wr_key_compare(item_key(n->items[i - 1]), key) < 0);
    }
    return n->count;
}

void wr_tree_check(const struct wr_tree *t)
{
    unsigned depth = 0;
    for (const struct wr_tree_node *n = t->root; n != NULL && !n->leaf; n = n->child[0]) {
        depth++;
    }
    struct bounds all = {NULL, NULL};
    wr_assert(t->count == (t->root == NULL ? 0 : check_below(t->root, all, depth)));
}
