/* test_req_txn.c -- transactions: a producer's requests and an administrator's. */
#include "src/base/base.h"

#include "tests/unit/wire/wire_kit.h"

enum { TRANSACTIONAL = 0x10 };

static struct wr_producer_identity producer;

/* ---- requests -------------------------------------------------------------------------------- */

static enum wr_kafka_error init(int16_t version, const char *id, int64_t had_id, int16_t had_epoch)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_INIT_PRODUCER_ID, version);
    wr_write_cstr(w, id);
    wr_write_i32(w, 60000);
    if (version >= 3) {
        wr_write_i64(w, had_id);
        wr_write_i16(w, had_epoch);
    }
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    enum wr_kafka_error error = (enum wr_kafka_error)wr_read_i16(r);
    producer.id = wr_read_i64(r);
    producer.epoch = wr_read_i16(r);
    wk_end(r);
    return error;
}

static struct wr_writer *begin(int16_t key, int16_t version)
{
    struct wr_writer *w = wk_begin(&wk_one, key, version);
    wr_write_cstr(w, "t");
    return w;
}

static void put_producer(struct wr_writer *w)
{
    wr_write_i64(w, producer.id);
    wr_write_i16(w, producer.epoch);
}

/* The answer of the requests that answer an error alone. */
static enum wr_kafka_error error_alone(void)
{
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    enum wr_kafka_error error = (enum wr_kafka_error)wr_read_i16(r);
    wk_end(r);
    return error;
}

static void add(int16_t version, const char *other, enum wr_kafka_error errors[2])
{
    struct wr_writer *w = begin(WK_ADD_PARTITIONS, version);
    put_producer(w);
    wr_write_count(w, 2);
    wr_write_cstr(w, "a");
    wr_write_count(w, 1);
    wr_write_i32(w, 0);
    wr_write_tags(w);
    wr_write_cstr(w, other);
    wr_write_count(w, 1);
    wr_write_i32(w, 0);
    wr_write_tags(w);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 2);
    for (int i = 0; i < 2; i++) {
        wk_text(r, i == 0 ? "a" : other);
        wk_count(r, 1);
        wk_i32(r, 0);
        errors[i] = (enum wr_kafka_error)wr_read_i16(r);
        wr_read_tags(r);
        wr_read_tags(r);
    }
    wk_end(r);
}

static enum wr_kafka_error add_offsets(int16_t version)
{
    struct wr_writer *w = begin(WK_ADD_OFFSETS, version);
    put_producer(w);
    wr_write_cstr(w, "g");
    return error_alone();
}

static enum wr_kafka_error end_txn(int16_t version, bool commit)
{
    struct wr_writer *w = begin(WK_END_TXN, version);
    put_producer(w);
    wr_write_bool(w, commit);
    return error_alone();
}

static enum wr_kafka_error commit_offset(int16_t version, const char *topic)
{
    struct wr_writer *w = begin(WK_TXN_OFFSET_COMMIT, version);
    wr_write_cstr(w, "g");
    put_producer(w);
    if (version >= 3) {
        wr_write_i32(w, -1);
        wr_write_cstr(w, "");
        wr_write_cstr(w, NULL);
    }
    wr_write_count(w, 1);
    wr_write_cstr(w, topic);
    wr_write_count(w, 1);
    wr_write_i32(w, 1);
    wr_write_i64(w, 42);
    if (version >= 2) {
        wr_write_i32(w, 0);
    }
    wr_write_cstr(w, "note");
    wr_write_tags(w);
    wr_write_tags(w);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 1);
    wk_text(r, topic);
    wk_count(r, 1);
    wk_i32(r, 1);
    enum wr_kafka_error error = (enum wr_kafka_error)wr_read_i16(r);
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
    return error;
}

static enum wr_kafka_error produce(int32_t sequence)
{
    const struct wk_batch b = {.count = 2,
                               .producer_id = producer.id,
                               .epoch = producer.epoch,
                               .sequence = sequence,
                               .attributes = TRANSACTIONAL};
    return wk_produce(&wk_one, "a", 0, &b);
}

/* ---- a transaction --------------------------------------------------------------------------- */

/* Versions of the requests that came together. */
static const struct {
    int16_t init;
    int16_t add;
    int16_t add_offsets;
    int16_t offsets;
    int16_t end;
} versions[] = {
    {0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}, {2, 2, 2, 2, 2},
    {3, 3, 3, 3, 3}, {4, 3, 4, 4, 4}, {5, 3, 4, 4, 4},
};

static int64_t stable(void)
{
    return wr_partition_log_stable(wr_topics_partition(wk_wire.broker->topics, "a", 0));
}

START_TEST(transaction_is_seen_when_it_is_committed)
{
    enum wr_kafka_error errors[2];
    ck_assert_int_eq(init(versions[_i].init, "t", -1, -1), WR_KE_NONE);
    ck_assert_int_ge(producer.id, 0);
    ck_assert_int_eq(producer.epoch, 0);
    add(versions[_i].add, "b", errors);
    ck_assert_int_eq(errors[0], WR_KE_NONE);
    ck_assert_int_eq(errors[1], WR_KE_NONE);
    ck_assert_int_eq(produce(0), WR_KE_NONE);
    ck_assert_int_eq(add_offsets(versions[_i].add_offsets), WR_KE_NONE);
    ck_assert_int_eq(commit_offset(versions[_i].offsets, "a"), WR_KE_NONE);
    ck_assert_int_eq(stable(), 0);
    struct wr_groups *groups = wk_wire.broker->groups;
    ck_assert_int_eq(wr_groups_fetch(groups, "g", "a", 1, true).error,
                     WR_KE_UNSTABLE_OFFSET_COMMIT);
    ck_assert_int_eq(end_txn(versions[_i].end, true), WR_KE_NONE);
    wk_advance(1);
    ck_assert_int_eq(stable(), 3); /* and the marker */
    ck_assert_int_eq(wr_groups_fetch(groups, "g", "a", 1, true).offset, 42);
}
END_TEST

START_TEST(partition_that_is_missing_keeps_the_others_out)
{
    enum wr_kafka_error errors[2];
    init(4, "t", -1, -1);
    add(_i, "c", errors);
    ck_assert_int_eq(errors[0], WR_KE_OPERATION_NOT_ATTEMPTED);
    ck_assert_int_eq(errors[1], WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
}
END_TEST

START_TEST(fenced_producer_is_told_as_its_version_knows)
{
    enum wr_kafka_error errors[2];
    struct wr_producer_identity old;
    enum wr_kafka_error expected = _i < 2 ? WR_KE_INVALID_PRODUCER_EPOCH : WR_KE_PRODUCER_FENCED;
    init(4, "t", -1, -1);
    old = producer;
    ck_assert_int_eq(init(4, "t", -1, -1), WR_KE_NONE);
    ck_assert_int_eq(producer.epoch, 1);
    producer = old;
    add(_i, "b", errors);
    ck_assert_int_eq(errors[0], expected);
    ck_assert_int_eq(errors[1], expected);
    ck_assert_int_eq(add_offsets(_i), expected);
    ck_assert_int_eq(end_txn(_i, true), expected);
    ck_assert_int_eq(init(3, "t", old.id, old.epoch), WR_KE_INVALID_PRODUCER_EPOCH);
    ck_assert_int_eq(init(4, "t", old.id, old.epoch), WR_KE_PRODUCER_FENCED);
    ck_assert_int_eq(producer.id, -1);
}
END_TEST

START_TEST(half_an_identity_is_refused)
{
    ck_assert_int_eq(init(4, "t", 5, -1), WR_KE_INVALID_REQUEST);
    ck_assert_int_eq(init(4, "t", -1, 5), WR_KE_INVALID_REQUEST);
}
END_TEST

START_TEST(producer_without_transactions_has_an_id_of_its_own)
{
    ck_assert_int_eq(init(_i, NULL, -1, -1), WR_KE_NONE);
    int64_t first = producer.id;
    ck_assert_int_eq(init(_i, NULL, -1, -1), WR_KE_NONE);
    ck_assert_int_ne(producer.id, first);
}
END_TEST

/* What is wrong with a TxnOffsetCommit of a producer that has an open transaction. */
static const struct {
    int16_t version;
    bool added; /* the group is in the transaction */
    int64_t id; /* beside the producer's */
    int16_t epoch;
    enum wr_kafka_error error;
} offset_commits[] = {
    {3, true, 0, 0, WR_KE_NONE},
    {3, false, 0, 0, WR_KE_INVALID_TXN_STATE},
    {4, false, 0, 0, WR_KE_TRANSACTION_ABORTABLE},
    {4, true, 1, 0, WR_KE_INVALID_PRODUCER_ID_MAPPING},
    {4, true, 0, 1, WR_KE_INVALID_PRODUCER_EPOCH},
};

START_TEST(offsets_are_taken_only_of_a_group_in_the_transaction)
{
    init(4, "t", -1, -1);
    if (offset_commits[_i].added) {
        ck_assert_int_eq(add_offsets(3), WR_KE_NONE);
    }
    producer.id += offset_commits[_i].id;
    producer.epoch = (int16_t)(producer.epoch + offset_commits[_i].epoch);
    ck_assert_int_eq(commit_offset(offset_commits[_i].version, "a"), offset_commits[_i].error);
}
END_TEST

START_TEST(records_are_taken_only_of_a_partition_in_the_transaction)
{
    init(4, "t", -1, -1);
    const struct wk_batch b = {.count = 1, .producer_id = producer.id, .attributes = TRANSACTIONAL};
    ck_assert_int_eq(wk_produce(&wk_one, "a", 0, &b), WR_KE_INVALID_TXN_STATE);
    struct wr_writer *w = wk_begin(&wk_one, WK_PRODUCE, 11);
    wr_write_cstr(w, "t");
    wr_write_i16(w, -1);
    wr_write_i32(w, 1000);
    wr_write_count(w, 1);
    wr_write_cstr(w, "a");
    wr_write_count(w, 1);
    wr_write_i32(w, 0);
    wr_write_bytes(w, wk_batch(&b));
    wr_write_tags(w);
    wr_write_tags(w);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_count(r, 1);
    wk_text(r, "a");
    wk_count(r, 1);
    wk_i32(r, 0);
    wk_i16(r, WR_KE_TRANSACTION_ABORTABLE);
}
END_TEST

START_TEST(offset_of_a_missing_partition_is_refused)
{
    init(4, "t", -1, -1);
    add_offsets(3);
    ck_assert_int_eq(commit_offset(3, "b"), WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
}
END_TEST

/* ---- administration -------------------------------------------------------------------------- */

static void open_transaction(void)
{
    enum wr_kafka_error errors[2];
    ck_assert_int_eq(init(4, "t", -1, -1), WR_KE_NONE);
    add(3, "b", errors);
    ck_assert_int_eq(errors[0], WR_KE_NONE);
    ck_assert_int_eq(produce(0), WR_KE_NONE);
}

START_TEST(group_in_a_transaction_is_described_as_a_partition)
{
    init(4, "t", -1, -1);
    ck_assert_int_eq(add_offsets(3), WR_KE_NONE);
    struct wr_writer *w = wk_begin(&wk_one, WK_DESCRIBE_TRANSACTIONS, 0);
    wr_write_count(w, 1);
    wr_write_cstr(w, "t");
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 1);
    wk_i16(r, WR_KE_NONE);
    wk_text(r, "t");
    wk_text(r, "Ongoing");
    wk_i32(r, 60000);
    wk_i64(r, wk_wire.now);
    wk_i64(r, producer.id);
    wk_i16(r, producer.epoch);
    wk_count(r, 1);
    wk_text(r, "__consumer_offsets");
    wk_count(r, 1);
    wk_i32(r, 3); /* "g".hashCode() is 103 */
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

START_TEST(transactions_are_described)
{
    open_transaction();
    struct wr_writer *w = wk_begin(&wk_one, WK_DESCRIBE_TRANSACTIONS, 0);
    wr_write_count(w, 2);
    wr_write_cstr(w, "t");
    wr_write_cstr(w, "x");
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 2);
    wk_i16(r, WR_KE_NONE);
    wk_text(r, "t");
    wk_text(r, "Ongoing");
    wk_i32(r, 60000);
    wk_i64(r, wk_wire.now);
    wk_i64(r, producer.id);
    wk_i16(r, producer.epoch);
    wk_count(r, 2);
    for (int i = 0; i < 2; i++) {
        wk_text(r, i == 0 ? "a" : "b");
        wk_count(r, 1);
        wk_i32(r, 0);
        wr_read_tags(r);
    }
    wr_read_tags(r);
    wk_i16(r, WR_KE_TRANSACTIONAL_ID_NOT_FOUND);
    wk_text(r, "x");
    wk_text(r, "");
    wk_i32(r, 0);
    wk_i64(r, 0);
    wk_i64(r, 0);
    wk_i16(r, 0);
    wk_count(r, 0);
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

static const struct {
    const char *state; /* NULL: no filter */
    int64_t producer;  /* beside the one there is; -1: no filter */
    int64_t older_ms;
    bool found;
    bool unknown;
} lists[] = {
    {NULL, -1, -1, true, false},     {"Ongoing", -1, -1, true, false},
    {"Empty", -1, -1, false, false}, {"ongoing", -1, -1, false, true},
    {NULL, 0, -1, true, false},      {NULL, 1, -1, false, false},
    {NULL, -1, 999, true, false},    {NULL, -1, 1000, false, false},
};

START_TEST(transactions_are_listed_by_what_is_asked)
{
    open_transaction();
    wk_advance(1000);
    struct wr_writer *w = wk_begin(&wk_one, WK_LIST_TRANSACTIONS, 1);
    wr_write_count(w, lists[_i].state != NULL);
    if (lists[_i].state != NULL) {
        wr_write_cstr(w, lists[_i].state);
    }
    wr_write_count(w, lists[_i].producer >= 0);
    if (lists[_i].producer >= 0) {
        wr_write_i64(w, producer.id + lists[_i].producer);
    }
    wr_write_i64(w, lists[_i].older_ms);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_i16(r, WR_KE_NONE);
    wk_count(r, lists[_i].unknown);
    if (lists[_i].unknown) {
        wk_text(r, lists[_i].state);
    }
    wk_count(r, lists[_i].found);
    if (lists[_i].found) {
        wk_text(r, "t");
        wk_i64(r, producer.id);
        wk_text(r, "Ongoing");
        wr_read_tags(r);
    }
    wk_end(r);
}
END_TEST

START_TEST(id_without_a_transaction_is_older_than_any)
{
    ck_assert_int_eq(init(4, "t", -1, -1), WR_KE_NONE);
    struct wr_writer *w = wk_begin(&wk_one, WK_LIST_TRANSACTIONS, 1);
    wr_write_count(w, 0);
    wr_write_count(w, 0);
    wr_write_i64(w, 1000000);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_i16(r, WR_KE_NONE);
    wk_count(r, 0);
    wk_count(r, 1);
    wk_text(r, "t");
    wk_i64(r, producer.id);
    wk_text(r, "Empty");
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

START_TEST(producers_of_a_partition_are_described)
{
    open_transaction();
    struct wr_writer *w = wk_begin(&wk_one, WK_DESCRIBE_PRODUCERS, 0);
    wr_write_count(w, 1);
    wr_write_cstr(w, "a");
    wr_write_count(w, 2);
    wr_write_i32(w, 0);
    wr_write_i32(w, 5);
    wr_write_tags(w);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 1);
    wk_text(r, "a");
    wk_count(r, 2);
    wk_i32(r, 0);
    wk_i16(r, WR_KE_NONE);
    wk_text(r, NULL);
    wk_count(r, 1);
    wk_i64(r, producer.id);
    wk_i32(r, 0);
    wk_i32(r, 1); /* the last sequence */
    wk_i64(r, wk_wire.now);
    wk_i32(r, -1); /* no marker yet */
    wk_i64(r, 0);
    wr_read_tags(r);
    wr_read_tags(r);
    wk_i32(r, 5);
    wk_i16(r, WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    wk_text(r, NULL);
    wk_count(r, 0);
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

/* Asks for a marker in a:0, a:5 and c:0, of which only the first is there; its answer. */
static enum wr_kafka_error write_marker(int64_t id, int16_t epoch, int32_t coordinator_epoch)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_WRITE_TXN_MARKERS, 1);
    wr_write_count(w, 1);
    wr_write_i64(w, id);
    wr_write_i16(w, epoch);
    wr_write_bool(w, false);
    wr_write_count(w, 2);
    wr_write_cstr(w, "a");
    wr_write_count(w, 2);
    wr_write_i32(w, 0);
    wr_write_i32(w, 5);
    wr_write_tags(w);
    wr_write_cstr(w, "c");
    wr_write_count(w, 1);
    wr_write_i32(w, 0);
    wr_write_tags(w);
    wr_write_i32(w, coordinator_epoch);
    wr_write_tags(w);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_count(r, 1);
    wk_i64(r, id);
    wk_count(r, 2);
    wk_text(r, "a");
    wk_count(r, 2);
    wk_i32(r, 0);
    enum wr_kafka_error error = (enum wr_kafka_error)wr_read_i16(r);
    wr_read_tags(r);
    wk_i32(r, 5);
    wk_i16(r, WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    wr_read_tags(r);
    wr_read_tags(r);
    wk_text(r, "c");
    wk_count(r, 1);
    wk_i32(r, 0);
    wk_i16(r, WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    wr_read_tags(r);
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
    return error;
}

START_TEST(administrator_ends_a_transaction_in_a_partition)
{
    open_transaction();
    const struct wr_partition_log *log = wr_topics_partition(wk_wire.broker->topics, "a", 0);
    ck_assert_int_eq(wr_partition_log_stable(log), 0);
    ck_assert_int_eq(write_marker(producer.id, producer.epoch, 3), WR_KE_NONE);
    ck_assert_int_eq(wr_partition_log_end(log), 3); /* two records and the marker */
    ck_assert_int_eq(wr_partition_log_stable(log), 3);
}
END_TEST

START_TEST(marker_that_is_refused_writes_nothing)
{
    open_transaction();
    const struct wr_partition_log *log = wr_topics_partition(wk_wire.broker->topics, "a", 0);
    int16_t epoch = (int16_t)(producer.epoch + 1);
    ck_assert_int_eq(write_marker(producer.id, epoch, 3), WR_KE_NONE);
    ck_assert_int_eq(write_marker(producer.id, producer.epoch, 3), WR_KE_INVALID_PRODUCER_EPOCH);
    ck_assert_int_eq(write_marker(producer.id, epoch, 2), WR_KE_TRANSACTION_COORDINATOR_FENCED);
    ck_assert_int_eq(write_marker(-1, epoch, 3), WR_KE_UNKNOWN_SERVER_ERROR);
    ck_assert_int_eq(write_marker(producer.id, -1, 3), WR_KE_UNKNOWN_SERVER_ERROR);
    ck_assert_int_eq(wr_partition_log_end(log), 3);
}
END_TEST

Suite *req_txn_suite(void)
{
    Suite *s = suite_create("req_txn");
    TCase *t = tcase_create("req_txn");
    tcase_add_checked_fixture(t, wk_setup, wk_teardown);
    tcase_add_loop_test(t, transaction_is_seen_when_it_is_committed, 0, WR_ARRAY_LEN(versions));
    tcase_add_loop_test(t, partition_that_is_missing_keeps_the_others_out, 0, 4);
    tcase_add_loop_test(t, fenced_producer_is_told_as_its_version_knows, 0, 4);
    tcase_add_test(t, half_an_identity_is_refused);
    tcase_add_loop_test(t, producer_without_transactions_has_an_id_of_its_own, 0, 6);
    tcase_add_loop_test(t, offsets_are_taken_only_of_a_group_in_the_transaction, 0,
                        WR_ARRAY_LEN(offset_commits));
    tcase_add_test(t, records_are_taken_only_of_a_partition_in_the_transaction);
    tcase_add_test(t, offset_of_a_missing_partition_is_refused);
    tcase_add_test(t, group_in_a_transaction_is_described_as_a_partition);
    tcase_add_test(t, transactions_are_described);
    tcase_add_loop_test(t, transactions_are_listed_by_what_is_asked, 0, WR_ARRAY_LEN(lists));
    tcase_add_test(t, id_without_a_transaction_is_older_than_any);
    tcase_add_test(t, producers_of_a_partition_are_described);
    tcase_add_test(t, administrator_ends_a_transaction_in_a_partition);
    tcase_add_test(t, marker_that_is_refused_writes_nothing);
    suite_add_tcase(s, t);
    return s;
}
