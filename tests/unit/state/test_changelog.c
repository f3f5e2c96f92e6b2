/* test_changelog.c -- changelog records, with the bytes of conformance case key-value-changelog. */
#include "src/base/base.h"

#include "state/changelog.h"
#include "tests/unit/state/state_help.h"

static const struct wr_store_spec spec = {.name = "st", .changelog = "app-st-changelog"};
static const int64_t no_positions[] = {-1};

static struct wr_task_state *state;
static struct weir_kv *kv;

static void setup(void)
{
    struct wr_task_state_options o = test_options(NULL, &spec, 1);
    state = test_open(&o, WR_QUARANTINE_NONE);
    kv = wr_task_state_store(state, 0);
}

static void teardown(void)
{
    wr_task_state_close(state, false);
}

static void expect_one(const char *key, const char *value, int64_t time)
{
    struct wr_changelog_record r;
    size_t cursor = 0;
    ck_assert(wr_changelog_next(kv, &cursor, &r));
    ck_assert_bytes_eq(r.key, key);
    ck_assert(weir_equal(r.value, str(value)));
    ck_assert_int_eq(r.time, time);
    ck_assert(!wr_changelog_next(kv, &cursor, &r));
    ck_assert_ok(wr_task_state_committed(state, no_positions, weir_null(), &test_err));
}

START_TEST(record_is_key_plain_value_and_time_of_the_row)
{
    ck_assert_int_eq(weir_kv_put_at(kv, str("a"), str("0+p"), 5), WEIR_OK);
    expect_one("a", "0+p", 5);
    ck_assert_int_eq(weir_kv_put_at(kv, str("a"), str("0+p+q"), 5), WEIR_OK);
    expect_one("a", "0+p+q", 5);
    wr_kv_set_time(kv, 7);
    ck_assert_int_eq(weir_kv_delete(kv, str("a"), NULL), WEIR_OK);
    expect_one("a", NULL, 7); /* a deletion is a null value, at the time of the record */
}
END_TEST

START_TEST(one_record_per_touched_key_with_its_last_value)
{
    struct wr_changelog_record r;
    size_t cursor = 0;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(weir_kv_put_at(kv, str("a"), str(i == 2 ? "last" : "first"), i), WEIR_OK);
        ck_assert_int_eq(weir_kv_put_at(kv, str("b"), str("b"), 9), WEIR_OK);
    }
    ck_assert(wr_changelog_next(kv, &cursor, &r));
    ck_assert_bytes_eq(r.value, "last");
    ck_assert_int_eq(r.time, 2);
    ck_assert(wr_changelog_next(kv, &cursor, &r));
    ck_assert_bytes_eq(r.key, "b");
    ck_assert(!wr_changelog_next(kv, &cursor, &r));
}
END_TEST

START_TEST(aborted_transaction_has_no_records)
{
    struct wr_changelog_record r;
    size_t cursor = 0;
    ck_assert_int_eq(weir_kv_put(kv, str("a"), str("v")), WEIR_OK);
    wr_task_state_aborted(state);
    ck_assert(!wr_changelog_next(kv, &cursor, &r));
}
END_TEST

Suite *changelog_suite(void)
{
    Suite *s = suite_create("changelog");
    TCase *tc = tcase_create("changelog");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, record_is_key_plain_value_and_time_of_the_row);
    tcase_add_test(tc, one_record_per_touched_key_with_its_last_value);
    tcase_add_test(tc, aborted_transaction_has_no_records);
    suite_add_tcase(s, tc);
    return s;
}
