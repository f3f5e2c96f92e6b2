/* test_log_time.c -- finding records by time. */
#include "src/base/base.h"

#include "tests/unit/broker/log_kit.h"
#include "tests/unit/suite.h"

static struct log_kit k;
static int64_t offset;
static int64_t time_found;

static void set_up(void)
{
    log_kit_init(&k);
}

static void tear_down(void)
{
    log_kit_free(&k);
}

/* Batches of two records; times go up and down. */
static const int64_t batch_times[] = {100, 300, 200, 500, 400, 400};

static const struct {
    int64_t time;
    int64_t offset;
    int64_t found;
} lookups[] = {
    {0, 0, 100},   {100, 0, 100}, {101, 2, 300}, {200, 2, 300},
    {300, 2, 300}, {301, 6, 500}, {500, 6, 500}, {501, -1, -1},
};

static void fill(size_t batches_of_a_segment)
{
    size_t size = kit_build(&k, &(struct kit_batch){.count = 2}).len;
    k.config.segment_bytes = (int64_t)(batches_of_a_segment * size);
    for (size_t i = 0; i < WR_ARRAY_LEN(batch_times); i++) {
        ck_assert_int_eq(KIT_SEND(&k, .count = 2, .time = batch_times[i]), WR_KE_NONE);
    }
}

START_TEST(first_record_at_or_after_a_time_is_found)
{
    for (size_t of_a_segment = 1; of_a_segment < 8; of_a_segment++) {
        log_kit_free(&k);
        log_kit_init(&k);
        fill(of_a_segment);
        wr_partition_log_find_time(k.log, lookups[_i].time, false, &offset, &time_found);
        ck_assert_int_eq(offset, lookups[_i].offset);
        ck_assert_int_eq(time_found, lookups[_i].found);
    }
}
END_TEST

START_TEST(record_within_a_batch_is_found)
{
    const struct wr_batch head = {.producer_id = -1, .producer_epoch = -1, .base_sequence = -1};
    struct wr_batch_builder builder;
    wr_buf_reset(&k.bytes);
    wr_batch_start(&builder, &k.bytes, &head);
    wr_batch_add(&builder, &(struct wr_batch_record){.offset = 0, .time = 10});
    wr_batch_add(&builder, &(struct wr_batch_record){.offset = 1, .time = 30});
    wr_batch_add(&builder, &(struct wr_batch_record){.offset = 2, .time = 20});
    wr_batch_finish(&builder);
    ck_assert_int_eq(kit_append(&k, wr_buf_view(&k.bytes)), WR_KE_NONE);
    wr_partition_log_find_time(k.log, 15, false, &offset, &time_found);
    ck_assert_int_eq(offset, 1);
    ck_assert_int_eq(time_found, 30);
    wr_partition_log_max_time(k.log, &offset, &time_found);
    ck_assert_int_eq(offset, 1);
    ck_assert_int_eq(time_found, 30);

    ck_assert_int_eq(wr_partition_log_delete_before(k.log, 2), WR_KE_NONE);
    wr_partition_log_find_time(k.log, 15, false, &offset, &time_found);
    ck_assert_int_eq(offset, 2);
    ck_assert_int_eq(time_found, 20);
}
END_TEST

START_TEST(compressed_batch_stands_for_itself)
{
    KIT_SEND(&k, .time = 10);
    KIT_SEND(&k, .time = 20, .count = 3, .compression = 1);
    wr_partition_log_find_time(k.log, 15, false, &offset, &time_found);
    ck_assert_int_eq(offset, 1);
    ck_assert_int_eq(time_found, 20);
}
END_TEST

START_TEST(what_is_deleted_is_not_found)
{
    fill(2);
    wr_partition_log_delete_before(k.log, 3);
    wr_partition_log_find_time(k.log, 200, false, &offset, &time_found);
    ck_assert_int_eq(offset, 3);
    wr_partition_log_delete_before(k.log, 4);
    wr_partition_log_find_time(k.log, 200, false, &offset, &time_found);
    ck_assert_int_eq(offset, 4);
    ck_assert_int_eq(time_found, 200);
    wr_partition_log_delete_before(k.log, -1);
    wr_partition_log_find_time(k.log, 0, false, &offset, &time_found);
    ck_assert_int_eq(offset, -1);
}
END_TEST

START_TEST(what_is_not_stable_is_found_only_uncommitted)
{
    KIT_SEND(&k, .time = 10);
    KIT_SEND(&k, .producer = 7, .transactional = true, .time = 20);
    wr_partition_log_find_time(k.log, 20, false, &offset, &time_found);
    ck_assert_int_eq(offset, 1);
    wr_partition_log_find_time(k.log, 20, true, &offset, &time_found);
    ck_assert_int_eq(offset, -1);
    ck_assert_int_eq(time_found, -1);
    wr_partition_log_find_time(k.log, 10, true, &offset, &time_found);
    ck_assert_int_eq(offset, 0);
}
END_TEST

START_TEST(greatest_time_is_the_first_of_its_kind)
{
    wr_partition_log_max_time(k.log, &offset, &time_found);
    ck_assert_int_eq(offset, -1);
    ck_assert_int_eq(time_found, -1);
    for (size_t of_a_segment = 1; of_a_segment < 8; of_a_segment++) {
        log_kit_free(&k);
        log_kit_init(&k);
        fill(of_a_segment);
        KIT_SEND(&k, .time = 500);
        wr_partition_log_max_time(k.log, &offset, &time_found);
        ck_assert_int_eq(offset, 6);
        ck_assert_int_eq(time_found, 500);
    }
}
END_TEST

START_TEST(time_of_append_is_found)
{
    k.config.log_append_time = true;
    KIT_SEND(&k, .time = 1, .count = 2);
    wr_partition_log_find_time(k.log, k.now, false, &offset, &time_found);
    ck_assert_int_eq(offset, 0);
    ck_assert_int_eq(time_found, k.now);
    wr_partition_log_find_time(k.log, k.now + 1, false, &offset, &time_found);
    ck_assert_int_eq(offset, -1);
}
END_TEST

Suite *log_time_suite(void)
{
    Suite *s = suite_create("log_time");
    TCase *t = tcase_create("log_time");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, first_record_at_or_after_a_time_is_found, 0, WR_ARRAY_LEN(lookups));
    tcase_add_test(t, record_within_a_batch_is_found);
    tcase_add_test(t, compressed_batch_stands_for_itself);
    tcase_add_test(t, what_is_deleted_is_not_found);
    tcase_add_test(t, what_is_not_stable_is_found_only_uncommitted);
    tcase_add_test(t, greatest_time_is_the_first_of_its_kind);
    tcase_add_test(t, time_of_append_is_found);
    suite_add_tcase(s, t);
    return s;
}
