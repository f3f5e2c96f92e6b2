/* test_graph.c -- finished graphs: sub-topologies, internal topics, descriptions, identities. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/topology/rig.h"
#include "topology/graph/describe.h"
#include "topology/graph/identity.h"
#include "topology/graph/internal_topics.h"

static enum weir_code nothing(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(state);
    return WEIR_OK;
}

static enum weir_code same(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                           void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(out), WR_UNUSED(state);
    return WEIR_OK;
}

static struct weir_node named(const char *name)
{
    struct weir_node o = WEIR_NODE_INIT;
    o.name = name;
    return o;
}

/* Two sub-topologies: words are counted behind a repartition topic. */
static void word_count(weir_topology *t)
{
    struct weir_topic_setting settings[] = {{"segment.ms", "7"}, {"cleanup.policy", "delete"}};
    struct weir_table_options o = WEIR_TABLE_INIT;
    struct weir_source in = WEIR_SOURCE_INIT;
    struct weir_node by = named("by-word");
    o.changelog = settings;
    o.changelog_count = 2;
    in.key = weir_string(t);
    in.value = weir_string(t);
    by.key = weir_string(t);
    weir_grouped *g = weir_group_by(weir_from(t, "lines", &in), same, &by);
    weir_to(weir_changes_named(weir_count(g, "words", &o), "changes"), "counts", NULL);
}

/* ---- sub-topologies -------------------------------------------------------------------------- */

static void two_streams_and_a_shared_store(weir_topology *t)
{
    static const char *const stores[] = {"shared"};
    struct weir_store_options store = WEIR_STORE_INIT;
    struct weir_node a = named("a");
    struct weir_node b = named("b");
    struct weir_node c = named("c");
    a.stores = c.stores = stores;
    a.store_count = c.store_count = 1;
    store.name = "shared";
    weir_process(weir_from(t, "t0", NULL), nothing, &a);
    weir_process(weir_from(t, "t1", NULL), nothing, &b);
    weir_process(weir_from(t, "t2", NULL), nothing, &c);
    weir_add_store(t, &store); /* after those that use it */
    store.name = "unused";
    weir_add_store(t, &store);
}

START_TEST(nodes_that_share_a_store_are_one_subtopology)
{
    struct rig r;
    rig_build(&r, two_streams_and_a_shared_store);
    const struct wr_graph *g = &r.t->graph;
    ck_assert_msg(r.t->findings.texts.count == 0, "%s", r.err.text);
    ck_assert_uint_eq(g->subtopologies.count, 2);
    ck_assert_int_eq(wr_graph_node(g, "a")->subtopology, 0);
    ck_assert_int_eq(wr_graph_node(g, "b")->subtopology, 1);
    ck_assert_int_eq(wr_graph_node(g, "c")->subtopology, 0);
    const struct wr_subtopology *s = g->subtopologies.items[0];
    ck_assert_uint_eq(s->inputs.count, 2);
    ck_assert_str_eq(((struct wr_gtopic *)s->inputs.items[1])->name, "t2");
    ck_assert_uint_eq(s->stores.count, 1);
    ck_assert_int_eq(wr_graph_store(g, "shared")->subtopology, 0);
    rig_free(&r);
}
END_TEST

START_TEST(a_store_that_no_processor_uses_is_not_in_the_topology)
{
    struct rig r;
    rig_build(&r, two_streams_and_a_shared_store);
    ck_assert_ptr_null(wr_graph_store(&r.t->graph, "unused"));
    ck_assert_uint_eq(r.t->graph.stores.count, 1);
    rig_free(&r);
}
END_TEST

START_TEST(nodes_of_a_subtopology_are_listed_parents_first)
{
    struct rig r;
    rig_build(&r, word_count);
    for (size_t i = 0; i < r.t->graph.subtopologies.count; i++) {
        const struct wr_subtopology *s = r.t->graph.subtopologies.items[i];
        ck_assert_int_eq(s->id, (int)i);
        for (size_t k = 0; k < s->nodes.count; k++) {
            const struct wr_gnode *n = s->nodes.items[k];
            for (size_t p = 0; p < n->parents.count; p++) {
                ck_assert_uint_lt(((const struct wr_gnode *)n->parents.items[p])->index, n->index);
            }
        }
    }
    rig_free(&r);
}
END_TEST

/* ---- internal topics ------------------------------------------------------------------------- */

START_TEST(internal_topics_have_kafka_streams_settings_changed_by_the_applications)
{
    struct rig r;
    struct wr_internal_topic *topics;
    rig_build(&r, word_count);
    size_t count = wr_internal_topics(&r.t->graph, "app", &r.arena, &topics);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(topics[0].name, "app-by-word-repartition");
    ck_assert_ptr_nonnull(topics[0].topic);
    ck_assert_uint_eq(topics[0].setting_count, 4);
    ck_assert_str_eq(topics[0].settings[3].name, "segment.bytes");
    ck_assert_str_eq(topics[0].settings[3].value, "52428800");

    ck_assert_str_eq(topics[1].name, "app-words-changelog");
    ck_assert_str_eq(topics[1].store->name, "words");
    ck_assert_uint_eq(topics[1].setting_count, 3);
    ck_assert_str_eq(topics[1].settings[0].name, "cleanup.policy");
    ck_assert_str_eq(topics[1].settings[0].value, "delete");
    ck_assert_str_eq(topics[1].settings[1].name, "message.timestamp.type");
    ck_assert_str_eq(topics[1].settings[2].name, "segment.ms");
    rig_free(&r);
}
END_TEST

/* ---- descriptions ---------------------------------------------------------------------------- */

START_TEST(the_text_is_kafka_streams)
{
    static const char wanted[] =
        "Topologies:\n"
        "   Sub-topology: 0\n"
        "    Source: KSTREAM-SOURCE-0000000000 (topics: [lines])\n"
        "      --> by-word\n"
        "    Processor: by-word (stores: [])\n"
        "      --> by-word-repartition-filter\n"
        "      <-- KSTREAM-SOURCE-0000000000\n"
        "    Processor: by-word-repartition-filter (stores: [])\n"
        "      --> by-word-repartition-sink\n"
        "      <-- by-word\n"
        "    Sink: by-word-repartition-sink (topic: by-word-repartition)\n"
        "      <-- by-word-repartition-filter\n"
        "\n"
        "  Sub-topology: 1\n"
        "    Source: by-word-repartition-source (topics: [by-word-repartition])\n"
        "      --> KSTREAM-AGGREGATE-0000000002\n"
        "    Processor: KSTREAM-AGGREGATE-0000000002 (stores: [words])\n"
        "      --> changes\n"
        "      <-- by-word-repartition-source\n"
        "    Processor: changes (stores: [])\n"
        "      --> KSTREAM-SINK-0000000007\n"
        "      <-- KSTREAM-AGGREGATE-0000000002\n"
        "    Sink: KSTREAM-SINK-0000000007 (topic: counts)\n"
        "      <-- changes\n"
        "\n";
    struct rig r;
    struct wr_buf text = {0};
    rig_build(&r, word_count);
    wr_describe_text(&r.t->graph, &text);
    ck_assert_str_eq(wr_buf_cstr(&text), wanted);
    wr_buf_free(&text);
    rig_free(&r);
}
END_TEST

START_TEST(the_json_has_nodes_stores_topics_and_identities)
{
    static const char wanted[] =
        "{\"application\":\"app\",\"subtopologies\":["
        "{\"id\":0,\"identity\":\"input=lines\",\"nodes\":["
        "{\"name\":\"KSTREAM-SOURCE-0000000000\",\"kind\":\"source\",\"topics\":[\"lines\"],"
        "\"stores\":[],\"parents\":[],\"children\":[\"by-word\"]},"
        "{\"name\":\"by-word\",\"kind\":\"processor\",\"stores\":[],"
        "\"parents\":[\"KSTREAM-SOURCE-0000000000\"],"
        "\"children\":[\"by-word-repartition-filter\"]},"
        "{\"name\":\"by-word-repartition-filter\",\"kind\":\"processor\",\"stores\":[],"
        "\"parents\":[\"by-word\"],\"children\":[\"by-word-repartition-sink\"]},"
        "{\"name\":\"by-word-repartition-sink\",\"kind\":\"sink\","
        "\"topics\":[\"by-word-repartition\"],\"stores\":[],"
        "\"parents\":[\"by-word-repartition-filter\"],\"children\":[]}]},"
        "{\"id\":1,\"identity\":\"input=by-word-repartition,internal,partitions=0 "
        "store=words,timestamped-kv,key=string,value=i64,changelog=own\",\"nodes\":["
        "{\"name\":\"by-word-repartition-source\",\"kind\":\"source\","
        "\"topics\":[\"by-word-repartition\"],\"stores\":[],\"parents\":[],"
        "\"children\":[\"KSTREAM-AGGREGATE-0000000002\"]},"
        "{\"name\":\"KSTREAM-AGGREGATE-0000000002\",\"kind\":\"processor\",\"stores\":[\"words\"],"
        "\"parents\":[\"by-word-repartition-source\"],\"children\":[\"changes\"]},"
        "{\"name\":\"changes\",\"kind\":\"processor\",\"stores\":[],"
        "\"parents\":[\"KSTREAM-AGGREGATE-0000000002\"],"
        "\"children\":[\"KSTREAM-SINK-0000000007\"]},"
        "{\"name\":\"KSTREAM-SINK-0000000007\",\"kind\":\"sink\",\"topics\":[\"counts\"],"
        "\"stores\":[],\"parents\":[\"changes\"],\"children\":[]}]}],"
        "\"stores\":[{\"name\":\"words\",\"type\":\"timestamped-kv\",\"key\":\"string\","
        "\"value\":\"i64\",\"backend\":\"persistent\",\"changelog\":\"app-words-changelog\","
        "\"subtopology\":1}],\"topics\":["
        "{\"name\":\"app-by-word-repartition\",\"kind\":\"repartition\",\"config\":{"
        "\"cleanup.policy\":\"delete\",\"message.timestamp.type\":\"CreateTime\","
        "\"retention.ms\":\"-1\",\"segment.bytes\":\"52428800\"}},"
        "{\"name\":\"app-words-changelog\",\"kind\":\"changelog\",\"config\":{"
        "\"cleanup.policy\":\"delete\",\"message.timestamp.type\":\"CreateTime\","
        "\"segment.ms\":\"7\"}}]}";
    struct rig r;
    struct wr_buf text = {0};
    rig_build(&r, word_count);
    wr_describe_json(&r.t->graph, "app", &text);
    ck_assert_str_eq(wr_buf_cstr(&text), wanted);
    wr_buf_free(&text);
    rig_free(&r);
}
END_TEST

static void odd_bytes(weir_topology *t)
{
    struct weir_topic_setting settings[] = {{"a\"b", "c\\d\ne"}};
    struct weir_table_options o = WEIR_TABLE_INIT;
    struct weir_repartition_options rp = WEIR_REPARTITION_INIT;
    o.changelog = settings;
    o.changelog_count = 1;
    o.backend = WEIR_BACKEND_MEMORY;
    rp.name = "wide";
    rp.partitions = 3;
    weir_table_from(t, "in", NULL, "rows", &o);
    weir_repartition(weir_from(t, "other", NULL), &rp);
}

START_TEST(the_json_escapes_what_it_must)
{
    struct rig r;
    struct wr_buf text = {0};
    rig_build(&r, odd_bytes);
    wr_describe_json(&r.t->graph, "app", &text);
    const char *json = wr_buf_cstr(&text);
    ck_assert_ptr_nonnull(strstr(json, "\"a\\\"b\":\"c\\\\d\\ne\""));
    ck_assert_ptr_nonnull(strstr(json, "\"backend\":\"memory\""));
    ck_assert_ptr_nonnull(strstr(json, "\"kind\":\"repartition\",\"partitions\":3,"));
    wr_buf_free(&text);
    rig_free(&r);
}
END_TEST

/* 2^50 ways lead from the source to the sink. */
static void ladder_of_merges(weir_topology *t)
{
    weir_stream *s = weir_select_key(weir_from(t, "in", NULL), same, NULL);
    for (int i = 0; i < 50; i++) {
        s = weir_merge(weir_map_values(s, same, NULL), weir_map_values(s, same, NULL), NULL);
    }
    weir_count(weir_group_by_key(s, NULL), "n", NULL);
}

START_TEST(many_ways_through_a_graph_cost_nothing)
{
    struct rig r;
    struct wr_buf text = {0};
    struct wr_topology_options options = {.application_id = "app", .merge_repartitions = true};
    rig_build_with(&r, ladder_of_merges, &options);
    ck_assert_msg(r.t->findings.texts.count == 0, "%s", r.err.text);
    wr_describe_text(&r.t->graph, &text);
    ck_assert(
        wr_gnode_is_above(r.t->graph.nodes.items[0], wr_graph_node(&r.t->graph, "n-repartition-"
                                                                                "sink")));
    wr_buf_free(&text);
    rig_free(&r);
}
END_TEST

/* ---- identities ------------------------------------------------------------------------------ */

static void identity_of(void (*build)(weir_topology *t), const struct wr_topology_options *options,
                        struct wr_buf *out)
{
    struct rig r;
    rig_build_with(&r, build, options);
    ck_assert_msg(r.t->findings.texts.count == 0, "%s", r.err.text);
    wr_identity_text(r.t->graph.subtopologies.items[0], out);
    rig_free(&r);
}

static struct {
    const char *node;
    bool other_order;
    const char *store;
    bool unlogged;
    bool memory;
    enum weir_store_type type;
    const char *value;
    const char *second_topic;
} shape;

static void processor(weir_topology *t, const char *topic, const char *name)
{
    struct weir_node o = named(name);
    o.stores = &shape.store;
    o.store_count = 1;
    weir_process(weir_from(t, topic, NULL), nothing, &o);
}

static void shaped(weir_topology *t)
{
    struct weir_store_options o = WEIR_STORE_INIT;
    o.name = shape.store;
    o.type = shape.type;
    o.unlogged = shape.unlogged;
    o.backend = shape.memory ? WEIR_BACKEND_MEMORY : WEIR_BACKEND_DEFAULT;
    o.key = weir_string(t);
    o.value =
        strcmp(shape.value, "stats") == 0 ? weir_struct_codec(t, "stats", 2, 8, 8) : weir_i64(t);
    weir_add_store(t, &o);
    processor(t, shape.other_order ? shape.second_topic : "in", shape.node);
    processor(t, shape.other_order ? "in" : shape.second_topic, NULL);
}

START_TEST(the_identity_is_that_of_state_and_inputs)
{
    struct wr_topology_options options = {.application_id = "app"};
    struct wr_buf text = {0};
    shape.node = "p";
    shape.store = "rows";
    shape.value = "stats";
    shape.second_topic = "also";
    identity_of(shaped, &options, &text);
    ck_assert_str_eq(
        wr_buf_cstr(&text),
        "input=also input=in store=rows,kv,key=string,value=struct_stats_v2,changelog=own");

    shape.unlogged = true;
    wr_buf_reset(&text);
    identity_of(shaped, &options, &text);
    ck_assert_ptr_nonnull(strstr(wr_buf_cstr(&text), ",changelog=none"));
    shape.unlogged = false;
    wr_buf_free(&text);
}
END_TEST

START_TEST(the_identity_ignores_order_names_of_nodes_and_back_ends)
{
    struct wr_topology_options options = {.application_id = "app"};
    struct wr_buf one = {0};
    struct wr_buf two = {0};
    shape.node = "p";
    shape.store = "rows";
    shape.value = "i64";
    shape.second_topic = "also";
    identity_of(shaped, &options, &one);
    shape.node = "another";
    shape.other_order = true;
    shape.memory = true;
    identity_of(shaped, &options, &two);
    ck_assert_str_eq(wr_buf_cstr(&one), wr_buf_cstr(&two));
    shape.other_order = shape.memory = false;
    wr_buf_free(&one);
    wr_buf_free(&two);
}
END_TEST

static void kept_table(weir_topology *t)
{
    weir_table_from(t, "in", NULL, "rows", NULL);
}

START_TEST(the_identity_names_a_source_topic_that_is_a_changelog)
{
    struct wr_topology_options options = {.application_id = "app", .reuse_source_topics = true};
    struct wr_buf text = {0};
    identity_of(kept_table, &options, &text);
    ck_assert_str_eq(wr_buf_cstr(&text), "input=in store=rows,timestamped-kv,key=bytes,value=bytes,"
                                         "changelog=topic:in");
    wr_buf_free(&text);
}
END_TEST

Suite *graph_suite(void)
{
    Suite *s = suite_create("graph");
    TCase *c = tcase_create("graph");
    tcase_add_test(c, nodes_that_share_a_store_are_one_subtopology);
    tcase_add_test(c, a_store_that_no_processor_uses_is_not_in_the_topology);
    tcase_add_test(c, nodes_of_a_subtopology_are_listed_parents_first);
    tcase_add_test(c, internal_topics_have_kafka_streams_settings_changed_by_the_applications);
    tcase_add_test(c, the_text_is_kafka_streams);
    tcase_add_test(c, the_json_has_nodes_stores_topics_and_identities);
    tcase_add_test(c, the_json_escapes_what_it_must);
    tcase_add_test(c, many_ways_through_a_graph_cost_nothing);
    tcase_add_test(c, the_identity_is_that_of_state_and_inputs);
    tcase_add_test(c, the_identity_ignores_order_names_of_nodes_and_back_ends);
    tcase_add_test(c, the_identity_names_a_source_topic_that_is_a_changelog);
    suite_add_tcase(s, c);
    return s;
}
