/* test_language.c -- what the calls of stream.h and topology.h make of a topology: names, options,
 * rows, optimisation. Mistakes are in test_mistakes.c; the texts of whole topologies are held to
 * Kafka Streams' by tests/conformance. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "src/data/codecs.h"
#include "tests/unit/suite.h"
#include "tests/unit/topology/rig.h"
#include "topology/dsl/dsl.h"

/* ---- functions of an application ------------------------------------------------------------- */

static enum weir_code keep_all(weir_ctx *c, const struct weir_record *r, bool *keep, void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(state);
    *keep = true;
    return WEIR_OK;
}

static enum weir_code same(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                           void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(out), WR_UNUSED(state);
    return WEIR_OK;
}

static enum weir_code nothing(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(state);
    return WEIR_OK;
}

static enum weir_code fold(weir_ctx *c, const struct weir_record *r, struct weir_bytes *aggregate,
                           void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(aggregate), WR_UNUSED(state);
    return WEIR_OK;
}

static struct weir_node named(const char *name)
{
    struct weir_node o = WEIR_NODE_INIT;
    o.name = name;
    return o;
}

/* ---- names that the library generates -------------------------------------------------------- */

static void unnamed_store(weir_topology *t)
{
    weir_count(weir_group_by_key(weir_from(t, "in", NULL), NULL), NULL, NULL);
}

static void unnamed_repartition(weir_topology *t)
{
    weir_to(weir_repartition(weir_from(t, "in", NULL), NULL), "out", NULL);
}

static void group_named_by_its_store(weir_topology *t)
{
    weir_count(weir_group_by(weir_from(t, "in", NULL), same, NULL), "n", NULL);
}

static void table_that_is_not_kept(weir_topology *t)
{
    weir_to(weir_changes(weir_table_from(t, "in", NULL, NULL, NULL)), "out", NULL);
}

static const struct {
    void (*build)(weir_topology *t);
    const char *finding; /* NULL: none */
} generated[] = {
    {unnamed_store, "store \"KSTREAM-AGGREGATE-STATE-STORE-0000000001\": its name was generated"},
    {unnamed_repartition, "repartition topic \"KSTREAM-REPARTITION-0000000001-repartition\": its"},
    {group_named_by_its_store, NULL},
    {table_that_is_not_kept, NULL},
};

START_TEST(names_of_what_keeps_data_must_be_given_if_asked_for) /* once per row of generated */
{
    struct rig r;
    struct wr_topology_options options = {.application_id = "app", .explicit_names = true};
    rig_build_with(&r, generated[_i].build, &options);
    if (generated[_i].finding == NULL) {
        ck_assert_msg(r.t->findings.texts.count == 0, "%s", r.err.text);
    } else {
        ck_assert_msg(rig_finding(&r, generated[_i].finding) != NULL, "%s", r.err.text);
    }
    rig_free(&r);

    rig_build(&r, generated[_i].build);
    ck_assert_uint_eq(r.t->findings.texts.count, 0);
    rig_free(&r);
}
END_TEST

START_TEST(names_with_the_application_id_must_fit_kafka)
{
    struct rig r;
    char id[WR_NAME_MAX];
    memset(id, 'i', sizeof id);
    id[sizeof id - 1] = '\0';
    struct wr_topology_options options = {.application_id = id};
    rig_build_with(&r, group_named_by_its_store, &options);
    ck_assert_ptr_nonnull(rig_finding(&r, "shorten the name of the store"));
    ck_assert_ptr_nonnull(rig_finding(&r, "shorten the name of the group or repartition"));
    rig_free(&r);
}
END_TEST

/* ---- options --------------------------------------------------------------------------------- */

static void options_of_an_older_program(weir_topology *t)
{
    struct weir_node o = named("old");
    o.stores = (const char *const *)0x1; /* behind what an older program knows: not looked at */
    o.store_count = 7;
    o.size = offsetof(struct weir_node, stores);
    weir_process(weir_from(t, "in", NULL), nothing, &o);
}

START_TEST(shorter_options_leave_the_rest_at_its_defaults)
{
    struct rig r;
    rig_build(&r, options_of_an_older_program);
    ck_assert_msg(r.t->findings.texts.count == 0, "%s", r.err.text);
    ck_assert_ptr_nonnull(wr_graph_node(&r.t->graph, "old"));
    rig_free(&r);
}
END_TEST

static struct {
    struct weir_node known;
    int later;
} longer;

static void options_of_a_newer_program(weir_topology *t)
{
    weir_process(weir_from(t, "in", NULL), nothing, &longer.known);
}

START_TEST(longer_options_may_only_add_what_is_zero)
{
    struct rig r;
    longer.known = named("new");
    longer.known.size = sizeof longer;
    longer.later = 0;
    rig_build(&r, options_of_a_newer_program);
    ck_assert_msg(r.t->findings.texts.count == 0, "%s", r.err.text);
    ck_assert_ptr_nonnull(wr_graph_node(&r.t->graph, "new"));
    rig_free(&r);

    longer.later = 1;
    rig_build(&r, options_of_a_newer_program);
    ck_assert_ptr_nonnull(
        rig_finding(&r, "members that this version of the library does not know"));
    rig_free(&r);
}
END_TEST

static void stores_of_default_codecs(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.key = weir_i64(t);
    weir_stream *s = weir_from(t, "in", &o);
    weir_to_table(s, "rows", NULL);
    weir_aggregate(weir_group_by_key(weir_map_values(s, same, NULL), NULL), "sums", fold, NULL);
    weir_count(weir_group_by_key(s, NULL), "counts", NULL);
}

static const char *codec_name(const struct rig *r, const char *store, bool key)
{
    const struct wr_gstore *s = wr_graph_store(&r->t->graph, store);
    return (key ? s->key : s->value)->name;
}

START_TEST(codecs_are_the_inputs_or_the_default_ones)
{
    struct rig r;
    struct wr_topology_options options = {.application_id = "app", .default_value = "json"};
    rig_build_with(&r, stores_of_default_codecs, &options);
    ck_assert_str_eq(codec_name(&r, "rows", true), "i64");
    ck_assert_str_eq(codec_name(&r, "rows", false), "json");
    ck_assert_str_eq(codec_name(&r, "sums", true), "i64");
    ck_assert_str_eq(codec_name(&r, "sums", false), "json");
    ck_assert_str_eq(codec_name(&r, "counts", false), "i64");
    rig_free(&r);

    rig_build(&r, stores_of_default_codecs);
    ck_assert_str_eq(codec_name(&r, "rows", false), "bytes");
    rig_free(&r);
}
END_TEST

START_TEST(an_unknown_default_codec_is_a_finding)
{
    struct rig r;
    struct wr_topology_options options = {.application_id = "app", .default_key = "xml"};
    rig_build_with(&r, table_that_is_not_kept, &options);
    ck_assert_ptr_nonnull(rig_finding(&r, "weir.default.key.codec: there is no codec \"xml\""));
    rig_free(&r);
}
END_TEST

/* ---- when tables keep their rows and send old values ----------------------------------------- */

static weir_table *filtered; /* of the topology that is being built */

static void filter_of_kept_table(weir_topology *t)
{
    filtered =
        weir_table_filter(weir_table_from(t, "in", NULL, "rows", NULL), keep_all, NULL, NULL);
}

static void filter_of_table_that_is_not_kept(weir_topology *t)
{
    filtered = weir_table_filter(weir_table_from(t, "in", NULL, NULL, NULL), keep_all, NULL, NULL);
}

START_TEST(a_filter_asks_for_old_values_only_where_they_are_kept_anyway)
{
    struct rig r;
    rig_build(&r, filter_of_kept_table);
    ck_assert(wr_graph_node(&r.t->graph, "KTABLE-SOURCE-0000000001")->sends_old);
    ck_assert(wr_graph_node(&r.t->graph, "KTABLE-FILTER-0000000002")->sends_old);
    rig_free(&r);

    rig_build(&r, filter_of_table_that_is_not_kept);
    ck_assert(!wr_graph_node(&r.t->graph, "KTABLE-SOURCE-0000000002")->sends_old);
    ck_assert(!wr_graph_node(&r.t->graph, "KTABLE-FILTER-0000000003")->sends_old);
    ck_assert_uint_eq(r.t->graph.stores.count, 0);
    rig_free(&r);
}
END_TEST

static bool could_force[3];

/* What operators that subtract old values do: they cannot do without. */
static void old_values_are_needed(weir_topology *t)
{
    weir_table *source = weir_table_from(t, "a", NULL, NULL, NULL);
    weir_table *mapped = weir_table_map_values(source, same, NULL, NULL);
    weir_table *kept =
        weir_table_map_values(weir_table_from(t, "b", NULL, NULL, NULL), same, "kept", NULL);
    could_force[0] = wr_dsl_send_old(mapped, false);
    could_force[1] = wr_dsl_send_old(mapped, true);
    could_force[2] = wr_dsl_send_old(kept, false);
}

START_TEST(a_table_whose_old_values_are_needed_keeps_its_rows)
{
    struct rig r;
    rig_build(&r, old_values_are_needed);
    ck_assert(!could_force[0]);
    ck_assert(could_force[1]);
    ck_assert(could_force[2]);
    ck_assert_ptr_nonnull(wr_graph_store(&r.t->graph, "a-STATE-STORE-0000000000"));
    ck_assert(wr_graph_node(&r.t->graph, "KTABLE-SOURCE-0000000002")->sends_old);
    ck_assert(wr_graph_node(&r.t->graph, "KTABLE-MAPVALUES-0000000003")->sends_old);
    /* The store of a computed table has the old values: its parent is not asked. */
    ck_assert_ptr_nonnull(wr_graph_store(&r.t->graph, "kept"));
    ck_assert(!wr_graph_node(&r.t->graph, "KTABLE-SOURCE-0000000006")->sends_old);
    ck_assert_uint_eq(r.t->graph.stores.count, 2);
    rig_free(&r);
}
END_TEST

/* ---- optimisation ---------------------------------------------------------------------------- */

static void two_counts_below_one_filter(weir_topology *t)
{
    weir_stream *s = weir_select_key(weir_from(t, "in", NULL), same, NULL);
    weir_grouped *g = weir_group_by_key(weir_filter(s, keep_all, NULL), NULL);
    weir_count(g, "n1", NULL);
    weir_count(g, "n2", NULL);
}

START_TEST(repartitions_below_a_shared_operator_become_one)
{
    struct rig r;
    struct wr_topology_options options = {.application_id = "app", .merge_repartitions = true};
    rig_build_with(&r, two_counts_below_one_filter, &options);
    ck_assert_msg(r.t->findings.texts.count == 0, "%s", r.err.text);
    ck_assert_uint_eq(r.t->graph.subtopologies.count, 2);
    ck_assert_ptr_nonnull(wr_graph_node(&r.t->graph, "n1-repartition-source"));
    ck_assert_ptr_null(wr_graph_node(&r.t->graph, "n2-repartition-source"));
    const struct wr_gnode *filter = wr_graph_node(&r.t->graph, "KSTREAM-FILTER-0000000002");
    ck_assert_int_eq(filter->subtopology, 1);
    ck_assert_uint_eq(filter->children.count, 2);
    rig_free(&r);

    rig_build(&r, two_counts_below_one_filter);
    ck_assert_uint_eq(r.t->graph.subtopologies.count, 3);
    rig_free(&r);
}
END_TEST

static void kept_table(weir_topology *t)
{
    struct weir_table_options o = WEIR_TABLE_INIT;
    o.unlogged = true;
    weir_table_from(t, "in", NULL, "rows", &o);
}

START_TEST(the_source_topic_of_a_table_can_be_its_changelog)
{
    struct rig r;
    struct wr_topology_options options = {.application_id = "app", .reuse_source_topics = true};
    rig_build_with(&r, kept_table, &options);
    const struct wr_gstore *rows = wr_graph_store(&r.t->graph, "rows");
    ck_assert(rows->logged);
    ck_assert_str_eq(wr_changelog_name(&r.arena, "app", rows), "in");
    rig_free(&r);

    rig_build(&r, kept_table);
    ck_assert_ptr_null(wr_changelog_name(&r.arena, "app", wr_graph_store(&r.t->graph, "rows")));
    rig_free(&r);
}
END_TEST

/* ---- what is copied -------------------------------------------------------------------------- */

static void names_on_the_stack(weir_topology *t)
{
    char topic[] = "in";
    char node[] = "keep";
    char store[] = "rows";
    char setting[] = "retention.ms";
    char value[] = "5";
    struct weir_topic_setting changelog[] = {{setting, value}};
    struct weir_table_options o = WEIR_TABLE_INIT;
    o.name = node;
    o.changelog = changelog;
    o.changelog_count = 1;
    weir_to_table(weir_from(t, topic, NULL), store, &o);
    memset(topic, 'x', 2);
    memset(node, 'x', 4);
    memset(store, 'x', 4);
    memset(setting, 'x', 4);
    memset(value, 'x', 1);
}

START_TEST(strings_and_arrays_are_copied)
{
    struct rig r;
    rig_build(&r, names_on_the_stack);
    const struct wr_gnode *node = wr_graph_node(&r.t->graph, "keep");
    const struct wr_gstore *rows = wr_graph_store(&r.t->graph, "rows");
    ck_assert_ptr_nonnull(node);
    ck_assert_ptr_eq(node->stores.items[0], rows);
    ck_assert_str_eq(rows->settings[0].name, "retention.ms");
    ck_assert_str_eq(rows->settings[0].value, "5");
    ck_assert_ptr_nonnull(wr_strmap_get(&r.t->graph.topics, "in"));
    rig_free(&r);
}
END_TEST

Suite *language_suite(void)
{
    Suite *s = suite_create("language");
    TCase *c = tcase_create("language");
    tcase_add_loop_test(c, names_of_what_keeps_data_must_be_given_if_asked_for, 0,
                        (int)WR_ARRAY_LEN(generated));
    tcase_add_test(c, names_with_the_application_id_must_fit_kafka);
    tcase_add_test(c, shorter_options_leave_the_rest_at_its_defaults);
    tcase_add_test(c, longer_options_may_only_add_what_is_zero);
    tcase_add_test(c, codecs_are_the_inputs_or_the_default_ones);
    tcase_add_test(c, an_unknown_default_codec_is_a_finding);
    tcase_add_test(c, a_filter_asks_for_old_values_only_where_they_are_kept_anyway);
    tcase_add_test(c, a_table_whose_old_values_are_needed_keeps_its_rows);
    tcase_add_test(c, repartitions_below_a_shared_operator_become_one);
    tcase_add_test(c, the_source_topic_of_a_table_can_be_its_changelog);
    tcase_add_test(c, strings_and_arrays_are_copied);
    suite_add_tcase(s, c);
    return s;
}
