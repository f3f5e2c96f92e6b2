/* test_base64.c -- RFC 4648 base64. */
#include "src/base/base.h"

#include "src/base/base64.h"
#include "tests/unit/suite.h"

/* The vectors of RFC 4648, section 10, and one with the last two digits of the alphabet. */
static const struct {
    const char *bytes;
    const char *text;
} vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xef\xff", "++//"},
};

START_TEST(known_vector_is_written_and_read)
{
    struct wr_buf out = {0};
    wr_base64_encode(&out, weir_str(vectors[_i].bytes));
    ck_assert_str_eq(wr_buf_cstr(&out), vectors[_i].text);
    wr_buf_reset(&out);
    ck_assert(wr_base64_decode(&out, vectors[_i].text, strlen(vectors[_i].text)));
    ck_assert_str_eq(wr_buf_cstr(&out), vectors[_i].bytes);
    wr_buf_free(&out);
}
END_TEST

static const char *const bad[] = {
    "Z", "Zg", "Zg=", "=g==", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9\n", "Zm-_", "Zm9vZm9*"};

START_TEST(other_text_is_refused_and_nothing_is_appended)
{
    struct wr_buf out = {0};
    wr_buf_str(&out, "before");
    ck_assert(!wr_base64_decode(&out, bad[_i], strlen(bad[_i])));
    ck_assert_str_eq(wr_buf_cstr(&out), "before");
    wr_buf_free(&out);
}
END_TEST

static const struct {
    unsigned char bytes[16];
    const char *text;
} ids[] = {
    {{0}, "AAAAAAAAAAAAAAAAAAAAAA"},
    {{251, 239, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255}, "--__AAECAwQFBgcICQoL_w"},
};

START_TEST(id_is_shown_in_digits_for_urls)
{
    char text[23];
    wr_base64url_id(text, ids[_i].bytes);
    ck_assert_str_eq(text, ids[_i].text);
}
END_TEST

Suite *base64_suite(void)
{
    Suite *s = suite_create("base64");
    TCase *t = tcase_create("base64");
    tcase_add_loop_test(t, known_vector_is_written_and_read, 0, WR_ARRAY_LEN(vectors));
    tcase_add_loop_test(t, other_text_is_refused_and_nothing_is_appended, 0, WR_ARRAY_LEN(bad));
    tcase_add_loop_test(t, id_is_shown_in_digits_for_urls, 0, WR_ARRAY_LEN(ids));
    suite_add_tcase(s, t);
    return s;
}
