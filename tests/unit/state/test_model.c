/* test_model.c -- random operations on a store, against a sorted array.
 *
 * The model is an array of all keys there can be, in order, each with the row the transaction sees
 * and the one of the last commit.
 */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/mem.h"
#include "state/changelog.h"
#include "state/key_sort.h"
#include "state/task_internal.h"
#include "tests/unit/state/state_help.h"

enum { MEMORY, LMDB, ENGINES };
enum { KEYS = 150, SEEDS = 6, STEPS = 4000, VALUE_MAX = 70000 };

struct version {
    bool there;
    uint32_t len;
    unsigned char fill; /* what the value is made of */
    int64_t time;
};

struct entry {
    struct weir_bytes key;
    struct version now;
    struct version committed;
    bool touched;
};

static struct entry model[KEYS];
static size_t touched_count;
static struct wr_rng rng;
static int which;
static struct wr_state_dir *dir;
static struct wr_task_state *state;
static struct weir_kv *kv;
static int64_t position;
static const struct wr_store_spec spec = {.name = "rows", .changelog = "log"};
static struct wr_task_state_options options;

static uint64_t below(uint64_t n)
{
    return wr_rng_below(&rng, n);
}

/* ---- keys and values ------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
    return wr_key_compare(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* Short keys, keys with long common prefixes, and around the length where keys stop to fit. */
static void make_keys(void)
{
    memset(model, 0, sizeof model);
    for (unsigned i = 0; i < KEYS; i++) {
        char *key = wr_alloc(1200);
        size_t len = i == 0 ? 0 : 1 + below(12);
        if (i % 3 == 1) {
            len = 480 + below(30);
        } else if (i % 3 == 2 && i > KEYS / 2) {
            len = 494 + below(700);
        }
        memset(key, 'k', 1200);
        if (len != 0) {
            key[len - 1] = (char)i; /* makes it one of a kind */
            key[below(len)] = (char)(below(4) == 0 ? below(256) : 'k');
            key[len - 1] = (char)i;
        }
        model[i].key = weir_view(key, len);
    }
    qsort(model, KEYS, sizeof model[0], compare_entries);
    for (unsigned i = 1; i < KEYS; i++) {
        if (weir_equal(model[i - 1].key, model[i].key)) { /* rare: told apart by one more byte */
            model[i].key.len++;
            i = 0;
            qsort(model, KEYS, sizeof model[0], compare_entries);
        }
    }
}

static struct weir_bytes value_of(struct version v)
{
    static char value[VALUE_MAX];
    memset(value, v.fill, v.len);
    return v.there ? weir_view(value, v.len) : weir_null();
}

static struct version random_version(void)
{
    static const uint32_t most[] = {1, 20, 200, 3000, VALUE_MAX};
    struct version v = {true, (uint32_t)below(most[below(100) < 95 ? below(3) : below(5)]),
                        (unsigned char)below(256), (int64_t)below(1000000)};
    return v;
}

static void expect_row(struct version v, struct weir_bytes value, int64_t time)
{
    ck_assert_int_eq(v.there, !weir_is_null(value));
    if (v.there) {
        ck_assert(weir_equal(value_of(v), value));
        ck_assert_int_eq(time, v.time);
    }
}

static void touch(struct entry *e, struct version v)
{
    touched_count += !e->touched;
    e->touched = true;
    e->now = v;
}

/* ---- operations ------------------------------------------------------------------------------ */

static void do_put(struct entry *e)
{
    struct version v = random_version();
    ck_assert_int_eq(weir_kv_put_at(kv, e->key, value_of(v), v.time), WEIR_OK);
    touch(e, v);
}

static void do_put_if_absent(struct entry *e)
{
    struct weir_row row;
    struct version v = random_version();
    wr_kv_set_time(kv, v.time);
    ck_assert_int_eq(weir_kv_put_if_absent(kv, e->key, value_of(v), &row), WEIR_OK);
    expect_row(e->now, row.value, row.time);
    if (!e->now.there) {
        touch(e, v);
    }
}

static void do_delete(struct entry *e)
{
    struct weir_row row;
    wr_kv_set_time(kv, position);
    ck_assert_int_eq(weir_kv_delete(kv, e->key, &row), WEIR_OK);
    expect_row(e->now, row.value, row.time);
    touch(e, (struct version){.time = position});
}

static void do_get(struct entry *e)
{
    struct weir_row row = {0};
    enum weir_code code = weir_kv_get(kv, e->key, &row);
    ck_assert_int_eq(code, e->now.there ? WEIR_OK : WEIR_ENOTFOUND);
    expect_row(e->now, row.value, row.time);
}

/* The rows of a scan are those of model[first..end-1] that are there. */
static void expect_scan(weir_kv_iter *it, size_t first, size_t end, enum weir_direction direction)
{
    struct weir_row row;
    for (size_t i = 0; i < end - first; i++) {
        const struct entry *e = &model[direction == WEIR_FORWARD ? first + i : end - 1 - i];
        if (e->now.there) {
            ck_assert_int_eq(weir_kv_next(it, &row), WEIR_OK);
            ck_assert(weir_equal(row.key, e->key));
            expect_row(e->now, row.value, row.time);
        }
    }
    ck_assert_int_eq(weir_kv_next(it, &row), WEIR_END);
    if (below(2) == 0) {
        weir_kv_close(it);
    }
}

static void do_range(void)
{
    weir_kv_iter *it;
    enum weir_direction direction = below(2) == 0 ? WEIR_FORWARD : WEIR_BACKWARD;
    size_t first = below(KEYS);
    size_t end = first + below(KEYS - first + 1);
    struct weir_bytes from = first == 0 && below(2) == 0 ? weir_null() : model[first].key;
    struct weir_bytes to = end == KEYS && below(2) == 0 ? weir_null()
                           : end != 0                   ? model[end - 1].key
                                                        : model[0].key;
    if (end == first) {
        return;
    }
    ck_assert_int_eq(weir_kv_range(kv, from, to, direction, &it), WEIR_OK);
    expect_scan(it, first, end, direction);
    wr_kv_close_scans(kv);
}

static bool starts_with(struct weir_bytes key, struct weir_bytes prefix)
{
    return key.len >= prefix.len &&
           (prefix.len == 0 || memcmp(key.data, prefix.data, prefix.len) == 0);
}

static void do_prefix(struct entry *e)
{
    weir_kv_iter *it;
    enum weir_direction direction = below(2) == 0 ? WEIR_FORWARD : WEIR_BACKWARD;
    struct weir_bytes prefix = weir_view(e->key.data, below(e->key.len + 1));
    size_t first = 0;
    size_t end;
    while (!starts_with(model[first].key, prefix)) {
        first++;
    }
    for (end = first; end < KEYS && starts_with(model[end].key, prefix); end++) {
    }
    ck_assert_int_eq(weir_kv_prefix(kv, prefix, direction, &it), WEIR_OK);
    expect_scan(it, first, end, direction);
    wr_kv_close_scans(kv);
}

/* Changes and changelog records are those of the touched entries. */
static void expect_changes(void)
{
    struct wr_kv_change c;
    struct wr_changelog_record r;
    size_t at = 0;
    size_t log_at = 0;
    size_t count = 0;
    while (wr_kv_next_change(kv, &at, &c)) {
        struct entry wanted = {.key = c.key};
        const struct entry *e = bsearch(&wanted, model, KEYS, sizeof model[0], compare_entries);
        ck_assert(e != NULL && e->touched);
        expect_row(e->now, c.value, c.time);
        expect_row(e->committed, c.before, c.before_time);
        ck_assert(wr_changelog_next(kv, &log_at, &r));
        ck_assert(weir_equal(r.key, c.key) && weir_equal(r.value, c.value));
        ck_assert_int_eq(r.time, e->now.time);
        count++;
    }
    ck_assert(!wr_changelog_next(kv, &log_at, &r));
    ck_assert_uint_eq(count, touched_count);
    ck_assert_uint_eq(wr_kv_change_count(kv), touched_count);
}

static void end_transaction(bool commit)
{
    char inputs[32];
    expect_changes();
    if (commit) {
        snprintf(inputs, sizeof inputs, "%lld", (long long)++position);
        ck_assert_ok(wr_task_state_committed(state, &position, str(inputs), &test_err));
    } else {
        wr_task_state_aborted(state);
    }
    for (size_t i = 0; i < KEYS; i++) {
        struct entry *e = &model[i];
        e->committed = commit && e->touched ? e->now : e->committed;
        e->now = e->committed;
        e->touched = false;
    }
    touched_count = 0;
}

/* Between transactions: records from the changelog. */
static void do_restore(void)
{
    end_transaction(true);
    for (uint64_t n = below(100); n != 0; n--) {
        struct entry *e = &model[below(KEYS)];
        struct version v = random_version();
        v.there = below(4) != 0;
        ck_assert_ok(wr_restore_record(state, 0, e->key, value_of(v), v.time, &test_err));
        e->now = e->committed = v;
    }
    position++;
    ck_assert_ok(wr_restore_flush(state, &position, &test_err));
}

static void open_state(void)
{
    options.cache_bytes = below(3) == 0 ? 0 : below(300000);
    state = test_open(&options, WR_QUARANTINE_NONE);
    state->chunk_rows = below(3) == 0 ? 1 + below(20) : WR_ENGINE_CHUNK;
    kv = wr_task_state_store(state, 0);
    ck_assert_int_eq(wr_task_state_position(state, 0), position);
}

static void do_reopen(void)
{
    if (which == LMDB) {
        end_transaction(below(2) == 0);
        wr_task_state_close(state, below(2) == 0);
        options.check_all_rows = below(2) == 0;
        open_state();
    }
}

static void do_one(void)
{
    struct entry *e = &model[below(KEYS)];
    uint64_t kind = below(1000);
    if (kind < 350) {
        do_put(e);
    } else if (kind < 450) {
        do_put_if_absent(e);
    } else if (kind < 600) {
        do_delete(e);
    } else if (kind < 850) {
        do_get(e);
    } else if (kind < 910) {
        do_range();
    } else if (kind < 940) {
        do_prefix(e);
    } else if (kind < 975) {
        end_transaction(true);
    } else if (kind < 990) {
        end_transaction(false);
    } else if (kind < 993) {
        do_restore();
    } else if (kind < 996) {
        do_reopen();
    } else {
        ck_assert_ok(wr_task_state_check(state, &test_err));
    }
}

START_TEST(store_does_what_the_model_does)
{
    uint64_t seed = (uint64_t)_i / ENGINES + 1;
    which = _i % ENGINES;
    wr_rng_seed(&rng, seed);
    make_keys();
    touched_count = 0;
    position = 0;
    dir = which == LMDB ? test_state_dir() : NULL;
    options = test_options(dir, &spec, 1);
    open_state();
    for (int step = 0; step < (test_is_slow() ? STEPS / 4 : STEPS); step++) {
        do_one();
    }
    for (size_t i = 0; i < KEYS; i++) {
        do_get(&model[i]);
    }
    end_transaction(true);
    ck_assert_ok(wr_task_state_check(state, &test_err));
    wr_task_state_close(state, false);
    wr_state_dir_close(dir);
    for (size_t i = 0; i < KEYS; i++) {
        wr_free((void *)(uintptr_t)model[i].key.data);
    }
}
END_TEST

Suite *model_suite(void)
{
    Suite *s = suite_create("model");
    TCase *tc = tcase_create("model");
    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, test_dir_make, test_dir_remove);
    tcase_add_loop_test(tc, store_does_what_the_model_does, 0, SEEDS * ENGINES);
    suite_add_tcase(s, tc);
    return s;
}
