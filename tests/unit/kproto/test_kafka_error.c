/* test_kafka_error.c -- names of error codes. */
#include "src/base/base.h"

#include "src/kproto/kafka_error.h"
#include "tests/unit/suite.h"

static const struct {
    int number;
    const char *name;
} names[] = {
    {-1, "UNKNOWN_SERVER_ERROR"},
    {0, "NONE"},
    {25, "UNKNOWN_MEMBER_ID"},
    {87, "INVALID_RECORD"},
    {120, "TRANSACTION_ABORTABLE"},
    {-2, "?"},
    {8, "?"}, /* Kafka has it, no broker sends it */
    {10000, "?"},
};

START_TEST(number_has_its_name)
{
    ck_assert_str_eq(wr_kafka_error_name(names[_i].number), names[_i].name);
}
END_TEST

Suite *kafka_error_suite(void)
{
    Suite *s = suite_create("kafka_error");
    TCase *t = tcase_create("kafka_error");
    tcase_add_loop_test(t, number_has_its_name, 0, WR_ARRAY_LEN(names));
    suite_add_tcase(s, t);
    return s;
}
