/* test_json_number.c -- numbers exactly as they are written. */
#include "src/base/base.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/data/json_number.h"
#include "tests/unit/suite.h"

static struct wr_arena arena;

static void setup(void)
{
    wr_arena_init(&arena, 1024);
}

static void teardown(void)
{
    wr_arena_free(&arena);
}

static bool read(const char *text, struct weir_scalar *out)
{
    const unsigned char *p = (const unsigned char *)text;
    return wr_json_number(p, p + strlen(text), &arena, out);
}

static const struct {
    const char *text;
    int64_t v;
} integers[] = {
    {"0", 0},
    {"-0", 0},
    {"7", 7},
    {"-7", -7},
    {"999999999999999999", 999999999999999999},
    {"1000000000000000000", 1000000000000000000},
    {"9223372036854775807", INT64_MAX},
    {"-9223372036854775808", INT64_MIN},
};

START_TEST(integer_of_64_bits_is_an_integer)
{
    struct weir_scalar v;
    ck_assert(read(integers[_i].text, &v));
    ck_assert_int_eq(v.type, WEIR_TYPE_I64);
    ck_assert_int_eq(v.u.i, integers[_i].v);
}
END_TEST

static const struct {
    const char *text;
    double v;
} doubles[] = {
    {"9223372036854775808", 9223372036854775808.0},
    {"-9223372036854775809", -9223372036854775808.0},
    {"18446744073709551616", 18446744073709551616.0},
    {"100000000000000000000000", 1e23},
    {"0.1", 0.1},
    {"1.0", 1.0},
    {"1e3", 1000.0},
    {"-2.5E-3", -0.0025},
    {"9007199254740993.0", 9007199254740992.0},
    {"9007199254740993.0000000000000000000000001", 9007199254740994.0},
    {"0.000000000000000000000000000000000001", 1e-36},
    {"123456789012345678e-30", 123456789012345678e-30},
    {"1e22", 1e22},
    {"1e23", 1e23},
    {"5e-324", 5e-324},
    {"1e-400", 0.0},
    {"1.7976931348623157e308", 1.7976931348623157e308},
    {"0e999999999999999999", 0.0},
    {"0.0000000000000000000000000000000000e400", 0.0},
};

START_TEST(other_number_is_the_nearest_double)
{
    struct weir_scalar v;
    ck_assert(read(doubles[_i].text, &v));
    ck_assert_int_eq(v.type, WEIR_TYPE_F64);
    ck_assert_msg(v.u.f == doubles[_i].v, "%s is %.17g", doubles[_i].text, v.u.f);
}
END_TEST

START_TEST(negative_zero_keeps_its_sign_as_a_double)
{
    struct weir_scalar v;
    ck_assert(read("-0.0", &v));
    ck_assert(v.u.f == 0.0 && signbit(v.u.f));
}
END_TEST

START_TEST(number_beyond_a_double_and_no_number_are_refused)
{
    struct weir_scalar v;
    ck_assert(!read("1e309", &v));
    ck_assert(!read("-1e999999999999", &v));
    ck_assert(!read("", &v));
    ck_assert(!read("-", &v));
    ck_assert(!read("x", &v));
}
END_TEST

START_TEST(number_of_thousands_of_digits_is_read)
{
    char text[5000];
    struct weir_scalar v;
    memset(text, '3', sizeof text);
    memcpy(text, "0.", 2);
    text[sizeof text - 1] = '\0';
    ck_assert(read(text, &v));
    ck_assert(v.u.f == strtod(text, NULL));
}
END_TEST

START_TEST(any_number_is_read_as_strtod_reads_it)
{
    struct wr_rng rng;
    wr_rng_seed(&rng, 1);
    for (int i = 0; i < 100000; i++) {
        char text[80];
        struct weir_scalar v;
        uint64_t whole = wr_rng_next(&rng) >> wr_rng_below(&rng, 64);
        uint64_t fraction = wr_rng_next(&rng) >> wr_rng_below(&rng, 64);
        int exponent = (int)wr_rng_below(&rng, 60) - 30;
        snprintf(text, sizeof text, "%s%llu.%0*llue%d", i % 2 != 0 ? "-" : "",
                 (unsigned long long)whole, (int)wr_rng_below(&rng, 25),
                 (unsigned long long)fraction, exponent);
        if (!read(text, &v) || v.type != WEIR_TYPE_F64 || v.u.f != strtod(text, NULL)) {
            ck_abort_msg("%s", text);
        }
        wr_arena_reset(&arena);
    }
}
END_TEST

Suite *json_number_suite(void)
{
    Suite *s = suite_create("json_number");
    TCase *t = tcase_create("json_number");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, integer_of_64_bits_is_an_integer, 0, WR_ARRAY_LEN(integers));
    tcase_add_loop_test(t, other_number_is_the_nearest_double, 0, WR_ARRAY_LEN(doubles));
    tcase_add_test(t, negative_zero_keeps_its_sign_as_a_double);
    tcase_add_test(t, number_beyond_a_double_and_no_number_are_refused);
    tcase_add_test(t, number_of_thousands_of_digits_is_read);
    tcase_add_test(t, any_number_is_read_as_strtod_reads_it);
    suite_add_tcase(s, t);
    return s;
}
