/* test_memory_tree.c -- the B+tree against a flat array, with rollbacks and snapshots. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/endian.h"
#include "state/memory_tree.h"
#include "tests/unit/state/state_help.h"

enum { KEYS = 3000, SNAPSHOTS = 4 };

/* values[k]: 0 = no pair */
struct model {
    uint32_t values[KEYS];
};

static struct wr_tree_space space;
static struct wr_tree tree;

static struct weir_bytes number(char out[4], uint32_t n)
{
    wr_put_be32(out, n);
    return weir_view(out, 4);
}

static void put(uint32_t key, uint32_t value)
{
    char k[4];
    char v[4];
    wr_tree_put(&space, &tree, number(k, key), number(v, value));
}

static void drop(uint32_t key)
{
    char k[4];
    wr_tree_delete(&space, &tree, number(k, key));
}

static uint32_t get(const struct wr_tree *t, uint32_t key)
{
    char k[4];
    struct weir_bytes v;
    return wr_tree_get(t, number(k, key), &v) ? wr_get_be32(v.data) : 0;
}

/* The pairs from `from` on in one direction are those of the model. */
static void check_scan(const struct wr_tree *t, const struct model *m, uint32_t from, bool forward)
{
    struct wr_tree_cursor c;
    struct weir_bytes key;
    struct weir_bytes value;
    char k[4];
    if (forward) {
        wr_tree_seek_forward(&c, t, number(k, from));
    } else {
        wr_tree_seek_backward(&c, t, number(k, from));
    }
    for (uint32_t i = from; i < KEYS; i = forward ? i + 1 : i - 1) {
        if (m->values[i] == 0) {
            continue;
        }
        ck_assert(wr_tree_pair(&c, &key, &value));
        ck_assert_uint_eq(wr_get_be32(key.data), i);
        ck_assert_uint_eq(wr_get_be32(value.data), m->values[i]);
        wr_tree_step(&c, forward);
    }
    ck_assert(!wr_tree_pair(&c, &key, &value));
}

static void check_against(const struct wr_tree *t, const struct model *m)
{
    uint64_t count = 0;
    wr_tree_check(t);
    for (uint32_t i = 0; i < KEYS; i++) {
        ck_assert_uint_eq(get(t, i), m->values[i]);
        count += m->values[i] != 0;
    }
    ck_assert_uint_eq(t->count, count);
    check_scan(t, m, 0, true);
    check_scan(t, m, KEYS - 1, false);
    check_scan(t, m, KEYS / 3, true);
    check_scan(t, m, KEYS / 3, false);
}

static void change(struct model *m, struct wr_rng *rng)
{
    uint64_t kind = wr_rng_below(rng, 100);
    uint32_t start = (uint32_t)wr_rng_below(rng, KEYS);
    uint32_t count = (uint32_t)wr_rng_below(rng, 300);
    if (kind == 0) {
        wr_tree_clear(&space, &tree);
        memset(m->values, 0, sizeof m->values);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t key = kind < 30 ? (uint32_t)wr_rng_below(rng, KEYS) : (start + i) % KEYS;
        if (kind % 5 < 3) {
            m->values[key] = (uint32_t)wr_rng_next(rng) | 1;
            put(key, m->values[key]);
        } else {
            m->values[key] = 0;
            drop(key);
        }
    }
}

static void teardown(void)
{
    wr_tree_begin(&space);
    wr_tree_clear(&space, &tree);
    wr_tree_commit(&space, UINT64_MAX);
    ck_assert_uint_eq(space.slab.bytes, 0);
    wr_tree_space_free(&space);
}

START_TEST(tree_is_what_the_model_is_after_commits_and_rollbacks)
{
    static struct model m;
    struct wr_rng rng;
    wr_rng_seed(&rng, 11);
    for (int txn = 0; txn < (test_is_slow() ? 40 : 300); txn++) {
        struct model before = m;
        struct wr_tree committed = tree;
        wr_tree_begin(&space);
        for (uint64_t n = wr_rng_below(&rng, 4); n != UINT64_MAX; n--) {
            change(&m, &rng);
        }
        if (txn % 10 == 0) {
            check_against(&tree, &m);
            check_against(&committed, &before);
        }
        if (wr_rng_below(&rng, 3) == 0) {
            wr_tree_rollback(&space);
            tree = committed;
            m = before;
        } else {
            wr_tree_commit(&space, UINT64_MAX);
        }
        ck_assert_uint_eq(space.gone_count, 0);
    }
    check_against(&tree, &m);
}
END_TEST

START_TEST(snapshots_keep_what_they_saw)
{
    static struct model m;
    static struct {
        struct model m;
        struct wr_tree tree;
        uint64_t txn;
    } snapshots[SNAPSHOTS];
    struct wr_rng rng;
    wr_rng_seed(&rng, 12);
    for (int txn = 0; txn < (test_is_slow() ? 20 : 200); txn++) {
        uint64_t oldest = UINT64_MAX;
        for (size_t i = 0; i < SNAPSHOTS; i++) {
            oldest = snapshots[i].txn < oldest ? snapshots[i].txn : oldest;
        }
        wr_tree_begin(&space);
        change(&m, &rng);
        wr_tree_commit(&space, txn == 0 ? UINT64_MAX : oldest);
        size_t i = wr_rng_below(&rng, SNAPSHOTS);
        check_against(&snapshots[i].tree, &snapshots[i].m);
        snapshots[i].m = m;
        snapshots[i].tree = tree;
        snapshots[i].txn = space.txn;
    }
}
END_TEST

START_TEST(sequential_keys_make_a_flat_tree)
{
    wr_tree_begin(&space);
    for (uint32_t i = 0; i < 100000; i++) {
        put(i, i + 1);
    }
    wr_tree_commit(&space, UINT64_MAX);
    wr_tree_check(&tree);
    ck_assert_uint_eq(tree.count, 100000);
    struct wr_tree_cursor c;
    wr_tree_seek_forward(&c, &tree, weir_null());
    ck_assert_uint_le(c.depth, 5);
}
END_TEST

START_TEST(empty_tree_has_no_pairs)
{
    struct wr_tree_cursor c;
    struct weir_bytes key;
    struct weir_bytes value;
    wr_tree_seek_forward(&c, &tree, weir_null());
    ck_assert(!wr_tree_pair(&c, &key, &value));
    wr_tree_seek_backward(&c, &tree, str("k"));
    ck_assert(!wr_tree_pair(&c, &key, &value));
    ck_assert(!wr_tree_get(&tree, str("k"), &value));
    wr_tree_begin(&space);
    wr_tree_delete(&space, &tree, str("k"));
    wr_tree_commit(&space, UINT64_MAX);
    ck_assert_uint_eq(tree.count, 0);
}
END_TEST

Suite *memory_tree_suite(void)
{
    Suite *s = suite_create("memory_tree");
    TCase *tc = tcase_create("memory_tree");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_test(tc, tree_is_what_the_model_is_after_commits_and_rollbacks);
    tcase_add_test(tc, snapshots_keep_what_they_saw);
    tcase_add_test(tc, sequential_keys_make_a_flat_tree);
    tcase_add_test(tc, empty_tree_has_no_pairs);
    suite_add_tcase(s, tc);
    return s;
}
