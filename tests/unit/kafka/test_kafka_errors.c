/* test_kafka_errors.c -- codes of librdkafka, and the box in which a handle keeps what it reported.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/kafka/rdk.h"
#include "tests/unit/kafka/kafka_util.h"

Suite *errors_suite(void);

static const struct {
    rd_kafka_resp_err_t code;
    enum weir_code weir;
    bool later;
} table[] = {
    {RD_KAFKA_RESP_ERR_NO_ERROR, WEIR_OK, false},
    {RD_KAFKA_RESP_ERR__TRANSPORT, WEIR_ECLUSTER, true},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, WEIR_ECLUSTER, true},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, WEIR_ETIMEOUT, true},
    {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, WEIR_EAGAIN, true},
    {RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, WEIR_EAGAIN, true},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, WEIR_EAUTH, false},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, WEIR_EAUTH, false},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, WEIR_ENOTOPIC, false},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, WEIR_EPARTITIONS, false},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, WEIR_EOFFSET, false},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, WEIR_ETOOLARGE, false},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, WEIR_PENDING, false},
    {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, WEIR_EABORT, false},
    {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, WEIR_EFENCED, false},
    {RD_KAFKA_RESP_ERR__FENCED, WEIR_EPRODUCER, false},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, WEIR_EUNSUPPORTED, false},
    {RD_KAFKA_RESP_ERR_UNKNOWN, WEIR_EINTERNAL, false},
};

START_TEST(code_of_librdkafka_has_one_of_weir)
{
    ck_assert_int_eq(wr_rdk_code(table[_i].code), table[_i].weir);
    ck_assert_int_eq(wr_rdk_may_work_later(table[_i].code), table[_i].later);
}
END_TEST

START_TEST(error_without_flags_is_a_failure_with_its_reason)
{
    struct weir_error err = {0};
    ck_assert_int_eq(wr_rdk_outcome(NULL, "commit", &err), WR_CALL_OK);
    rd_kafka_error_t *e = rd_kafka_error_new(RD_KAFKA_RESP_ERR__STATE, "not in %s", "state");
    ck_assert_int_eq(wr_rdk_outcome(e, "commit", &err), WR_CALL_FAILED);
    ck_assert_int_eq(err.code, WEIR_ESTATE);
    ck_assert_ptr_nonnull(strstr(err.text, "could not commit: not in state"));
}
END_TEST

static struct wr_rdk_box box;
static struct wr_handle_error got;

START_TEST(same_error_is_counted_and_the_oldest_comes_first)
{
    wr_rdk_box_init(&box);
    ck_assert(!wr_rdk_box_take(&box, &got));
    wr_rdk_box_note(&box, RD_KAFKA_RESP_ERR__TRANSPORT, "refused once");
    wr_rdk_box_note(&box, RD_KAFKA_RESP_ERR__AUTHENTICATION, "who are you");
    wr_rdk_box_note(&box, RD_KAFKA_RESP_ERR__TRANSPORT, "refused again");
    ck_assert(wr_rdk_box_take(&box, &got));
    ck_assert_int_eq(got.count, 2);
    ck_assert_int_eq(got.error.code, WEIR_ECLUSTER);
    ck_assert_str_eq(got.error.text, "refused again");
    ck_assert(wr_rdk_box_take(&box, &got));
    ck_assert_int_eq(got.count, 1);
    ck_assert_int_eq(got.error.code, WEIR_EAUTH);
    ck_assert(!wr_rdk_box_take(&box, &got));
    wr_rdk_box_free(&box);
}
END_TEST

START_TEST(full_box_keeps_the_first_errors_and_the_last)
{
    wr_rdk_box_init(&box);
    for (size_t i = 1; i <= WR_RDK_BOX_SLOTS + 3; i++) {
        wr_rdk_box_note(&box, table[i].code, "text");
    }
    ck_assert_uint_eq(box.count, WR_RDK_BOX_SLOTS);
    for (size_t i = 1; i < WR_RDK_BOX_SLOTS; i++) {
        ck_assert(wr_rdk_box_take(&box, &got));
        ck_assert_int_eq(got.error.code, table[i].weir);
    }
    ck_assert(wr_rdk_box_take(&box, &got));
    ck_assert_int_eq(got.error.code, table[WR_RDK_BOX_SLOTS + 3].weir);
    wr_rdk_box_free(&box);
}
END_TEST

Suite *errors_suite(void)
{
    Suite *s = suite_create("errors");
    TCase *t = tcase_create("errors");
    tcase_add_loop_test(t, code_of_librdkafka_has_one_of_weir, 0, WR_ARRAY_LEN(table));
    tcase_add_test(t, error_without_flags_is_a_failure_with_its_reason);
    tcase_add_test(t, same_error_is_counted_and_the_oldest_comes_first);
    tcase_add_test(t, full_box_keeps_the_first_errors_and_the_last);
    suite_add_tcase(s, t);
    return s;
}
