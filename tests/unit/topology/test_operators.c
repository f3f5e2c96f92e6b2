/* test_operators.c -- what each operator does with records: null keys and values, times, old
 * values, emission. Whole topologies are held to Kafka Streams' results by tests/conformance. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "src/base/endian.h"
#include "src/base/err.h"
#include "state/kv_internal.h"
#include "tests/unit/suite.h"
#include "tests/unit/topology/rig.h"

/* One record of a script. */
struct step {
    const char *key; /* "commit": the end of the transaction */
    const char *value;
    int64_t time;
};

static bool is_commit(const struct step *s)
{
    return s->key != NULL && strcmp(s->key, "commit") == 0;
}

/* Feed the steps to topic "in" and compare what comes out. */
static void play(void (*build)(weir_topology *t), bool emit_at_commit, const struct step *steps,
                 size_t count, const char *wanted)
{
    struct rig r;
    rig_build(&r, build);
    r.host.emit_at_commit = emit_at_commit;
    rig_open(&r);
    for (size_t i = 0; i < count; i++) {
        enum weir_code code = is_commit(&steps[i])
                                  ? rig_commit(&r)
                                  : rig_feed(&r, "in", steps[i].key, steps[i].value, steps[i].time);
        ck_assert_msg(code == WEIR_OK, "step %zu: %s", i, r.err.text);
    }
    ck_assert_str_eq(rig_log(&r), wanted);
    rig_free(&r);
}

static void changes_to(weir_table *table, const char *topic)
{
    weir_to(weir_changes(table), topic, NULL);
}

/* ---- functions of an application ------------------------------------------------------------- */

static bool starts_with(struct weir_bytes b, char c)
{
    return b.len > 0 && *(const char *)b.data == c;
}

static enum weir_code keeps_x(weir_ctx *c, const struct weir_record *r, bool *keep, void *state)
{
    WR_UNUSED(c), WR_UNUSED(state);
    *keep = starts_with(r->value, 'x');
    return WEIR_OK;
}

static enum weir_code append(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                             void *state)
{
    WR_UNUSED(state);
    out->value = weir_format(c, "%.*s!", (int)r->value.len, (const char *)r->value.data);
    return WEIR_OK;
}

static enum weir_code swap(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                           void *state)
{
    WR_UNUSED(c), WR_UNUSED(state);
    out->key = r->value;
    out->value = r->key;
    return WEIR_OK;
}

static enum weir_code back_in_time(weir_ctx *c, const struct weir_record *r,
                                   struct weir_record *out, void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(state);
    out->time = -1;
    return WEIR_OK;
}

static enum weir_code concat(weir_ctx *c, const struct weir_record *r, struct weir_bytes *aggregate,
                             void *state)
{
    WR_UNUSED(state);
    if (starts_with(r->value, '-')) {
        *aggregate = WEIR_NULL;
    } else if (!starts_with(r->value, '=')) { /* '=': leave it as it is */
        *aggregate = weir_format(c, "%.*s%.*s", (int)aggregate->len, (const char *)aggregate->data,
                                 (int)r->value.len, (const char *)r->value.data);
    }
    return WEIR_OK;
}

/* ---- streams --------------------------------------------------------------------------------- */

static void stateless_chain(weir_topology *t)
{
    weir_stream *s = weir_from(t, "in", NULL);
    s = weir_filter_not(s, keeps_x, NULL);
    weir_to(weir_map(s, swap, NULL), "swapped", NULL);
    weir_to(weir_map_values(s, append, NULL), "shouted", NULL);
}

START_TEST(filters_and_maps_pass_nulls_to_their_functions)
{
    static const struct step steps[] = {
        {"a", "x1", 1}, {"b", "y", 2}, {NULL, "z", 3}, {"c", NULL, 4}};
    play(stateless_chain, false, steps, WR_ARRAY_LEN(steps),
         "swapped y=b@2\nshouted b=y!@2\n"
         "swapped z=null@3\nshouted null=z!@3\n"
         "swapped null=c@4\nshouted c=!@4\n");
}
END_TEST

static void value_map_that_changes_the_key(weir_topology *t)
{
    weir_map_values(weir_from(t, "in", NULL), swap, NULL);
}

static void map_into_the_past(weir_topology *t)
{
    weir_map(weir_from(t, "in", NULL), back_in_time, NULL);
}

static void table_map_that_changes_the_key(weir_topology *t)
{
    weir_table_map_values(weir_table_from(t, "in", NULL, NULL, NULL), swap, NULL, NULL);
}

static const struct {
    void (*build)(weir_topology *t);
    enum weir_code code;
    const char *text;
} wrong[] = {
    {value_map_that_changes_the_key, WEIR_EINVAL, "it changed the key"},
    {map_into_the_past, WEIR_ETIME, "cannot be negative (-1)"},
    {table_map_that_changes_the_key, WEIR_EINVAL, "it changed the key"},
};

START_TEST(what_an_operator_must_not_do_fails) /* runs once per row of wrong */
{
    struct rig r;
    rig_build(&r, wrong[_i].build);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), wrong[_i].code);
    ck_assert_msg(strstr(r.err.text, wrong[_i].text) != NULL, "%s", r.err.text);
    rig_free(&r);
}
END_TEST

static void select_key_changes_only_the_key(weir_topology *t)
{
    weir_to(weir_select_key(weir_from(t, "in", NULL), swap, NULL), "out", NULL);
}

START_TEST(select_key_takes_the_key_alone)
{
    static const struct step steps[] = {{"a", "x", 1}};
    play(select_key_changes_only_the_key, false, steps, WR_ARRAY_LEN(steps), "out x=x@1\n");
}
END_TEST

static enum weir_code each_letter(weir_ctx *c, const struct weir_record *r, void *state)
{
    enum weir_code code = WEIR_OK;
    WR_UNUSED(state);
    for (size_t i = 0; i < r->value.len && code == WEIR_OK; i++) {
        struct weir_record out = *r;
        out.key = weir_view((const char *)r->value.data + i, 1);
        code = weir_forward(c, &out);
    }
    return code;
}

static void letters(weir_topology *t)
{
    weir_to(weir_flat_map(weir_from(t, "in", NULL), each_letter, NULL), "out", NULL);
}

START_TEST(flat_map_forwards_any_number_of_records_with_any_key)
{
    static const struct step steps[] = {{"a", "xy", 1}, {"b", "", 2}, {"c", "z", 3}};
    play(letters, false, steps, WR_ARRAY_LEN(steps), "out x=xy@1\nout y=xy@1\nout z=z@3\n");
}
END_TEST

static void read_twice(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.value = weir_json(t);
    o.time_field = "at";
    weir_to(weir_from(t, "in", &o), "one", NULL);
    weir_to(weir_from(t, "in", &o), "two", NULL);
}

START_TEST(two_streams_of_a_topic_read_it_once)
{
    static const struct step steps[] = {{"a", "x", 1}};
    play(read_twice, false, steps, WR_ARRAY_LEN(steps), "one a=x@1\ntwo a=x@1\n");
}
END_TEST

static size_t seen;

static enum weir_code count_seen(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(state);
    seen++;
    return WEIR_OK;
}

static void peek_and_for_each(weir_topology *t)
{
    weir_stream *s = weir_from(t, "in", NULL);
    weir_to(weir_peek(s, count_seen, NULL), "out", NULL);
    weir_for_each(s, count_seen, NULL);
}

START_TEST(peek_passes_records_on_and_for_each_does_not)
{
    static const struct step steps[] = {{"a", "x", 1}};
    seen = 0;
    play(peek_and_for_each, false, steps, WR_ARRAY_LEN(steps), "out a=x@1\n");
    ck_assert_uint_eq(seen, 2);
}
END_TEST

static enum weir_code is_arg(weir_ctx *c, const struct weir_record *r, bool *keep, void *state)
{
    WR_UNUSED(c);
    *keep = weir_equal(r->value, weir_str(state));
    return WEIR_OK;
}

static void split(weir_topology *t)
{
    struct weir_branch b[] = {
        {"one", is_arg, "1", NULL}, {"two", is_arg, "2", NULL}, {"rest", NULL, NULL, NULL}};
    weir_branch(weir_from(t, "in", NULL), b, 3, NULL);
    weir_to(b[2].out, "rest", NULL); /* not in the order of the branches */
    weir_to(b[0].out, "one", NULL);
    weir_to(b[1].out, "two", NULL);
}

START_TEST(a_record_goes_to_the_first_branch_that_keeps_it)
{
    static const struct step steps[] = {{"a", "2", 1}, {"b", "1", 2}, {"c", "3", 3}};
    play(split, false, steps, WR_ARRAY_LEN(steps), "two a=2@1\none b=1@2\nrest c=3@3\n");
}
END_TEST

static void repartition(weir_topology *t)
{
    struct weir_repartition_options o = WEIR_REPARTITION_INIT;
    o.name = "r";
    weir_repartition(weir_from(t, "in", NULL), &o);
}

START_TEST(null_keys_do_not_enter_a_repartition_topic)
{
    static const struct step steps[] = {{NULL, "x", 1}, {"a", "y", 2}};
    play(repartition, false, steps, WR_ARRAY_LEN(steps),
         "unkeyed r-repartition-filter\nr-repartition a=y@2\n");
}
END_TEST

static enum weir_code topic_of_value(weir_ctx *c, const struct weir_record *r, const char **topic,
                                     void *state)
{
    WR_UNUSED(state);
    if (!weir_is_null(r->value)) {
        *topic = weir_format(c, "to-%.*s", (int)r->value.len, (const char *)r->value.data).data;
    }
    return WEIR_OK;
}

static void computed_sink(weir_topology *t)
{
    weir_to_computed(weir_from(t, "in", NULL), topic_of_value, NULL);
}

START_TEST(a_computed_sink_writes_where_its_function_says)
{
    static const struct step steps[] = {{"k", "a", 1}, {"k", "b", 2}};
    play(computed_sink, false, steps, WR_ARRAY_LEN(steps), "to-a k=a@1\nto-b k=b@2\n");
}
END_TEST

START_TEST(a_record_without_a_computed_topic_is_bad)
{
    struct rig r;
    rig_build(&r, computed_sink);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", NULL, 1), WEIR_EPROCESS);
    rig_free(&r);
}
END_TEST

/* ---- aggregates ------------------------------------------------------------------------------ */

static void concatenate(weir_topology *t)
{
    struct weir_table_options o = WEIR_TABLE_INIT;
    o.name = "agg";
    changes_to(
        weir_aggregate(weir_group_by_key(weir_from(t, "in", NULL), NULL), "rows", concat, &o),
        "out");
}

static void reduce(weir_topology *t)
{
    struct weir_table_options o = WEIR_TABLE_INIT;
    o.name = "agg";
    changes_to(weir_reduce(weir_group_by_key(weir_from(t, "in", NULL), NULL), "rows", concat, &o),
               "out");
}

static const struct step folding[] = {
    {"k", "a", 5}, {NULL, "x", 6}, {"k", NULL, 7}, {"k", "b", 3},
    {"k", "=", 9}, {"k", "-", 4},  {"k", "-", 1},  {"k", "c", 2},
};

START_TEST(an_aggregate_drops_nulls_keeps_the_greatest_time_and_deletes_on_null)
{
    play(concatenate, false, folding, WR_ARRAY_LEN(folding),
         "out k=a@5\ndrop agg null key\ndrop agg null value\nout k=ab@5\nout k=ab@9\n"
         "out k=null@9\nout k=null@1\nout k=c@2\n");
}
END_TEST

START_TEST(a_reduce_begins_with_the_first_value_itself)
{
    static const struct step steps[] = {{"k", "-", 1}, {"k", "b", 2}, {"k", "-", 3}, {"k", "a", 4}};
    play(reduce, false, steps, WR_ARRAY_LEN(steps),
         "out k=-@1\nout k=-b@2\nout k=null@3\nout k=a@4\n");
}
END_TEST

START_TEST(emission_at_commit_is_once_per_key_and_skips_what_nobody_saw)
{
    static const struct step steps[] = {
        {"k", "a", 5},    {"l", "x", 6}, {"k", "b", 3}, {"m", "y", 1},    {"m", "-", 2},
        {"commit", 0, 0}, {"k", "-", 7}, {"l", "=", 8}, {"commit", 0, 0}, {"commit", 0, 0},
    };
    play(concatenate, true, steps, WR_ARRAY_LEN(steps),
         "out k=ab@5\nout l=x@6\ncommit\nout k=null@7\nout l=x@8\ncommit\ncommit\n");
}
END_TEST

static void count_numbers(weir_topology *t)
{
    struct weir_table_options o = WEIR_TABLE_INIT;
    o.name = "agg";
    weir_count(weir_group_by_key(weir_from(t, "in", NULL), NULL), "n", &o);
}

START_TEST(a_count_is_eight_bytes)
{
    struct rig r;
    struct weir_row row;
    rig_build(&r, count_numbers);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), WEIR_OK);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 2), WEIR_OK);
    ck_assert_int_eq(weir_kv_get(rig_store(&r, "n"), weir_str("k"), &row), WEIR_OK);
    ck_assert_uint_eq(row.value.len, 8);
    ck_assert_uint_eq(wr_get_be64(row.value.data), 2);
    ck_assert_int_eq(row.time, 2);
    rig_free(&r);
}
END_TEST

START_TEST(a_count_that_is_none_is_damage)
{
    struct rig r;
    rig_build(&r, count_numbers);
    rig_open(&r);
    ck_assert_int_eq(weir_kv_put_at(rig_store(&r, "n"), weir_str("k"), weir_str("two"), 1),
                     WEIR_OK);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), WEIR_ECORRUPT);
    ck_assert_msg(strstr(r.err.text, "3 bytes instead of 8") != NULL, "%s", r.err.text);
    rig_free(&r);
}
END_TEST

static enum weir_code burning_get(struct wr_bytes_store *s, struct weir_bytes key,
                                  struct weir_bytes *cell, struct weir_error *err)
{
    WR_UNUSED(s), WR_UNUSED(key), WR_UNUSED(cell);
    return wr_fail(err, WEIR_EIO, "the disk is on fire");
}

START_TEST(a_store_that_fails_gives_its_reason)
{
    static const struct wr_engine_ops ops = {.get = burning_get};
    struct wr_engine engine = {&ops};
    struct wr_bytes_store burning = {&engine, "n"};
    struct rig r;
    rig_build(&r, count_numbers);
    rig_open(&r);
    rig_store(&r, "n")->store = &burning;
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), WEIR_EIO);
    ck_assert_str_eq(r.err.text, "store \"n\": the disk is on fire");
    ck_assert_str_eq(r.host.failed->spec->name, "agg");
    rig_free(&r);
}
END_TEST

START_TEST(prefetch_asks_for_the_keys_of_a_run)
{
    struct rig r;
    struct wr_rec run[3] = {{.record = {.key = weir_str("a")}},
                            {.record = {.key = WEIR_NULL}},
                            {.record = {.key = weir_str("b")}}};
    rig_build(&r, count_numbers);
    rig_open(&r);
    struct wr_node *n = rig_node(&r, "agg");
    n->op->prefetch(n, run, 3);
    ck_assert_uint_eq(rig_store(&r, "n")->asked_next, 2);
    rig_free(&r);
}
END_TEST

/* ---- tables ---------------------------------------------------------------------------------- */

static void table_of_a_new_key(weir_topology *t)
{
    struct weir_table_options o = WEIR_TABLE_INIT;
    o.name = "swapped";
    changes_to(weir_to_table(weir_map(weir_from(t, "in", NULL), swap, NULL), "rows", &o), "out");
}

START_TEST(a_table_of_a_stream_with_a_new_key_repartitions_first)
{
    struct rig r;
    rig_build(&r, table_of_a_new_key);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "a", "x", 1), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "swapped-repartition x=a@1\n");
    ck_assert_int_eq(rig_feed(&r, "swapped-repartition", "x", "a", 1), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "out x=a@1\n");
    rig_free(&r);
}
END_TEST

static void table(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.name = "table";
    changes_to(weir_table_from(t, "in", &o, "rows", NULL), "out");
}

static const struct step table_steps[] = {
    {"k", "a", 5}, {NULL, "n", 6}, {"k", "b", 2}, {"k", NULL, 7}, {"l", NULL, 8},
};

START_TEST(a_table_takes_the_last_value_with_its_own_time)
{
    play(table, false, table_steps, WR_ARRAY_LEN(table_steps),
         "out k=a@5\ndrop table null key\nout k=b@2\nout k=null@7\nout l=null@8\n");
}
END_TEST

START_TEST(a_table_at_commit_gives_one_change_per_key)
{
    static const struct step steps[] = {{"k", "a", 5},    {"k", "b", 2},  {"l", NULL, 8},
                                        {"commit", 0, 0}, {"k", NULL, 9}, {"commit", 0, 0}};
    play(table, true, steps, WR_ARRAY_LEN(steps), "out k=b@2\ncommit\nout k=null@9\ncommit\n");
}
END_TEST

static void filter_of_kept_table(weir_topology *t)
{
    changes_to(weir_table_filter(weir_table_from(t, "in", NULL, "rows", NULL), keeps_x, NULL, NULL),
               "out");
}

static void filter_of_table_that_is_not_kept(weir_topology *t)
{
    changes_to(weir_table_filter(weir_table_from(t, "in", NULL, NULL, NULL), keeps_x, NULL, NULL),
               "out");
}

static void kept_filter(weir_topology *t)
{
    changes_to(
        weir_table_filter(weir_table_from(t, "in", NULL, "rows", NULL), keeps_x, "kept", NULL),
        "out");
}

static void kept_filter_not(weir_topology *t)
{
    changes_to(
        weir_table_filter_not(weir_table_from(t, "in", NULL, "rows", NULL), keeps_x, "kept", NULL),
        "out");
}

static void map_of_filter(weir_topology *t)
{
    weir_table *f =
        weir_table_filter(weir_table_from(t, "in", NULL, "rows", NULL), keeps_x, NULL, NULL);
    changes_to(weir_table_map_values(f, append, "mapped", NULL), "out");
}

static const struct step filtering[] = {
    {"k", "y", 1}, {"k", "x1", 2}, {"k", "x2", 3}, {"k", "z", 4}, {"k", NULL, 5}, {"l", "x3", 6},
};

static const struct {
    void (*build)(weir_topology *t);
    bool at_commit;
    const char *log;
} filters[] = {
    {filter_of_kept_table, false, "out k=x1@2\nout k=x2@3\nout k=null@4\nout l=x3@6\n"},
    {filter_of_table_that_is_not_kept, false,
     "out k=null@1\nout k=x1@2\nout k=x2@3\nout k=null@4\nout k=null@5\nout l=x3@6\n"},
    {kept_filter, false, "out k=x1@2\nout k=x2@3\nout k=null@4\nout l=x3@6\n"},
    {kept_filter_not, false, "out k=y@1\nout k=null@2\nout k=z@4\nout k=null@5\n"},
    {map_of_filter, false, "out k=x1!@2\nout k=x2!@3\nout k=null@4\nout l=x3!@6\n"},
};

START_TEST(a_table_filter_deletes_what_it_no_longer_keeps) /* runs once per row of filters */
{
    play(filters[_i].build, filters[_i].at_commit, filtering, WR_ARRAY_LEN(filtering),
         filters[_i].log);
}
END_TEST

START_TEST(a_kept_filter_forgets_rows_at_commit_too)
{
    static const struct step steps[] = {{"k", "x", 1},    {"commit", 0, 0}, {"k", "y", 2},
                                        {"commit", 0, 0}, {"k", "z", 3},    {"commit", 0, 0}};
    play(kept_filter, true, steps, WR_ARRAY_LEN(steps),
         "out k=x@1\ncommit\nout k=null@2\ncommit\ncommit\n");
}
END_TEST

/* ---- views ----------------------------------------------------------------------------------- */

/* Reads other rows of the store that the table above keeps, before it forwards. */
static enum weir_code reads_the_table(weir_ctx *c, const struct weir_record *r, void *state)
{
    struct weir_row row;
    WR_UNUSED(state);
    enum weir_code code = weir_kv_get(weir_store(c, "rows"), weir_str("other"), &row);
    return code == WEIR_OK || code == WEIR_ENOTFOUND ? weir_forward(c, r) : code;
}

static void aggregate_read_below(weir_topology *t)
{
    static const char *const stores[] = {"rows"};
    struct weir_node o = WEIR_NODE_INIT;
    o.stores = stores;
    o.store_count = 1;
    weir_grouped *g = weir_group_by_key(weir_from(t, "in", NULL), NULL);
    weir_table *rows = weir_aggregate(g, "rows", concat, NULL);
    weir_to(weir_process(weir_changes(rows), reads_the_table, &o), "out", NULL);
}

static const struct step sharing[] = {
    {"k", "a", 1}, {"other", "o", 2}, {"k", "=", 3}, {"k", "b", 4}, {"commit", 0, 0},
};

START_TEST(a_forwarded_row_outlives_reads_of_the_same_store_below)
{
    play(aggregate_read_below, false, sharing, WR_ARRAY_LEN(sharing),
         "out k=a@1\nout other=o@2\nout k=a@3\nout k=ab@4\ncommit\n");
    play(aggregate_read_below, true, sharing, WR_ARRAY_LEN(sharing),
         "out k=ab@4\nout other=o@2\ncommit\n");
}
END_TEST

Suite *operators_suite(void)
{
    Suite *s = suite_create("operators");
    TCase *c = tcase_create("operators");
    tcase_add_test(c, filters_and_maps_pass_nulls_to_their_functions);
    tcase_add_loop_test(c, what_an_operator_must_not_do_fails, 0, (int)WR_ARRAY_LEN(wrong));
    tcase_add_test(c, select_key_takes_the_key_alone);
    tcase_add_test(c, flat_map_forwards_any_number_of_records_with_any_key);
    tcase_add_test(c, two_streams_of_a_topic_read_it_once);
    tcase_add_test(c, a_table_of_a_stream_with_a_new_key_repartitions_first);
    tcase_add_test(c, peek_passes_records_on_and_for_each_does_not);
    tcase_add_test(c, a_record_goes_to_the_first_branch_that_keeps_it);
    tcase_add_test(c, null_keys_do_not_enter_a_repartition_topic);
    tcase_add_test(c, a_computed_sink_writes_where_its_function_says);
    tcase_add_test(c, a_record_without_a_computed_topic_is_bad);
    tcase_add_test(c, an_aggregate_drops_nulls_keeps_the_greatest_time_and_deletes_on_null);
    tcase_add_test(c, a_reduce_begins_with_the_first_value_itself);
    tcase_add_test(c, emission_at_commit_is_once_per_key_and_skips_what_nobody_saw);
    tcase_add_test(c, a_count_is_eight_bytes);
    tcase_add_test(c, a_count_that_is_none_is_damage);
    tcase_add_test(c, a_store_that_fails_gives_its_reason);
    tcase_add_test(c, prefetch_asks_for_the_keys_of_a_run);
    tcase_add_test(c, a_table_takes_the_last_value_with_its_own_time);
    tcase_add_test(c, a_table_at_commit_gives_one_change_per_key);
    tcase_add_loop_test(c, a_table_filter_deletes_what_it_no_longer_keeps, 0,
                        (int)WR_ARRAY_LEN(filters));
    tcase_add_test(c, a_kept_filter_forgets_rows_at_commit_too);
    tcase_add_test(c, a_forwarded_row_outlives_reads_of_the_same_store_below);
    suite_add_tcase(s, c);
    return s;
}
