/* test_transactions.c -- producers, fencing, stable offsets and the end of a restore, on a real
 * broker. */
#include "src/base/base.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/kafka/kafka_util.h"

Suite *transactions_suite(void);

static struct wr_kafka *k;
static struct wr_consumer *admin;
static struct weir_error err;
static const char *app;
static const char *in;
static const char *out;
static const char *tasks;

static void open_all(void)
{
    k = kt_open(&(struct kt_options){.application = app});
    admin = kt_consumer(k, WR_ROLE_ADMIN, NULL, NULL);
    kt_topic(admin, tasks, 1);
    kt_topic(admin, in, 2);
    kt_topic(admin, out, 2);
}

static void name_all(void)
{
    app = kt_name("app");
    tasks = kt_name("tasks");
    in = kt_name("in");
    out = kt_name("out");
}

static void setup(void)
{
    name_all();
    open_all();
}

static void teardown(void)
{
    wr_consumer_close(admin);
    wr_kafka_close(k);
}

/* A membership with the only task, and its metadata. */
static struct wr_group *join(struct wr_group_meta **meta)
{
    struct wr_group *g = kt_group(k, tasks, NULL);
    struct wr_group_event e;
    do {
        ck_assert(kt_event(g, &e, 20000));
        ck_assert_int_eq(e.kind, WR_GROUP_ASSIGN);
        size_t count = e.task_count;
        ck_assert_int_eq(wr_group_answer(g, &err), WEIR_OK);
        e.task_count = count;
    } while (e.task_count == 0);
    *meta = wr_group_metadata(g);
    ck_assert_ptr_nonnull(*meta);
    return g;
}

static enum wr_outcome end_free(struct wr_call *c)
{
    enum wr_outcome outcome = kt_end(c, &err);
    wr_call_free(c);
    return outcome;
}

static char metadata[64]; /* of the last committed(), "" if there was none */

static int64_t committed(bool stable, const char *topic, int partition)
{
    struct wr_position at = {.topic = topic, .partition = partition};
    struct wr_call *c = wr_offsets_fetch(admin, &at, 1, stable);
    size_t count;
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    const struct wr_position *p = wr_offsets_result(c, &count);
    ck_assert_uint_eq(count, 1);
    int64_t offset = p->offset;
    snprintf(metadata, sizeof metadata, "%s", p->metadata != NULL ? p->metadata : "");
    wr_call_free(c);
    return offset;
}

START_TEST(positions_are_committed_with_their_metadata_by_one_endtxn)
{
    struct wr_group_meta *meta;
    struct wr_group *g = join(&meta);
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    for (int i = 0; i < 3; i++) {
        struct wr_position at[] = {{in, 0, 10 + i, "v2"}, {in, 1, 20 + i, NULL}};
        kt_begin(p);
        ck_assert_int_eq(kt_send(p, out, 0, "k", "v"), WEIR_OK);
        kt_ok(wr_producer_offsets(p, at, 2, meta));
        ck_assert_int_eq(wr_producer_endtxn_sent(p), 0);
        kt_ok(wr_producer_commit(p));
        ck_assert_int_eq(wr_producer_endtxn_sent(p), 1);
    }
    ck_assert_int_eq(committed(true, in, 0), 12);
    ck_assert_str_eq(metadata, "v2");
    ck_assert_int_eq(committed(true, in, 1), 22);
    ck_assert_str_eq(metadata, "");
    ck_assert_int_eq(committed(true, out, 0), WR_OFFSET_NONE);
    wr_group_meta_unref(meta);
    wr_producer_close(p);
    wr_group_close(g, true);
}
END_TEST

START_TEST(stale_membership_is_refused_and_the_producer_goes_on)
{
    struct wr_group_meta *meta;
    struct wr_group *g = join(&meta);
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    struct wr_position at = {in, 0, 10, NULL};
    wr_group_leave(g, false);
    struct wr_group_event e;
    while (kt_event(g, &e, 20000) && e.kind != WR_GROUP_CLOSED) {
        ck_assert_int_eq(e.kind, WR_GROUP_REVOKE);
        ck_assert_int_eq(wr_group_answer(g, &err), WEIR_OK);
    }
    wr_group_close(g, false);

    kt_begin(p);
    ck_assert_int_eq(kt_send(p, out, 0, "k", "zombie"), WEIR_OK);
    ck_assert_int_eq(end_free(wr_producer_offsets(p, &at, 1, meta)), WR_CALL_ABORTABLE);
    ck_assert_int_eq(err.code, WEIR_EFENCED);
    ck_assert_int_eq(kt_send(p, out, 0, "k", "after"), WEIR_EABORT);
    kt_ok(wr_producer_abort(p));
    ck_assert_int_eq(committed(true, in, 0), WR_OFFSET_NONE);
    wr_group_meta_unref(meta);

    g = join(&meta);
    kt_begin(p);
    kt_ok(wr_producer_offsets(p, &at, 1, meta));
    kt_ok(wr_producer_commit(p));
    ck_assert_int_eq(committed(true, in, 0), 10);
    wr_group_meta_unref(meta);
    wr_producer_close(p);
    wr_group_close(g, true);
}
END_TEST

START_TEST(zombie_producer_is_fatal_and_stays_so)
{
    const char *id = kt_name("tx");
    struct wr_producer *zombie = kt_producer(k, id, out);
    kt_begin(zombie);
    ck_assert_int_eq(kt_send(zombie, out, 0, "k", "zombie"), WEIR_OK);
    struct wr_producer *next = kt_producer(k, id, out);
    ck_assert_int_eq(end_free(wr_producer_commit(zombie)), WR_CALL_FATAL);
    ck_assert_int_eq(err.code, WEIR_EPRODUCER);
    ck_assert_int_eq(wr_producer_begin(zombie, &err), WR_CALL_FATAL);
    ck_assert_int_eq(kt_send(zombie, out, 0, "k", "again"), WEIR_EPRODUCER);
    wr_producer_close(zombie);
    kt_write(next, out, 0, "fine", 3);
    wr_producer_close(next);
}
END_TEST

START_TEST(stable_fetch_waits_for_an_open_transaction_and_an_unstable_one_does_not)
{
    struct wr_group_meta *meta;
    struct wr_group *g = join(&meta);
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    struct wr_position at = {in, 0, 10, NULL};
    kt_begin(p);
    kt_ok(wr_producer_offsets(p, &at, 1, meta));
    kt_ok(wr_producer_commit(p));
    at.offset = 50;
    kt_begin(p);
    kt_ok(wr_producer_offsets(p, &at, 1, meta));

    ck_assert_int_eq(committed(false, in, 0), 10);
    struct wr_call *c = wr_offsets_fetch(admin, &at, 1, true);
    int64_t until = kt_ms() + 1500;
    while (kt_ms() < until) {
        ck_assert_int_eq(wr_call_step(c, 50, &err), WR_CALL_PENDING);
    }
    ck_assert_ptr_nonnull(strstr(wr_call_waiting_for(c), "open transaction"));
    ck_assert_int_eq(committed(true, in, 1), WR_OFFSET_NONE); /* not held up by the other */
    kt_ok(wr_producer_commit(p));
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    size_t count;
    ck_assert_int_eq(wr_offsets_result(c, &count)->offset, 50);
    wr_call_free(c);
    wr_group_meta_unref(meta);
    wr_producer_close(p);
    wr_group_close(g, true);
}
END_TEST

START_TEST(watermark_counts_open_records_and_the_reset_position_does_not)
{
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    kt_write(p, out, 0, "a", 5);
    kt_begin(p);
    ck_assert_int_eq(kt_send(p, out, 0, "k", "open"), WEIR_OK);
    while (kt_high(admin, out, 0) < 7) { /* five records, a marker, one open record */
        wr_producer_serve(p, 10);
    }
    for (int latest = 0; latest < 2; latest++) {
        struct wr_call *c = wr_reset_query(admin, out, 0, latest != 0);
        ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
        ck_assert_int_eq(wr_reset_result(c), latest != 0 ? 6 : 0);
        wr_call_free(c);
    }
    kt_ok(wr_producer_abort(p));
    wr_producer_close(p);
}
END_TEST

START_TEST(restore_ends_at_the_high_watermark_behind_an_aborted_tail)
{
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    kt_write(p, out, 0, "good", 5);
    kt_begin(p);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(kt_send(p, out, 0, "k", "bad"), WEIR_OK);
    }
    while (kt_high(admin, out, 0) < 9) {
        wr_producer_serve(p, 10);
    }
    kt_ok(wr_producer_abort(p));
    while (kt_high(admin, out, 0) < 10) {
        kt_sleep(5);
    }
    struct wr_consumer *r = kt_consumer(k, WR_ROLE_RESTORE, out, NULL);
    struct wr_partition *part;
    int64_t eof = -1;
    ck_assert_int_eq(wr_partition_assign(r, out, 0, 0, &part, &err), WEIR_OK);
    ck_assert_int_eq(kt_read_to(part, 10, &eof), 5);
    ck_assert_int_eq(eof, 10);
    /* Assigned exactly at the end, there is still an end to be told of. */
    ck_assert_int_eq(wr_partition_rewind(part, 10, &err), WEIR_OK);
    ck_assert_int_eq(kt_read_to(part, 10, &eof), 0);
    wr_consumer_close(r);
    wr_producer_close(p);
}
END_TEST

START_TEST(end_below_the_target_means_an_open_transaction)
{
    struct wr_producer *open = kt_producer(k, kt_name("open"), out);
    struct wr_producer *other = kt_producer(k, kt_name("other"), out);
    kt_begin(open);
    ck_assert_int_eq(kt_send(open, out, 0, "k", "open"), WEIR_OK);
    while (kt_high(admin, out, 0) < 1) {
        wr_producer_serve(open, 10);
    }
    kt_write(other, out, 0, "behind", 3);
    int64_t target;
    while ((target = kt_high(admin, out, 0)) < 5) {
        kt_sleep(5);
    }
    struct wr_consumer *r = kt_consumer(k, WR_ROLE_RESTORE, out, NULL);
    struct wr_partition *part;
    int64_t eof = -1;
    ck_assert_int_eq(wr_partition_assign(r, out, 0, 0, &part, &err), WEIR_OK);
    ck_assert_int_eq(kt_read_to(part, 0, &eof), 0);
    ck_assert_int_eq(eof, 0);
    kt_ok(wr_producer_abort(open));
    ck_assert_int_eq(kt_read_to(part, target, &eof), 3);
    wr_consumer_close(r);
    wr_producer_close(open);
    wr_producer_close(other);
}
END_TEST

START_TEST(rewinding_many_times_neither_loses_nor_repeats_records)
{
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    kt_write(p, out, 0, "r", 400);
    wr_producer_close(p);
    struct wr_consumer *r = kt_consumer(k, WR_ROLE_DATA, out, NULL);
    struct wr_partition *part;
    ck_assert_int_eq(wr_partition_assign(r, out, 0, 0, &part, &err), WEIR_OK);
    for (int round = 0; round < 60; round++) {
        int64_t want = round % 7 * 50;
        for (int burst = 0; burst <= round % 4; burst++) {
            ck_assert_int_eq(wr_partition_rewind(part, want, &err), WEIR_OK);
        }
        for (int n = 0; n < round % 5 * 10; n++) {
            struct wr_message m;
            ck_assert_msg(kt_next(part, &m, 10000), "round %d n %d want %d", round, n, (int)want);
            if (m.kind == WR_MESSAGE_RECORD) {
                ck_assert_int_eq(m.offset, want++);
            }
            wr_messages_release(&m, 1);
        }
    }
    wr_consumer_close(r);
}
END_TEST

START_TEST(messages_outlive_the_partition_they_came_from)
{
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    kt_write(p, out, 0, "m", 3);
    wr_producer_close(p);
    struct wr_consumer *r = kt_consumer(k, WR_ROLE_DATA, out, NULL);
    struct wr_partition *part;
    struct wr_message m[3];
    ck_assert_int_eq(wr_partition_assign(r, out, 0, 0, &part, &err), WEIR_OK);
    for (int i = 0; i < 3; i++) {
        ck_assert(kt_next(part, &m[i], 10000));
    }
    wr_partition_unassign(part);
    ck_assert_mem_eq(m[2].value.data, "m2", 2);
    wr_messages_release(m, 3);
    wr_consumer_close(r);
}
END_TEST

START_TEST(record_that_cannot_be_sent_leaves_the_transaction_intact)
{
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    size_t max = wr_producer_max_record(p);
    char *big = wr_calloc(1, max + 1000);
    struct wr_outgoing o = {.topic = wr_producer_topic(p, out), .time = 1};
    kt_begin(p);
    ck_assert_int_eq(kt_send(p, out, 0, "k", "v"), WEIR_OK);
    o.value = weir_view(big, max + 1000);
    ck_assert_int_eq(wr_producer_send(p, &o, &err), WEIR_ETOOLARGE);
    o.value = weir_str("v");
    o.partition = 7;
    ck_assert_int_eq(wr_producer_send(p, &o, &err), WEIR_EPARTITIONS);
    o.partition = 1;
    o.time = -1;
    ck_assert_int_eq(wr_producer_send(p, &o, &err), WEIR_ETIME);
    o.time = 1;
    o.value = weir_view(big, max);
    ck_assert_int_eq(wr_producer_send(p, &o, &err), WEIR_OK);
    kt_ok(wr_producer_commit(p));
    wr_free(big);
    wr_producer_close(p);
}
END_TEST

START_TEST(record_without_a_transaction_is_read_at_once_by_readers_of_committed_data)
{
    struct wr_producer *p = kt_outputs(k, out);
    struct wr_consumer *r = kt_consumer(k, WR_ROLE_DATA, out, NULL);
    struct wr_partition *part;
    struct wr_message m;
    ck_assert_int_eq(wr_partition_assign(r, out, 0, 0, &part, &err), WEIR_OK);
    ck_assert_int_eq(kt_send(p, out, 0, "k", "v"), WEIR_OK);
    do { /* nobody flushes */
        ck_assert(kt_next(part, &m, 10000));
        wr_messages_release(&m, 1);
    } while (m.kind == WR_MESSAGE_EOF);
    ck_assert_int_eq(m.kind, WR_MESSAGE_RECORD);
    kt_ok(wr_producer_flush(p));
    ck_assert_int_eq(kt_high(admin, out, 0), 1); /* no marker */
    wr_producer_close(p);
    wr_consumer_close(r);
}
END_TEST

START_TEST(record_that_the_broker_refuses_fails_one_flush)
{
    static char big[5000];
    const char *small = kt_name("small");
    struct wr_topic_config limit = {"max.message.bytes", "1000"};
    struct wr_new_topic topic = {
        .name = small, .partitions = 1, .replication = -1, .config = &limit, .config_count = 1};
    kt_ok(wr_topic_create(admin, &topic));
    struct wr_producer *p = kt_outputs(k, small);
    struct wr_outgoing o = {.topic = wr_producer_topic(p, small), .time = 1};
    o.value = weir_view(big, sizeof big);
    ck_assert_int_eq(wr_producer_send(p, &o, &err), WEIR_OK);
    ck_assert_int_eq(end_free(wr_producer_flush(p)), WR_CALL_ABORTABLE);
    ck_assert_int_eq(err.code, WEIR_ETOOLARGE);
    ck_assert_int_eq(kt_send(p, small, 0, "k", "v"), WEIR_OK);
    kt_ok(wr_producer_flush(p));
    ck_assert_int_eq(kt_high(admin, small, 0), 1);
    wr_producer_close(p);
}
END_TEST

START_TEST(partition_counts_of_topics_become_known)
{
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    ck_assert_int_eq(wr_topic_partitions(wr_producer_topic(p, out)), 2);
    struct wr_topic *later = wr_producer_topic(p, in);
    struct wr_topic *missing = wr_producer_topic(p, "no-such-topic");
    ck_assert_ptr_eq(wr_producer_topic(p, in), later);
    int64_t until = kt_ms() + 10000;
    while ((wr_topic_partitions(later) <= 0 || wr_topic_partitions(missing) == 0) &&
           kt_ms() < until) {
        kt_sleep(5);
    }
    ck_assert_int_eq(wr_topic_partitions(later), 2);
    ck_assert_int_eq(wr_topic_partitions(missing), -1);
    wr_producer_close(p);
}
END_TEST

START_TEST(closing_waits_for_nothing_at_any_moment_of_a_transaction) /* _i: which moment */
{
    for (int i = 0; i < 20; i++) {
        struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
        struct wr_call *c = NULL;
        kt_begin(p);
        ck_assert_int_eq(kt_send(p, out, 0, "k", "v"), WEIR_OK);
        if (_i == 1) {
            wr_producer_serve(p, i);
        } else if (_i == 2) {
            c = wr_producer_commit(p);
            kt_sleep(i / 2);
        } else if (_i == 3) {
            c = wr_producer_abort(p);
            kt_sleep(i / 2);
        }
        int64_t before = kt_ms();
        wr_producer_close(p);
        ck_assert_int_lt(kt_ms() - before, 1500);
        wr_call_free(c);
    }
}
END_TEST

START_TEST(closing_before_partitions_are_registered_is_safe) /* each in a process of its own */
{
    struct wr_producer *p = kt_producer(k, kt_name("tx"), out);
    kt_begin(p);
    ck_assert_int_eq(kt_send(p, out, 0, "k", "v"), WEIR_OK);
    struct wr_call *c = _i % 2 == 0 ? wr_producer_commit(p) : NULL;
    wr_producer_close(p);
    wr_call_free(c);
}
END_TEST

/* A process that dies inside a transaction. */
static void orphan(const char *id)
{
    pid_t pid = fork();
    if (pid == 0) {
        open_all();
        struct wr_producer *p = kt_producer(k, id, out);
        kt_begin(p);
        (void)kt_send(p, out, 0, "k", "orphan");
        while (kt_high(admin, out, 0) < 1) {
            wr_producer_serve(p, 10);
        }
        kill(getpid(), SIGKILL);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert(WIFSIGNALED(status));
}

START_TEST(init_after_a_holder_that_was_killed_is_quick)
{
    name_all();
    const char *id = kt_name("tx");
    orphan(id);
    open_all();
    struct wr_producer *p;
    ck_assert_int_eq(wr_producer_open(k, id, &out, 1, &p, &err), WEIR_OK);
    int64_t before = kt_ms();
    kt_ok(wr_producer_init(p));
    int64_t took = kt_ms() - before;
    ck_assert_int_eq(wr_topic_partitions(wr_producer_topic(p, out)), 2);
    kt_write(p, out, 1, "alive", 3);
    ck_assert_int_lt(took, 300);
    wr_producer_close(p);
    teardown();
}
END_TEST

Suite *transactions_suite(void)
{
    Suite *s = suite_create("transactions");
    TCase *t = tcase_create("transactions");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, positions_are_committed_with_their_metadata_by_one_endtxn);
    tcase_add_test(t, stale_membership_is_refused_and_the_producer_goes_on);
    tcase_add_test(t, zombie_producer_is_fatal_and_stays_so);
    tcase_add_test(t, stable_fetch_waits_for_an_open_transaction_and_an_unstable_one_does_not);
    tcase_add_test(t, watermark_counts_open_records_and_the_reset_position_does_not);
    tcase_add_test(t, restore_ends_at_the_high_watermark_behind_an_aborted_tail);
    tcase_add_test(t, end_below_the_target_means_an_open_transaction);
    tcase_add_test(t, messages_outlive_the_partition_they_came_from);
    tcase_add_test(t, record_that_cannot_be_sent_leaves_the_transaction_intact);
    tcase_add_test(t, record_without_a_transaction_is_read_at_once_by_readers_of_committed_data);
    tcase_add_test(t, record_that_the_broker_refuses_fails_one_flush);
    tcase_add_test(t, partition_counts_of_topics_become_known);
    suite_add_tcase(s, t);
    TCase *rewinding = tcase_create("rewinding");
    tcase_set_timeout(rewinding, 60);
    tcase_add_checked_fixture(rewinding, setup, teardown);
    tcase_add_loop_test(rewinding, rewinding_many_times_neither_loses_nor_repeats_records, 0, 8);
    suite_add_tcase(s, rewinding);
    TCase *closing = tcase_create("closing");
    tcase_set_timeout(closing, 60);
    tcase_add_checked_fixture(closing, setup, teardown);
    tcase_add_loop_test(closing, closing_waits_for_nothing_at_any_moment_of_a_transaction, 0, 4);
    tcase_add_loop_test(closing, closing_before_partitions_are_registered_is_safe, 0, 20);
    suite_add_tcase(s, closing);
    TCase *killed = tcase_create("killed holder");
    tcase_set_timeout(killed, 60);
    tcase_add_loop_test(killed, init_after_a_holder_that_was_killed_is_quick, 0, 5);
    suite_add_tcase(s, killed);
    return s;
}
