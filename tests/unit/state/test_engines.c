/* test_engines.c -- what bytes_store.h promises, of both engines. */
#include "src/base/base.h"

#include <pthread.h>
#include <stdio.h>

#include "src/base/mem.h"
#include "state/key_sort.h"
#include "state/lmdb_engine.h"
#include "state/memory_engine.h"
#include "tests/unit/state/state_help.h"

enum { LMDB, MEMORY, ENGINES };

static struct wr_engine *e;
static struct wr_bytes_store *s;

static void open_engine(int which)
{
    if (which == MEMORY) {
        e = wr_memory_engine_new();
    } else {
        ck_assert_ok(wr_lmdb_engine_open(&e, test_dir(), 64 << 20, 4, &test_err));
    }
    ck_assert_ok(e->ops->store(e, "rows", &s, &test_err));
}

static void begin(void)
{
    ck_assert_ok(e->ops->begin(e, &test_err));
}

static void commit(void)
{
    ck_assert_ok(e->ops->commit(e, &test_err));
}

static void put(struct weir_bytes key, const char *cell)
{
    ck_assert_ok(e->ops->put(s, key, str(cell), &test_err));
}

static void del(struct weir_bytes key)
{
    ck_assert_ok(e->ops->del(s, key, &test_err));
}

/* The cell as a text, "-" if there is none. */
static const char *get(struct wr_bytes_store *store, struct weir_bytes key)
{
    static char text[256];
    struct weir_bytes cell;
    enum weir_code code = e->ops->get(store, key, &cell, &test_err);
    if (code == WEIR_ENOTFOUND) {
        return "-";
    }
    ck_assert_ok(code);
    snprintf(text, sizeof text, "%.*s", (int)cell.len, (const char *)cell.data);
    return text;
}

/* The cells of a scan, one behind the other. */
static const char *scan(struct weir_bytes from, struct weir_bytes to, enum weir_direction direction)
{
    static char text[1024];
    struct wr_bytes_cursor *c;
    struct weir_bytes key;
    struct weir_bytes cell;
    enum weir_code code;
    size_t len = 0;
    ck_assert_ok(e->ops->range(s, from, to, direction, &c, &test_err));
    while ((code = e->ops->next(c, &key, &cell, &test_err)) == WEIR_OK) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s", (int)cell.len,
                                (const char *)cell.data);
    }
    ck_assert_code(code, WEIR_END);
    ck_assert_code(e->ops->next(c, &key, &cell, &test_err), WEIR_END);
    e->ops->close_cursor(c);
    text[len] = '\0';
    return text;
}

START_TEST(rows_change_with_the_commit)
{
    open_engine(_i);
    begin();
    put(str("a"), "1");
    put(str("b"), "2");
    put(str("a"), "3");
    commit();
    ck_assert_str_eq(get(s, str("a")), "3");
    ck_assert_str_eq(get(s, str("b")), "2");
    ck_assert_uint_eq(e->ops->count(s), 2);
    begin();
    del(str("a"));
    del(str("never there"));
    commit();
    ck_assert_str_eq(get(s, str("a")), "-");
    ck_assert_uint_eq(e->ops->count(s), 1);
    e->ops->close(e);
}
END_TEST

START_TEST(rolled_back_transaction_leaves_no_trace)
{
    open_engine(_i);
    begin();
    put(str("a"), "1");
    ck_assert_ok(e->ops->put_meta(e, "m", str("old"), &test_err));
    commit();
    begin();
    put(str("a"), "2");
    put(str("b"), "2");
    ck_assert_ok(e->ops->drop(s, &test_err));
    put(str("c"), "2");
    ck_assert_ok(e->ops->put_meta(e, "m", str("new"), &test_err));
    e->ops->rollback(e);
    ck_assert_str_eq(scan(weir_null(), weir_null(), WEIR_FORWARD), "1");
    struct wr_buf meta = {0};
    ck_assert_ok(e->ops->get_meta(e, "m", &meta, &test_err));
    ck_assert_str_eq(wr_buf_cstr(&meta), "old");
    wr_buf_free(&meta);
    ck_assert_ok(e->ops->check(e, &test_err));
    e->ops->close(e);
}
END_TEST

START_TEST(stores_are_apart_and_change_together)
{
    struct wr_bytes_store *other;
    struct wr_bytes_store *same;
    open_engine(_i);
    ck_assert_ok(e->ops->store(e, "other", &other, &test_err));
    ck_assert_ok(e->ops->store(e, "rows", &same, &test_err));
    ck_assert_ptr_eq(same, s);
    begin();
    put(str("k"), "here");
    ck_assert_ok(e->ops->put(other, str("k"), str("there"), &test_err));
    commit();
    ck_assert_str_eq(get(s, str("k")), "here");
    ck_assert_str_eq(get(other, str("k")), "there");
    begin();
    ck_assert_ok(e->ops->drop(other, &test_err));
    commit();
    ck_assert_str_eq(get(s, str("k")), "here");
    ck_assert_str_eq(get(other, str("k")), "-");
    ck_assert_uint_eq(e->ops->count(other), 0);
    e->ops->close(e);
}
END_TEST

START_TEST(meta_records_are_no_rows)
{
    struct wr_buf meta = {0};
    open_engine(_i);
    ck_assert_code(e->ops->get_meta(e, "m", &meta, &test_err), WEIR_ENOTFOUND);
    begin();
    ck_assert_ok(e->ops->put_meta(e, "m", str("value"), &test_err));
    commit();
    ck_assert_str_eq(get(s, str("m")), "-");
    ck_assert_ok(e->ops->get_meta(e, "m", &meta, &test_err));
    ck_assert_str_eq(wr_buf_cstr(&meta), "value");
    wr_buf_free(&meta);
    e->ops->close(e);
}
END_TEST

START_TEST(scan_gives_the_rows_between_its_bounds)
{
    static const struct {
        const char *from, *to, *forward, *backward;
    } table[] = {
        {NULL, NULL, "0abcd", "dcba0"},
        {"b", NULL, "bcd", "dcb"},
        {NULL, "b", "0ab", "ba0"},
        {"b", "c", "bc", "cb"},
        {"aa", "bb", "b", "b"},
        {"c", "b", "", ""},
        {"", "", "0", "0"},
        {"e", NULL, "", ""},
        {NULL, "zz", "0abcd", "dcba0"},
        {"ab", "az", "", ""},
    };
    open_engine(_i);
    ck_assert_str_eq(scan(weir_null(), weir_null(), WEIR_FORWARD), "");
    ck_assert_str_eq(scan(weir_null(), weir_null(), WEIR_BACKWARD), "");
    begin();
    put(str(""), "0"); /* the empty key is a key */
    for (char c = 'd'; c >= 'a'; c--) {
        char text[2] = {c, '\0'};
        put(str(text), text);
    }
    commit();
    for (size_t i = 0; i < WR_ARRAY_LEN(table); i++) {
        struct weir_bytes from = str(table[i].from);
        struct weir_bytes to = str(table[i].to);
        ck_assert_str_eq(scan(from, to, WEIR_FORWARD), table[i].forward);
        ck_assert_str_eq(scan(from, to, WEIR_BACKWARD), table[i].backward);
    }
    e->ops->close(e);
}
END_TEST

/* 600 bytes of 'k' with a number at the end, or the first `len` of them. */
static struct weir_bytes long_key(unsigned number, size_t len)
{
    static char keys[16][700];
    static unsigned used;
    char *key = keys[used++ % WR_ARRAY_LEN(keys)];
    memset(key, 'k', sizeof keys[0]);
    snprintf(key + 600, 100, "%04u", number);
    return weir_view(key, len);
}

START_TEST(long_keys_with_one_prefix_are_scanned_in_order)
{
    char cell[16];
    open_engine(_i);
    begin();
    put(long_key(0, 494), "[494]");
    put(long_key(0, 495), "[495]");
    for (unsigned i = 0; i < 8; i++) {
        unsigned n = i * 5 % 8;
        snprintf(cell, sizeof cell, "%u", n);
        put(long_key(n, 604), cell);
    }
    put(str("j"), "<");
    put(str("l"), ">");
    commit();
    ck_assert_str_eq(scan(weir_null(), weir_null(), WEIR_FORWARD), "<[494][495]01234567>");
    ck_assert_str_eq(scan(weir_null(), weir_null(), WEIR_BACKWARD), ">76543210[495][494]<");
    ck_assert_str_eq(scan(long_key(2, 604), long_key(5, 604), WEIR_FORWARD), "2345");
    ck_assert_str_eq(scan(long_key(2, 604), long_key(5, 604), WEIR_BACKWARD), "5432");
    ck_assert_str_eq(scan(long_key(3, 604), str("m"), WEIR_FORWARD), "34567>");
    ck_assert_str_eq(scan(str("a"), long_key(1, 604), WEIR_BACKWARD), "10[495][494]<");
    ck_assert_str_eq(scan(long_key(0, 495), long_key(0, 495), WEIR_FORWARD), "[495]");
    begin();
    del(long_key(3, 604));
    put(long_key(4, 604), "four");
    commit();
    ck_assert_str_eq(get(s, long_key(3, 604)), "-");
    ck_assert_str_eq(get(s, long_key(4, 604)), "four");
    ck_assert_uint_eq(e->ops->count(s), 11);
    e->ops->close(e);
}
END_TEST

START_TEST(cells_of_any_length_are_read_back)
{
    static const size_t len[] = {0, 1, 500, 2000, 2038, 2039, 4080, 4081, 70000, 1 << 20};
    struct weir_bytes cell;
    char key[32];
    open_engine(_i);
    for (int round = 0; round < 3; round++) { /* also over cells of other lengths */
        begin();
        for (size_t i = 0; i < WR_ARRAY_LEN(len); i++) {
            snprintf(key, sizeof key, "%zu", (i + (size_t)round) % WR_ARRAY_LEN(len));
            ck_assert_ok(e->ops->put(s, str(key), filled(len[i], 'c'), &test_err));
        }
        commit();
        for (size_t i = 0; i < WR_ARRAY_LEN(len); i++) {
            snprintf(key, sizeof key, "%zu", (i + (size_t)round) % WR_ARRAY_LEN(len));
            ck_assert_ok(e->ops->get(s, str(key), &cell, &test_err));
            ck_assert(weir_equal(cell, filled(len[i], 'c')));
        }
        ck_assert_ok(e->ops->check(e, &test_err));
    }
    e->ops->close(e);
}
END_TEST

static const char *snapshot_get(struct wr_snapshot *snap, const char *key)
{
    static struct wr_buf cell;
    wr_buf_reset(&cell);
    enum weir_code code = e->ops->snapshot_get(snap, "rows", str(key), &cell, &test_err);
    return code == WEIR_ENOTFOUND ? "-" : wr_buf_cstr(&cell);
}

START_TEST(snapshot_keeps_what_was_committed)
{
    struct wr_snapshot *before;
    struct wr_snapshot *after;
    struct wr_buf cell = {0};
    open_engine(_i);
    begin();
    put(str("a"), "old");
    put(str("gone"), "x");
    commit();
    ck_assert_ok(e->ops->snapshot(e, &before, &test_err));
    for (int i = 0; i < 50; i++) {
        begin();
        put(str("a"), "new");
        put(str("b"), "new");
        del(str("gone"));
        commit();
    }
    ck_assert_ok(e->ops->snapshot(e, &after, &test_err));
    ck_assert_str_eq(snapshot_get(before, "a"), "old");
    ck_assert_str_eq(snapshot_get(before, "b"), "-");
    ck_assert_str_eq(snapshot_get(before, "gone"), "x");
    ck_assert_str_eq(snapshot_get(after, "a"), "new");
    ck_assert_str_eq(snapshot_get(after, "gone"), "-");
    ck_assert_code(e->ops->snapshot_get(after, "no such store", str("a"), &cell, &test_err),
                   WEIR_ENOTFOUND);
    e->ops->snapshot_end(before);
    e->ops->snapshot_end(after);
    e->ops->close(e);
}
END_TEST

enum { READ_ROWS = 200, READ_ROUNDS = 300 };

/* Each time all rows get one value, in two transactions: a reader that sees two values has no
 * snapshot. */
static void *read_snapshots(void *failed)
{
    char key[16];
    struct wr_buf first = {0};
    struct wr_buf cell = {0};
    for (int round = 0; round < READ_ROUNDS; round++) {
        struct wr_snapshot *snap;
        if (e->ops->snapshot(e, &snap, NULL) != WEIR_OK) {
            *(bool *)failed = true;
            break;
        }
        wr_buf_reset(&first);
        for (int i = 0; i < READ_ROWS; i += 7) {
            snprintf(key, sizeof key, "%d", i);
            wr_buf_reset(&cell);
            enum weir_code code =
                e->ops->snapshot_get(snap, "rows", str(key), i == 0 ? &first : &cell, NULL);
            if (code != WEIR_OK ||
                (i != 0 && strcmp(wr_buf_cstr(&first), wr_buf_cstr(&cell)) != 0)) {
                *(bool *)failed = true;
            }
        }
        e->ops->snapshot_end(snap);
    }
    wr_buf_free(&first);
    wr_buf_free(&cell);
    return NULL;
}

START_TEST(snapshots_of_other_threads_see_all_that_was_held_together)
{
    pthread_t reader;
    bool failed = false;
    char text[16];
    open_engine(_i);
    for (int txn = 0; txn < 300; txn++) {
        char cell[16];
        snprintf(cell, sizeof cell, "%d", txn);
        e->ops->hold(e);
        begin();
        for (int i = 0; i < READ_ROWS; i++) {
            if (i == READ_ROWS / 2) {
                commit();
                begin();
            }
            snprintf(text, sizeof text, "%d", i);
            put(str(text), cell);
        }
        commit();
        e->ops->release(e);
        if (txn == 0) {
            ck_assert_int_eq(pthread_create(&reader, NULL, read_snapshots, &failed), 0);
        }
    }
    pthread_join(reader, NULL);
    ck_assert(!failed);
    e->ops->close(e);
}
END_TEST

START_TEST(closed_lmdb_engine_has_its_rows_when_opened_again)
{
    open_engine(LMDB);
    begin();
    put(str("k"), "v");
    commit();
    begin();
    put(str("k"), "never committed");
    e->ops->rollback(e);
    e->ops->close(e);
    open_engine(LMDB);
    ck_assert_str_eq(get(s, str("k")), "v");
    e->ops->close(e);
}
END_TEST

Suite *engines_suite(void)
{
    Suite *suite = suite_create("engines");
    TCase *tc = tcase_create("engines");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, test_dir_make, test_dir_remove);
    tcase_add_loop_test(tc, rows_change_with_the_commit, 0, ENGINES);
    tcase_add_loop_test(tc, rolled_back_transaction_leaves_no_trace, 0, ENGINES);
    tcase_add_loop_test(tc, stores_are_apart_and_change_together, 0, ENGINES);
    tcase_add_loop_test(tc, meta_records_are_no_rows, 0, ENGINES);
    tcase_add_loop_test(tc, scan_gives_the_rows_between_its_bounds, 0, ENGINES);
    tcase_add_loop_test(tc, long_keys_with_one_prefix_are_scanned_in_order, 0, ENGINES);
    tcase_add_loop_test(tc, cells_of_any_length_are_read_back, 0, ENGINES);
    tcase_add_loop_test(tc, snapshot_keeps_what_was_committed, 0, ENGINES);
    tcase_add_loop_test(tc, snapshots_of_other_threads_see_all_that_was_held_together, 0, ENGINES);
    tcase_add_test(tc, closed_lmdb_engine_has_its_rows_when_opened_again);
    suite_add_tcase(suite, tc);
    return suite;
}
