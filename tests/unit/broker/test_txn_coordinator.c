/* test_txn_coordinator.c -- transactional producers and their coordinator. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "broker/txn_coordinator.h"
#include "src/base/rng.h"
#include "tests/unit/suite.h"

enum { MAX_TIMEOUT = 900000, EXPIRATION = 604800000, SCAN = 10000, T0 = 1000000 };

/* The rest of the broker: topic "t" has partitions 0 to 9. What was marked is a text. */
struct world {
    struct wr_txn_world v;
    char marks[4096];
    enum wr_kafka_error answer; /* to the next marker of a partition */
};

static struct world world;
static struct wr_txns *txns;
static struct wr_arena arena;
static int64_t now;
static const struct wr_producer_identity nothing = {-1, -1};

static bool has_partition(struct wr_txn_world *w, const char *topic, int32_t partition)
{
    WR_UNUSED(w);
    return strcmp(topic, "t") == 0 && partition >= 0 && partition < 10;
}

static void note(const char *what, const struct wr_marker *m)
{
    size_t len = strlen(world.marks);
    snprintf(world.marks + len, sizeof world.marks - len, "%s:%s:%d:%d ", what,
             m->commit ? "commit" : "abort", m->producer_epoch, m->coordinator_epoch);
}

static enum wr_kafka_error mark_partition(struct wr_txn_world *w, const char *topic,
                                          int32_t partition, const struct wr_marker *m, int64_t at)
{
    char name[32];
    WR_UNUSED(w);
    WR_UNUSED(at);
    enum wr_kafka_error answer = world.answer;
    world.answer = WR_KE_NONE;
    if (answer == WR_KE_NONE) {
        snprintf(name, sizeof name, "%s-%d", topic, partition);
        note(name, m);
    }
    return answer;
}

static void mark_group(struct wr_txn_world *w, const char *group, const struct wr_marker *m)
{
    WR_UNUSED(w);
    note(group, m);
}

static void setup(void)
{
    world = (struct world){.v = {has_partition, mark_partition, mark_group}};
    struct wr_txns_options options = {.world = &world.v,
                                      .max_timeout_ms = MAX_TIMEOUT,
                                      .id_expiration_ms = EXPIRATION,
                                      .abort_scan_ms = SCAN,
                                      .coordinator_epoch = 3};
    txns = wr_txns_new(&options);
    wr_arena_init(&arena, 4096);
    now = T0;
}

static void teardown(void)
{
    wr_txns_check(txns);
    wr_txns_free(txns);
    wr_arena_free(&arena);
}

/* ---- requests -------------------------------------------------------------------------------- */

static enum wr_kafka_error init_from(const char *id, struct wr_producer_identity current,
                                     struct wr_producer_identity *out)
{
    enum wr_kafka_error error = wr_txns_init(txns, id, 60000, &current, now, out);
    wr_txns_check(txns);
    return error;
}

static struct wr_producer_identity init_id(const char *id)
{
    struct wr_producer_identity p;
    ck_assert_int_eq(init_from(id, nothing, &p), WR_KE_NONE);
    return p;
}

static struct wr_txn_request request(const char *id, struct wr_producer_identity p)
{
    return (struct wr_txn_request){id, p, now};
}

static enum wr_kafka_error add(const char *id, struct wr_producer_identity p, int32_t partition)
{
    struct wr_txn_partition one = {"t", partition, WR_KE_NONE};
    struct wr_txn_request r = request(id, p);
    enum wr_kafka_error error = wr_txns_add_partitions(txns, &r, &one, 1);
    ck_assert_int_eq(one.error, error);
    wr_txns_check(txns);
    return error;
}

static enum wr_kafka_error end(const char *id, struct wr_producer_identity p, bool commit)
{
    struct wr_txn_request r = request(id, p);
    enum wr_kafka_error error = wr_txns_end(txns, &r, commit);
    wr_txns_check(txns);
    return error;
}

static int write_all(void)
{
    int count = 0;
    while (wr_txns_has_marker(txns)) {
        ck_assert(wr_txns_write_marker(txns, now));
        wr_txns_check(txns);
        ck_assert_int_lt(count++, 100);
    }
    ck_assert(!wr_txns_write_marker(txns, now));
    return count;
}

static struct wr_txn_info info(const char *id)
{
    struct wr_txn_info out;
    ck_assert(wr_txns_describe(txns, id, &arena, &out));
    return out;
}

static void begin(const char *id, struct wr_producer_identity p)
{
    ck_assert_int_eq(add(id, p, 0), WR_KE_NONE);
}

/* A transaction from beginning to the last marker. */
static void run(const char *id, struct wr_producer_identity p, bool commit)
{
    begin(id, p);
    ck_assert_int_eq(end(id, p, commit), WR_KE_NONE);
    write_all();
}

/* Bring an id into a state. Its epoch is then 0, or 1 if it was fenced. */
static struct wr_producer_identity reach(const char *id, enum wr_transaction_state state)
{
    struct wr_producer_identity p = init_id(id);
    if (state == WR_TXN_EMPTY) {
        return p;
    }
    begin(id, p);
    if (state == WR_TXN_ONGOING) {
        return p;
    }
    bool commit = state == WR_TXN_PREPARE_COMMIT || state == WR_TXN_COMPLETE_COMMIT;
    ck_assert_int_eq(end(id, p, commit), WR_KE_NONE);
    if (state == WR_TXN_COMPLETE_COMMIT || state == WR_TXN_COMPLETE_ABORT) {
        write_all();
    }
    ck_assert_int_eq(info(id).state, state);
    return p;
}

/* ---- InitProducerId -------------------------------------------------------------------------- */

START_TEST(producers_without_an_id_get_ids_of_their_own_and_epoch_0)
{
    struct wr_producer_identity a = init_id(NULL);
    struct wr_producer_identity b = init_id(NULL);
    ck_assert_int_ne(a.id, b.id);
    ck_assert_int_eq(a.epoch, 0);
    ck_assert_int_eq(b.epoch, 0);
    const struct wr_txn_info *all;
    ck_assert_uint_eq(wr_txns_list(txns, &arena, &all), 0);
}
END_TEST

START_TEST(same_id_keeps_its_producer_id_and_gets_the_next_epoch)
{
    struct wr_producer_identity a = init_id("a");
    struct wr_producer_identity again = init_id("a");
    ck_assert_int_eq(a.epoch, 0);
    ck_assert_int_eq(again.id, a.id);
    ck_assert_int_eq(again.epoch, 1);
    ck_assert_int_ne(init_id("b").id, a.id);
}
END_TEST

static const struct {
    const char *id;
    int64_t timeout;
    struct wr_producer_identity current;
    enum wr_kafka_error error;
} bad_inits[] = {
    {"", 1000, {-1, -1}, WR_KE_INVALID_REQUEST},
    {"a", 0, {-1, -1}, WR_KE_INVALID_TRANSACTION_TIMEOUT},
    {"a", -1, {-1, -1}, WR_KE_INVALID_TRANSACTION_TIMEOUT},
    {"a", MAX_TIMEOUT + 1, {-1, -1}, WR_KE_INVALID_TRANSACTION_TIMEOUT},
    {"a", 1000, {5, -1}, WR_KE_INVALID_REQUEST},
    {"a", 1000, {-1, 5}, WR_KE_INVALID_REQUEST},
    {NULL, 1000, {5, -1}, WR_KE_INVALID_REQUEST},
};

START_TEST(bad_init_is_refused_and_leaves_no_trace)
{
    struct wr_producer_identity out;
    ck_assert_int_eq(wr_txns_init(txns, bad_inits[_i].id, bad_inits[_i].timeout,
                                  &bad_inits[_i].current, now, &out),
                     bad_inits[_i].error);
    ck_assert_int_eq(out.id, -1);
    ck_assert_int_eq(out.epoch, -1);
    const struct wr_txn_info *all;
    ck_assert_uint_eq(wr_txns_list(txns, &arena, &all), 0);
    ck_assert_int_eq(wr_txns_next(txns), INT64_MAX);
}
END_TEST

START_TEST(largest_timeout_is_accepted)
{
    struct wr_producer_identity out;
    ck_assert_int_eq(wr_txns_init(txns, "a", MAX_TIMEOUT, &nothing, now, &out), WR_KE_NONE);
    ck_assert_int_eq(info("a").timeout_ms, MAX_TIMEOUT);
}
END_TEST

START_TEST(current_epoch_is_bumped_and_a_repeated_request_gets_the_same_answer)
{
    struct wr_producer_identity p = init_id("a");
    struct wr_producer_identity first;
    struct wr_producer_identity second;
    ck_assert_int_eq(init_from("a", p, &first), WR_KE_NONE);
    ck_assert_int_eq(first.id, p.id);
    ck_assert_int_eq(first.epoch, 1);
    ck_assert_int_eq(init_from("a", p, &second), WR_KE_NONE);
    ck_assert_int_eq(second.epoch, 1);
    ck_assert_int_eq(init_from("a", first, &second), WR_KE_NONE);
    ck_assert_int_eq(second.epoch, 2);
}
END_TEST

START_TEST(old_epoch_is_fenced_after_another_producer_came)
{
    struct wr_producer_identity p = init_id("a");
    struct wr_producer_identity out;
    init_id("a");
    ck_assert_int_eq(init_from("a", p, &out), WR_KE_PRODUCER_FENCED);
    ck_assert_int_eq(out.id, -1);
    ck_assert_int_eq(info("a").producer.epoch, 1);
}
END_TEST

START_TEST(foreign_producer_id_is_fenced_but_a_forgotten_id_takes_anything)
{
    struct wr_producer_identity out;
    struct wr_producer_identity p = init_id("a");
    struct wr_producer_identity foreign = {p.id + 100, 0};
    ck_assert_int_eq(init_from("a", foreign, &out), WR_KE_PRODUCER_FENCED);
    ck_assert_int_eq(init_from("new", foreign, &out), WR_KE_NONE);
    ck_assert_int_ne(out.id, foreign.id);
    ck_assert_int_eq(out.epoch, 0);
}
END_TEST

static struct wr_producer_identity last_epoch(const char *id)
{
    struct wr_producer_identity p = init_id(id);
    while (p.epoch < INT16_MAX - 1) {
        p = init_id(id);
    }
    return p;
}

START_TEST(used_up_epochs_give_a_new_producer_id)
{
    struct wr_producer_identity p = last_epoch("a");
    struct wr_producer_identity out;
    ck_assert_int_eq(init_from("a", p, &out), WR_KE_NONE);
    ck_assert_int_ne(out.id, p.id);
    ck_assert_int_eq(out.epoch, 0);
    struct wr_producer_identity again;
    ck_assert_int_eq(init_from("a", p, &again), WR_KE_NONE);
    ck_assert_int_eq(again.id, out.id);
    ck_assert_int_eq(again.epoch, 0);
    ck_assert_int_eq(wr_txns_verify(txns, &p, "t", 0), WR_KE_INVALID_PRODUCER_ID_MAPPING);
}
END_TEST

START_TEST(fencing_at_the_last_epoch_gives_a_new_producer_id)
{
    struct wr_producer_identity p = last_epoch("a");
    struct wr_producer_identity out;
    begin("a", p);
    ck_assert_int_eq(init_from("a", nothing, &out), WR_KE_CONCURRENT_TRANSACTIONS);
    write_all();
    ck_assert_str_eq(world.marks, "t-0:abort:32767:3 ");
    ck_assert_int_eq(init_from("a", nothing, &out), WR_KE_NONE);
    ck_assert_int_ne(out.id, p.id);
}
END_TEST

START_TEST(init_aborts_an_open_transaction_first)
{
    struct wr_producer_identity p = reach("a", WR_TXN_ONGOING);
    struct wr_producer_identity out;
    ck_assert_int_eq(init_from("a", nothing, &out), WR_KE_CONCURRENT_TRANSACTIONS);
    ck_assert_int_eq(info("a").state, WR_TXN_PREPARE_ABORT);
    ck_assert_int_eq(init_from("a", nothing, &out), WR_KE_CONCURRENT_TRANSACTIONS);
    ck_assert_int_eq(end("a", p, true), WR_KE_PRODUCER_FENCED);
    write_all();
    ck_assert_str_eq(world.marks, "t-0:abort:1:3 ");
    ck_assert_int_eq(init_from("a", nothing, &out), WR_KE_NONE);
    ck_assert_int_eq(out.id, p.id);
    ck_assert_int_eq(out.epoch, 2);
}
END_TEST

START_TEST(producer_whose_transaction_was_aborted_goes_on_from_its_old_epoch)
{
    struct wr_producer_identity p = reach("a", WR_TXN_ONGOING);
    struct wr_producer_identity out;
    ck_assert_int_eq(init_from("a", p, &out), WR_KE_CONCURRENT_TRANSACTIONS);
    write_all();
    ck_assert_int_eq(init_from("a", p, &out), WR_KE_NONE);
    ck_assert_int_eq(out.epoch, 1);
}
END_TEST

/* ---- AddPartitionsToTxn, AddOffsetsToTxn ----------------------------------------------------- */

START_TEST(first_partition_opens_the_transaction_and_more_join_it)
{
    struct wr_producer_identity p = init_id("a");
    now += 7;
    begin("a", p);
    now += 5;
    ck_assert_int_eq(add("a", p, 3), WR_KE_NONE);
    ck_assert_int_eq(add("a", p, 3), WR_KE_NONE);
    struct wr_txn_info i = info("a");
    ck_assert_int_eq(i.state, WR_TXN_ONGOING);
    ck_assert_int_eq(i.start_time, T0 + 7);
    ck_assert_uint_eq(i.partition_count, 2);
    ck_assert_int_eq(i.partitions[1].partition, 3);
    ck_assert_int_eq(wr_txns_verify(txns, &p, "t", 3), WR_KE_NONE);
    ck_assert_int_eq(wr_txns_verify(txns, &p, "t", 4), WR_KE_INVALID_TXN_STATE);
    ck_assert_int_eq(wr_txns_verify(txns, &p, "u", 3), WR_KE_INVALID_TXN_STATE);
}
END_TEST

START_TEST(unknown_partition_makes_the_others_not_attempted)
{
    struct wr_producer_identity p = init_id("a");
    struct wr_txn_partition three[] = {
        {"t", 0, WR_KE_NONE}, {"t", 10, WR_KE_NONE}, {"u", 0, WR_KE_NONE}};
    struct wr_txn_request r = request("a", p);
    ck_assert_int_eq(wr_txns_add_partitions(txns, &r, three, 3), WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(three[0].error, WR_KE_OPERATION_NOT_ATTEMPTED);
    ck_assert_int_eq(three[1].error, WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(three[2].error, WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(info("a").state, WR_TXN_EMPTY);
}
END_TEST

START_TEST(group_takes_part_under_its_name)
{
    struct wr_producer_identity p = init_id("a");
    struct wr_txn_request r = request("a", p);
    ck_assert_int_eq(wr_txns_verify(txns, &p, "g", -1), WR_KE_INVALID_TXN_STATE);
    ck_assert_int_eq(wr_txns_add_group(txns, &r, "g"), WR_KE_NONE);
    ck_assert_int_eq(wr_txns_verify(txns, &p, "g", -1), WR_KE_NONE);
    ck_assert_int_eq(wr_txns_verify(txns, &p, "g", 0), WR_KE_INVALID_TXN_STATE);
    ck_assert_int_eq(wr_txns_verify(txns, &p, "h", -1), WR_KE_INVALID_TXN_STATE);
    ck_assert_int_eq(info("a").partitions[0].partition, -1);
    begin("a", p);
    ck_assert_int_eq(end("a", p, true), WR_KE_NONE);
    write_all();
    ck_assert_str_eq(world.marks, "g:commit:0:3 t-0:commit:0:3 ");
}
END_TEST

static const struct {
    enum wr_transaction_state state;
    int64_t id_off;
    int16_t epoch_off;
    enum wr_kafka_error error;
} verifications[] = {
    {WR_TXN_ONGOING, 0, 0, WR_KE_NONE},
    {WR_TXN_ONGOING, 1, 0, WR_KE_INVALID_PRODUCER_ID_MAPPING},
    {WR_TXN_ONGOING, 0, 1, WR_KE_INVALID_PRODUCER_EPOCH},
    {WR_TXN_ONGOING, 0, -1, WR_KE_INVALID_PRODUCER_EPOCH},
    {WR_TXN_EMPTY, 0, 0, WR_KE_INVALID_TXN_STATE},
    {WR_TXN_PREPARE_COMMIT, 0, 0, WR_KE_CONCURRENT_TRANSACTIONS},
    {WR_TXN_PREPARE_ABORT, 0, 0, WR_KE_CONCURRENT_TRANSACTIONS},
    {WR_TXN_PREPARE_COMMIT, 0, 1, WR_KE_INVALID_PRODUCER_EPOCH},
    {WR_TXN_COMPLETE_COMMIT, 0, 0, WR_KE_INVALID_TXN_STATE},
};

START_TEST(leaders_verify_producers)
{
    struct wr_producer_identity p = reach("a", verifications[_i].state);
    p.id += verifications[_i].id_off;
    p.epoch = (int16_t)(p.epoch + verifications[_i].epoch_off);
    ck_assert_int_eq(wr_txns_verify(txns, &p, "t", 0), verifications[_i].error);
}
END_TEST

/* Who asks, and what is wrong with it. */
static const struct {
    const char *id;
    int64_t id_off;
    int16_t epoch_off;
    enum wr_kafka_error error;
} bad_requests[] = {
    {"", 0, 0, WR_KE_INVALID_REQUEST},
    {"unknown", 0, 0, WR_KE_INVALID_PRODUCER_ID_MAPPING},
    {"a", 1, 0, WR_KE_INVALID_PRODUCER_ID_MAPPING},
    {"a", 0, -1, WR_KE_PRODUCER_FENCED},
    {"a", 0, 1, WR_KE_PRODUCER_FENCED},
};

START_TEST(request_of_somebody_else_is_refused_and_changes_nothing)
{
    reach("a", WR_TXN_ONGOING);
    struct wr_producer_identity p = info("a").producer;
    p.id += bad_requests[_i].id_off;
    p.epoch = (int16_t)(p.epoch + bad_requests[_i].epoch_off);
    const char *id = bad_requests[_i].id;
    struct wr_txn_request r = request(id, p);
    ck_assert_int_eq(add(id, p, 5), bad_requests[_i].error);
    ck_assert_int_eq(wr_txns_add_group(txns, &r, "g"), bad_requests[_i].error);
    ck_assert_int_eq(end(id, p, true), bad_requests[_i].error);
    ck_assert_int_eq(info("a").state, WR_TXN_ONGOING);
    ck_assert_uint_eq(info("a").partition_count, 1);
}
END_TEST

/* ---- EndTxn ---------------------------------------------------------------------------------- */

static const struct {
    enum wr_transaction_state state;
    enum wr_kafka_error add;
    enum wr_kafka_error commit;
    enum wr_kafka_error abort;
} in_state[] = {
    {WR_TXN_EMPTY, WR_KE_NONE, WR_KE_INVALID_TXN_STATE, WR_KE_INVALID_TXN_STATE},
    {WR_TXN_ONGOING, WR_KE_NONE, WR_KE_NONE, WR_KE_NONE},
    {WR_TXN_PREPARE_COMMIT, WR_KE_CONCURRENT_TRANSACTIONS, WR_KE_CONCURRENT_TRANSACTIONS,
     WR_KE_CONCURRENT_TRANSACTIONS},
    {WR_TXN_PREPARE_ABORT, WR_KE_CONCURRENT_TRANSACTIONS, WR_KE_CONCURRENT_TRANSACTIONS,
     WR_KE_CONCURRENT_TRANSACTIONS},
    {WR_TXN_COMPLETE_COMMIT, WR_KE_NONE, WR_KE_NONE, WR_KE_INVALID_TXN_STATE},
    {WR_TXN_COMPLETE_ABORT, WR_KE_NONE, WR_KE_INVALID_TXN_STATE, WR_KE_NONE},
};

START_TEST(each_state_has_its_answers)
{
    enum wr_transaction_state state = in_state[_i].state;
    ck_assert_int_eq(add("a", reach("a", state), 1), in_state[_i].add);
    ck_assert_int_eq(end("b", reach("b", state), true), in_state[_i].commit);
    ck_assert_int_eq(end("c", reach("c", state), false), in_state[_i].abort);
    struct wr_producer_identity out;
    bool rests = state == WR_TXN_EMPTY || state >= WR_TXN_COMPLETE_COMMIT;
    reach("d", state);
    ck_assert_int_eq(init_from("d", nothing, &out),
                     rests ? WR_KE_NONE : WR_KE_CONCURRENT_TRANSACTIONS);
}
END_TEST

START_TEST(end_is_answered_before_its_markers_are_written_one_by_one)
{
    struct wr_producer_identity p = init_id("a");
    begin("a", p);
    ck_assert_int_eq(add("a", p, 1), WR_KE_NONE);
    ck_assert_int_eq(end("a", p, true), WR_KE_NONE);
    ck_assert_str_eq(world.marks, "");
    ck_assert(wr_txns_write_marker(txns, now));
    ck_assert_str_eq(world.marks, "t-0:commit:0:3 ");
    ck_assert_int_eq(info("a").state, WR_TXN_PREPARE_COMMIT);
    ck_assert_int_eq(add("a", p, 1), WR_KE_CONCURRENT_TRANSACTIONS);
    ck_assert(wr_txns_write_marker(txns, now));
    ck_assert_str_eq(world.marks, "t-0:commit:0:3 t-1:commit:0:3 ");
    ck_assert_int_eq(info("a").state, WR_TXN_COMPLETE_COMMIT);
    ck_assert_int_eq(info("a").start_time, now); /* until the next epoch */
    ck_assert_uint_eq(info("a").partition_count, 0);
    ck_assert(!wr_txns_write_marker(txns, now));
    begin("a", p);
}
END_TEST

START_TEST(next_epoch_has_no_transaction_yet)
{
    struct wr_producer_identity p = reach("a", WR_TXN_COMPLETE_ABORT);
    ck_assert_int_eq(init_from("a", p, &p), WR_KE_NONE);
    ck_assert_int_eq(info("a").start_time, -1);
}
END_TEST

START_TEST(while_markers_are_written_nobody_is_told_more_but_a_fenced_end)
{
    struct wr_producer_identity p = reach("a", WR_TXN_PREPARE_COMMIT);
    struct wr_producer_identity foreign = {p.id + 1, 0};
    struct wr_producer_identity fenced = {p.id, 1};
    struct wr_producer_identity out;
    ck_assert_int_eq(add("a", foreign, 0), WR_KE_CONCURRENT_TRANSACTIONS);
    ck_assert_int_eq(add("a", fenced, 0), WR_KE_CONCURRENT_TRANSACTIONS);
    ck_assert_int_eq(init_from("a", foreign, &out), WR_KE_CONCURRENT_TRANSACTIONS);
    ck_assert_int_eq(end("a", foreign, true), WR_KE_INVALID_PRODUCER_ID_MAPPING);
    ck_assert_int_eq(end("a", fenced, true), WR_KE_PRODUCER_FENCED);
}
END_TEST

START_TEST(transaction_without_partitions_ends_too)
{
    struct wr_producer_identity p = init_id("a");
    struct wr_txn_request r = request("a", p);
    ck_assert_int_eq(wr_txns_add_partitions(txns, &r, NULL, 0), WR_KE_NONE);
    ck_assert_int_eq(info("a").state, WR_TXN_ONGOING);
    ck_assert_int_eq(end("a", p, true), WR_KE_NONE);
    ck_assert_int_eq(write_all(), 1);
    ck_assert_int_eq(info("a").state, WR_TXN_COMPLETE_COMMIT);
}
END_TEST

START_TEST(late_end_of_the_same_epoch_ends_the_next_transaction)
{
    struct wr_producer_identity p = init_id("a");
    run("a", p, true);
    begin("a", p);
    ck_assert_int_eq(end("a", p, true), WR_KE_NONE); /* the first one's, a second time */
    ck_assert_int_eq(info("a").state, WR_TXN_PREPARE_COMMIT);
    write_all();
    ck_assert_int_eq(end("a", p, false), WR_KE_INVALID_TXN_STATE); /* the second one's */
}
END_TEST

START_TEST(late_end_of_an_older_epoch_does_not)
{
    struct wr_producer_identity p = init_id("a");
    run("a", p, true);
    struct wr_producer_identity q = init_id("a");
    begin("a", q);
    ck_assert_int_eq(end("a", p, true), WR_KE_PRODUCER_FENCED);
    ck_assert_int_eq(info("a").state, WR_TXN_ONGOING);
}
END_TEST

/* ---- markers that are refused ---------------------------------------------------------------- */

START_TEST(marker_that_fails_for_now_is_written_again_after_the_others)
{
    reach("a", WR_TXN_PREPARE_COMMIT);
    reach("b", WR_TXN_PREPARE_ABORT);
    world.answer = WR_KE_KAFKA_STORAGE_ERROR;
    ck_assert_int_eq(write_all(), 3);
    ck_assert_str_eq(world.marks, "t-0:abort:0:3 t-0:commit:0:3 ");
}
END_TEST

static const enum wr_kafka_error final_refusals[] = {WR_KE_INVALID_PRODUCER_EPOCH,
                                                     WR_KE_TRANSACTION_COORDINATOR_FENCED};

START_TEST(marker_that_is_refused_waits_for_another_coordinator)
{
    struct wr_producer_identity p = reach("a", WR_TXN_PREPARE_COMMIT);
    reach("b", WR_TXN_PREPARE_COMMIT);
    world.answer = final_refusals[_i];
    ck_assert_int_eq(write_all(), 2);
    ck_assert_int_eq(info("a").state, WR_TXN_PREPARE_COMMIT);
    ck_assert_int_eq(info("b").state, WR_TXN_COMPLETE_COMMIT);
    ck_assert_int_eq(add("a", p, 0), WR_KE_CONCURRENT_TRANSACTIONS);
    wr_txns_move(txns);
    ck_assert_int_eq(write_all(), 1);
    ck_assert_str_eq(world.marks, "t-0:commit:0:3 t-0:commit:0:4 ");
}
END_TEST

START_TEST(next_coordinator_writes_all_markers_again_and_forgets_last_epochs)
{
    struct wr_producer_identity p = init_id("a");
    begin("a", p);
    ck_assert_int_eq(add("a", p, 1), WR_KE_NONE);
    ck_assert_int_eq(end("a", p, true), WR_KE_NONE);
    ck_assert(wr_txns_write_marker(txns, now));
    struct wr_producer_identity q = init_id("b");
    struct wr_producer_identity out;
    ck_assert_int_eq(init_from("b", q, &out), WR_KE_NONE);
    wr_txns_move(txns);
    ck_assert_int_eq(write_all(), 2);
    ck_assert_str_eq(world.marks, "t-0:commit:0:3 t-0:commit:0:4 t-1:commit:0:4 ");
    ck_assert_int_eq(init_from("b", q, &out), WR_KE_PRODUCER_FENCED);
}
END_TEST

/* ---- time ------------------------------------------------------------------------------------ */

START_TEST(old_transaction_is_aborted_by_the_next_scan_with_another_epoch)
{
    struct wr_producer_identity p = init_id("a");
    begin("a", p);
    ck_assert_int_eq(wr_txns_next(txns), T0 + SCAN);
    for (now = T0 + SCAN; now < T0 + 70000; now += SCAN) {
        wr_txns_tick(txns, now - 1);
        wr_txns_tick(txns, now);
        ck_assert_int_eq(info("a").state, WR_TXN_ONGOING);
    }
    wr_txns_tick(txns, now - 1);
    ck_assert_int_eq(info("a").state, WR_TXN_ONGOING);
    wr_txns_tick(txns, now);
    ck_assert_int_eq(info("a").state, WR_TXN_PREPARE_ABORT);
    ck_assert_int_eq(end("a", p, true), WR_KE_PRODUCER_FENCED);
    write_all();
    ck_assert_str_eq(world.marks, "t-0:abort:1:3 ");
    struct wr_producer_identity out;
    ck_assert_int_eq(init_from("a", p, &out), WR_KE_NONE);
    ck_assert_int_eq(out.epoch, 1);
}
END_TEST

START_TEST(decided_transactions_have_no_time_out)
{
    reach("a", WR_TXN_PREPARE_COMMIT);
    now += MAX_TIMEOUT;
    wr_txns_tick(txns, now);
    ck_assert_int_eq(info("a").state, WR_TXN_PREPARE_COMMIT);
}
END_TEST

START_TEST(scans_keep_their_rhythm_after_a_late_tick)
{
    reach("a", WR_TXN_ONGOING);
    wr_txns_tick(txns, T0 + 3 * SCAN + 17);
    ck_assert_int_eq(wr_txns_next(txns), T0 + 4 * SCAN);
}
END_TEST

START_TEST(id_that_is_long_unused_is_forgotten)
{
    struct wr_producer_identity p = reach("a", WR_TXN_COMPLETE_COMMIT);
    reach("b", WR_TXN_ONGOING);
    reach("c", WR_TXN_EMPTY);
    ck_assert_int_eq(end("b", info("b").producer, true), WR_KE_NONE);
    wr_txns_tick(txns, T0 + EXPIRATION - 1);
    ck_assert_int_eq(info("a").state, WR_TXN_COMPLETE_COMMIT);
    ck_assert_int_eq(wr_txns_next(txns), T0 + EXPIRATION);
    now = T0 + EXPIRATION;
    wr_txns_tick(txns, now);
    wr_txns_check(txns);
    struct wr_txn_info gone;
    ck_assert(!wr_txns_describe(txns, "a", &arena, &gone));
    ck_assert(!wr_txns_describe(txns, "c", &arena, &gone));
    ck_assert_int_eq(info("b").state, WR_TXN_PREPARE_COMMIT);
    ck_assert_int_eq(wr_txns_next(txns), INT64_MAX);
    ck_assert_int_eq(add("a", p, 0), WR_KE_INVALID_PRODUCER_ID_MAPPING);
    ck_assert_int_ne(init_id("a").id, p.id);
}
END_TEST

START_TEST(ids_are_listed_in_order)
{
    const char *names[] = {"m", "a", "z", "b"};
    for (size_t i = 0; i < WR_ARRAY_LEN(names); i++) {
        init_id(names[i]);
    }
    const struct wr_txn_info *all;
    ck_assert_uint_eq(wr_txns_list(txns, &arena, &all), 4);
    ck_assert_str_eq(all[0].id, "a");
    ck_assert_str_eq(all[3].id, "z");
    ck_assert_str_eq(wr_txn_state_name(all[0].state), "Empty");
}
END_TEST

/* ---- a random walk --------------------------------------------------------------------------- */

enum { WALK_IDS = 4, WALK_STEPS = 20000 };

/* Everything a client could send, in any order; a client keeps the identity it was given last. */
static void walk_step(struct wr_rng *rng, struct wr_producer_identity *held)
{
    static const char *const ids[WALK_IDS] = {"a", "b", "c", "d"};
    size_t i = wr_rng_below(rng, WALK_IDS);
    struct wr_producer_identity out;
    struct wr_txn_request r = request(ids[i], held[i]);
    switch (wr_rng_below(rng, 8)) {
    case 0:
        if (init_from(ids[i], wr_rng_below(rng, 2) == 0 ? nothing : held[i], &out) == WR_KE_NONE) {
            held[i] = out;
        }
        break;
    case 1:
    case 2:
        add(ids[i], held[i], (int32_t)wr_rng_below(rng, 12));
        break;
    case 3:
        wr_txns_add_group(txns, &r, "g");
        break;
    case 4:
        end(ids[i], held[i], wr_rng_below(rng, 2) == 0);
        break;
    case 5:
        world.answer = wr_rng_below(rng, 20) == 0 ? WR_KE_INVALID_PRODUCER_EPOCH : WR_KE_NONE;
        wr_txns_write_marker(txns, now);
        world.marks[0] = '\0';
        break;
    case 6:
        now += (int64_t)wr_rng_below(rng, wr_rng_below(rng, 50) == 0 ? EXPIRATION : 20000);
        wr_txns_tick(txns, now);
        ck_assert_int_gt(wr_txns_next(txns), now);
        break;
    default:
        if (wr_rng_below(rng, 50) == 0) {
            wr_txns_move(txns);
        }
        break;
    }
}

START_TEST(no_order_of_requests_breaks_an_invariant)
{
    struct wr_producer_identity held[WALK_IDS] = {nothing, nothing, nothing, nothing};
    struct wr_rng rng;
    uint64_t seed = 4711 + (uint64_t)_i;
    wr_rng_seed(&rng, seed);
    fprintf(stderr, "# seed %llu\n", (unsigned long long)seed);
    for (int step = 0; step < WALK_STEPS; step++) {
        walk_step(&rng, held);
        wr_txns_check(txns);
    }
    wr_txns_move(txns);
    world.answer = WR_KE_NONE;
    write_all();
    const struct wr_txn_info *all;
    size_t count = wr_txns_list(txns, &arena, &all);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_ne(all[i].state, WR_TXN_PREPARE_COMMIT);
        ck_assert_int_ne(all[i].state, WR_TXN_PREPARE_ABORT);
    }
}
END_TEST

static void add_init_tests(TCase *t)
{
    tcase_add_test(t, producers_without_an_id_get_ids_of_their_own_and_epoch_0);
    tcase_add_test(t, same_id_keeps_its_producer_id_and_gets_the_next_epoch);
    tcase_add_loop_test(t, bad_init_is_refused_and_leaves_no_trace, 0, WR_ARRAY_LEN(bad_inits));
    tcase_add_test(t, largest_timeout_is_accepted);
    tcase_add_test(t, current_epoch_is_bumped_and_a_repeated_request_gets_the_same_answer);
    tcase_add_test(t, old_epoch_is_fenced_after_another_producer_came);
    tcase_add_test(t, foreign_producer_id_is_fenced_but_a_forgotten_id_takes_anything);
    tcase_add_test(t, used_up_epochs_give_a_new_producer_id);
    tcase_add_test(t, fencing_at_the_last_epoch_gives_a_new_producer_id);
    tcase_add_test(t, init_aborts_an_open_transaction_first);
    tcase_add_test(t, producer_whose_transaction_was_aborted_goes_on_from_its_old_epoch);
}

static void add_request_tests(TCase *t)
{
    tcase_add_test(t, first_partition_opens_the_transaction_and_more_join_it);
    tcase_add_test(t, unknown_partition_makes_the_others_not_attempted);
    tcase_add_test(t, group_takes_part_under_its_name);
    tcase_add_loop_test(t, leaders_verify_producers, 0, WR_ARRAY_LEN(verifications));
    tcase_add_loop_test(t, request_of_somebody_else_is_refused_and_changes_nothing, 0,
                        WR_ARRAY_LEN(bad_requests));
    tcase_add_loop_test(t, each_state_has_its_answers, 0, WR_ARRAY_LEN(in_state));
    tcase_add_test(t, end_is_answered_before_its_markers_are_written_one_by_one);
    tcase_add_test(t, next_epoch_has_no_transaction_yet);
    tcase_add_test(t, while_markers_are_written_nobody_is_told_more_but_a_fenced_end);
    tcase_add_test(t, transaction_without_partitions_ends_too);
    tcase_add_test(t, late_end_of_the_same_epoch_ends_the_next_transaction);
    tcase_add_test(t, late_end_of_an_older_epoch_does_not);
    tcase_add_test(t, marker_that_fails_for_now_is_written_again_after_the_others);
    tcase_add_loop_test(t, marker_that_is_refused_waits_for_another_coordinator, 0,
                        WR_ARRAY_LEN(final_refusals));
    tcase_add_test(t, next_coordinator_writes_all_markers_again_and_forgets_last_epochs);
    tcase_add_test(t, old_transaction_is_aborted_by_the_next_scan_with_another_epoch);
    tcase_add_test(t, decided_transactions_have_no_time_out);
    tcase_add_test(t, scans_keep_their_rhythm_after_a_late_tick);
    tcase_add_test(t, id_that_is_long_unused_is_forgotten);
    tcase_add_test(t, ids_are_listed_in_order);
    tcase_add_loop_test(t, no_order_of_requests_breaks_an_invariant, 0, 5);
}

Suite *txn_coordinator_suite(void)
{
    Suite *s = suite_create("txn_coordinator");
    TCase *t = tcase_create("txn_coordinator");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 30);
    add_init_tests(t);
    add_request_tests(t);
    suite_add_tcase(s, t);
    return s;
}
