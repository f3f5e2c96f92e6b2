/* test_testkit_text.c -- records and rows as texts, lists and maps, and times given in order. */
#include "src/base/base.h"

#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/testkit/kit.h"

static struct kit kit;

static void end(void)
{
    kit_free(&kit);
}

/* ---- values as texts ------------------------------------------------------------------------- */

/* arg is the name of a codec function. */
typedef weir_codec *codec_fn(weir_topology *t);

struct pair {
    int64_t a;
    int64_t b;
};

static weir_codec *pair_codec(weir_topology *t)
{
    return weir_struct_codec(t, WEIR_STRUCT(pair, 1));
}

static void copies_of(weir_topology *t, void *arg)
{
    codec_fn *const *make = arg;
    struct weir_source src = WEIR_SOURCE_INIT;
    src.key = (*make)(t);
    src.value = (*make)(t);
    weir_to(weir_from(t, "in", &src), "out", NULL);
}

static const struct {
    codec_fn *codec;
    const char *text;
    size_t len; /* of the bytes */
} values[] = {
    {weir_string, "plain \xc3\xa4", 8},
    {weir_string, "", 0},
    {weir_byte_array, "any", 3},
    {weir_json, "{\"a\": [1, \"b\\n\"]}", 17},
    {weir_i32, "-5", 4},
    {weir_i64, "9223372036854775807", 8},
    {weir_f64, "0.25", 8},
    {pair_codec, "\"AAAAAQAAABAFAAAAAAAAAAYAAAAAAAAA\"", 24},
};

START_TEST(text_of_a_codec_comes_out_as_it_went_in)
{
    codec_fn *make = values[_i].codec;
    const char *text = values[_i].text;
    kit_start(&kit, copies_of, &make, NULL);
    kit_pipe(&kit, "in", text, text, 1);
    kit_pipe(&kit, "in", text, text, 2);
    const struct weir_record *r = weir_test_read(kit.t, "out");
    ck_assert_uint_eq(r->key.len, values[_i].len);
    ck_assert_uint_eq(r->value.len, values[_i].len);
    const char *out = weir_test_read_text(kit.t, "out");
    size_t len = strlen(text);
    ck_assert_mem_eq(out, text, len);
    ck_assert_int_eq(out[len], '=');
    ck_assert_mem_eq(out + len + 1, text, len);
    ck_assert_str_eq(out + 2 * len + 1, "@2");
}
END_TEST

static const struct {
    codec_fn *codec;
    const char *text;
    const char *says;
} not_values[] = {
    {weir_i32, "2147483648", "value for topic \"in\": \"2147483648\" is not i32"},
    {weir_i64, "many", "value for topic \"in\": \"many\" is not i64"},
    {weir_f64, "", "value for topic \"in\": \"\" is not f64"},
    {pair_codec, "\"AAAA\"", "is not struct pair v1"},
};

START_TEST(text_that_is_no_value_is_refused_and_nothing_is_piped)
{
    codec_fn *make = not_values[_i].codec;
    kit_start(&kit, copies_of, &make, NULL);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "in", NULL, not_values[_i].text, 1, &kit.err),
                     WEIR_EDECODE);
    ck_assert_msg(strstr(kit.err.text, not_values[_i].says) != NULL, "%s", kit.err.text);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 0);
    kit_pipe(&kit, "in", NULL, NULL, 1); /* a refusal is no failure */
    ck_assert_next(&kit, "out", "null=null@1");
    ck_assert_int_eq(weir_test_read(kit.t, "out") == NULL, 1);
}
END_TEST

START_TEST(key_that_is_no_value_is_refused)
{
    codec_fn *make = weir_i64;
    kit_start(&kit, copies_of, &make, NULL);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "in", "k", "1", 1, &kit.err), WEIR_EDECODE);
    ck_assert_ptr_nonnull(strstr(kit.err.text, "key for topic \"in\": \"k\" is not i64"));
}
END_TEST

START_TEST(control_characters_and_headers_are_shown)
{
    static const struct weir_header headers[] = {{{"h\n", 2}, {"1", 1}}, {{"n", 1}, {NULL, 0}}};
    struct weir_record r = {.key = weir_view("\0", 1),
                            .value = weir_str("a\tb\x7f"),
                            .time = 1,
                            .headers = {headers, 2}};
    codec_fn *make = weir_string;
    kit_start(&kit, copies_of, &make, NULL);
    ck_assert_int_eq(weir_test_pipe(kit.t, "in", &r, &kit.err), WEIR_OK);
    ck_assert_next(&kit, "out", "\\x00=a\\x09b\\x7f@1 [h\\x0a=1,n=null]");
}
END_TEST

static enum weir_code as_text(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                              void *state)
{
    WR_UNUSED(r);
    WR_UNUSED(state);
    out->value = weir_format(c, "seven");
    return WEIR_OK;
}

static void wrong_codec(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_node node = WEIR_NODE_INIT;
    node.value = weir_i64(t);
    weir_to(weir_map_values(weir_from(t, "in", NULL), as_text, &node), "out", NULL);
}

START_TEST(what_its_codec_cannot_read_is_shown_as_bytes)
{
    kit_start(&kit, wrong_codec, NULL, NULL);
    kit_pipe(&kit, "in", "k", "v", 1);
    ck_assert_next(&kit, "out", "k=seven@1");
}
END_TEST

static enum weir_code to_two(weir_ctx *c, const struct weir_record *r, const char **topic,
                             void *state)
{
    WR_UNUSED(c);
    WR_UNUSED(state);
    *topic = weir_is_null(r->key) ? "without" : "with";
    return WEIR_OK;
}

static void computed(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source src = WEIR_SOURCE_INIT;
    src.value = weir_i64(t);
    weir_to_computed(weir_from(t, "in", &src), to_two, NULL);
}

START_TEST(computed_topics_have_the_codecs_of_their_sink)
{
    kit_start(&kit, computed, NULL, NULL);
    kit_pipe(&kit, "in", "k", "7", 1);
    kit_pipe(&kit, "in", NULL, "8", 2);
    ck_assert_next(&kit, "with", "k=7@1");
    ck_assert_next(&kit, "without", "null=8@2");
}
END_TEST

/* ---- lists and maps -------------------------------------------------------------------------- */

static void strings(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_from(t, "in", NULL), "out", NULL);
}

static const struct weir_test_text letters[] = {
    {"b", "1", 10}, {NULL, "2", 20}, {"a", "3", 30}, {"b", NULL, 40}, {"a", "4", 5},
};

static void pipe_letters(void)
{
    kit_start(&kit, strings, NULL, NULL);
    ck_assert_int_eq(weir_test_pipe_all(kit.t, "in", letters, WR_ARRAY_LEN(letters), &kit.err),
                     WEIR_OK);
}

START_TEST(list_is_piped_and_read_in_order)
{
    pipe_letters();
    ck_assert_next(&kit, "out", "b=1@10");
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "null=2@20\n"
                                                       "a=3@30\n"
                                                       "b=null@40\n"
                                                       "a=4@5\n");
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "");
    ck_assert_str_eq(weir_test_read_all(kit.t, "nowhere"), "");
}
END_TEST

START_TEST(map_has_the_last_value_of_each_key)
{
    pipe_letters();
    ck_assert_str_eq(weir_test_read_map(kit.t, "out"), "null=2\na=4\nb=null\n");
    ck_assert_str_eq(weir_test_read_map(kit.t, "out"), "");
    ck_assert_str_eq(weir_test_read_map(kit.t, "nowhere"), "");
}
END_TEST

START_TEST(list_ends_at_the_first_record_that_is_refused)
{
    static const struct weir_test_text texts[] = {{"1", "2", 1}, {"3", "x", 2}, {"5", "6", 3}};
    codec_fn *make = weir_i64;
    kit_start(&kit, copies_of, &make, NULL);
    ck_assert_int_eq(weir_test_pipe_all(kit.t, "in", texts, 3, &kit.err), WEIR_EDECODE);
    ck_assert_msg(strncmp(kit.err.text, "record 1 of 3: value for topic", 30) == 0, "%s",
                  kit.err.text);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "1=2@1\n");
}
END_TEST

START_TEST(values_are_read_alone)
{
    pipe_letters();
    ck_assert_pstr_eq(weir_test_read_value(kit.t, "out"), "1");
    ck_assert_uint_eq(weir_test_unread(kit.t, "out"), 4);
    weir_test_read(kit.t, "out");
    weir_test_read(kit.t, "out");
    ck_assert_pstr_eq(weir_test_read_value(kit.t, "out"), "null");
    weir_test_read(kit.t, "out");
    ck_assert_pstr_eq(weir_test_read_value(kit.t, "out"), NULL);
}
END_TEST

START_TEST(unread_records_are_counted)
{
    kit_start(&kit, strings, NULL, NULL);
    ck_assert_uint_eq(weir_test_unread(kit.t, "out"), 0);
    ck_assert_uint_eq(weir_test_unread(kit.t, "nowhere"), 0);
    kit_pipe(&kit, "in", "a", "1", 1);
    kit_pipe(&kit, "in", "b", "2", 2);
    ck_assert_uint_eq(weir_test_unread(kit.t, "out"), 2);
    ck_assert_next(&kit, "out", "a=1@1");
    ck_assert_uint_eq(weir_test_unread(kit.t, "out"), 1);
    ck_assert_uint_eq(weir_test_unread(kit.t, "in"), 0); /* what is piped does not come out */
}
END_TEST

START_TEST(what_came_out_lives_on)
{
    pipe_letters();
    const struct weir_record *r = weir_test_read(kit.t, "out");
    const char *text = weir_test_read_text(kit.t, "out");
    weir_test_read_all(kit.t, "out");
    kit_pipe(&kit, "in", "z", "9", 1);
    ck_assert(weir_equal(r->key, weir_str("b")) && weir_equal(r->value, weir_str("1")));
    ck_assert_str_eq(text, "null=2@20");
}
END_TEST

/* ---- times in order -------------------------------------------------------------------------- */

START_TEST(next_time_is_that_of_the_wall_clock_until_it_is_set)
{
    struct weir_test_options o = WEIR_TEST_INIT;
    o.wall_ms = 500;
    kit_start(&kit, strings, NULL, &o);
    kit_pipe(&kit, "in", "a", "", WEIR_TEST_NEXT_TIME);
    ck_assert_int_eq(weir_test_advance(kit.t, 7, &kit.err), WEIR_OK);
    kit_pipe(&kit, "in", "b", "", WEIR_TEST_NEXT_TIME);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "a=@500\nb=@507\n");
}
END_TEST

START_TEST(next_time_moves_by_its_step)
{
    kit_start(&kit, strings, NULL, NULL);
    ck_assert_int_eq(weir_test_set_time(kit.t, "in", 1000, 60, &kit.err), WEIR_OK);
    kit_pipe(&kit, "in", "a", "", WEIR_TEST_NEXT_TIME);
    kit_pipe(&kit, "in", "b", "", 3); /* a time of its own moves nothing */
    struct weir_record r = {.key = weir_str("c"), .time = WEIR_TEST_NEXT_TIME};
    ck_assert_int_eq(weir_test_pipe(kit.t, "in", &r, &kit.err), WEIR_OK);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "a=@1000\nb=@3\nc=null@1060\n");
}
END_TEST

START_TEST(refused_record_takes_no_time)
{
    codec_fn *make = weir_i64;
    kit_start(&kit, copies_of, &make, NULL);
    ck_assert_int_eq(weir_test_set_time(kit.t, "in", 1, 1, &kit.err), WEIR_OK);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "in", "1", "x", WEIR_TEST_NEXT_TIME, &kit.err),
                     WEIR_EDECODE);
    kit_pipe(&kit, "in", "1", "2", WEIR_TEST_NEXT_TIME);
    ck_assert_next(&kit, "out", "1=2@1");
}
END_TEST

START_TEST(topic_that_is_no_input_has_no_time)
{
    kit_start(&kit, strings, NULL, NULL);
    ck_assert_int_eq(weir_test_set_time(kit.t, "out", 1, 1, &kit.err), WEIR_ENOTOPIC);
    ck_assert_str_eq(kit.err.text, "topic \"out\" is not an input of the topology");
}
END_TEST

/* ---- numbers --------------------------------------------------------------------------------- */

START_TEST(integers_are_made_and_read_as_the_codec_has_them)
{
    int64_t v = 0;
    codec_fn *make = weir_i64;
    kit_start(&kit, copies_of, &make, NULL);
    struct weir_record r = {.key = weir_test_i64(kit.t, -2), .value = weir_test_i64(kit.t, 258)};
    ck_assert_int_eq(weir_test_pipe(kit.t, "in", &r, &kit.err), WEIR_OK);
    const struct weir_record *out = weir_test_read(kit.t, "out");
    ck_assert_mem_eq(out->value.data, "\0\0\0\0\0\0\1\2", 8);
    ck_assert_int_eq(weir_test_get_i64(out->key, &v), WEIR_OK);
    ck_assert_int_eq(v, -2);
    ck_assert_int_eq(weir_test_get_i64(weir_str("1234567"), &v), WEIR_EDECODE);
    ck_assert_int_eq(weir_test_get_i64(WEIR_NULL, &v), WEIR_EDECODE);
    ck_assert_int_eq(v, -2);
}
END_TEST

static TCase *texts_case(void)
{
    TCase *tc = tcase_create("texts");
    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_loop_test(tc, text_of_a_codec_comes_out_as_it_went_in, 0, (int)WR_ARRAY_LEN(values));
    tcase_add_loop_test(tc, text_that_is_no_value_is_refused_and_nothing_is_piped, 0,
                        (int)WR_ARRAY_LEN(not_values));
    tcase_add_test(tc, key_that_is_no_value_is_refused);
    tcase_add_test(tc, control_characters_and_headers_are_shown);
    tcase_add_test(tc, what_its_codec_cannot_read_is_shown_as_bytes);
    tcase_add_test(tc, computed_topics_have_the_codecs_of_their_sink);
    tcase_add_test(tc, integers_are_made_and_read_as_the_codec_has_them);
    return tc;
}

Suite *testkit_text_suite(void)
{
    Suite *s = suite_create("testkit_text");
    TCase *tc = tcase_create("lists");
    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_test(tc, list_is_piped_and_read_in_order);
    tcase_add_test(tc, map_has_the_last_value_of_each_key);
    tcase_add_test(tc, list_ends_at_the_first_record_that_is_refused);
    tcase_add_test(tc, values_are_read_alone);
    tcase_add_test(tc, unread_records_are_counted);
    tcase_add_test(tc, what_came_out_lives_on);
    tcase_add_test(tc, next_time_is_that_of_the_wall_clock_until_it_is_set);
    tcase_add_test(tc, next_time_moves_by_its_step);
    tcase_add_test(tc, refused_record_takes_no_time);
    tcase_add_test(tc, topic_that_is_no_input_has_no_time);
    suite_add_tcase(s, texts_case());
    suite_add_tcase(s, tc);
    return s;
}
