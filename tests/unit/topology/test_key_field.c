/* test_key_field.c -- a field of the value becomes the key, in the bytes of the key's codec. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/topology/rig.h"

static struct wr_buf seen; /* the key that came, in hexadecimal digits */

static enum weir_code note_key(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(c), WR_UNUSED(state);
    wr_buf_reset(&seen);
    wr_buf_str(&seen, weir_is_null(r->key) ? "null" : "");
    for (size_t i = 0; i < r->key.len; i++) {
        wr_buf_printf(&seen, "%02x", ((const unsigned char *)r->key.data)[i]);
    }
    return WEIR_OK;
}

static const struct {
    weir_codec *(*key)(weir_topology *t);
    const char *value;
    const char *bytes; /* NULL: a bad record */
} keys[] = {
    {weir_i32, "{\"k\":7}", "00000007"},
    {weir_i32, "{\"k\":-2147483648}", "80000000"},
    {weir_i32, "{\"k\":2147483648}", NULL},
    {weir_i32, "{\"k\":-2147483649}", NULL},
    {weir_i32, "{\"k\":\"7\"}", NULL},
    {weir_i32, "{}", "null"},
    {weir_i64, "{\"k\":7}", "0000000000000007"},
    {weir_i64, "{\"k\":7.0}", "0000000000000007"},
    {weir_i64, "{\"k\":7.5}", NULL},
    {weir_i64, "{\"k\":null}", "null"},
    {weir_f64, "{\"k\":7}", "401c000000000000"},
    {weir_f64, "{\"k\":0.5}", "3fe0000000000000"},
    {weir_f64, "{\"k\":true}", NULL},
    {weir_f64, "{}", "null"},
    {weir_string, "{\"k\":\"ab\"}", "6162"},
    {weir_string, "{\"k\":\"\\u0061\"}", "61"},
    {weir_string, "{\"k\":\"\"}", ""},
    {weir_string, "{\"k\":7}", NULL},
    {weir_string, "{\"k\":[\"ab\"]}", NULL},
    {weir_string, NULL, "null"},
    {weir_byte_array, "{\"k\":\"ab\"}", "6162"},
    {weir_byte_array, "{\"k\":[1, 2]}", "5b312c20325d"},
    {weir_byte_array, "{\"k\":7}", NULL},
    {weir_byte_array, "{\"k\":null}", "null"},
};

static weir_codec *(*key_codec)(weir_topology *t);

static void by_field(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.value = weir_json(t);
    weir_for_each(weir_select_key_field(weir_from(t, "in", &o), "k", key_codec(t), NULL), note_key,
                  NULL);
}

START_TEST(field_becomes_the_bytes_of_the_key_codec)
{
    struct rig r;
    key_codec = keys[_i].key;
    rig_build(&r, by_field);
    rig_open(&r);
    enum weir_code code = rig_feed(&r, "in", "before", keys[_i].value, 1);
    if (keys[_i].bytes != NULL) {
        ck_assert_msg(code == WEIR_OK, "%s", r.err.text);
        ck_assert_str_eq(wr_buf_cstr(&seen), keys[_i].bytes);
    } else {
        ck_assert_int_eq(code, WEIR_EDECODE);
        ck_assert_msg(strstr(r.err.text, "field \"k\" is not a") != NULL, "%s", r.err.text);
        ck_assert_uint_eq(seen.len, 0);
    }
    rig_free(&r);
    wr_buf_free(&seen);
}
END_TEST

static void bytes_from_bytes(weir_topology *t)
{
    weir_for_each(weir_select_key_field(weir_from(t, "in", NULL), "", weir_byte_array(t), NULL),
                  note_key, NULL);
}

START_TEST(any_bytes_become_a_key_of_any_bytes)
{
    struct rig r;
    rig_build(&r, bytes_from_bytes);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "\xff!", 1), WEIR_OK);
    ck_assert_str_eq(wr_buf_cstr(&seen), "ff21");
    rig_free(&r);
    wr_buf_free(&seen);
}
END_TEST

static void grouped_by_field(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.value = weir_json(t);
    weir_grouped *g = weir_group_by_field(weir_from(t, "in", &o), "by-k", "k", weir_string(t));
    weir_count(g, "counts", NULL);
}

START_TEST(group_by_a_field_repartitions_under_its_name)
{
    struct rig r;
    rig_build(&r, grouped_by_field);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "{\"k\":\"a\"}", 1), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "by-k-repartition a={\"k\":\"a\"}@1\n");
    ck_assert_int_eq(rig_feed(&r, "in", "k", "{}", 2), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "unkeyed by-k-repartition-filter\n");
    rig_free(&r);
}
END_TEST

Suite *key_field_suite(void)
{
    Suite *s = suite_create("key_field");
    TCase *c = tcase_create("key_field");
    tcase_add_loop_test(c, field_becomes_the_bytes_of_the_key_codec, 0, (int)WR_ARRAY_LEN(keys));
    tcase_add_test(c, any_bytes_become_a_key_of_any_bytes);
    tcase_add_test(c, group_by_a_field_repartitions_under_its_name);
    suite_add_tcase(s, c);
    return s;
}
