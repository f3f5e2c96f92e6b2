/* test_req_log_dirs.c -- DescribeLogDirs. */
#include "src/base/base.h"

#include "tests/unit/wire/wire_kit.h"

static struct wr_writer *begin(int version)
{
    return wk_begin(&wk_one, WK_DESCRIBE_LOG_DIRS, (int16_t)version);
}

static struct wr_reader *head(int version, int topics)
{
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    if (version >= 3) {
        wk_i16(r, WR_KE_NONE);
    }
    wk_count(r, 1);
    wk_i16(r, WR_KE_NONE);
    wk_text(r, "memory");
    wk_count(r, topics);
    return r;
}

static void expect_log(struct wr_reader *r, const char *topic, int32_t partition)
{
    struct wr_partition_log *log = wr_topics_partition(wk_wire.broker->topics, topic, partition);
    wk_i32(r, partition);
    wk_i64(r, (int64_t)wr_partition_log_bytes(log));
    wk_i64(r, 0);
    wk_i8(r, 0);
    wr_read_tags(r);
}

static void end(struct wr_reader *r, int version)
{
    if (version >= 4) {
        wk_i64(r, -1);
        wk_i64(r, -1);
    }
    wr_read_tags(r);
    wk_end(r);
}

START_TEST(all_logs_have_their_sizes)
{
    const struct wk_batch b = {.count = 3, .producer_id = -1};
    ck_assert_int_eq(wk_produce(&wk_one, "a", 1, &b), WR_KE_NONE);
    ck_assert_uint_ne(wr_partition_log_bytes(wr_topics_partition(wk_wire.broker->topics, "a", 1)),
                      0);
    wr_write_count(begin(_i), -1);
    struct wr_reader *r = head(_i, 2);
    wk_text(r, "a");
    wk_count(r, 2);
    expect_log(r, "a", 0);
    expect_log(r, "a", 1);
    wr_read_tags(r);
    wk_text(r, "b");
    wk_count(r, 1);
    expect_log(r, "b", 0);
    wr_read_tags(r);
    end(r, _i);
}
END_TEST

START_TEST(nothing_is_said_of_what_is_not_there)
{
    struct wr_writer *w = begin(_i);
    wr_write_count(w, 2);
    wr_write_cstr(w, "none");
    wr_write_count(w, 1);
    wr_write_i32(w, 0);
    wr_write_tags(w);
    wr_write_cstr(w, "a");
    wr_write_count(w, 3);
    wr_write_i32(w, 7);
    wr_write_i32(w, 1);
    wr_write_i32(w, -1);
    wr_write_tags(w);
    struct wr_reader *r = head(_i, 1);
    wk_text(r, "a");
    wk_count(r, 1);
    expect_log(r, "a", 1);
    wr_read_tags(r);
    end(r, _i);
}
END_TEST

Suite *req_log_dirs_suite(void)
{
    Suite *s = suite_create("req_log_dirs");
    TCase *t = wk_case(s, "req_log_dirs");
    tcase_add_loop_test(t, all_logs_have_their_sizes, 1, 5);
    tcase_add_loop_test(t, nothing_is_said_of_what_is_not_there, 1, 5);
    return s;
}
