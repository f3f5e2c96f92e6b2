/* test_req_cluster.c -- ApiVersions and DescribeCluster. */
#include "src/base/base.h"

#include "tests/unit/wire/wire_kit.h"

START_TEST(every_request_is_listed_with_its_versions)
{
    size_t count;
    const struct wr_wire_api *apis = wr_wire_api_all(&count);
    struct wr_writer *w = wk_begin(&wk_one, WK_API_VERSIONS, _i);
    if (_i >= 3) {
        wr_write_cstr(w, "apache-kafka-java");
        wr_write_cstr(w, "4.3.1");
    }
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i16(r, WR_KE_NONE);
    wk_count(r, count);
    for (size_t i = 0; i < count; i++) {
        wk_i16(r, apis[i].key);
        wk_i16(r, apis[i].key == WK_PRODUCE ? 0 : apis[i].min);
        wk_i16(r, apis[i].max);
        wr_read_tags(r);
    }
    if (_i >= 1) {
        wk_i32(r, 0);
    }
    wk_end(r);
}
END_TEST

START_TEST(version_too_new_is_told_in_the_oldest_form)
{
    wk_bytes(&wk_one, weir_view("\0\0\0\x0c\0\x12\0\x05\0\0\0\x07\0\x02me", 16));
    struct weir_bytes out = wr_wire_conn_unsent(&wk_one.conn);
    ck_assert_uint_eq(out.len, 20);
    ck_assert_mem_eq(out.data, "\0\0\0\x10\0\0\0\x07\0\x23\0\0\0\x01\0\x12\0\0\0\x04", 20);
    ck_assert(!wk_one.conn.broken);
}
END_TEST

static const struct {
    const char *name;
    const char *version;
    enum wr_kafka_error error;
} software[] = {
    {"librdkafka", "2.0.2", WR_KE_NONE},    {"a", "1", WR_KE_NONE},
    {"", "1", WR_KE_INVALID_REQUEST},       {"a b", "1", WR_KE_INVALID_REQUEST},
    {"-a", "1", WR_KE_INVALID_REQUEST},     {"a", "1.", WR_KE_INVALID_REQUEST},
    {"a", "1;drop", WR_KE_INVALID_REQUEST},
};

START_TEST(name_of_the_client_must_be_one)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_API_VERSIONS, 3);
    wr_write_cstr(w, software[_i].name);
    wr_write_cstr(w, software[_i].version);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i16(r, software[_i].error);
    ck_assert_int_eq(wr_read_count(r, 1) > 0, software[_i].error == WR_KE_NONE);
}
END_TEST

START_TEST(cluster_is_this_broker)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_DESCRIBE_CLUSTER, _i);
    wr_write_bool(w, true);
    if (_i >= 1) {
        wr_write_i8(w, 1);
    }
    if (_i >= 2) {
        wr_write_bool(w, false);
    }
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_i16(r, WR_KE_NONE);
    wk_text(r, NULL);
    if (_i >= 1) {
        wk_i8(r, 1);
    }
    wk_text(r, wk_wire.broker->cluster_id);
    wk_i32(r, WK_NODE);
    wk_count(r, 1);
    wk_i32(r, WK_NODE);
    wk_text(r, "127.0.0.1");
    wk_i32(r, WK_PORT);
    wk_text(r, NULL);
    if (_i >= 2) {
        wk_i8(r, 0);
    }
    wr_read_tags(r);
    wk_i32(r, WR_MAY_CLUSTER);
    wk_end(r);
}
END_TEST

START_TEST(controllers_are_asked_for_elsewhere)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_DESCRIBE_CLUSTER, 1);
    wr_write_bool(w, false);
    wr_write_i8(w, _i == 0 ? 2 : 3);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_i16(r, _i == 0 ? WR_KE_MISMATCHED_ENDPOINT_TYPE : WR_KE_UNSUPPORTED_ENDPOINT_TYPE);
    ck_assert(!weir_is_null(wr_read_string(r)));
    wk_i8(r, 1);
    wk_text(r, "");
    wk_i32(r, -1);
    wk_count(r, 0);
    wk_i32(r, WR_MAY_UNASKED);
    wk_end(r);
}
END_TEST

Suite *req_cluster_suite(void)
{
    Suite *s = suite_create("req_cluster");
    TCase *t = tcase_create("req_cluster");
    tcase_add_checked_fixture(t, wk_setup, wk_teardown);
    tcase_add_loop_test(t, every_request_is_listed_with_its_versions, 0, 5);
    tcase_add_test(t, version_too_new_is_told_in_the_oldest_form);
    tcase_add_loop_test(t, name_of_the_client_must_be_one, 0, WR_ARRAY_LEN(software));
    tcase_add_loop_test(t, cluster_is_this_broker, 0, 3);
    tcase_add_loop_test(t, controllers_are_asked_for_elsewhere, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
