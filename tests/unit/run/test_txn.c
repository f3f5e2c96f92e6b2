/* test_txn.c -- transactions around a producer, the published membership, and dead writers. */
#include "src/base/base.h"

#include <signal.h>

#include "src/base/mem.h"
#include "src/run/fence.h"
#include "src/run/txn.h"
#include "tests/unit/run/fake_kafka.h"
#include "tests/unit/run/run_rig.h"

enum { JOIN_MS = 3000 };

static struct fake *f;
static struct wr_membership membership;
static _Atomic uint64_t epoch;
static struct wr_clock_manual test_clock;
static struct wr_txn txn;

static void member(bool is)
{
    struct wr_group_stamp stamp = {"app", 3, "m-1", NULL};
    wr_membership_publish(&membership, is ? wr_group_meta_new(&stamp) : NULL);
}

static void setup_with(bool at_least_once)
{
    f = fake_new();
    fake_topic(f, "out", 2);
    wr_clock_manual_init(&test_clock, 0);
    struct wr_group_gate_limits limits = {.join_ms = JOIN_MS};
    wr_membership_init(&membership, &test_clock.clock, &limits);
    member(true);
    struct wr_txn_options o = {
        .kafka = &f->base,
        .transactional_id = "app-p-0",
        .membership = &membership,
        .epoch = &epoch,
        .at_least_once = at_least_once,
    };
    wr_txn_init(&txn, &o);
}

static void setup(void)
{
    setup_with(false);
}

static void setup_at_least_once(void)
{
    setup_with(true);
}

static void teardown(void)
{
    wr_txn_free(&txn);
    wr_membership_free(&membership);
    fake_free(f);
}

/* Step until something happens. */
static enum wr_txn_event step(void)
{
    for (int i = 0; i < 20; i++) {
        enum wr_txn_event e = wr_txn_step(&txn, 0, &rr_err);
        if (e != WR_TXN_NOTHING) {
            return e;
        }
    }
    return WR_TXN_NOTHING;
}

static void make_ready(void)
{
    ck_assert_ok(wr_txn_open(&txn, &rr_err));
    ck_assert_int_eq(step(), WR_TXN_INITIALISED);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_READY);
}

static enum weir_code send(void)
{
    struct wr_shipment s = {
        .target = txn.outlet.ops->target(&txn.outlet, WR_TARGET_OUTPUT, "out"),
        .key = weir_str("k"),
        .value = weir_str("v"),
        .time = 1,
    };
    return txn.outlet.ops->send(&txn.outlet, &s, &rr_err);
}

static void commit(void)
{
    static const struct wr_position p = {"in", 0, 5, "time"};
    wr_txn_commit(&txn, &p, 1);
}

START_TEST(a_transaction_goes_from_its_first_record_over_offsets_to_the_commit)
{
    make_ready();
    ck_assert_ok(send());
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_OPEN);
    ck_assert_ok(send());
    commit();
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_OFFSETS);
    ck_assert_int_eq(step(), WR_TXN_COMMITTED);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_READY);
    ck_assert_str_eq(fake_log(f), "init app-p-0\nbegin\nsend out/0 k=v@1\nsend out/0 k=v@1\n"
                                  "offsets in/0=5\ncommit\n");
}
END_TEST

START_TEST(offsets_alone_make_a_transaction)
{
    make_ready();
    ck_assert_ok(wr_txn_begin(&txn, &rr_err));
    commit();
    ck_assert_int_eq(step(), WR_TXN_COMMITTED);
}
END_TEST

START_TEST(a_transaction_without_positions_is_never_committed)
{
    make_ready();
    ck_assert_ok(send());
    wr_txn_commit(&txn, NULL, 0); /* ends the process (R3) */
}
END_TEST

START_TEST(a_change_of_ownership_since_the_begin_forbids_the_commit)
{
    make_ready();
    ck_assert_ok(send());
    atomic_fetch_add(&epoch, 1);
    commit();
    ck_assert_int_eq(step(), WR_TXN_MUST_ABORT);
    ck_assert_int_eq(rr_err.code, WEIR_EABORT);
    ck_assert_ptr_null(strstr(fake_log(f), "offsets"));
    wr_txn_abort(&txn);
    ck_assert_int_eq(step(), WR_TXN_ABORTED);
    ck_assert_ok(send()); /* the next one is under the new epoch */
    commit();
    ck_assert_int_eq(step(), WR_TXN_COMMITTED);
}
END_TEST

START_TEST(who_is_no_member_does_not_commit)
{
    make_ready();
    ck_assert_ok(send());
    member(false);
    commit();
    ck_assert_int_eq(step(), WR_TXN_MUST_ABORT);
    ck_assert_has(rr_err.text, "not a member");
    ck_assert_ptr_null(strstr(fake_log(f), "offsets"));
    wr_txn_abort(&txn);
    ck_assert_int_eq(step(), WR_TXN_ABORTED);
}
END_TEST

/* Nothing happens to a transaction between JoinGroup and the new metadata. */
START_TEST(positions_wait_while_the_group_goes_to_its_next_generation)
{
    make_ready();
    ck_assert_ok(send());
    wr_group_gate_joining(membership.gate);
    ck_assert(!wr_txn_may_send(&txn));
    commit();
    ck_assert_int_eq(step(), WR_TXN_NOTHING);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_OFFSETS);
    ck_assert_ptr_null(strstr(fake_log(f), "offsets"));
    if (_i == 0) {
        member(true);
    } else {
        wr_clock_manual_advance(&test_clock, JOIN_MS); /* nothing came of it */
    }
    ck_assert(wr_txn_may_send(&txn));
    ck_assert_int_eq(step(), WR_TXN_COMMITTED);
}
END_TEST

/* While positions are on their way somebody is inside; not before, and not afterwards. */
START_TEST(a_transaction_is_inside_the_gate_while_its_positions_are_on_their_way)
{
    make_ready();
    ck_assert_ok(send());
    fake_delay(f, _i == 3 ? WR_CALL_COMMIT : WR_CALL_OFFSETS_SEND, _i == 2 ? 3 : -1);
    commit();
    ck_assert(!txn.inside);
    ck_assert_int_eq(wr_txn_step(&txn, 0, &rr_err), WR_TXN_NOTHING);
    ck_assert_int_eq(txn.inside, _i != 3);
    if (_i == 0) {
        wr_txn_abort(&txn);
    } else if (_i == 1) {
        wr_txn_close(&txn);
    } else if (_i == 2) {
        ck_assert_int_eq(step(), WR_TXN_COMMITTED);
    }
    ck_assert(!txn.inside);
}
END_TEST

START_TEST(a_transaction_can_be_aborted_at_any_point)
{
    make_ready();
    ck_assert_ok(send());
    if (_i > 0) {
        fake_delay(f, _i == 1 ? WR_CALL_OFFSETS_SEND : WR_CALL_COMMIT, -1);
        commit();
        ck_assert_int_eq(step(), WR_TXN_NOTHING);
        ck_assert_int_eq(wr_txn_state(&txn), _i == 1 ? WR_TXN_OFFSETS : WR_TXN_COMMIT);
    }
    wr_txn_abort(&txn);
    ck_assert_int_eq(step(), WR_TXN_ABORTED);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_READY);
    ck_assert_int_eq(f->topics[0].logs[0].high, 0);
}
END_TEST

static const struct {
    enum wr_call_kind kind;
    enum wr_outcome outcome;
    enum wr_txn_event event;
    enum wr_txn_state state;
} ends[] = {
    {WR_CALL_OFFSETS_SEND, WR_CALL_ABORTABLE, WR_TXN_MUST_ABORT, WR_TXN_OFFSETS},
    {WR_CALL_OFFSETS_SEND, WR_CALL_FAILED, WR_TXN_MUST_ABORT, WR_TXN_OFFSETS},
    {WR_CALL_OFFSETS_SEND, WR_CALL_FATAL, WR_TXN_UNKNOWN, WR_TXN_CLOSED},
    {WR_CALL_COMMIT, WR_CALL_ABORTABLE, WR_TXN_MUST_ABORT, WR_TXN_COMMIT},
    {WR_CALL_COMMIT, WR_CALL_FATAL, WR_TXN_UNKNOWN, WR_TXN_CLOSED},
};

START_TEST(what_becomes_of_a_transaction_follows_the_outcome_of_its_calls)
{
    make_ready();
    ck_assert_ok(send());
    fake_script(f, ends[_i].kind, ends[_i].outcome, WEIR_EABORT, "said by a test");
    commit();
    ck_assert_int_eq(step(), ends[_i].event);
    ck_assert_int_eq(wr_txn_state(&txn), ends[_i].state);
    ck_assert_has(rr_err.text, "said by a test");
    if (ends[_i].event == WR_TXN_MUST_ABORT) {
        wr_txn_abort(&txn);
        ck_assert_int_eq(step(), WR_TXN_ABORTED);
    }
}
END_TEST

START_TEST(an_abort_that_fails_leaves_the_outcome_unknown)
{
    make_ready();
    ck_assert_ok(send());
    fake_script(f, WR_CALL_ABORT, _i == 0 ? WR_CALL_FATAL : WR_CALL_FAILED, WEIR_EPRODUCER, "dead");
    wr_txn_abort(&txn);
    ck_assert_int_eq(step(), WR_TXN_UNKNOWN);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_CLOSED);
}
END_TEST

START_TEST(a_producer_that_sent_its_end_or_positions_twice_is_not_used_again)
{
    make_ready();
    ck_assert_ok(send());
    if (_i < 2) {
        f->endtxn_sent = 2;
    } else {
        f->offsets_sent = 2;
    }
    if (_i % 2 == 0) {
        commit();
        ck_assert_int_eq(step(), WR_TXN_COMMITTED);
    } else {
        wr_txn_abort(&txn);
        ck_assert_int_eq(step(), WR_TXN_ABORTED);
    }
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_CLOSED);
    ck_assert_has(fake_log(f), "close\n");
    f->endtxn_sent = f->offsets_sent = 1;
    make_ready();
}
END_TEST

/* Of the fatal ones some are the broker's judgement on the settings, which a new producer would
 * meet again. */
static const struct {
    enum wr_outcome outcome;
    enum weir_code code;
    enum wr_txn_event event;
} inits[] = {
    {WR_CALL_FAILED, WEIR_EAUTH, WR_TXN_STOP},
    {WR_CALL_FATAL, WEIR_EPRODUCER, WR_TXN_UNKNOWN},
    {WR_CALL_FATAL, WEIR_EAUTH, WR_TXN_STOP},
    {WR_CALL_FATAL, WEIR_ECONFIG, WR_TXN_STOP},
};

START_TEST(initialising_waits_fails_for_good_or_begins_anew)
{
    fake_script(f, WR_CALL_INIT, inits[_i].outcome, inits[_i].code, "no");
    ck_assert_ok(wr_txn_open(&txn, &rr_err));
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_INIT);
    ck_assert_int_eq(step(), inits[_i].event);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_CLOSED);
    make_ready();
}
END_TEST

START_TEST(a_producer_that_cannot_be_opened_leaves_all_closed)
{
    f->opener_refused = "app-p-0";
    ck_assert_int_eq(wr_txn_open(&txn, &rr_err), WEIR_EAGAIN);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_CLOSED);
    f->opener_refused = NULL;
    make_ready();
}
END_TEST

START_TEST(a_dead_producer_is_noticed_at_the_begin)
{
    make_ready();
    f->begin_fails = true;
    ck_assert_int_eq(send(), WEIR_EPRODUCER);
    ck_assert_has(rr_err.text, "could not begin a transaction: fenced by a test");
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_CLOSED);
}
END_TEST

START_TEST(closing_leaves_an_open_transaction_to_the_successor)
{
    make_ready();
    ck_assert_ok(send());
    wr_txn_close(&txn);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_CLOSED);
    ck_assert_int_eq(f->topics[0].logs[0].high, 0);
    ck_assert_int_eq(wr_txn_step(&txn, 0, &rr_err), WR_TXN_NOTHING);
}
END_TEST

START_TEST(the_outlet_tells_partitions_and_missing_topics)
{
    int32_t count = 0;
    make_ready();
    struct wr_target *out = txn.outlet.ops->target(&txn.outlet, WR_TARGET_OUTPUT, "out");
    struct wr_target *none = txn.outlet.ops->target(&txn.outlet, WR_TARGET_OUTPUT, "none");
    ck_assert_ok(txn.outlet.ops->partitions(&txn.outlet, out, &count, &rr_err));
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(txn.outlet.ops->partitions(&txn.outlet, none, &count, &rr_err), WEIR_ENOTOPIC);
}
END_TEST

START_TEST(a_buffer_that_stays_full_aborts_the_transaction)
{
    make_ready();
    f->buffer_full = true;
    ck_assert_int_eq(send(), WEIR_EABORT);
    ck_assert_has(rr_err.text, "the producer's buffer stayed full");
}
END_TEST

/* ---- at least once --------------------------------------------------------------------------- */

static struct wr_delivery delivery;

static enum weir_code send_changelog(void)
{
    struct wr_shipment s = {
        .target = txn.outlet.ops->target(&txn.outlet, WR_TARGET_CHANGELOG, "log"),
        .key = weir_str("k"),
        .value = weir_str("v"),
        .time = 1,
        .delivery = &delivery,
    };
    delivery.next = 0;
    return txn.outlet.ops->send(&txn.outlet, &s, &rr_err);
}

static int64_t written(const char *topic)
{
    return fake_topic(f, topic, 0)->logs[0].high;
}

START_TEST(outputs_are_there_before_the_commit_and_changelogs_with_it)
{
    make_ready();
    ck_assert_ok(send());
    ck_assert_ok(send_changelog());
    wr_txn_serve(&txn);
    ck_assert_int_eq(written("out"), 1);
    ck_assert_int_eq(written("log"), 0);
    commit();
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_FLUSH);
    ck_assert_int_eq(step(), WR_TXN_COMMITTED);
    ck_assert_int_eq(written("out"), 1);
    ck_assert_int_eq(written("log"), 1);
    ck_assert_int_eq(delivery.next, 1); /* R5 */
    ck_assert_str_eq(fake_log(f), "init app-p-0\nbegin\nsend out/0 k=v@1\nsend log/0 k=v@1\n"
                                  "flush\noffsets in/0=5\ncommit\n");
}
END_TEST

START_TEST(an_abort_takes_back_changelogs_and_not_outputs)
{
    make_ready();
    ck_assert_ok(send());
    ck_assert_ok(send_changelog());
    wr_txn_serve(&txn);
    wr_txn_abort(&txn);
    ck_assert_int_eq(step(), WR_TXN_ABORTED);
    ck_assert_int_eq(written("out"), 1);
    ck_assert_int_eq(written("log"), 0);
}
END_TEST

START_TEST(positions_wait_until_outputs_are_there)
{
    make_ready();
    ck_assert_ok(send());
    fake_delay(f, WR_CALL_FLUSH, -1);
    commit();
    ck_assert_int_eq(step(), WR_TXN_NOTHING);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_FLUSH);
    ck_assert_ptr_null(strstr(fake_log(f), "offsets"));
    wr_txn_abort(&txn);
    ck_assert_int_eq(step(), WR_TXN_ABORTED);
}
END_TEST

static const struct {
    enum wr_outcome outcome;
    enum wr_txn_event event;
    enum wr_txn_state state;
} flushes[] = {
    {WR_CALL_ABORTABLE, WR_TXN_MUST_ABORT, WR_TXN_FLUSH},
    {WR_CALL_FATAL, WR_TXN_UNKNOWN, WR_TXN_CLOSED},
};

START_TEST(positions_of_an_output_that_is_lost_are_never_sent)
{
    make_ready();
    f->outputs_wait = true;
    ck_assert_ok(send());
    fake_script(f, WR_CALL_FLUSH, flushes[_i].outcome, WEIR_EABORT, "said by a test");
    commit();
    ck_assert_int_eq(step(), flushes[_i].event);
    ck_assert_int_eq(wr_txn_state(&txn), flushes[_i].state);
    ck_assert_has(rr_err.text, "said by a test");
    ck_assert_ptr_null(strstr(fake_log(f), "offsets"));
    if (flushes[_i].event == WR_TXN_MUST_ABORT) {
        wr_txn_abort(&txn);
        ck_assert_int_eq(step(), WR_TXN_ABORTED);
    }
    ck_assert_int_eq(written("out"), 0);
}
END_TEST

START_TEST(a_change_of_ownership_forbids_the_commit_at_least_once_too)
{
    make_ready();
    ck_assert_ok(send());
    atomic_fetch_add(&epoch, 1);
    commit();
    ck_assert_int_eq(step(), WR_TXN_MUST_ABORT);
    ck_assert_ptr_null(strstr(fake_log(f), "offsets"));
}
END_TEST

START_TEST(both_producers_are_there_or_none)
{
    f->opener_refused = _i == 0 ? "app-p-0" : "outputs";
    ck_assert_int_eq(wr_txn_open(&txn, &rr_err), WEIR_EAGAIN);
    ck_assert_int_eq(wr_txn_state(&txn), WR_TXN_CLOSED);
    ck_assert_int_eq(f->open_handles, 0);
    f->opener_refused = NULL;
    make_ready();
    ck_assert_int_eq(f->open_handles, 2);
    wr_txn_close(&txn);
    ck_assert_int_eq(f->open_handles, 0);
}
END_TEST

/* ---- membership.c ---------------------------------------------------------------------------- */

START_TEST(published_metadata_lives_as_long_as_somebody_has_it)
{
    struct wr_group_meta *mine = wr_membership_get(&membership);
    ck_assert_int_eq(wr_group_meta_generation(mine), 3);
    member(false);
    ck_assert_ptr_null(wr_membership_get(&membership));
    ck_assert_str_eq(wr_group_meta_member(mine), "m-1");
    wr_group_meta_unref(mine);
}
END_TEST

/* ---- fence.c --------------------------------------------------------------------------------- */

enum { CLAIM_NUMBER = 2 };

static enum wr_fence_end fence_to_its_end(struct wr_fence *fence, struct wr_consumer *admin)
{
    enum wr_fence_end end;
    wr_fence_start(fence, admin, "app-tasks", CLAIM_NUMBER);
    for (int i = 0; i < 20; i++) {
        if (wr_fence_step(fence, &f->base, admin, "app", 0, &end)) {
            ck_assert_int_eq(fence->state, WR_FENCE_IDLE);
            return end;
        }
    }
    ck_abort_msg("the fence never ends");
    return WR_FENCE_UNKNOWN;
}

static const struct {
    const char *metadata;
    const char *instance_id; /* of the only member */
    enum wr_call_kind fails; /* WR_CALL_COMMIT: none */
    enum wr_fence_end end;
} fences[] = {
    {"weir1;task=0_2;id=x;writer=app-dead-1", "alive", WR_CALL_COMMIT, WR_FENCE_FENCED},
    {"weir1;task=0_2;id=x;writer=app-dead-1", NULL, WR_CALL_COMMIT, WR_FENCE_FENCED},
    {"weir1;task=0_2;id=x;writer=app-alive-1", "alive", WR_CALL_COMMIT, WR_FENCE_LEFT_ALONE},
    {NULL, NULL, WR_CALL_COMMIT, WR_FENCE_UNKNOWN},
    {"of somebody else", NULL, WR_CALL_COMMIT, WR_FENCE_UNKNOWN},
    {"weir1;task=0_2;id=x;writer=app-dead-1", NULL, WR_CALL_OFFSETS_FETCH, WR_FENCE_UNKNOWN},
    {"weir1;task=0_2;id=x;writer=app-dead-1", NULL, WR_CALL_GROUP_DESCRIBE, WR_FENCE_UNKNOWN},
    {"weir1;task=0_2;id=x;writer=app-dead-1", NULL, WR_CALL_INIT, WR_FENCE_UNKNOWN},
};

START_TEST(only_a_writer_that_is_no_member_is_fenced)
{
    struct wr_fence fence = {0};
    struct wr_consumer *admin = rr_admin(&f->base);
    struct fake_topic *tasks = fake_topic(f, "app-tasks", 4);
    if (fences[_i].metadata != NULL) {
        fake_commit_offset(tasks, CLAIM_NUMBER, 0, fences[_i].metadata);
    }
    if (fences[_i].instance_id != NULL) { /* its client id may be that of a process before it */
        f->members[0] = (struct wr_member){.client_id = "weir;v=1;p=dead;n=n;t=1",
                                           .member_id = "m",
                                           .instance_id = fences[_i].instance_id};
        f->member_count = 1;
    }
    if (fences[_i].fails != WR_CALL_COMMIT) {
        fake_script(f, fences[_i].fails, WR_CALL_FAILED, WEIR_EAUTH, "no");
    }
    ck_assert_int_eq(fence_to_its_end(&fence, admin), fences[_i].end);
    ck_assert_int_eq(strstr(fake_log(f), "init app-dead-1") != NULL,
                     fences[_i].end == WR_FENCE_FENCED);
    wr_consumer_close(admin);
}
END_TEST

Suite *txn_suite(void)
{
    Suite *s = suite_create("txn");
    TCase *tc = tcase_create("txn");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_transaction_goes_from_its_first_record_over_offsets_to_the_commit);
    tcase_add_test(tc, offsets_alone_make_a_transaction);
    tcase_add_test_raise_signal(tc, a_transaction_without_positions_is_never_committed, SIGABRT);
    tcase_add_test(tc, a_change_of_ownership_since_the_begin_forbids_the_commit);
    tcase_add_test(tc, who_is_no_member_does_not_commit);
    tcase_add_loop_test(tc, positions_wait_while_the_group_goes_to_its_next_generation, 0, 2);
    tcase_add_loop_test(tc, a_transaction_is_inside_the_gate_while_its_positions_are_on_their_way,
                        0, 4);
    tcase_add_loop_test(tc, a_transaction_can_be_aborted_at_any_point, 0, 3);
    tcase_add_loop_test(tc, what_becomes_of_a_transaction_follows_the_outcome_of_its_calls, 0,
                        WR_ARRAY_LEN(ends));
    tcase_add_loop_test(tc, an_abort_that_fails_leaves_the_outcome_unknown, 0, 2);
    tcase_add_loop_test(tc, a_producer_that_sent_its_end_or_positions_twice_is_not_used_again, 0,
                        4);
    tcase_add_loop_test(tc, initialising_waits_fails_for_good_or_begins_anew, 0,
                        WR_ARRAY_LEN(inits));
    tcase_add_test(tc, a_producer_that_cannot_be_opened_leaves_all_closed);
    tcase_add_test(tc, a_dead_producer_is_noticed_at_the_begin);
    tcase_add_test(tc, closing_leaves_an_open_transaction_to_the_successor);
    tcase_add_test(tc, the_outlet_tells_partitions_and_missing_topics);
    tcase_add_test(tc, a_buffer_that_stays_full_aborts_the_transaction);
    suite_add_tcase(s, tc);
    TCase *least = tcase_create("at least once");
    tcase_add_checked_fixture(least, setup_at_least_once, teardown);
    tcase_add_test(least, outputs_are_there_before_the_commit_and_changelogs_with_it);
    tcase_add_test(least, an_abort_takes_back_changelogs_and_not_outputs);
    tcase_add_test(least, positions_wait_until_outputs_are_there);
    tcase_add_loop_test(least, positions_of_an_output_that_is_lost_are_never_sent, 0,
                        WR_ARRAY_LEN(flushes));
    tcase_add_test(least, a_change_of_ownership_forbids_the_commit_at_least_once_too);
    tcase_add_loop_test(least, both_producers_are_there_or_none, 0, 2);
    tcase_add_test(least, closing_leaves_an_open_transaction_to_the_successor);
    suite_add_tcase(s, least);
    TCase *mc = tcase_create("membership");
    tcase_add_checked_fixture(mc, setup, teardown);
    tcase_add_test(mc, published_metadata_lives_as_long_as_somebody_has_it);
    suite_add_tcase(s, mc);
    return s;
}

Suite *fence_suite(void)
{
    Suite *s = suite_create("fence");
    TCase *tc = tcase_create("fence");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, only_a_writer_that_is_no_member_is_fenced, 0, WR_ARRAY_LEN(fences));
    suite_add_tcase(s, tc);
    return s;
}
