/* test_language.c -- what the calls of stream.h and topology.h make of a topology: names, mistakes,
 * options. The texts of whole topologies are held to Kafka Streams' by tests/conformance. */
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

static enum weir_code time_of(weir_ctx *c, const struct weir_record *r, int64_t partition_time,
                              int64_t *time)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(partition_time), WR_UNUSED(time);
    return WEIR_OK;
}

static struct weir_node named(const char *name)
{
    struct weir_node o = WEIR_NODE_INIT;
    o.name = name;
    return o;
}

/* ---- mistakes -------------------------------------------------------------------------------- */

static void bad_node_name(weir_topology *t)
{
    struct weir_node o = named("a b");
    weir_filter(weir_from(t, "in", NULL), keep_all, &o);
}

static void node_name_too_long(weir_topology *t)
{
    char name[WR_NAME_MAX + 2];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    struct weir_node o = named(name);
    weir_filter(weir_from(t, "in", NULL), keep_all, &o);
}

static void node_named_dots(weir_topology *t)
{
    struct weir_node o = named("..");
    weir_filter(weir_from(t, "in", NULL), keep_all, &o);
}

static void node_name_empty(weir_topology *t)
{
    struct weir_node o = named("");
    weir_filter(weir_from(t, "in", NULL), keep_all, &o);
}

static void same_node_name_twice(weir_topology *t)
{
    struct weir_node o = named("f");
    weir_stream *s = weir_from(t, "in", NULL);
    weir_filter(s, keep_all, &o);
    weir_filter(s, keep_all, &o);
}

static void bad_store_name(weir_topology *t)
{
    weir_count(weir_group_by_key(weir_from(t, "in", NULL), NULL), "a/b", NULL);
}

static void same_store_twice(weir_topology *t)
{
    weir_grouped *g = weir_group_by_key(weir_from(t, "in", NULL), NULL);
    weir_count(g, "n", NULL);
    weir_count(g, "n", NULL);
}

static void bad_topic_name(weir_topology *t)
{
    weir_to(weir_from(t, "in", NULL), "o u t", NULL);
}

static void null_topic(weir_topology *t)
{
    weir_from(t, NULL, NULL);
}

static void no_topics(weir_topology *t)
{
    weir_from_topics(t, NULL, 0, NULL);
}

static void topic_in_two_sources(weir_topology *t)
{
    static const char *const ab[] = {"a", "b"};
    static const char *const bc[] = {"b", "c"};
    weir_from_topics(t, ab, 2, NULL);
    weir_from_topics(t, bc, 2, NULL);
}

static void topic_as_stream_and_table(weir_topology *t)
{
    weir_from(t, "a", NULL);
    weir_table_from(t, "a", NULL, "rows", NULL);
}

static void same_topic_read_differently(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.reset = WEIR_RESET_LATEST;
    weir_from(t, "a", NULL);
    weir_from(t, "a", &o);
}

static void same_topic_read_by_two_codecs(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.value = weir_json(t);
    weir_from(t, "a", NULL);
    weir_from(t, "a", &o);
}

static void two_times(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.value = weir_json(t);
    o.time_field = "at";
    o.timestamp = time_of;
    weir_from(t, "a", &o);
}

static void negative_disorder(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.out_of_order_ms = -1;
    weir_from(t, "a", &o);
}

static void unreadable_time_field(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.value = weir_string(t);
    o.time_field = "at";
    weir_from(t, "a", &o);
}

static void filter_without_function(weir_topology *t)
{
    weir_filter(weir_from(t, "in", NULL), NULL, NULL);
}

static void reduce_without_function(weir_topology *t)
{
    weir_reduce(weir_group_by_key(weir_from(t, "in", NULL), NULL), "n", NULL, NULL);
}

static void table_map_without_function(weir_topology *t)
{
    weir_table_map_values(weir_table_from(t, "in", NULL, NULL, NULL), NULL, NULL, NULL);
}

static void key_field_of_json_codec(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.value = weir_json(t);
    weir_select_key_field(weir_from(t, "in", &o), "k", weir_json(t), NULL);
}

static void key_field_of_any_bytes(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    struct weir_node node = named("split");
    o.value = weir_string(t);
    weir_stream *words = weir_flat_map_values(weir_from(t, "in", &o), nothing, &node);
    weir_select_key_field(words, "", weir_string(t), NULL);
}

static void field_without_path(weir_topology *t)
{
    weir_from(t, "in", NULL);
    weir_field_of(t, weir_json(t), NULL);
}

static void branch_behind_the_default(weir_topology *t)
{
    struct weir_branch branches[] = {{NULL, NULL, NULL, NULL}, {NULL, keep_all, NULL, NULL}};
    weir_branch(weir_from(t, "in", NULL), branches, 2, NULL);
    ck_assert_ptr_nonnull(branches[1].out);
}

static void negative_partitions(weir_topology *t)
{
    struct weir_repartition_options o = WEIR_REPARTITION_INIT;
    o.name = "r";
    o.partitions = -1;
    weir_repartition(weir_from(t, "in", NULL), &o);
}

static void same_repartition_twice(weir_topology *t)
{
    struct weir_repartition_options o = WEIR_REPARTITION_INIT;
    weir_stream *s = weir_from(t, "in", NULL);
    o.name = "r";
    weir_to(weir_repartition(s, &o), "x", NULL);
    weir_to(weir_repartition(s, &o), "y", NULL);
}

static void emit_at_commit_without_rows(weir_topology *t)
{
    struct weir_table_options o = WEIR_TABLE_INIT;
    o.emit = WEIR_EMIT_COMMIT;
    weir_table_filter(weir_table_from(t, "in", NULL, NULL, NULL), keep_all, NULL, &o);
}

static void unknown_store(weir_topology *t)
{
    static const char *const stores[] = {"nobody"};
    struct weir_node o = named("p");
    o.stores = stores;
    o.store_count = 1;
    weir_process(weir_from(t, "in", NULL), nothing, &o);
}

static void unknown_parent(weir_topology *t)
{
    static const char *const parents[] = {"nobody"};
    weir_from(t, "in", NULL);
    weir_add_processor(t, "p", parents, 1, nothing, NULL);
}

static void its_own_parent(weir_topology *t)
{
    static const char *const parents[] = {"p"};
    weir_from(t, "in", NULL);
    weir_add_processor(t, "p", parents, 1, nothing, NULL);
}

static void sink_without_parents(weir_topology *t)
{
    weir_from(t, "in", NULL);
    weir_add_sink(t, "k", "out", NULL, 0, NULL);
}

static void child_of_a_sink(weir_topology *t)
{
    static const char *const topics[] = {"in"};
    static const char *const s[] = {"s"};
    static const char *const k[] = {"k"};
    weir_add_source(t, "s", topics, 1, NULL);
    weir_add_sink(t, "k", "out", s, 1, NULL);
    weir_add_processor(t, "p", k, 1, nothing, NULL);
}

static void store_of_a_source(weir_topology *t)
{
    static const char *const topics[] = {"in"};
    struct weir_store_options o = WEIR_STORE_INIT;
    o.name = "rows";
    weir_add_source(t, "s", topics, 1, NULL);
    weir_add_store(t, &o);
    weir_connect_store(t, "s", "rows");
}

static void store_of_nobody(weir_topology *t)
{
    struct weir_store_options o = WEIR_STORE_INIT;
    o.name = "rows";
    weir_from(t, "in", NULL);
    weir_add_store(t, &o);
    weir_connect_store(t, "nobody", "rows");
}

static void store_without_a_name(weir_topology *t)
{
    weir_from(t, "in", NULL);
    weir_add_store(t, NULL);
}

static void nothing_at_all(weir_topology *t)
{
    WR_UNUSED(t);
}

static void structure_that_cannot_be(weir_topology *t)
{
    weir_from(t, "in", NULL);
    ck_assert_ptr_nonnull(weir_struct_codec(t, "stats", 1, 8, 3));
}

static void structure_without_a_name(weir_topology *t)
{
    weir_from(t, "in", NULL);
    ck_assert_ptr_nonnull(weir_struct_codec(t, NULL, 1, 8, 8));
}

static void changelog_setting_without_value(weir_topology *t)
{
    struct weir_topic_setting settings[] = {{"retention.ms", NULL}};
    struct weir_table_options o = WEIR_TABLE_INIT;
    o.changelog = settings;
    o.changelog_count = 1;
    weir_table_from(t, "in", NULL, "rows", &o);
}

static void options_too_short(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.size = 3;
    weir_from(t, "in", &o);
}

static void options_too_long(weir_topology *t)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.size = 100000;
    weir_from(t, "in", &o);
}

static const struct {
    void (*build)(weir_topology *t);
    const char *finding;
} mistakes[] = {
    {bad_node_name, "node \"a b\": the name has a byte"},
    {node_name_too_long, "the name has 250 bytes and Kafka takes 249"},
    {node_named_dots, "node \"..\": Kafka does not take this name"},
    {node_name_empty, "node without a name"},
    {same_node_name_twice, "node \"f\": two nodes have this name"},
    {bad_store_name, "store \"a/b\": the name has a byte"},
    {same_store_twice, "store \"n\": two stores have this name"},
    {bad_topic_name, "topic \"o u t\": the name has a byte"},
    {null_topic, "topic without a name"},
    {no_topics, "source \"KSTREAM-SOURCE-0000000000\": it reads no topic"},
    {topic_in_two_sources, "topic \"b\": it is read by source \"KSTREAM-SOURCE-0000000000\""},
    {topic_as_stream_and_table, "topic \"a\": it is read by source"},
    {same_topic_read_differently, "with another codec, reset, time or disorder"},
    {same_topic_read_by_two_codecs, "with another codec, reset, time or disorder"},
    {two_times, "its time is a field of the value and is computed"},
    {negative_disorder, "out_of_order_ms is -1"},
    {unreadable_time_field, "field \"at\" of codec string"},
    {filter_without_function, "node \"KSTREAM-FILTER-0000000001\": it has no function"},
    {reduce_without_function, "node \"KSTREAM-REDUCE-0000000001\": it has no function"},
    {table_map_without_function, "node \"KTABLE-MAPVALUES-0000000003\": it has no function"},
    {key_field_of_json_codec, "a field cannot be a key of codec json"},
    {key_field_of_any_bytes, "its values are any bytes, of which no key of codec string"},
    {field_without_path, "a field of codec json without a path"},
    {branch_behind_the_default, "its branch 1 keeps everything"},
    {negative_partitions, "repartition topic \"r-repartition\": it cannot have -1 partitions"},
    {same_repartition_twice, "repartition topic \"r-repartition\": two operators"},
    {emit_at_commit_without_rows, "it cannot emit once per commit"},
    {unknown_store, "node \"p\": there is no store \"nobody\""},
    {unknown_parent, "node \"p\": its parent \"nobody\" is not known here"},
    {its_own_parent, "node \"p\": its parent \"p\" is not known here"},
    {sink_without_parents, "node \"k\": it has no parents"},
    {child_of_a_sink, "node \"p\": its parent \"k\" is a sink"},
    {store_of_a_source, "store \"rows\": it is connected to \"s\", which is not a processor"},
    {store_of_nobody, "store \"rows\": there is no processor \"nobody\""},
    {store_without_a_name, "store without a name"},
    {nothing_at_all, "the topology is empty"},
    {structure_that_cannot_be, "structure \"stats\": a size of 8 aligned to 3 cannot be"},
    {structure_without_a_name, "structure without a name"},
    {changelog_setting_without_value, "setting 1 of a changelog has no value"},
    {options_too_short, "weir_from: its options say that they have 3 bytes"},
    {options_too_long, "weir_from: its options say that they have 100000 bytes"},
};

START_TEST(a_mistake_is_one_finding) /* runs once per row of mistakes */
{
    struct rig r;
    rig_build(&r, mistakes[_i].build);
    ck_assert_msg(rig_finding(&r, mistakes[_i].finding) != NULL, "wanted \"%s\", got: %s",
                  mistakes[_i].finding, r.err.text);
    ck_assert_uint_eq(r.t->findings.texts.count, 1);
    rig_free(&r);
}
END_TEST

static void three_mistakes(weir_topology *t)
{
    weir_stream *s = weir_from(t, "in", NULL);
    weir_stream *failed = weir_filter(s, NULL, NULL);
    weir_to(failed, "bad topic", NULL);
    weir_count(weir_group_by_key(failed, NULL), "bad store", NULL);
}

START_TEST(all_mistakes_are_reported_together)
{
    struct rig r;
    rig_build(&r, three_mistakes);
    ck_assert_ptr_nonnull(strstr(r.err.text, "the topology has 3 mistakes:\n"));
    ck_assert_ptr_nonnull(strstr(r.err.text, "it has no function"));
    ck_assert_ptr_nonnull(strstr(r.err.text, "\"bad topic\""));
    ck_assert_ptr_nonnull(strstr(r.err.text, "\"bad store\""));
    rig_free(&r);
}
END_TEST

static weir_topology *other_topology;

static void merge_with_another_topology(weir_topology *t)
{
    weir_merge(weir_from(t, "a", NULL), weir_from(other_topology, "b", NULL), NULL);
}

START_TEST(streams_of_two_topologies_do_not_merge)
{
    struct rig r;
    struct wr_topology_options options = {.application_id = "other"};
    other_topology = wr_topology_new(&options);
    rig_build(&r, merge_with_another_topology);
    ck_assert_ptr_nonnull(rig_finding(&r, "streams of two topologies"));
    rig_free(&r);
    wr_topology_free(other_topology);
}
END_TEST

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
    tcase_add_loop_test(c, a_mistake_is_one_finding, 0, (int)WR_ARRAY_LEN(mistakes));
    tcase_add_test(c, all_mistakes_are_reported_together);
    tcase_add_test(c, streams_of_two_topologies_do_not_merge);
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
