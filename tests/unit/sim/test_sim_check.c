/* test_sim_check.c -- each checker of the simulator sees the violation that it is for, planted in a
 * world without instances, and says nothing of the world as it was before. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "broker/broker.h"
#include "src/base/endian.h"
#include "src/base/mem.h"
#include "state/row.h"
#include "state/task_meta.h"
#include "testkit/sim_world_impl.h"
#include "tests/unit/suite.h"

static struct wr_sim_world *w;
static struct wr_sim_machine *machine;

static void make_topic(const char *name)
{
    const char *why;
    struct wr_topic_spec spec = {.name = name, .partitions = WR_SIM_PARTITIONS, .replication = -1};
    ck_assert_int_eq(wr_topics_create(w->broker->topics, &spec, &why), WR_KE_NONE);
}

static void make_world(const struct wr_sim_workload *l)
{
    struct wr_broker_options o = {.seed = 1, .hold_markers = true};
    w = WR_NEW(struct wr_sim_world);
    wr_sim_init(&w->sim, 1);
    w->broker = wr_broker_new(&o, wr_sim_wall(&w->sim));
    w->workload = l;
    memset(w->offsets, -1, sizeof w->offsets);
    machine = &w->machines[0];
    wr_sim_machine_init(machine, w, 0);
    for (int i = 0; l->reads[i] != NULL; i++) {
        make_topic(l->reads[i]);
    }
    for (int i = 0; l->outputs[i].topic != NULL; i++) {
        make_topic(l->outputs[i].topic);
    }
}

static void setup(void)
{
    make_world(&wr_sim_load_counts);
}

static void setup_lists(void)
{
    make_world(&wr_sim_load_lists);
}

static void teardown(void)
{
    wr_sim_machine_fini(machine);
    wr_sim_expected_free(w->expected);
    wr_broker_free(w->broker);
    wr_sim_fini(&w->sim);
    wr_free(w);
}

#define clean() ck_assert_str_eq(w->violation, "")
#define seen(what) ck_assert_msg(strstr(w->violation, what) != NULL, "%s", w->violation)

/* ---- writing --------------------------------------------------------------------------------- */

enum { NOBODY = -1, TXN_TIMEOUT_MS = 1000 };

static struct wr_producer_identity producer_of(const char *id)
{
    const struct wr_producer_identity none = {-1, -1};
    struct wr_producer_identity who;
    ck_assert_int_eq(
        wr_txns_init(w->broker->txns, id, TXN_TIMEOUT_MS, &none, wr_sim_wall(&w->sim), &who),
        WR_KE_NONE);
    return who;
}

/* One record; in a transaction of `who` if its id is not negative. */
static void write_to(const char *topic, int32_t partition, const char *key, struct weir_bytes value,
                     struct wr_producer_identity who, int32_t sequence)
{
    struct wr_buf bytes = {0};
    struct wr_batch_builder b;
    struct wr_appended out;
    struct wr_batch head = {
        .leader_epoch = -1,
        .magic = 2,
        .attributes = who.id >= 0 ? WR_BATCH_TRANSACTIONAL : 0,
        .producer_id = who.id,
        .producer_epoch = who.epoch,
        .base_sequence = sequence,
    };
    struct wr_batch_record r = {.time = 1, .key = weir_str(key), .value = value};
    wr_batch_start(&b, &bytes, &head);
    wr_batch_add_headers(&b, &r, (struct weir_headers){NULL, 0});
    wr_batch_finish(&b);
    ck_assert_int_eq(wr_broker_produce(w->broker, topic, partition, wr_buf_view(&bytes),
                                       wr_sim_wall(&w->sim), &out),
                     WR_KE_NONE);
    wr_buf_free(&bytes);
}

static const struct wr_producer_identity nobody = {NOBODY, NOBODY};

static void text(const char *topic, const char *key, const char *value)
{
    write_to(topic, 0, key, weir_str(value), nobody, -1);
}

static void number(const char *topic, const char *key, int64_t n)
{
    char bytes[8];
    wr_put_be64(bytes, (uint64_t)n);
    write_to(topic, 0, key, weir_view(bytes, sizeof bytes), nobody, -1);
}

static void add_to(const char *id, struct wr_producer_identity who, const char *topic)
{
    struct wr_txn_request r = {id, who, wr_sim_wall(&w->sim)};
    struct wr_txn_partition p = {.topic = topic};
    ck_assert_int_eq(wr_txns_add_partitions(w->broker->txns, &r, &p, 1), WR_KE_NONE);
}

static void end_of(const char *id, struct wr_producer_identity who, bool commit)
{
    struct wr_txn_request r = {id, who, wr_sim_wall(&w->sim)};
    ck_assert_int_eq(wr_txns_end(w->broker->txns, &r, commit), WR_KE_NONE);
    while (wr_txns_write_marker(w->broker->txns, wr_sim_wall(&w->sim))) {
    }
}

/* The committed input: each pair is a key and a value. */
static void input(const int *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        w->load.inputs[w->load.count++] =
            (struct wr_sim_input){.key = pairs[2 * i], .value = pairs[2 * i + 1], .id = (int)i + 1};
    }
}

/* ---- C1, C4 ---------------------------------------------------------------------------------- */

/* What comes out for two records k0=v1. */
static const struct {
    const char *about;
    struct {
        const char *topic;
        const char *key;
        int n;
    } out[5];
    const char *found; /* NULL: nothing */
} outputs[] = {
    {"exact",
     {{"out-key", "k0", 1}, {"out-value", "v1", 1}, {"out-key", "k0", 2}, {"out-value", "v1", 2}},
     NULL},
    {"lost",
     {{"out-key", "k0", 1}, {"out-key", "k0", 2}, {"out-value", "v1", 1}},
     "C1: topic \"out-value\", key v1 has 1 of 2 values"},
    {"left out",
     {{"out-key", "k0", 2}, {"out-value", "v1", 1}, {"out-value", "v1", 2}},
     "C1: topic \"out-key\", key k0: 2 follows nothing"},
    {"twice",
     {{"out-key", "k0", 1}, {"out-key", "k0", 1}, {"out-key", "k0", 2}},
     "C1: topic \"out-key\", key k0: 1 follows 1"},
    {"too many",
     {{"out-value", "v1", 1}, {"out-value", "v1", 2}, {"out-value", "v1", 3}},
     "C1: topic \"out-value\", key v1: 3 follows 2"},
    {"aborted",
     {{"out-key", "k1", 1}},
     "C1: topic \"out-key\" has key k1, which nothing should have written"},
};

START_TEST(outputs_are_those_of_the_committed_input)
{
    static const int pairs[] = {0, 1, 0, 1};
    input(pairs, 2);
    for (int i = 0; outputs[_i].out[i].topic != NULL; i++) {
        number(outputs[_i].out[i].topic, outputs[_i].out[i].key, outputs[_i].out[i].n);
    }
    wr_sim_check_outputs(w);
    if (outputs[_i].found == NULL) {
        clean();
        ck_assert(wr_sim_all_counted(w));
    } else {
        seen(outputs[_i].found);
    }
}
END_TEST

START_TEST(values_between_may_be_left_out_of_a_latest_output)
{
    static const int pairs[] = {0, 1, 0, 1, 0, 1};
    w->workload = &wr_sim_load_chain;
    make_topic("out-bucket");
    input(pairs, 3);
    number("out-key", "k0", 2);
    ck_assert(!wr_sim_all_counted(w));
    number("out-key", "k0", 3);
    for (int i = 1; i <= 3; i++) {
        number("out-bucket", "b1", i);
    }
    ck_assert(wr_sim_all_counted(w));
    wr_sim_check_outputs(w);
    clean();
    number("out-key", "k0", 3);
    wr_sim_check_outputs(w);
    seen("C1: topic \"out-key\", key k0: 3 follows 3");
}
END_TEST

/* At least once, of the same two records, one of which is in the repartition topic twice. */
#define PER_KEY "app-per-key-changelog"
#define PER_VALUE "app-per-value-changelog"
#define REPARTITION "app-by-value-repartition"
static const struct {
    const char *topic;
    const char *key;
    int n;
} repeated[] = {
    {"out-key", "k0", 2},   {"out-key", "k0", 1},   {"out-key", "k0", 2}, {"out-value", "v1", 1},
    {"out-value", "v1", 3}, {"out-value", "v1", 2}, {PER_KEY, "k0", 1},   {PER_KEY, "k0", 2},
    {PER_VALUE, "v1", 2},   {PER_VALUE, "v1", 3},   {REPARTITION, "", 0}, {REPARTITION, "", 0},
    {REPARTITION, "", 0},
};

static const struct {
    int without; /* of those above; -1: none */
    const char *key;
    int n; /* and one more of out-key; 0: none */
    const char *found;
} least[] = {
    {-1, NULL, 0, NULL},
    {0, NULL, 0, NULL},
    {1, NULL, 0, "C1: topic \"out-key\", key k0 has 1 of 2 values"},
    {5, NULL, 0, "C1: topic \"out-value\", key v1 has 1 of 2 values"},
    {-1, "k0", 3, "C1: topic \"out-key\", key k0: 3 follows nothing"},
    {-1, "k1", 1, "C1: topic \"out-key\" has key k1, which nothing should have written"},
    {7, NULL, 0, "C1: store \"per-key\", key k0 has not the last of 2 values"},
    {9, NULL, 0,
     "C1: of 3 records of \"" REPARTITION "\" partition 0 store \"per-value\" counted 2"},
    {12, NULL, 0,
     "C1: of 2 records of \"" REPARTITION "\" partition 0 store \"per-value\" counted 3"},
};

START_TEST(outputs_at_least_once_may_come_again_and_late)
{
    static const int pairs[] = {0, 1, 0, 1};
    w->settings.at_least_once = true;
    make_topic(PER_KEY);
    make_topic(PER_VALUE);
    input(pairs, 2);
    for (int i = 0; i < (int)WR_ARRAY_LEN(repeated); i++) {
        if (i != least[_i].without) {
            number(repeated[i].topic, repeated[i].key, repeated[i].n);
        }
    }
    if (least[_i].n != 0) {
        number("out-key", least[_i].key, least[_i].n);
    }
    wr_sim_check_outputs(w);
    if (least[_i].found == NULL) {
        clean();
        ck_assert(wr_sim_all_counted(w));
        ck_assert_uint_eq(w->sim.effects[WR_SIM_REPEATED], least[_i].without < 0 ? 2 : 1);
    } else {
        seen(least[_i].found);
    }
}
END_TEST

START_TEST(what_an_aborted_transaction_wrote_is_not_seen)
{
    static const int pairs[] = {0, 1};
    char one[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    struct wr_producer_identity p = producer_of("p");
    input(pairs, 1);
    number("out-value", "v1", 1);
    add_to("p", p, "out-key");
    write_to("out-key", 0, "k0", weir_view(one, 8), p, 0);
    end_of("p", p, false);
    wr_sim_check_outputs(w);
    seen("C1: topic \"out-key\", key k0 has 0 of 1 values");
}
END_TEST

/* ---- C2 -------------------------------------------------------------------------------------- */

/* A store with one row, which says that it has come to a position of its changelog. */
static void make_store(const char *value, int64_t position)
{
    struct wr_engine *e;
    struct wr_bytes_store *store;
    struct wr_buf bytes = {0};
    struct wr_buf cell = {0};
    struct wr_task_meta_store s = {.name = weir_str("per-key"),
                                   .changelog = weir_str("app-per-key-changelog"),
                                   .changelog_id = weir_str(""),
                                   .restore_from = position,
                                   .flush_until = position};
    struct wr_task_meta meta = {.format = WR_TASK_FORMAT, .stores = &s, .store_count = 1};
    struct wr_disk *disk = &machine->disk.disk;
    struct wr_row row = {.value = weir_str(value), .time = 1};
    ck_assert_int_eq(disk->open(disk, "/disk/app/0_0", 0, 1, &e, NULL), WEIR_OK);
    ck_assert_int_eq(e->ops->store(e, "per-key", &store, NULL), WEIR_OK);
    wr_task_meta_encode(&meta, &bytes);
    wr_row_encode(&cell, weir_str("k0"), row);
    ck_assert_int_eq(e->ops->begin(e, NULL), WEIR_OK);
    ck_assert_int_eq(store->engine->ops->put(store, weir_str("k0"), wr_buf_view(&cell), NULL),
                     WEIR_OK);
    ck_assert_int_eq(e->ops->put_meta(e, WR_TASK_META_NAME, wr_buf_view(&bytes), NULL), WEIR_OK);
    ck_assert_int_eq(e->ops->commit(e, NULL), WEIR_OK);
    e->ops->close(e);
    wr_buf_free(&cell);
    wr_buf_free(&bytes);
}

static const struct {
    const char *value;
    int64_t position;
    const char *found;
} stores[] = {
    {"one", 1, NULL},
    {"two", 2, NULL},
    {"two", 1, "C2: \"/disk/app/0_0\" and its changelog below 1 differ in key k0"},
    {"one", 2, "C2: \"/disk/app/0_0\" and its changelog below 2 differ in key k0"},
    {"one", 0, "C2: \"/disk/app/0_0\" has 1 rows and its changelog below 0 has 0 keys"},
    {"two", 3, "C2: \"/disk/app/0_0\" has 1 rows and its changelog below 3 has 0 keys"},
};

START_TEST(store_is_its_changelog_below_its_position)
{
    make_topic("app-per-key-changelog");
    text("app-per-key-changelog", "k0", "one");
    text("app-per-key-changelog", "k0", "two");
    write_to("app-per-key-changelog", 0, "k0", weir_null(), nobody, -1);
    make_store(stores[_i].value, stores[_i].position);
    wr_sim_check_disk(w, machine);
    if (stores[_i].found == NULL) {
        clean();
    } else {
        seen(stores[_i].found);
    }
}
END_TEST

/* ---- C3 -------------------------------------------------------------------------------------- */

START_TEST(list_begins_with_the_one_before)
{
    text("copies", "k0", "v1-1");
    text("copies", "k0", "v1-2");
    text("copies", "k0", "v1-3");
    text("lists", "k0", "v1-1");
    text("lists", "k0", "v1-1,v1-2");
    text("lists", "k0", "v1-1,v1-2,v1-3");
    wr_sim_check_lists(w);
    clean();
    text("lists", "k0", "v1-1,v1-3");
    wr_sim_check_lists(w);
    seen("C3: list v1-1,v1-3 follows v1-1,v1-2,v1-3");
}
END_TEST

START_TEST(record_is_not_appended_twice)
{
    text("copies", "k0", "v1-1");
    text("lists", "k0", "v1-1");
    text("lists", "k0", "v1-1,v1-1");
    wr_sim_check_lists(w);
    seen("C3: list v1-1,v1-1 follows v1-1");
}
END_TEST

START_TEST(half_of_a_transaction_is_seen)
{
    text("lists", "k0", "v1-7");
    w->settings.at_least_once = true; /* outputs are in no transaction then */
    wr_sim_check_lists(w);
    clean();
    w->settings.at_least_once = false;
    wr_sim_check_lists(w);
    seen("C3: record 7 was appended and not copied");
}
END_TEST

/* Another writer's open transaction hides neither half, and a transaction whose markers are still
 * being written is not looked at. */
START_TEST(halves_are_compared_when_all_is_decided)
{
    struct wr_producer_identity open = producer_of("open");
    struct wr_producer_identity p = producer_of("p");
    struct wr_txn_request end = {"p", p, wr_sim_wall(&w->sim)};
    add_to("open", open, "lists");
    write_to("lists", 0, "k0", weir_str("v1-9"), open, 0);
    add_to("p", p, "lists");
    add_to("p", p, "copies");
    write_to("lists", 0, "k0", weir_str("v1-1"), p, 0);
    write_to("copies", 0, "k0", weir_str("v1-1"), p, 0);
    ck_assert_int_eq(wr_txns_end(w->broker->txns, &end, true), WR_KE_NONE);
    ck_assert(wr_txns_write_marker(w->broker->txns, wr_sim_wall(&w->sim)));
    wr_sim_check_lists(w);
    clean();
    while (wr_txns_write_marker(w->broker->txns, wr_sim_wall(&w->sim))) {
    }
    wr_sim_check_lists(w);
    clean();
    end_of("open", open, true);
    wr_sim_check_lists(w);
    seen("C3:");
}
END_TEST

/* ---- C5 -------------------------------------------------------------------------------------- */

static void commit_position(int64_t offset)
{
    struct wr_group_client who = {WR_SIM_APP, -1, "", NULL};
    struct wr_offset_commit o = {.topic = "in", .offset = offset, .leader_epoch = -1};
    ck_assert_int_eq(wr_groups_commit(w->broker->groups, &who, &o, 1, wr_sim_wall(&w->sim)),
                     WR_KE_NONE);
}

START_TEST(committed_position_goes_back)
{
    wr_sim_check_offsets(w);
    commit_position(5);
    wr_sim_check_offsets(w);
    commit_position(6);
    wr_sim_check_offsets(w);
    clean();
    commit_position(5);
    wr_sim_check_offsets(w);
    seen("C5: the committed position of \"in\" partition 0 went from 6 back to 5");
}
END_TEST

START_TEST(end_of_a_log_goes_back)
{
    text("in", "k0", "v1");
    wr_sim_check_ends(w);
    clean();
    for (size_t i = 0; i < w->ends_count; i++) { /* as if it had been longer */
        if (w->ends[i].end != 0) {
            w->ends[i].end = w->ends[i].stable = 2;
        }
    }
    wr_sim_check_ends(w);
    seen("C5: the ends of \"in\" partition 0 were 2 (stable) and 2 and are 1 and 1");
}
END_TEST

START_TEST(transaction_of_before_the_calm_is_still_open)
{
    struct wr_producer_identity p = producer_of("app-x-0");
    wr_sim_note_transactions(w);
    add_to("app-x-0", p, "out-key");
    number("out-key", "k0", 1);
    write_to("out-key", 0, "k0", weir_str("x"), p, 0);
    wr_sim_check_transactions(w);
    clean(); /* it is younger */
    wr_sim_note_transactions(w);
    wr_sim_check_transactions(w);
    seen("C5: a transaction of \"app-x-0\" was open when the faults ended");
}
END_TEST

/* ---- C6 -------------------------------------------------------------------------------------- */

static void commit_task(int32_t task, int32_t generation, const char *member, const char *instance)
{
    struct wr_group_client who = {WR_SIM_APP, generation, member, instance};
    struct wr_offset_commit o[] = {{.topic = "in", .partition = task},
                                   {.topic = WR_SIM_APP "-tasks", .partition = task}};
    wr_sim_check_commit(w, &who, o, WR_ARRAY_LEN(o));
}

START_TEST(two_owners_commit_in_one_generation)
{
    commit_task(0, 3, "a-1", "a");
    commit_task(0, 3, "a-2", "a"); /* the same instance, back */
    commit_task(1, 3, "b-1", "b");
    commit_task(0, 4, "b-1", "b");
    clean();
    commit_task(0, 4, "a-2", "a");
    seen("C6: \"a\" committed task 0 in generation 4, and \"b\" had in generation 4");
}
END_TEST

START_TEST(former_owner_commits_in_a_former_generation)
{
    commit_task(0, 4, "m1", NULL);
    commit_task(0, 3, "m2", NULL);
    seen("C6: \"m2\" committed task 0 in generation 3, and \"m1\" had in generation 4");
}
END_TEST

START_TEST(positions_are_committed_without_a_membership)
{
    commit_task(0, -1, "", NULL);
    seen("C6: positions were committed by nobody");
}
END_TEST

Suite *sim_check_suite(void)
{
    Suite *s = suite_create("sim_check");
    TCase *t = tcase_create("counts");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, outputs_are_those_of_the_committed_input, 0, WR_ARRAY_LEN(outputs));
    tcase_add_loop_test(t, outputs_at_least_once_may_come_again_and_late, 0, WR_ARRAY_LEN(least));
    tcase_add_test(t, values_between_may_be_left_out_of_a_latest_output);
    tcase_add_test(t, what_an_aborted_transaction_wrote_is_not_seen);
    tcase_add_loop_test(t, store_is_its_changelog_below_its_position, 0, WR_ARRAY_LEN(stores));
    tcase_add_test(t, committed_position_goes_back);
    tcase_add_test(t, end_of_a_log_goes_back);
    tcase_add_test(t, transaction_of_before_the_calm_is_still_open);
    tcase_add_test(t, two_owners_commit_in_one_generation);
    tcase_add_test(t, former_owner_commits_in_a_former_generation);
    tcase_add_test(t, positions_are_committed_without_a_membership);
    suite_add_tcase(s, t);
    t = tcase_create("lists");
    tcase_add_checked_fixture(t, setup_lists, teardown);
    tcase_add_test(t, list_begins_with_the_one_before);
    tcase_add_test(t, record_is_not_appended_twice);
    tcase_add_test(t, half_of_a_transaction_is_seen);
    tcase_add_test(t, halves_are_compared_when_all_is_decided);
    suite_add_tcase(s, t);
    return s;
}
