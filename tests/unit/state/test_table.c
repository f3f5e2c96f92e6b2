/* test_table.c -- entries with two versions, and which of them go. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/mem.h"
#include "state/table.h"
#include "tests/unit/state/state_help.h"

static struct wr_table t;

static uint32_t find(uint16_t store, const char *key)
{
    return wr_table_find(&t, store, str(key), wr_table_tag(store, str(key)));
}

static uint32_t add(uint16_t store, const char *key, const char *value)
{
    struct wr_row row = {str(value), 1};
    return wr_table_add(&t, store, str(key), wr_table_tag(store, str(key)), row);
}

static struct weir_bytes current(uint32_t slot)
{
    return wr_cell_row(wr_table_entry(&t, slot)->current).value;
}

static void setup(void)
{
    wr_table_init(&t, 1 << 20, SIZE_MAX);
}

static void teardown(void)
{
    wr_table_check(&t);
    wr_table_free(&t);
}

START_TEST(same_key_of_two_stores_has_two_entries)
{
    add(0, "k", "zero");
    add(1, "k", "one");
    ck_assert_bytes_eq(current(find(0, "k")), "zero");
    ck_assert_bytes_eq(current(find(1, "k")), "one");
    ck_assert_uint_eq(find(2, "k"), WR_NO_SLOT);
}
END_TEST

START_TEST(aborted_write_leaves_the_committed_version)
{
    uint32_t slot = add(0, "k", "old");
    ck_assert(wr_table_write(&t, slot, (struct wr_row){str("new"), 2}, NULL));
    ck_assert(!wr_table_write(&t, slot, (struct wr_row){str("newer"), 3}, NULL));
    ck_assert_bytes_eq(current(slot), "newer");
    ck_assert_bytes_eq(wr_cell_row(wr_table_entry(&t, slot)->committed).value, "old");
    wr_table_revert(&t, slot);
    ck_assert_bytes_eq(current(slot), "old");
}
END_TEST

START_TEST(committed_write_stays)
{
    uint32_t slot = add(0, "k", "old");
    wr_table_write(&t, slot, (struct wr_row){str("new"), 2}, NULL);
    wr_table_settle(&t, slot);
    ck_assert_bytes_eq(current(slot), "new");
    ck_assert_ptr_null(wr_table_entry(&t, slot)->committed);
}
END_TEST

START_TEST(committed_deletion_leaves_an_entry_without_row)
{
    uint32_t slot = add(0, "k", "old");
    wr_table_write(&t, slot, (struct wr_row){weir_null(), 2}, NULL);
    ck_assert_int_eq(wr_cell_row(wr_table_entry(&t, slot)->current).time, 2);
    wr_table_settle(&t, slot);
    ck_assert_ptr_null(wr_table_entry(&t, slot)->current);
    ck_assert_uint_eq(find(0, "k"), slot);
}
END_TEST

START_TEST(shared_version_is_not_overwritten)
{
    uint32_t slot = add(0, "k", "old");
    wr_table_write(&t, slot, (struct wr_row){str("one"), 2}, NULL);
    struct wr_cell *shared = wr_cell_share(wr_table_entry(&t, slot)->current);
    wr_table_write(&t, slot, (struct wr_row){str("two"), 3}, NULL);
    ck_assert_bytes_eq(wr_cell_row(shared).value, "one");
    ck_assert_bytes_eq(current(slot), "two");
    wr_cell_give(&t, shared);
}
END_TEST

START_TEST(value_may_be_a_view_of_the_version_it_replaces)
{
    uint32_t slot = add(0, "k", "0123456789");
    for (int i = 0; i < 3; i++) {
        struct weir_bytes now = current(slot);
        struct weir_bytes part = weir_view((const char *)now.data + 1, now.len - 1);
        wr_table_write(&t, slot, (struct wr_row){part, 2}, NULL);
    }
    ck_assert_bytes_eq(current(slot), "3456789");
}
END_TEST

START_TEST(values_are_aligned)
{
    for (size_t len = 1; len < 200; len++) {
        struct weir_bytes key = weir_view(filled(200, 'k').data, len);
        struct wr_row row = {weir_view(filled(200, 'v').data, len), 1};
        uint32_t slot = wr_table_add(&t, 0, key, wr_table_tag(0, key), row);
        ck_assert_uint_eq((uintptr_t)current(slot).data % 16, 0);
    }
}
END_TEST

static uint32_t add_number(unsigned i)
{
    char key[64];
    /* every third key is longer than fits into an entry */
    snprintf(key, sizeof key, i % 3 == 0 ? "a key that does not fit into the entry %u" : "%u", i);
    return add((uint16_t)(i % 2), key, "value");
}

static uint32_t find_number(unsigned i)
{
    char key[64];
    snprintf(key, sizeof key, i % 3 == 0 ? "a key that does not fit into the entry %u" : "%u", i);
    return find((uint16_t)(i % 2), key);
}

START_TEST(clean_entries_keep_to_the_limit)
{
    t.limit = 10000;
    for (unsigned i = 0; i < 5000; i++) {
        add_number(i);
        ck_assert_uint_le(t.clean_bytes, t.limit + 500);
    }
    ck_assert_uint_gt(t.count, 20);
    wr_table_trim(&t);
    ck_assert_uint_le(t.clean_bytes, t.limit);
}
END_TEST

START_TEST(touched_and_held_entries_stay)
{
    t.limit = 0;
    uint32_t touched = add(0, "touched", "v");
    wr_table_write(&t, touched, (struct wr_row){str("w"), 1}, NULL);
    uint32_t held = add(0, "held", "v");
    wr_table_entry(&t, held)->flags |= WR_ENTRY_HELD;
    for (unsigned i = 0; i < 1000; i++) {
        add_number(i);
    }
    wr_table_trim(&t);
    ck_assert_uint_eq(t.count, 2);
    ck_assert_uint_eq(find(0, "touched"), touched);
    ck_assert_uint_eq(find(0, "held"), held);
    wr_table_revert(&t, touched);
    wr_table_entry(&t, held)->flags &= (uint8_t)~WR_ENTRY_HELD;
    wr_table_trim(&t);
    ck_assert_uint_eq(t.count, 0);
}
END_TEST

START_TEST(recently_used_entries_outlive_others)
{
    t.limit = 20000;
    for (unsigned i = 0; i < 20000; i++) {
        add_number(i);
        for (unsigned hot = 0; hot < 10; hot++) {
            uint32_t slot = find_number(hot);
            if (slot != WR_NO_SLOT) {
                wr_table_entry(&t, slot)->flags |= WR_ENTRY_RECENT;
            }
        }
    }
    for (unsigned hot = 0; hot < 10; hot++) {
        ck_assert_uint_ne(find_number(hot), WR_NO_SLOT);
    }
}
END_TEST

START_TEST(any_mixture_keeps_the_invariants)
{
    enum { KEYS = 500 };
    bool touched[KEYS] = {false};
    struct wr_rng rng;
    wr_rng_seed(&rng, 3);
    t.limit = 20000;
    for (int step = 0; step < 100000; step++) {
        unsigned i = (unsigned)wr_rng_below(&rng, KEYS);
        uint32_t slot = find_number(i);
        ck_assert(!touched[i] || slot != WR_NO_SLOT);
        slot = slot == WR_NO_SLOT ? add_number(i) : slot;
        if (wr_rng_below(&rng, 10) == 0 && !touched[i]) {
            wr_table_forget(&t, slot);
        } else if (wr_rng_below(&rng, 3) == 0 && touched[i]) {
            (wr_rng_below(&rng, 2) == 0 ? wr_table_settle : wr_table_revert)(&t, slot);
            touched[i] = false;
        } else {
            struct wr_row row = {weir_view("0123456789", wr_rng_below(&rng, 10)), 1};
            row.value = wr_rng_below(&rng, 5) == 0 ? weir_null() : row.value;
            ck_assert_int_eq(wr_table_write(&t, slot, row, NULL), !touched[i]);
            touched[i] = true;
        }
        if (step % 1000 == 0) {
            wr_table_check(&t);
        }
    }
}
END_TEST

Suite *table_suite(void)
{
    Suite *s = suite_create("table");
    TCase *tc = tcase_create("table");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, same_key_of_two_stores_has_two_entries);
    tcase_add_test(tc, aborted_write_leaves_the_committed_version);
    tcase_add_test(tc, committed_write_stays);
    tcase_add_test(tc, committed_deletion_leaves_an_entry_without_row);
    tcase_add_test(tc, shared_version_is_not_overwritten);
    tcase_add_test(tc, value_may_be_a_view_of_the_version_it_replaces);
    tcase_add_test(tc, values_are_aligned);
    tcase_add_test(tc, clean_entries_keep_to_the_limit);
    tcase_add_test(tc, touched_and_held_entries_stay);
    tcase_add_test(tc, recently_used_entries_outlive_others);
    tcase_add_test(tc, any_mixture_keeps_the_invariants);
    suite_add_tcase(s, tc);
    return s;
}
