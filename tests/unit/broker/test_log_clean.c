/* test_log_clean.c -- retention and compaction. */
#include "src/base/base.h"

#include "tests/unit/broker/log_kit.h"
#include "tests/unit/suite.h"

static struct log_kit k;

static void set_up(void)
{
    log_kit_init(&k);
}

static void tear_down(void)
{
    log_kit_free(&k);
}

enum { P = 7, Q = 8 };

static bool clean(void)
{
    bool changed = wr_partition_log_clean(k.log, k.now, INT64_MAX);
    wr_partition_log_check(k.log);
    return changed;
}

/* ---- retention ------------------------------------------------------------------------------- */

/* One batch in each segment. */
static size_t one_each(void)
{
    size_t size = kit_build(&k, &(struct kit_batch){0}).len;
    k.config.segment_bytes = (int64_t)size;
    return size;
}

START_TEST(old_segments_go)
{
    one_each();
    k.config.retention_ms = 100;
    for (int64_t time = 0; time < 5; time++) {
        KIT_SEND(&k, .time = k.now + 10 * time);
    }
    k.now += 110;
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_start(k.log), 1); /* the second one is exactly of age */
    ck_assert(!clean());
    k.config.remove = false;
    k.now += 1000;
    ck_assert(!clean());
    k.config.remove = true;
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_start(k.log), 5); /* the active one as well */
    ck_assert_uint_eq(wr_partition_log_bytes(k.log), 0);
    KIT_SEND(&k, .key = "k");
    ck_assert_str_eq(kit_show(&k), "5:k=v");
}
END_TEST

START_TEST(young_segment_protects_those_behind_it)
{
    one_each();
    k.config.retention_ms = 100;
    KIT_SEND(&k, .time = k.now + 5000);
    KIT_SEND(&k, .time = k.now);
    k.now += 1000;
    ck_assert(!clean());
}
END_TEST

START_TEST(records_without_a_time_age_since_they_were_written)
{
    k.config.retention_ms = 100;
    KIT_SEND(&k, .time = -1);
    k.now += 100;
    ck_assert(!clean());
    k.now++;
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_start(k.log), 1);
}
END_TEST

START_TEST(oldest_segments_go_while_the_rest_is_large_enough)
{
    size_t size = one_each();
    for (int i = 0; i < 5; i++) {
        KIT_SEND(&k, .key = "k");
    }
    k.config.retention_bytes = (int64_t)(4 * size + 1);
    ck_assert(!clean());
    k.config.retention_bytes = (int64_t)(3 * size);
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_start(k.log), 2);
    k.config.retention_bytes = 0;
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_start(k.log), 5);
}
END_TEST

START_TEST(segment_ends_when_records_are_of_age)
{
    k.config.segment_ms = 50;
    k.config.retention_ms = 1000;
    KIT_SEND(&k, .time = 1000);
    KIT_SEND(&k, .time = 1050);
    KIT_SEND(&k, .time = 1051); /* begins the second segment */
    k.now = 2051;
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_start(k.log), 2);
}
END_TEST

START_TEST(segment_of_records_without_times_ages_by_the_clock)
{
    k.config.segment_ms = 50;
    KIT_SEND(&k, .time = -1);
    k.now += 50;
    KIT_SEND(&k, .time = -1);
    k.now++;
    KIT_SEND(&k, .time = -1); /* begins the second segment */
    wr_partition_log_delete_before(k.log, 2);
    ck_assert_uint_eq(wr_partition_log_bytes(k.log), kit_build(&k, &(struct kit_batch){0}).len);
}
END_TEST

/* ---- compaction ------------------------------------------------------------------------------ */

static void start_compacting(void)
{
    k.config.compact = true;
    k.config.remove = false;
    k.config.segment_ms = 5;
}

static struct kit_batch parse_word(char *word, int32_t *sequences)
{
    struct kit_batch b = {.producer = word[0] == 'P' ? P : word[0] == 'Q' ? Q : 0};
    if (b.producer != 0 && word[1] != '.') {
        b.marker = word[1];
        return b;
    }
    if (b.producer != 0) {
        b.transactional = true;
        b.sequence = sequences[b.producer - P]++;
        word += 2;
    }
    char *equals = strchr(word, '=');
    b.value = "";
    if (equals != NULL) {
        *equals = 0;
        b.value = equals + 1;
    }
    b.key = word;
    return b;
}

/* Batches and markers; '|' ends the segment, for which 10 ms pass. A word is KEY=VALUE or KEY (a
 * tombstone), P.KEY=VALUE in a transaction of producer P, or Q, and Pc or Pa its marker. */
static void write_log(const char *script)
{
    int32_t sequences[2] = {0};
    char word[32];
    while (*script != 0) {
        size_t len = strcspn(script, " ");
        ck_assert_uint_lt(len, sizeof word);
        memcpy(word, script, len);
        word[len] = 0;
        script += len + (script[len] != 0);
        if (strcmp(word, "|") == 0) {
            k.now += 10;
        } else {
            struct kit_batch b = parse_word(word, sequences);
            ck_assert_int_eq(kit_send(&k, &b), WR_KE_NONE);
        }
    }
}

static void forget_producers(void)
{
    k.config.compact = false;
    wr_partition_log_clean(k.log, k.now, 0);
    k.config.compact = true;
}

/* What Apache Kafka 4.3 leaves of these scripts. */
static const struct {
    const char *what;
    const char *script;
    const char *want;
} compactions[] = {
    {"the last value of a key stays", "a=1 b=1 a=2 | c=1", "1:b=1 2:a=2 3:c=1"},
    {"the active segment is not touched", "a=1 a=2", "0:a=1 1:a=2"},
    {"nor does it count", "a=1 b=1 | a=2", "0:a=1 1:b=1 2:a=2"},
    {"values of all segments before it count", "a=1 | a=2 | a=3 | a=4", "2:a=3 3:a=4"},
    {"a tombstone takes earlier values with it", "a=1 a b=1 | c=1", "1:a 2:b=1 3:c=1"},
    {"a value takes an earlier tombstone with it", "a a=1 b=1 | c=1", "1:a=1 2:b=1 3:c=1"},
    {"of an aborted transaction a producer's last batch stays, empty, and the marker",
     "P.a=1 b=1 Pa c=1 | d=1", "0-0:empty 1:b=1 2:abort 3:c=1 4:d=1"},
    {"its records take nothing with them", "a=1 P.a=2 Pa b=1 | c=1",
     "0:a=1 1-1:empty 2:abort 3:b=1 4:c=1"},
    {"the marker may be in a later segment", "b=1 P.a=1 c=1 | Pa d=1",
     "0:b=1 1-1:empty 2:c=1 3:abort 4:d=1"},
    {"the producer's next transaction is another one", "P.a=1 Pa P.a=2 Pc b=1 | c=1",
     "1:abort 2:a=2 3:commit 4:b=1 5:c=1"},
    {"producers are not mistaken for each other", "P.a=1 Q.b=1 Pa Qc c=1 | d=1",
     "0-0:empty 1:b=1 2:abort 3:commit 4:c=1 5:d=1"},
    {"the marker of a commit stays with what it commits", "P.a=1 Pc b=1 | c=1",
     "0:a=1 1:commit 2:b=1 3:c=1"},
    {"a committed batch is emptied if it is a producer's last", "P.a=1 Pc a=2 | c=1",
     "0-0:empty 1:commit 2:a=2 3:c=1"},
    {"and goes if it is not", "P.a=1 P.b=1 b=2 Pa | c=1", "1-1:empty 2:b=2 3:abort 4:c=1"},
    {"the last batch of a run stays", "b=1 P.a=1 | Pa c=1", "0:b=1 1-1:empty 2:abort 3:c=1"},
    {"what is not stable is not touched", "a=1 a=2 | P.a=3 | b=1 a=4 | c=1",
     "1:a=2 2:a=3 3:b=1 4:a=4 5:c=1"},
};

START_TEST(compaction_keeps_what_counts)
{
    start_compacting();
    write_log(compactions[_i].script);
    const char *before = wr_arena_strdup(&k.arena, kit_show(&k));
    bool changed = clean();
    ck_assert_str_eq(kit_show(&k), compactions[_i].want);
    ck_assert_msg(changed || strcmp(before, compactions[_i].want) == 0, "%s", compactions[_i].what);
    ck_assert_int_eq(wr_partition_log_start(k.log), 0);
    ck_assert_msg(!clean(), "%s: again", compactions[_i].what);
}
END_TEST

START_TEST(forgotten_producer_leaves_no_empty_batch)
{
    start_compacting();
    write_log("P.a=1 b=1 Pa Q.c=1 Qc c=2 | d=1");
    forget_producers();
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "1:b=1 2:abort 4:commit 5:c=2 6:d=1");
}
END_TEST

START_TEST(last_batch_of_a_run_stays_without_records)
{
    start_compacting();
    write_log("b=1 P.a=1 | Pa c=1");
    forget_producers();
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "0:b=1 1-1:empty 2:abort 3:c=1");
}
END_TEST

/* Another segment that can be compacted, and one that cannot. */
static void clean_again(void)
{
    write_log("| y=1 | z=1");
    ck_assert(clean());
}

START_TEST(tombstone_goes_when_its_horizon_is_past)
{
    start_compacting();
    write_log("a=1 a b=1 | c=1");
    int64_t horizon = k.now + k.config.delete_retention_ms;
    ck_assert(clean());
    while (k.now < horizon - 20) {
        clean_again();
        ck_assert_str_eq(wr_arena_printf(&k.arena, "%.3s", kit_show(&k)), "1:a");
        k.now += 200;
    }
    k.now = horizon;
    clean_again();
    ck_assert_str_eq(wr_arena_printf(&k.arena, "%.5s", kit_show(&k)), "2:b=1");
}
END_TEST

START_TEST(horizon_is_written_once_and_times_stay)
{
    struct wr_log_read r = {.max_bytes = 1, .at_least_one = true, .out = &k.bytes};
    struct wr_batch b;
    struct wr_batch_iter it;
    struct wr_batch_record record;
    start_compacting();
    write_log("a | c=1");
    ck_assert(clean());
    int64_t horizon = k.now + k.config.delete_retention_ms;
    clean_again();
    wr_buf_reset(&k.bytes);
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert(wr_batch_read(wr_buf_view(&k.bytes), &b) && wr_batch_valid(&b));
    ck_assert_uint_eq(b.attributes, WR_BATCH_DELETE_HORIZON);
    ck_assert_int_eq(b.first_time, horizon);
    ck_assert_int_eq(b.leader_epoch, 5);
    wr_batch_iter_init(&it, &b);
    ck_assert_int_eq(wr_batch_next(&it, &record), 1);
    ck_assert_int_eq(record.time, 1000000);
    ck_assert_int_eq(b.max_time, 1000000);
}
END_TEST

/* First seen without a batch, a marker gets a horizon; seen again behind it, it goes. */
START_TEST(marker_goes_long_after_its_transaction)
{
    start_compacting();
    write_log(_i == 0 ? "P.a=1 Pa b=1 | c=1" : "P.b=0 Pc b=1 | c=1");
    const char *with = _i == 0 ? "1:abort" : "1:commi";
    forget_producers();
    ck_assert(clean());
    k.now += 10 * k.config.delete_retention_ms;
    clean_again(); /* now it has a horizon */
    ck_assert_str_eq(wr_arena_printf(&k.arena, "%.7s", kit_show(&k)), with);
    clean_again();
    ck_assert_str_eq(wr_arena_printf(&k.arena, "%.7s", kit_show(&k)), with);
    k.now += k.config.delete_retention_ms;
    clean_again();
    ck_assert_str_eq(wr_arena_printf(&k.arena, "%.5s", kit_show(&k)), "2:b=1");
}
END_TEST

START_TEST(marker_of_nothing_goes)
{
    start_compacting();
    write_log("P.a=1 Pc Pc b=1 | c=1");
    ck_assert(clean());
    k.now += k.config.delete_retention_ms;
    clean_again();
    ck_assert_str_eq(kit_show(&k), "0:a=1 1:commit 3:b=1 4:c=1 5:y=1 6:z=1");
}
END_TEST

START_TEST(abort_before_a_run_says_nothing_of_what_is_in_it)
{
    start_compacting();
    write_log("P.a=1 Pa b=1 | P.b=2 Pc c=1");
    forget_producers();
    ck_assert(clean());
    write_log("| z=1");
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "1:abort 3:b=2 4:commit 5:c=1 6:z=1");
}
END_TEST

START_TEST(compaction_makes_no_segment_younger)
{
    start_compacting();
    k.config.remove = true;
    k.config.retention_ms = 100;
    KIT_SEND(&k, .key = "a", .time = -1);
    k.now += 10;
    KIT_SEND(&k, .key = "b", .time = -1);
    k.now += 50;
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_start(k.log), 0);
    k.now += 41;
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_start(k.log), 1);
}
END_TEST

START_TEST(aborted_transaction_is_named_until_nothing_is_left_of_it)
{
    struct wr_log_read r = {.max_bytes = SIZE_MAX, .committed = true, .out = &k.bytes};
    start_compacting();
    write_log("P.a=1 Pa b=1 | Q.a=1 Qa c=1");
    forget_producers();
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert_uint_eq(r.aborted_count, 1);
    clean_again();
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert_uint_eq(r.aborted_count, 1);
    ck_assert_int_eq(r.aborted[0].producer_id, Q);
    clean_again();
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert_uint_eq(r.aborted_count, 0);
}
END_TEST

START_TEST(part_of_a_batch_goes_and_its_offsets_stay)
{
    const struct wr_batch head = {.producer_id = P, .producer_epoch = 1, .base_sequence = 4};
    const char *const keys[] = {"a", "b", "a", "c", "a"};
    struct wr_batch_builder builder;
    struct wr_log_read r = {.max_bytes = 1, .at_least_one = true, .out = &k.bytes};
    struct wr_batch b;
    start_compacting();
    wr_buf_reset(&k.bytes);
    wr_batch_start(&builder, &k.bytes, &head);
    for (int i = 0; i < 5; i++) {
        struct wr_batch_record record = {
            .offset = i, .time = k.now + i, .key = weir_str(keys[i]), .value = weir_str("1")};
        wr_batch_add(&builder, &record);
    }
    wr_batch_finish(&builder);
    ck_assert_int_eq(kit_append(&k, wr_buf_view(&k.bytes)), WR_KE_NONE);
    write_log("a=2 | d=1");
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "1:b=1 3:c=1 5:a=2 6:d=1");
    wr_buf_reset(&k.bytes);
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert(wr_batch_read(wr_buf_view(&k.bytes), &b) && wr_batch_valid(&b));
    ck_assert_int_eq(b.base_offset, 0);
    ck_assert_int_eq(b.last_offset_delta, 4);
    ck_assert_int_eq(b.count, 2);
    ck_assert_int_eq(b.base_sequence, 4);
    ck_assert_int_eq(b.producer_epoch, 1);
    ck_assert_int_eq(b.first_time, 1000001);
    ck_assert_int_eq(b.max_time, 1000003);
    r.offset = 4; /* is in the batch still */
    wr_buf_reset(&k.bytes);
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert(wr_batch_read(wr_buf_view(&k.bytes), &b));
    ck_assert_int_eq(b.base_offset, 0);
}
END_TEST

START_TEST(offset_that_is_gone_reads_on_behind_the_gap)
{
    struct wr_log_read r = {.offset = 0, .max_bytes = 1, .at_least_one = true, .out = &k.bytes};
    struct wr_batch b;
    start_compacting();
    write_log("a=1 a=2 | a=3 | a=4 | b=1");
    ck_assert(clean());
    for (; r.offset < 4; r.offset++) {
        wr_buf_reset(&k.bytes);
        ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
        ck_assert(wr_batch_read(wr_buf_view(&k.bytes), &b));
        ck_assert_int_eq(b.base_offset, 3);
    }
}
END_TEST

START_TEST(compressed_batch_stays)
{
    start_compacting();
    KIT_SEND(&k, .key = "a", .compression = 2);
    write_log("a=2 | b=1");
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "0:a=v 1:a=2 2:b=1");
}
END_TEST

START_TEST(compressed_batch_goes_if_it_was_aborted)
{
    start_compacting();
    KIT_SEND(&k, .producer = P, .transactional = true, .compression = 2);
    write_log("Pa b=1 | c=1");
    forget_producers();
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "1:abort 2:b=1 3:c=1");
}
END_TEST

START_TEST(emptied_batch_is_not_compressed)
{
    struct wr_log_read r = {.max_bytes = 1, .at_least_one = true, .out = &k.bytes};
    struct wr_batch b;
    start_compacting();
    KIT_SEND(&k, .producer = P, .transactional = true, .compression = 2);
    write_log("Pa b=1 | c=1");
    ck_assert(clean());
    wr_buf_reset(&k.bytes);
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert(wr_batch_read(wr_buf_view(&k.bytes), &b) && wr_batch_valid(&b));
    ck_assert_int_eq(b.count, 0);
    ck_assert_uint_eq(b.attributes, WR_BATCH_TRANSACTIONAL);
}
END_TEST

START_TEST(segments_are_joined_up_to_their_size)
{
    int64_t size = (int64_t)kit_build(&k, &(struct kit_batch){0}).len;
    start_compacting();
    k.config.remove = true;
    k.config.segment_bytes = (3 + _i) * size;
    write_log("a=v b=v | c=v d=v | e=v");
    ck_assert(clean());
    ck_assert_int_eq(wr_partition_log_delete_before(k.log, 2), WR_KE_NONE);
    ck_assert_int_eq((int64_t)wr_partition_log_bytes(k.log), (_i == 0 ? 3 : 5) * size);
}
END_TEST

START_TEST(records_without_a_key_go)
{
    KIT_SEND(&k, .no_key = true);
    start_compacting();
    write_log("a=1 | b=1");
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "1:a=1 2:b=1");
}
END_TEST

START_TEST(young_segments_wait)
{
    start_compacting();
    k.config.min_compaction_lag_ms = 100;
    write_log("a=1 a=2 | a=3 a=4 | b=1");
    k.now += 79;
    ck_assert(!clean());
    k.now++;
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "1:a=2 2:a=3 3:a=4 4:b=1");
    k.now += 10;
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "3:a=4 4:b=1");
}
END_TEST

START_TEST(little_dirt_waits)
{
    start_compacting();
    k.config.min_cleanable_ratio = 0.5;
    write_log("a=1 b=1 | c=1");
    ck_assert(clean());
    write_log("d=1 | e=1"); /* two batches are dirty, two are clean */
    ck_assert(!clean());
    write_log("| f=1");
    ck_assert(clean());
}
END_TEST

START_TEST(retention_goes_with_compaction)
{
    start_compacting();
    k.config.remove = true;
    k.config.retention_ms = 100;
    write_log("a=1 b=1 a=2 | c=1");
    k.now += 91;
    ck_assert(clean());
    ck_assert_str_eq(kit_show(&k), "3:c=1");
    ck_assert_int_eq(wr_partition_log_start(k.log), 3);
}
END_TEST

START_TEST(many_keys_are_told_apart)
{
    start_compacting();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 500; i++) {
            KIT_SEND(&k, .key = wr_arena_printf(&k.arena, "key-%d", i));
        }
        k.now += 10;
    }
    write_log("z=1");
    size_t size = wr_partition_log_bytes(k.log);
    ck_assert(clean());
    ck_assert_uint_lt(wr_partition_log_bytes(k.log), size / 2 + 100);
    ck_assert_int_eq(strncmp(kit_show(&k), "500:key-0=v 501:key-1=v ", 24), 0);
}
END_TEST

Suite *log_clean_suite(void)
{
    Suite *s = suite_create("log_clean");
    TCase *t = tcase_create("retention");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, old_segments_go);
    tcase_add_test(t, young_segment_protects_those_behind_it);
    tcase_add_test(t, records_without_a_time_age_since_they_were_written);
    tcase_add_test(t, oldest_segments_go_while_the_rest_is_large_enough);
    tcase_add_test(t, segment_ends_when_records_are_of_age);
    tcase_add_test(t, segment_of_records_without_times_ages_by_the_clock);
    suite_add_tcase(s, t);
    t = tcase_create("compaction");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, compaction_keeps_what_counts, 0, WR_ARRAY_LEN(compactions));
    tcase_add_test(t, forgotten_producer_leaves_no_empty_batch);
    tcase_add_test(t, last_batch_of_a_run_stays_without_records);
    tcase_add_test(t, tombstone_goes_when_its_horizon_is_past);
    tcase_add_test(t, horizon_is_written_once_and_times_stay);
    tcase_add_loop_test(t, marker_goes_long_after_its_transaction, 0, 2);
    tcase_add_test(t, marker_of_nothing_goes);
    tcase_add_test(t, abort_before_a_run_says_nothing_of_what_is_in_it);
    tcase_add_test(t, compaction_makes_no_segment_younger);
    tcase_add_test(t, aborted_transaction_is_named_until_nothing_is_left_of_it);
    tcase_add_test(t, part_of_a_batch_goes_and_its_offsets_stay);
    tcase_add_test(t, offset_that_is_gone_reads_on_behind_the_gap);
    tcase_add_test(t, compressed_batch_stays);
    tcase_add_test(t, compressed_batch_goes_if_it_was_aborted);
    tcase_add_test(t, emptied_batch_is_not_compressed);
    tcase_add_loop_test(t, segments_are_joined_up_to_their_size, 0, 2);
    tcase_add_test(t, records_without_a_key_go);
    tcase_add_test(t, young_segments_wait);
    tcase_add_test(t, little_dirt_waits);
    tcase_add_test(t, retention_goes_with_compaction);
    tcase_add_test(t, many_keys_are_told_apart);
    suite_add_tcase(s, t);
    return s;
}
