/* test_conf_file.c -- files in the form of Java's .properties. */
#include "src/base/base.h"

#include "tests/unit/conf/conf_fixture.h"

static char *environment[] = {(char *)"HOME=/home/me",
                              (char *)"EMPTY=", (char *)"TRICKY=${HOME}\\n", NULL};

static const char *text_of(const char *contents)
{
    wr_conf_load_file(conf, fs_with("weir.conf", contents), "weir.conf", environment);
    return wr_conf_text(conf, &test_settings[T_TEXT]);
}

static const struct {
    const char *contents;
    const char *text;
} good[] = {
    {"some-text=x", "x"},
    {"  some-text  =  x  \n", "x"},
    {"some-text=x\r\n", "x"},
    {"# a comment\n! another\n\n  # a third\nsome-text=x", "x"},
    {"some-text=a#b!c", "a#b!c"},
    {"some-text=a=b", "a=b"},
    {"some-text=", ""},
    {"some-text=one \\\n    two\\\nthree", "one twothree"},
    {"some-text=one\\\r\n  two", "onetwo"},
    {"some-text=ends\\\\\nthreads=2", "ends\\"},
    {"some-text=ends\\", "ends"},
    {"some-text=a\\tb\\nc\\\\d\\:e\\=f\\qg", "a\tb\nc\\d:e=fqg"},
    {"some-text=\\ spaced\\ ", " spaced "},
    {"some-text=caf\\u00e9 \\u20AC \\u0041", "caf\xc3\xa9 \xe2\x82\xac A"},
    {"some-text=two\\\\  ", "two\\"},
    {"some\\-text=x", "x"},
    {"some-text=one\nsome-text=two", "two"},
    {"some-text=${HOME}/x", "/home/me/x"},
    {"some-text=a${NONE:b}c${NONE:}", "abc"},
    {"some-text=${EMPTY:default}", ""},
    {"some-text=${TRICKY}", "${HOME}\\n"},
    {"some-text=$${HOME} $HOME $", "${HOME} $HOME $"},
    {"some-text=${NONE:a:b}", "a:b"},
};

START_TEST(file_gives_this_text)
{
    ck_assert_str_eq(text_of(good[_i].contents), good[_i].text);
    ck_assert_uint_eq(findings(), 0);
    ck_assert_int_eq(wr_conf_origin_of(conf, &test_settings[T_TEXT]), WR_CONF_FILE);
}
END_TEST

static const struct {
    const char *contents;
    const char *finding;
} bad[] = {
    {"\nsome-text x", "weir.conf:2: a line has no \"=\"; write key=value, or # for a comment"},
    {"some-text=\\u12", "weir.conf:1: a \\u needs four hexadecimal digits of one character"},
    {"some-text=\\ud83d", "weir.conf:1: a \\u needs four hexadecimal digits of one character"},
    {"some-text=${NONE}", "weir.conf:1: variable \"NONE\" is not set and has no default; set it, "
                          "or write ${NONE:default}"},
    {"some-text=${HOME", "weir.conf:1: \"${\" has no \"}\"; write $${ for a plain ${"},
    {"\n\nsome-tetx=x", "weir.conf:3: unknown setting \"some-tetx\"; did you mean \"some-text\"?"},
    {"# \\\nthreads=a\\\n  b",
     "weir.conf:2: wrong value of setting \"threads\": \"ab\" is no number; allowed is 1 to 8"},
};

START_TEST(mistake_is_found_with_its_line_and_changes_nothing)
{
    ck_assert_str_eq(text_of(bad[_i].contents), "a text");
    ck_assert_str_eq(finding(0), bad[_i].finding);
    ck_assert_uint_eq(findings(), 1);
}
END_TEST

START_TEST(rest_of_a_file_is_read_after_a_mistake)
{
    text_of("nothing=1\nno equals\nthreads=2\nsome-text=${NONE}\ndry=true\n");
    ck_assert_uint_eq(findings(), 3);
    ck_assert_int_eq(wr_conf_int(conf, &test_settings[T_THREADS]), 2);
    ck_assert(wr_conf_bool(conf, &test_settings[T_DRY]));
}
END_TEST

START_TEST(file_that_is_not_there_is_a_finding)
{
    wr_conf_load_file(conf, fs_with("other", ""), "weir.conf", environment);
    ck_assert_str_eq(finding(0), "weir.conf: could not open \"weir.conf\"");
}
END_TEST

START_TEST(empty_file_is_fine)
{
    text_of("");
    ck_assert_uint_eq(findings(), 0);
}
END_TEST

Suite *conf_file_suite(void)
{
    Suite *s = suite_create("conf_file");
    TCase *t = tcase_create("conf_file");
    tcase_add_checked_fixture(t, conf_setup, conf_teardown);
    tcase_add_loop_test(t, file_gives_this_text, 0, WR_ARRAY_LEN(good));
    tcase_add_loop_test(t, mistake_is_found_with_its_line_and_changes_nothing, 0,
                        WR_ARRAY_LEN(bad));
    tcase_add_test(t, rest_of_a_file_is_read_after_a_mistake);
    tcase_add_test(t, file_that_is_not_there_is_a_finding);
    tcase_add_test(t, empty_file_is_fine);
    suite_add_tcase(s, t);
    return s;
}
