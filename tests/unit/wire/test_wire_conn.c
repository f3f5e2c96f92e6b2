/* test_wire_conn.c -- frames, headers, the order of answers, and what ends a connection. */
#include "src/base/base.h"

#include "src/base/endian.h"
#include "tests/unit/wire/wire_kit.h"

#define BYTES(literal) weir_view((literal), sizeof(literal) - 1)

START_TEST(answer_bears_the_requests_number)
{
    wk_bytes(&wk_one, BYTES("\0\0\0\x0c\0\x12\0\0\0\0\0\x07\0\x02me"));
    struct weir_bytes out = wr_wire_conn_unsent(&wk_one.conn);
    ck_assert_uint_eq(wr_get_be32(out.data), out.len - 4);
    ck_assert_mem_eq((const char *)out.data + 4, "\0\0\0\x07\0\0", 6);
}
END_TEST

START_TEST(request_may_come_in_single_bytes)
{
    static const char request[] = "\0\0\0\x0c\0\x12\0\0\0\0\0\x07\0\x02me";
    for (size_t i = 0; i < sizeof request - 1; i++) {
        ck_assert(wk_silent(&wk_one));
        wk_bytes(&wk_one, weir_view(request + i, 1));
    }
    ck_assert(!wk_silent(&wk_one));
}
END_TEST

START_TEST(requests_in_one_piece_are_answered_in_order)
{
    wk_bytes(&wk_one, BYTES("\0\0\0\x0a\0\x12\0\0\0\0\0\x01\xff\xff"
                            "\0\0\0\x0a\0\x10\0\0\0\0\0\x02\xff\xff"));
    struct weir_bytes out = wr_wire_conn_unsent(&wk_one.conn);
    size_t first = wr_get_be32(out.data) + 4;
    ck_assert_mem_eq((const char *)out.data + 4, "\0\0\0\x01", 4);
    ck_assert_mem_eq((const char *)out.data + first, "\0\0\0\x0a\0\0\0\x02\0\0\0\0\0\0", 14);
    ck_assert_uint_eq(out.len, first + 14);
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
} refused[] = {
    {"\x06\x40\0\x01", 4},                            /* a length above 100 MiB */
    {"\xff\xff\xff\xff", 4},                          /* a negative one */
    {"\0\0\0\0", 4},                                  /* an empty frame */
    {"\0\0\0\x02\0\x12", 6},                          /* no version */
    {"\0\0\0\x0a\0\x63\0\0\0\0\0\x01\xff\xff", 14},   /* an unknown request */
    {"\0\0\0\x0a\0\0\0\x02\0\0\0\x01\xff\xff", 14},   /* Produce 2: listed, but not known */
    {"\0\0\0\x0a\0\x03\0\x63\0\0\0\x01\xff\xff", 14}, /* Metadata 99 */
    {"\0\0\0\x0a\0\x03\xff\xff\0\0\0\x01\xff\xff", 14},
    {"\0\0\0\x09\0\x12\0\0\0\0\0\x01\xff", 13},       /* half a client id */
    {"\0\0\0\x0a\0\x12\0\x03\0\0\0\x01\xff\xff", 14}, /* no tagged fields in a header 2 */
    {"\0\0\0\x0c\0\x12\0\0\0\0\0\x01\0\x02m\0", 16},  /* a zero in a text */
};

START_TEST(what_cannot_be_read_ends_the_connection_without_an_answer)
{
    wk_bytes(&wk_one, weir_view(refused[_i].bytes, refused[_i].len));
    ck_assert(wk_one.conn.broken);
    ck_assert(wk_silent(&wk_one));
    ck_assert(!wr_wire_conn_wants(&wk_one.conn));
}
END_TEST

START_TEST(what_is_behind_a_request_is_not_looked_at)
{
    wk_bytes(&wk_one, BYTES("\0\0\0\x0d\0\x10\0\0\0\0\0\x02\xff\xff\0\xff\0"));
    ck_assert(!wk_one.conn.broken);
    ck_assert_uint_eq(wr_wire_conn_unsent(&wk_one.conn).len, 14);
}
END_TEST

START_TEST(what_came_before_a_broken_request_is_answered)
{
    wk_bytes(&wk_one, BYTES("\0\0\0\x0a\0\x10\0\0\0\0\0\x02\xff\xff"
                            "\0\0\0\x0a\0\x63\0\0\0\0\0\x03\xff\xff"));
    ck_assert(wk_one.conn.broken);
    ck_assert_uint_eq(wr_wire_conn_unsent(&wk_one.conn).len, 14);
}
END_TEST

/* Fetch of partition 0 of topic "a" from offset 0, for at most a second. */
static void send_fetch(struct wk_client *c)
{
    struct wr_writer *w = wk_begin(c, WK_FETCH, 4);
    wr_write_i32(w, -1);
    wr_write_i32(w, 1000);
    wr_write_i32(w, 1);
    wr_write_i32(w, 1 << 20);
    wr_write_i8(w, 0);
    wr_write_count(w, 1);
    wr_write_cstr(w, "a");
    wr_write_count(w, 1);
    wr_write_i32(w, 0);
    wr_write_i64(w, 0);
    wr_write_i32(w, 1 << 20);
    wk_send(c);
}

START_TEST(what_is_behind_a_waiting_request_waits_too)
{
    static const char list[] = "\0\0\0\x0a\0\x10\0\0\0\0\0\x09\xff\xff";
    wk_begin(&wk_one, WK_FETCH, 4);
    send_fetch(&wk_one);
    ck_assert(wk_silent(&wk_one));
    ck_assert(!wr_wire_conn_wants(&wk_one.conn));
    ck_assert_int_eq(wr_wire_conn_next(&wk_one.conn), wk_wire.now + 1000);
    wk_advance(999);
    ck_assert(wk_silent(&wk_one));
    wk_advance(1);
    wk_answer(&wk_one);
    ck_assert(wr_wire_conn_wants(&wk_one.conn));
    wk_bytes(&wk_one, BYTES(list));
    ck_assert(!wk_silent(&wk_one));
}
END_TEST

START_TEST(connection_that_ends_while_it_waits_leaves_nothing)
{
    send_fetch(&wk_one);
    ck_assert(wk_silent(&wk_one)); /* the teardown closes it */
}
END_TEST

START_TEST(client_that_does_not_take_its_answers_is_not_read)
{
    struct wr_buf flood = {0};
    size_t request = 16;
    while (flood.len < 1024 * 1024) {
        wr_buf_append(&flood, "\0\0\0\x0c\0\x12\0\0\0\0\0\x07\0\x02me", request);
    }
    wk_bytes(&wk_one, wr_buf_view(&flood));
    ck_assert(!wr_wire_conn_wants(&wk_one.conn));
    size_t unsent = wr_wire_conn_unsent(&wk_one.conn).len;
    ck_assert_uint_ge(unsent, WR_WIRE_OUT_MAX);
    ck_assert_uint_lt(unsent, WR_WIRE_OUT_MAX + 1000);
    wr_wire_conn_sent(&wk_one.conn, unsent);
    ck_assert(wr_wire_conn_step(&wk_one.conn));
    ck_assert(!wk_silent(&wk_one));
    wr_buf_free(&flood);
}
END_TEST

START_TEST(answers_may_be_taken_in_pieces)
{
    wk_begin(&wk_one, WK_LIST_GROUPS, 0);
    wk_send(&wk_one);
    wr_wire_conn_sent(&wk_one.conn, 5);
    ck_assert_uint_eq(wr_wire_conn_unsent(&wk_one.conn).len, 9);
    wk_send(&wk_one);
    ck_assert_uint_eq(wr_wire_conn_unsent(&wk_one.conn).len, 9 + 14);
}
END_TEST

START_TEST(every_request_that_is_cut_off_is_refused)
{
    size_t count;
    const struct wr_wire_api *apis = wr_wire_api_all(&count);
    wk_begin(&wk_one, apis[_i].key, apis[_i].max);
    wr_put_be32(wk_one.frame.data, (uint32_t)wk_one.frame.len - 4);
    wk_bytes(&wk_one, wr_buf_view(&wk_one.frame)); /* a header, and no body */
    ck_assert(wk_one.conn.broken);
    ck_assert(wk_silent(&wk_one));
}
END_TEST

Suite *wire_conn_suite(void)
{
    Suite *s = suite_create("wire_conn");
    TCase *t = tcase_create("wire_conn");
    size_t apis;
    wr_wire_api_all(&apis);
    tcase_add_checked_fixture(t, wk_setup, wk_teardown);
    tcase_add_test(t, answer_bears_the_requests_number);
    tcase_add_test(t, request_may_come_in_single_bytes);
    tcase_add_test(t, requests_in_one_piece_are_answered_in_order);
    tcase_add_loop_test(t, what_cannot_be_read_ends_the_connection_without_an_answer, 0,
                        WR_ARRAY_LEN(refused));
    tcase_add_test(t, what_is_behind_a_request_is_not_looked_at);
    tcase_add_test(t, what_came_before_a_broken_request_is_answered);
    tcase_add_test(t, what_is_behind_a_waiting_request_waits_too);
    tcase_add_test(t, connection_that_ends_while_it_waits_leaves_nothing);
    tcase_add_test(t, client_that_does_not_take_its_answers_is_not_read);
    tcase_add_test(t, answers_may_be_taken_in_pieces);
    tcase_add_loop_test(t, every_request_that_is_cut_off_is_refused, 0, (int)apis);
    suite_add_tcase(s, t);
    return s;
}
