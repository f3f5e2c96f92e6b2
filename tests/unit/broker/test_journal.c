/* test_journal.c -- records in a journal, and a broker that is made of them again. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "tests/unit/broker/broker_kit.h"

Suite *journal_suite(void);

/* ---- frames ---------------------------------------------------------------------------------- */

static struct wr_journal journal;
static struct weir_error err;

static void setup_frame(void)
{
    struct wr_writer w;
    journal = (struct wr_journal){.on = true};
    for (int i = 0; i < 2; i++) {
        ck_assert(wr_journal_begin(&journal, WR_JOURNAL_TXN_GONE, &w));
        wr_journal_put_text(&w, "app");
        wr_journal_end(&journal);
    }
}

static void teardown_frame(void)
{
    wr_journal_free(&journal);
}

static enum wr_journal_find read_at(size_t at, size_t end, struct wr_journal_record *r)
{
    return wr_journal_read(weir_view(journal.out.data + at, end - at), r);
}

START_TEST(records_are_found_one_after_the_other)
{
    struct wr_journal_record one;
    struct wr_journal_record two;
    ck_assert_int_eq(read_at(0, journal.out.len, &one), WR_JOURNAL_FOUND);
    ck_assert_int_eq(read_at(one.size, journal.out.len, &two), WR_JOURNAL_FOUND);
    ck_assert_uint_eq(one.size + two.size, journal.out.len);
    ck_assert_uint_eq(two.type, WR_JOURNAL_TXN_GONE);
    ck_assert(weir_equal(two.payload, weir_view("\0\0\0\3app", 7)));
}
END_TEST

START_TEST(record_that_is_cut_off_anywhere_is_known_as_that)
{
    struct wr_journal_record r;
    for (size_t end = 0; end < journal.out.len / 2; end++) {
        ck_assert_int_eq(read_at(0, end, &r), WR_JOURNAL_CUT);
        ck_assert_uint_gt(r.size, end);
    }
}
END_TEST

START_TEST(flipped_bit_is_damage_wherever_it_is)
{
    struct wr_journal_record r;
    for (size_t bit = 0; bit < journal.out.len / 2 * 8; bit++) {
        journal.out.data[bit / 8] ^= (char)(1 << bit % 8);
        ck_assert_int_eq(read_at(0, journal.out.len, &r), WR_JOURNAL_DAMAGED);
        journal.out.data[bit / 8] ^= (char)(1 << bit % 8);
    }
}
END_TEST

START_TEST(zeros_are_a_record_that_was_never_written)
{
    static const char zeros[100];
    struct wr_journal_record r;
    ck_assert_int_eq(wr_journal_read(weir_view(zeros, 100), &r), WR_JOURNAL_CUT);
    wr_buf_reset(&journal.out);
    wr_buf_append(&journal.out, zeros, 99);
    wr_buf_char(&journal.out, 1);
    ck_assert_int_eq(read_at(0, 100, &r), WR_JOURNAL_DAMAGED);
}
END_TEST

START_TEST(nothing_is_written_to_a_journal_that_is_off)
{
    struct wr_writer w;
    journal.on = false;
    ck_assert(!wr_journal_begin(&journal, WR_JOURNAL_TXN, &w));
    ck_assert(!wr_journal_begin(NULL, WR_JOURNAL_TXN, &w));
}
END_TEST

static void empty(struct wr_journal *j)
{
    wr_buf_reset(&j->out);
}

START_TEST(who_takes_records_is_called_when_there_is_much)
{
    static const char text[1000];
    struct wr_writer w;
    journal.full = empty;
    for (int i = 0; i < 2 * WR_JOURNAL_MUCH / 1000; i++) {
        wr_journal_begin(&journal, WR_JOURNAL_TXN, &w);
        wr_write_bytes(&w, weir_view(text, sizeof text));
        wr_journal_end(&journal);
    }
    ck_assert_uint_lt(journal.out.len, WR_JOURNAL_MUCH);
}
END_TEST

/* ---- a broker -------------------------------------------------------------------------------- */

static struct broker_kit kit;
static struct wr_buf was;
static struct wr_buf is;

static void setup(void)
{
    was = (struct wr_buf){0};
    is = (struct wr_buf){0};
}

static void teardown(void)
{
    wr_buf_free(&was);
    wr_buf_free(&is);
}

static void expect_same(struct wr_broker *loaded)
{
    wr_broker_check(loaded);
    broker_kit_image(kit.broker, &was);
    broker_kit_image(loaded, &is);
    ck_assert_uint_eq(was.len, is.len);
    ck_assert_mem_eq(was.data, is.data, was.len);
}

static void note_types(struct weir_bytes records, bool seen[16])
{
    struct wr_journal_record r;
    const char *data = records.data;
    for (size_t at = 0; at < records.len; at += r.size) {
        ck_assert_int_eq(wr_journal_read(weir_view(data + at, records.len - at), &r),
                         WR_JOURNAL_FOUND);
        seen[r.type] = true;
    }
}

/* From the records of all changes, and from those of a copy. */
static void expect_both_ways(void)
{
    struct wr_broker *loaded = broker_kit_broker(99, kit.now);
    broker_kit_load(loaded, wr_buf_view(&kit.broker->journal.out), kit.now);
    expect_same(loaded);
    wr_broker_free(loaded);

    struct wr_journal copy = {.on = true};
    loaded = broker_kit_broker(98, kit.now);
    wr_broker_save(kit.broker, &copy);
    broker_kit_load(loaded, wr_buf_view(&copy.out), kit.now);
    expect_same(loaded);
    wr_broker_restart(loaded, kit.now);
    wr_broker_tick(loaded, kit.now + 100);
    wr_broker_check(loaded);
    wr_broker_free(loaded);
    wr_journal_free(&copy);
}

START_TEST(loaded_broker_is_the_one_that_was_whatever_it_did)
{
    enum { SEEDS = 60, STEPS = 600, LOOK = 40 };
    bool seen[16] = {true};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        broker_kit_init(&kit, seed);
        wr_broker_save(kit.broker, &(struct wr_journal){0}); /* off: nothing */
        kit.broker->journal.on = true;
        wr_broker_save(kit.broker, &kit.broker->journal);
        for (int i = 0; i < STEPS; i++) {
            broker_kit_step(&kit);
            if (i % LOOK == 0) {
                expect_both_ways();
            }
        }
        wr_broker_check(kit.broker);
        note_types(wr_buf_view(&kit.broker->journal.out), seen);
        broker_kit_free(&kit);
    }
    seen[WR_JOURNAL_LOG] = true; /* only in copies */
    for (size_t type = 1; type < 16; type++) {
        ck_assert_msg(seen[type], "no record of type %zu", type);
    }
}
END_TEST

START_TEST(broker_goes_on_from_where_it_was_loaded)
{
    broker_kit_init(&kit, 7);
    kit.broker->journal.on = true;
    wr_broker_save(kit.broker, &kit.broker->journal);
    for (int life = 0; life < 20; life++) {
        for (int i = 0; i < 100; i++) {
            broker_kit_step(&kit);
        }
        struct wr_broker *next = broker_kit_broker(kit.now, kit.now);
        broker_kit_load(next, wr_buf_view(&kit.broker->journal.out), kit.now);
        next->journal.out = kit.broker->journal.out;
        kit.broker->journal.out = (struct wr_buf){0};
        wr_broker_free(kit.broker);
        kit.broker = next;
        next->journal.on = true;
        wr_broker_restart(next, kit.now);
        wr_broker_check(next);
    }
    broker_kit_free(&kit);
}
END_TEST

/* ---- records that make no sense -------------------------------------------------------------- */

#define TEXT(length, text) "\0\0\0" length text
#define ID "0123456789abcdef"
#define TOPIC_T0 TEXT("\2", "t0")
#define I64(byte) "\0\0\0\0\0\0\0" byte
#define MINUS "\377\377\377\377\377\377\377\377"

static const struct {
    const char *what;
    uint8_t type;
    struct weir_bytes payload;
} nonsense[] = {
#define ROW(what, type, payload)                                                                   \
    {                                                                                              \
        what, type,                                                                                \
        {                                                                                          \
            payload, sizeof payload - 1                                                            \
        }                                                                                          \
    }
    ROW("unknown type", 16, ""),
    ROW("no type", 0, ""),
    ROW("cluster id of another length", WR_JOURNAL_CLUSTER, TEXT("\3", "abc")),
    ROW("topic without partitions", WR_JOURNAL_TOPIC, TEXT("\2", "t1") ID "\0\0\0\0"),
    ROW("topic with too many partitions", WR_JOURNAL_TOPIC, TEXT("\2", "t1") ID "\1\0\0\0"),
    ROW("topic with a bad name", WR_JOURNAL_TOPIC, TEXT("\2", "t/") ID "\0\0\0\1"),
    ROW("topic with half a setting", WR_JOURNAL_TOPIC,
        TEXT("\2", "t1") ID "\0\0\0\1" TEXT("\1", "x")),
    ROW("topic of another id", WR_JOURNAL_TOPIC, TOPIC_T0 ID "\0\0\0\5"),
    ROW("topic without a name", WR_JOURNAL_TOPIC, MINUS ID "\0\0\0\1"),
    ROW("unknown topic is gone", WR_JOURNAL_TOPIC_GONE, TEXT("\2", "t1")),
    ROW("batch for no log", WR_JOURNAL_BATCH, TEXT("\2", "t1") "\0\0\0\0"),
    ROW("no batch", WR_JOURNAL_BATCH, TOPIC_T0 "\0\0\0\0" I64("\1") I64("\0") I64("\1") "\1"),
    ROW("half a log", WR_JOURNAL_LOG, TOPIC_T0 "\0\0\0\0" I64("\0") I64("\0")),
    ROW("start behind the end", WR_JOURNAL_LOG_START, TOPIC_T0 "\0\0\0\0" I64("\1")),
    ROW("cleaned before 1970", WR_JOURNAL_CLEANED, TOPIC_T0 "\0\0\0\0" MINUS I64("\1")),
    ROW("producer ids that were taken", WR_JOURNAL_PRODUCERS, I64("\0") "\0\0\0\1"),
    ROW("coordinator of old", WR_JOURNAL_PRODUCERS, I64("\177") "\377\377\377\377"),
    ROW("half a transaction", WR_JOURNAL_TXN, TEXT("\1", "a") "\0"),
    ROW("transaction in no state", WR_JOURNAL_TXN, TEXT("\1", "a") "\10"),
    ROW("unknown transactional id is gone", WR_JOURNAL_TXN_GONE, TEXT("\1", "a")),
    ROW("half a group", WR_JOURNAL_GROUP, TEXT("\1", "g") I64("\1")),
    ROW("half a position", WR_JOURNAL_OFFSETS, TEXT("\1", "g") MINUS "\377\377" TOPIC_T0),
    ROW("half an end", WR_JOURNAL_OFFSETS_END, TEXT("\1", "g") I64("\1")),
    ROW("unknown position is gone", WR_JOURNAL_OFFSET_GONE, TEXT("\1", "g") TOPIC_T0 "\0\0\0\0"),
    ROW("text with a zero", WR_JOURNAL_GROUP_GONE, TEXT("\1", "\0")),
#undef ROW
};

START_TEST(record_that_makes_no_sense_is_refused)
{
    struct wr_journal_record r = {.type = nonsense[_i].type, .payload = nonsense[_i].payload};
    broker_kit_init(&kit, 1);
    broker_kit_create(&kit, "t0");
    static const struct wr_producer_identity none = {-1, -1};
    struct wr_producer_identity got;
    ck_assert_int_eq(wr_txns_init(kit.broker->txns, NULL, 0, &none, kit.now, &got), WR_KE_NONE);
    ck_assert_msg(wr_broker_load(kit.broker, &r, kit.now, &err) == WEIR_ECORRUPT, "%s",
                  nonsense[_i].what);
    ck_assert_ptr_nonnull(strstr(err.text, "does not follow from those before it"));
    wr_broker_check(kit.broker);
    broker_kit_free(&kit);
}
END_TEST

Suite *journal_suite(void)
{
    Suite *s = suite_create("journal");
    TCase *t = tcase_create("frames");
    tcase_add_checked_fixture(t, setup_frame, teardown_frame);
    tcase_add_test(t, records_are_found_one_after_the_other);
    tcase_add_test(t, record_that_is_cut_off_anywhere_is_known_as_that);
    tcase_add_test(t, flipped_bit_is_damage_wherever_it_is);
    tcase_add_test(t, zeros_are_a_record_that_was_never_written);
    tcase_add_test(t, nothing_is_written_to_a_journal_that_is_off);
    tcase_add_test(t, who_takes_records_is_called_when_there_is_much);
    suite_add_tcase(s, t);

    t = tcase_create("broker");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, loaded_broker_is_the_one_that_was_whatever_it_did);
    tcase_add_test(t, broker_goes_on_from_where_it_was_loaded);
    tcase_add_loop_test(t, record_that_makes_no_sense_is_refused, 0, WR_ARRAY_LEN(nonsense));
    suite_add_tcase(s, t);
    return s;
}
