/* test_ctx.c -- what the functions of an application may call (processor.h). */
#include "src/base/base.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/topology/rig.h"

/* The function of the one processor of each test. */
static weir_process_fn *probe;

static enum weir_code call_probe(weir_ctx *c, const struct weir_record *r, void *state)
{
    return probe(c, r, state);
}

static bool keep_key;

/* in -> probe (store "st") -> left, right */
static void one_processor(weir_topology *t)
{
    static const char *const stores[] = {"st"};
    struct weir_store_options store = WEIR_STORE_INIT;
    struct weir_node o = WEIR_NODE_INIT;
    struct weir_sink left = WEIR_SINK_INIT;
    struct weir_sink right = WEIR_SINK_INIT;
    store.name = "st";
    o.name = "probe";
    o.stores = stores;
    o.store_count = 1;
    left.name = "left";
    right.name = "right";
    weir_add_store(t, &store);
    weir_stream *in = weir_from(t, "in", NULL);
    weir_stream *s =
        keep_key ? weir_process_values(in, call_probe, &o) : weir_process(in, call_probe, &o);
    weir_to(s, "left", &left);
    weir_to(s, "right", &right);
}

/* Process one record k=v@7 with fn. */
static enum weir_code run(struct rig *r, weir_process_fn *fn)
{
    probe = fn;
    rig_build(r, one_processor);
    rig_open(r);
    return rig_feed(r, "in", "k", "v", 7);
}

/* ---- forwarding ------------------------------------------------------------------------------ */

static enum weir_code to_right(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    return weir_forward_to(c, "right", r);
}

START_TEST(forward_to_gives_a_record_to_one_child)
{
    struct rig r;
    ck_assert_int_eq(run(&r, to_right), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "right k=v@7\n");
    rig_free(&r);
}
END_TEST

static enum weir_code to_nobody(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    return weir_forward_to(c, "nobody", r);
}

START_TEST(forward_to_an_unknown_child_is_an_error_of_the_program)
{
    struct rig r;
    ck_assert_int_eq(run(&r, to_nobody), WEIR_EINVAL);
    ck_assert_str_eq(r.err.text, "it has no child \"nobody\" to forward to");
    rig_free(&r);
}
END_TEST

static enum weir_code into_the_past(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_record out = *r;
    WR_UNUSED(state);
    out.time = -1;
    return weir_forward(c, &out);
}

START_TEST(a_negative_time_is_refused)
{
    struct rig r;
    ck_assert_int_eq(run(&r, into_the_past), WEIR_ETIME);
    ck_assert_str_eq(rig_log(&r), "bad probe WEIR_ETIME the time of a record cannot be negative "
                                  "(-1)\n");
    rig_free(&r);
}
END_TEST

static enum weir_code another_key(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_record out = *r;
    WR_UNUSED(state);
    out.key = weir_str("other");
    return weir_forward(c, &out);
}

static enum weir_code same_key_elsewhere(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_record out = *r;
    WR_UNUSED(state);
    out.key = weir_format(c, "k");
    return weir_forward(c, &out);
}

START_TEST(only_process_may_change_the_key)
{
    struct rig r;
    ck_assert_int_eq(run(&r, another_key), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "left other=v@7\nright other=v@7\n");
    rig_free(&r);

    keep_key = true;
    ck_assert_int_eq(run(&r, another_key), WEIR_EINVAL);
    ck_assert_ptr_nonnull(strstr(r.err.text, "it changed the key"));
    ck_assert_str_eq(rig_log(&r), "");
    rig_free(&r);

    ck_assert_int_eq(run(&r, same_key_elsewhere), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "left k=v@7\nright k=v@7\n");
    rig_free(&r);
    keep_key = false;
}
END_TEST

static enum weir_code forward_in_open(weir_ctx *c, const void *arg, void **task_state)
{
    struct weir_record r = {.time = 1};
    WR_UNUSED(arg), WR_UNUSED(task_state);
    return weir_forward(c, &r);
}

static enum weir_code pass(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    return weir_forward(c, r);
}

static void opens_with_forward(weir_topology *t)
{
    struct weir_node o = WEIR_NODE_INIT;
    o.name = "p";
    o.open = forward_in_open;
    weir_process(weir_from(t, "in", NULL), pass, &o);
}

static void peeks_with_forward(weir_topology *t)
{
    weir_peek(weir_from(t, "in", NULL), pass, NULL);
}

START_TEST(records_are_forwarded_only_while_one_is_processed)
{
    struct rig r;
    rig_build(&r, opens_with_forward);
    ck_assert_int_eq(rig_try_open(&r), WEIR_ESTATE);
    rig_free(&r);

    rig_build(&r, peeks_with_forward);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), WEIR_ESTATE);
    ck_assert_ptr_nonnull(strstr(r.err.text, "can be forwarded only by"));
    rig_free(&r);
}
END_TEST

static enum weir_code made_from_nothing(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_record out = {.key = weir_str("new"), .time = 3};
    WR_UNUSED(r), WR_UNUSED(state);
    return weir_forward(c, &out);
}

static const char *origin;

static enum weir_code note_origin(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(c), WR_UNUSED(state);
    origin = r->topic;
    ck_assert_int_eq(r->partition, 0);
    return WEIR_OK;
}

static void origin_below(weir_topology *t)
{
    weir_for_each(weir_process(weir_from(t, "in", NULL), made_from_nothing, NULL), note_origin,
                  NULL);
}

START_TEST(what_is_forwarded_comes_from_the_record_being_processed)
{
    struct rig r;
    rig_build(&r, origin_below);
    rig_open(&r);
    origin = NULL;
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), WEIR_OK);
    ck_assert_str_eq(origin, "in");
    rig_free(&r);
}
END_TEST

/* ---- surroundings ---------------------------------------------------------------------------- */

static enum weir_code surroundings(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_record out = *r;
    WR_UNUSED(state);
    out.value = weir_format(c, "%s %s %d %d", weir_task_id(c), weir_application_id(c),
                            (int)weir_stream_time(c), (int)weir_wall_clock(c));
    weir_request_commit(c);
    return weir_forward_to(c, "left", &out);
}

START_TEST(a_function_knows_its_task_and_the_clocks)
{
    struct rig r;
    probe = surroundings;
    rig_build(&r, one_processor);
    rig_open(&r);
    r.wall = 99;
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 7), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "left k=0_0 app 7 99@7\n");
    ck_assert(r.host.commit_requested);
    rig_free(&r);
}
END_TEST

static enum weir_code as_json(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_record out = *r;
    WR_UNUSED(state);
    out.value = weir_json_string(c, r->value);
    return weir_forward_to(c, "left", &out);
}

static const struct {
    const char *text;
    const char *json;
} texts[] = {
    {"", "\"\""},
    {"plain", "\"plain\""},
    {"a \"b\" \\ c\n", "\"a \\\"b\\\" \\\\ c\\n\""},
    {"\x01\x01\x01\x01", "\"\\u0001\\u0001\\u0001\\u0001\""}, /* the longest there is */
    {"z\xc3\xbc\xff", "\"z\xc3\xbc\xef\xbf\xbd\""},
    {NULL, "null"},
};

START_TEST(a_text_becomes_json)
{
    struct rig r;
    char expected[64];
    probe = as_json;
    rig_build(&r, one_processor);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", texts[_i].text, 7), WEIR_OK);
    snprintf(expected, sizeof expected, "left k=%s@7\n", texts[_i].json);
    ck_assert_str_eq(rig_log(&r), expected);
    rig_free(&r);
}
END_TEST

static enum weir_code stores(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(r), WR_UNUSED(state);
    ck_assert_ptr_nonnull(weir_store(c, "st"));
    ck_assert_ptr_null(weir_store(c, "other"));
    return WEIR_OK;
}

START_TEST(a_function_sees_the_stores_of_its_node_only)
{
    struct rig r;
    ck_assert_int_eq(run(&r, stores), WEIR_OK);
    rig_free(&r);
}
END_TEST

static enum weir_code put_key(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    return weir_kv_put(weir_store(c, "st"), r->key, r->value);
}

static enum weir_code put_around_forward(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_record later = *r;
    WR_UNUSED(state);
    later.key = weir_str("below");
    later.time = 100;
    enum weir_code code = weir_kv_put(weir_store(c, "st"), weir_str("before"), r->value);
    if (code == WEIR_OK) {
        code = weir_forward(c, &later);
    }
    return code == WEIR_OK ? weir_kv_put(weir_store(c, "st"), weir_str("after"), r->value) : code;
}

static void two_on_one_store(weir_topology *t)
{
    static const char *const names[] = {"st"};
    struct weir_store_options store = WEIR_STORE_INIT;
    struct weir_node o = WEIR_NODE_INIT;
    store.name = "st";
    o.stores = names;
    o.store_count = 1;
    weir_add_store(t, &store);
    weir_process(weir_process(weir_from(t, "in", NULL), put_around_forward, &o), put_key, &o);
}

static int64_t time_of(struct rig *r, const char *key)
{
    struct weir_row row;
    ck_assert_int_eq(weir_kv_get(rig_store(r, "st"), weir_str(key), &row), WEIR_OK);
    return row.time;
}

START_TEST(rows_get_the_time_of_the_record_their_node_was_given)
{
    struct rig r;
    rig_build(&r, two_on_one_store);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 7), WEIR_OK);
    ck_assert_int_eq(time_of(&r, "before"), 7);
    ck_assert_int_eq(time_of(&r, "below"), 100);
    ck_assert_int_eq(time_of(&r, "after"), 7);
    rig_free(&r);
}
END_TEST

static enum weir_code put_null_key(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    return weir_kv_put(weir_store(c, "st"), WEIR_NULL, r->value);
}

START_TEST(a_function_that_passes_on_the_code_of_a_store_gives_its_reason)
{
    struct rig r;
    ck_assert_int_eq(run(&r, put_null_key), WEIR_EINVAL);
    ck_assert_str_eq(r.err.text, "store \"st\": key is null");
    rig_free(&r);
}
END_TEST

static weir_kv_iter *left_open;

static enum weir_code leave_scan_open(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(r), WR_UNUSED(state);
    return weir_kv_range(weir_store(c, "st"), WEIR_NULL, WEIR_NULL, WEIR_FORWARD, &left_open);
}

START_TEST(a_scan_that_was_left_open_is_closed)
{
    struct rig r;
    ck_assert_int_eq(run(&r, leave_scan_open), WEIR_OK);
    ck_assert_uint_eq(wr_kv_close_scans(rig_store(&r, "st")), 0);
    rig_free(&r);
}
END_TEST

/* Scans the store and forwards each row; the node below uses the same store. */
static enum weir_code forward_rows(weir_ctx *c, const struct weir_record *r, void *state)
{
    weir_kv_iter *iter;
    struct weir_row row;
    WR_UNUSED(state);
    enum weir_code code =
        weir_kv_range(weir_store(c, "st"), WEIR_NULL, WEIR_NULL, WEIR_FORWARD, &iter);
    while (code == WEIR_OK && (code = weir_kv_next(iter, &row)) == WEIR_OK) {
        struct weir_record out = *r;
        out.key = row.key;
        out.value = row.value;
        code = weir_forward(c, &out);
    }
    return code == WEIR_END ? WEIR_OK : code;
}

static void scan_above(weir_topology *t)
{
    static const char *const names[] = {"st"};
    struct weir_store_options store = WEIR_STORE_INIT;
    struct weir_node o = WEIR_NODE_INIT;
    store.name = "st";
    o.stores = names;
    o.store_count = 1;
    weir_add_store(t, &store);
    weir_stream *s = weir_process(weir_from(t, "in", NULL), forward_rows, &o);
    s = weir_process(s, pass, &o);
    weir_to(s, "out", NULL);
}

START_TEST(a_scan_goes_on_while_a_node_below_uses_the_store)
{
    struct rig r;
    rig_build(&r, scan_above);
    rig_open(&r);
    ck_assert_int_eq(weir_kv_put_at(rig_store(&r, "st"), weir_str("a"), weir_str("1"), 1), WEIR_OK);
    ck_assert_int_eq(weir_kv_put_at(rig_store(&r, "st"), weir_str("b"), weir_str("2"), 1), WEIR_OK);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 7), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "out a=1@7\nout b=2@7\n");
    ck_assert_uint_eq(wr_kv_close_scans(rig_store(&r, "st")), 0);
    rig_free(&r);
}
END_TEST

/* Forwards the row of a key, also in a header, as it is in the store. */
static enum weir_code forward_row(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_row row;
    struct weir_record out = *r;
    WR_UNUSED(state);
    enum weir_code code = weir_kv_get(weir_store(c, "st"), r->key, &row);
    if (code == WEIR_OK) {
        out.value = row.value;
        out.headers = weir_header_add(c, out.headers, "row", row.value);
        code = weir_forward(c, &out);
    }
    return code;
}

/* Writes rows of the same store before it forwards what it was given. */
static enum weir_code overwrite(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    enum weir_code code = WEIR_OK;
    for (char i = '0'; i < '9' && code == WEIR_OK; i++) {
        code = weir_kv_put(weir_store(c, "st"), r->key, weir_view(&i, 1));
    }
    return code == WEIR_OK ? weir_forward(c, r) : code;
}

static void row_above(weir_topology *t)
{
    static const char *const names[] = {"st"};
    struct weir_store_options store = WEIR_STORE_INIT;
    struct weir_node o = WEIR_NODE_INIT;
    store.name = "st";
    o.stores = names;
    o.store_count = 1;
    weir_add_store(t, &store);
    weir_stream *s = weir_process(weir_from(t, "in", NULL), forward_row, &o);
    weir_to(weir_process(s, overwrite, &o), "out", NULL);
}

START_TEST(a_forwarded_row_outlives_writes_to_the_same_store_below)
{
    struct rig r;
    rig_build(&r, row_above);
    rig_open(&r);
    ck_assert_int_eq(weir_kv_put_at(rig_store(&r, "st"), weir_str("k"), weir_str("v"), 1), WEIR_OK);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "x", 7), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "out k=v@7 [row=v]\n");
    rig_free(&r);
}
END_TEST

/* ---- headers and values ---------------------------------------------------------------------- */

static enum weir_code headers(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_record out = *r;
    WR_UNUSED(state);
    out.headers = weir_header_add(c, out.headers, "a", weir_str("1"));
    out.headers = weir_header_add(c, out.headers, "b", WEIR_NULL);
    out.headers = weir_header_add(c, out.headers, "a", weir_str("2"));
    enum weir_code code = weir_forward_to(c, "left", &out);
    out.headers = weir_header_set(c, out.headers, "a", weir_str("3"));
    return code == WEIR_OK ? weir_forward_to(c, "right", &out) : code;
}

START_TEST(headers_are_added_at_the_end_and_set_by_replacing)
{
    struct rig r;
    ck_assert_int_eq(run(&r, headers), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "left k=v@7 [a=1,b=null,a=2]\nright k=v@7 [b=null,a=3]\n");
    rig_free(&r);
}
END_TEST

static enum weir_code numbers(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(r), WR_UNUSED(state);
    ck_assert_mem_eq(weir_put_i32(c, 258).data, "\0\0\1\2", 4);
    ck_assert_mem_eq(weir_put_i64(c, -7).data, "\xff\xff\xff\xff\xff\xff\xff\xf9", 8);
    ck_assert_mem_eq(weir_put_f64(c, 1.0).data, "\x3f\xf0\0\0\0\0\0\0", 8);
    return WEIR_OK;
}

START_TEST(numbers_are_put_as_their_codecs_have_them)
{
    struct rig r;
    ck_assert_int_eq(run(&r, numbers), WEIR_OK);
    rig_free(&r);
}
END_TEST

static const weir_field *field; /* "f" of a JSON value */

static void with_field(weir_topology *t)
{
    field = weir_field_of(t, weir_json(t), "f");
    one_processor(t);
}

/* What reading the field as each type answers. */
static enum weir_code as_i64, as_f64, as_string;
static int64_t i64;
static double f64;
static char string[32];

static enum weir_code read_field(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_bytes s = WEIR_NULL;
    WR_UNUSED(state);
    as_i64 = weir_get_i64(c, field, r->value, &i64);
    as_f64 = weir_get_f64(c, field, r->value, &f64);
    as_string = weir_get_string(c, field, r->value, &s);
    snprintf(string, sizeof string, "%.*s", (int)s.len, (const char *)s.data);
    return WEIR_OK;
}

static const struct {
    const char *value;
    enum weir_code as_i64, as_f64, as_string;
    int64_t i64;
    double f64;
    const char *string;
} reads[] = {
    {"{\"f\":7}", WEIR_OK, WEIR_OK, WEIR_EDECODE, 7, 7.0, ""},
    {"{\"f\":7.0}", WEIR_OK, WEIR_OK, WEIR_EDECODE, 7, 7.0, ""},
    {"{\"f\":7.5}", WEIR_EDECODE, WEIR_OK, WEIR_EDECODE, 0, 7.5, ""},
    {"{\"f\":1e300}", WEIR_EDECODE, WEIR_OK, WEIR_EDECODE, 0, 1e300, ""},
    {"{\"f\":\"7\"}", WEIR_EDECODE, WEIR_EDECODE, WEIR_OK, 0, 0, "7"},
    {"{\"f\":true}", WEIR_EDECODE, WEIR_EDECODE, WEIR_EDECODE, 0, 0, ""},
    {"{\"f\":null}", WEIR_ENOTFOUND, WEIR_ENOTFOUND, WEIR_ENOTFOUND, 0, 0, ""},
    {"{}", WEIR_ENOTFOUND, WEIR_ENOTFOUND, WEIR_ENOTFOUND, 0, 0, ""},
    {NULL, WEIR_ENOTFOUND, WEIR_ENOTFOUND, WEIR_ENOTFOUND, 0, 0, ""},
};

START_TEST(a_field_is_read_as_the_type_that_is_asked_for) /* runs once per row of reads */
{
    struct rig r;
    probe = read_field;
    i64 = 0;
    f64 = 0;
    rig_build(&r, with_field);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", reads[_i].value, 1), WEIR_OK);
    ck_assert_int_eq(as_i64, reads[_i].as_i64);
    ck_assert_int_eq(as_f64, reads[_i].as_f64);
    ck_assert_int_eq(as_string, reads[_i].as_string);
    ck_assert_int_eq(i64, reads[_i].i64);
    ck_assert_double_eq(f64, reads[_i].f64);
    ck_assert_str_eq(string, reads[_i].string);
    rig_free(&r);
}
END_TEST

static enum weir_code give_up_on_field(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    return weir_get_i64(c, field, r->value, &i64);
}

START_TEST(a_field_of_another_type_gives_the_reason_of_the_failure)
{
    struct rig r;
    probe = give_up_on_field;
    rig_build(&r, with_field);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "{\"f\":\"x\"}", 1), WEIR_EDECODE);
    ck_assert_str_eq(rig_log(&r), "bad probe WEIR_EDECODE field \"f\" is not an integer\n");
    rig_free(&r);
}
END_TEST

static void with_f64(weir_topology *t)
{
    field = weir_field_of(t, weir_f64(t), "");
    one_processor(t);
}

START_TEST(what_is_not_a_number_is_no_integer)
{
    struct rig r;
    probe = give_up_on_field;
    rig_build(&r, with_f64);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "\x7f\xf8\1\1\1\1\1\1", 1), WEIR_EDECODE);
    ck_assert_str_eq(rig_log(&r), "bad probe WEIR_EDECODE field \"\" is not an integer\n");
    rig_free(&r);
}
END_TEST

struct stats {
    int64_t sum;
};

static enum weir_code change_stats(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_bytes value = WEIR_NULL;
    WR_UNUSED(r), WR_UNUSED(state);
    ck_assert_ptr_null(weir_peek_struct(c, value, WEIR_STRUCT(stats, 1)));
    struct stats *s = weir_edit(c, &value, WEIR_STRUCT(stats, 1));
    ck_assert_int_eq(s->sum, 0);
    s->sum = 5;
    const struct stats *seen = weir_peek_struct(c, value, WEIR_STRUCT(stats, 1));
    ck_assert_int_eq(seen->sum, 5);
    ck_assert_ptr_null(weir_edit(c, &value, WEIR_STRUCT(stats, 2)));
    return WEIR_EDECODE; /* for the reason that weir_edit() gave */
}

START_TEST(a_structure_is_edited_in_place_and_told_from_others)
{
    struct rig r;
    ck_assert_int_eq(run(&r, change_stats), WEIR_EDECODE);
    const char *log = rig_log(&r);
    ck_assert_msg(strstr(log, "stats") != NULL, "%s", log);
    rig_free(&r);
}
END_TEST

Suite *ctx_suite(void)
{
    Suite *s = suite_create("ctx");
    TCase *c = tcase_create("ctx");
    tcase_add_test(c, forward_to_gives_a_record_to_one_child);
    tcase_add_test(c, forward_to_an_unknown_child_is_an_error_of_the_program);
    tcase_add_test(c, a_negative_time_is_refused);
    tcase_add_test(c, only_process_may_change_the_key);
    tcase_add_test(c, records_are_forwarded_only_while_one_is_processed);
    tcase_add_test(c, what_is_forwarded_comes_from_the_record_being_processed);
    tcase_add_test(c, a_function_knows_its_task_and_the_clocks);
    tcase_add_loop_test(c, a_text_becomes_json, 0, WR_ARRAY_LEN(texts));
    tcase_add_test(c, a_function_sees_the_stores_of_its_node_only);
    tcase_add_test(c, rows_get_the_time_of_the_record_their_node_was_given);
    tcase_add_test(c, a_function_that_passes_on_the_code_of_a_store_gives_its_reason);
    tcase_add_test(c, a_scan_that_was_left_open_is_closed);
    tcase_add_test(c, a_scan_goes_on_while_a_node_below_uses_the_store);
    tcase_add_test(c, a_forwarded_row_outlives_writes_to_the_same_store_below);
    tcase_add_test(c, headers_are_added_at_the_end_and_set_by_replacing);
    tcase_add_test(c, numbers_are_put_as_their_codecs_have_them);
    tcase_add_loop_test(c, a_field_is_read_as_the_type_that_is_asked_for, 0,
                        (int)WR_ARRAY_LEN(reads));
    tcase_add_test(c, a_field_of_another_type_gives_the_reason_of_the_failure);
    tcase_add_test(c, what_is_not_a_number_is_no_integer);
    tcase_add_test(c, a_structure_is_edited_in_place_and_told_from_others);
    suite_add_tcase(s, c);
    return s;
}
