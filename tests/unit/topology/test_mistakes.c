/* test_mistakes.c -- what is wrong with a topology is found, said, and said together with the rest.
 */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/topology/rig.h"

/* ---- functions of an application ------------------------------------------------------------- */

static enum weir_code keep_all(weir_ctx *c, const struct weir_record *r, bool *keep, void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(state);
    *keep = true;
    return WEIR_OK;
}

static enum weir_code nothing(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(c), WR_UNUSED(r), WR_UNUSED(state);
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

static void sink_before_a_repartition_of_its_name(weir_topology *t)
{
    struct weir_repartition_options o = WEIR_REPARTITION_INIT;
    weir_stream *s = weir_from(t, "in", NULL);
    o.name = "r";
    weir_to(s, "r-repartition", NULL);
    weir_to(weir_repartition(s, &o), "out", NULL);
}

static void sink_behind_a_repartition_of_its_name(weir_topology *t)
{
    struct weir_repartition_options o = WEIR_REPARTITION_INIT;
    weir_stream *s = weir_from(t, "in", NULL);
    o.name = "r";
    weir_to(weir_repartition(s, &o), "out", NULL);
    weir_to(s, "r-repartition", NULL);
}

static void emit_at_commit_without_rows(weir_topology *t)
{
    struct weir_table_options o = WEIR_TABLE_INIT;
    o.emit = WEIR_EMIT_COMMIT;
    weir_table_filter(weir_table_from(t, "in", NULL, NULL, NULL), keep_all, NULL, &o);
}

/* A node "p" that asks for one store. */
static struct weir_node using(const char *const *store)
{
    struct weir_node o = named("p");
    o.stores = store;
    o.store_count = 1;
    return o;
}

/* A stream that is counted in store "n". */
static weir_stream *counted(weir_topology *t)
{
    weir_stream *s = weir_from(t, "in", NULL);
    weir_count(weir_group_by_key(s, NULL), "n", NULL);
    return s;
}

static const char *const one_store[] = {"n"};

static void unknown_store(weir_topology *t)
{
    struct weir_node o = using(one_store);
    weir_process(weir_from(t, "in", NULL), nothing, &o);
}

static void null_store(weir_topology *t)
{
    static const char *const none[] = {NULL};
    struct weir_node o = using(none);
    weir_process(counted(t), nothing, &o);
}

static void store_of_a_filter(weir_topology *t)
{
    struct weir_node o = using(one_store);
    weir_filter(counted(t), keep_all, &o);
}

static void store_of_a_peek(weir_topology *t)
{
    struct weir_node o = using(one_store);
    weir_peek(counted(t), nothing, &o);
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
    {sink_before_a_repartition_of_its_name, "topic \"r-repartition\": it is an internal topic"},
    {sink_behind_a_repartition_of_its_name, "topic \"r-repartition\": it is an internal topic"},
    {emit_at_commit_without_rows, "it cannot emit once per commit"},
    {null_store, "node \"p\": there is no store \"\""},
    {store_of_a_filter, "node \"p\": weir_filter() connects no stores"},
    {store_of_a_peek, "node \"p\": weir_peek() connects no stores"},
    {unknown_store, "node \"p\": there is no store \"n\""},
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

Suite *mistakes_suite(void)
{
    Suite *s = suite_create("mistakes");
    TCase *c = tcase_create("mistakes");
    tcase_add_loop_test(c, a_mistake_is_one_finding, 0, (int)WR_ARRAY_LEN(mistakes));
    tcase_add_test(c, all_mistakes_are_reported_together);
    tcase_add_test(c, streams_of_two_topologies_do_not_merge);
    suite_add_tcase(s, c);
    return s;
}
