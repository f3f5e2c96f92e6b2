/* txn_journal.c -- the transaction coordinator's records in the journal, and back: what Apache
 * Kafka writes to __transaction_state, and which producer ids are taken. */
#include "src/base/base.h"

#include "broker/txn_internal.h"
#include "src/base/mem.h"

/* ---- recording ------------------------------------------------------------------------------- */

static void put_producers(const struct wr_txns *t, struct wr_journal *j)
{
    struct wr_writer w;
    if (wr_journal_begin(j, WR_JOURNAL_PRODUCERS, &w)) {
        wr_write_i64(&w, t->next_producer_id);
        wr_write_i32(&w, t->options.coordinator_epoch);
        wr_journal_end(j);
    }
}

static void put_txn(const struct wr_transaction *x, struct wr_journal *j)
{
    struct wr_writer w;
    if (wr_journal_begin(j, WR_JOURNAL_TXN, &w)) {
        wr_journal_put_text(&w, x->id);
        wr_write_i8(&w, (int8_t)x->fsm.state);
        wr_write_i64(&w, x->producer_id);
        wr_write_i64(&w, x->previous_id);
        wr_write_i64(&w, x->next_id);
        wr_write_i16(&w, x->epoch);
        wr_write_i64(&w, x->timeout_ms);
        wr_write_i64(&w, x->start_time);
        wr_write_i64(&w, x->update_time);
        for (size_t i = 0; i < x->count; i++) {
            wr_journal_put_text(&w, x->participants[i].name);
            wr_write_i32(&w, x->participants[i].partition);
        }
        wr_journal_end(j);
    }
}

void wr_txns_record(const struct wr_txns *t)
{
    put_producers(t, t->options.journal);
}

void wr_txn_record(const struct wr_txns *t, const struct wr_transaction *x)
{
    put_txn(x, t->options.journal);
}

void wr_txn_record_gone(const struct wr_txns *t, const struct wr_transaction *x)
{
    struct wr_writer w;
    if (wr_journal_begin(t->options.journal, WR_JOURNAL_TXN_GONE, &w)) {
        wr_journal_put_text(&w, x->id);
        wr_journal_end(t->options.journal);
    }
}

void wr_txns_save(const struct wr_txns *t, struct wr_journal *to)
{
    put_producers(t, to);
    for (struct wr_link *link = wr_linkmap_next(&t->by_id, NULL); link != NULL;
         link = wr_linkmap_next(&t->by_id, link)) {
        put_txn(WR_CONTAINER_OF(link, struct wr_transaction, by_id), to);
    }
}

/* ---- loading --------------------------------------------------------------------------------- */

static bool load_producers(struct wr_txns *t, struct wr_reader *r)
{
    int64_t next = wr_read_i64(r);
    int32_t epoch = wr_read_i32(r);
    if (!wr_read_whole(r) || next < t->next_producer_id || next > INT64_MAX / 4 ||
        epoch < t->options.coordinator_epoch || epoch == INT32_MAX) {
        return false;
    }
    t->next_producer_id = next;
    t->options.coordinator_epoch = epoch;
    return true;
}

/* Whether the id could have been like this. */
static bool makes_sense(const struct wr_txns *t, const struct wr_transaction *x)
{
    enum wr_transaction_state state = wr_txn_state_of(x);
    bool open = wr_txn_is_decided(x) || state == WR_TXN_ONGOING;
    int64_t least_start = open ? 0 : -1;
    return (open || wr_txn_is_at_rest(x)) && x->start_time >= least_start &&
           (state != WR_TXN_EMPTY || x->start_time == -1) && (open || x->count == 0) &&
           x->epoch >= 0 && x->producer_id >= 0 && x->producer_id < t->next_producer_id &&
           x->next_id >= -1 && x->next_id < t->next_producer_id &&
           (x->next_id == -1 || state == WR_TXN_PREPARE_ABORT) && x->timeout_ms > 0 &&
           !wr_txn_has_producer(t, x->producer_id);
}

static bool read_participants(struct wr_transaction *x, struct wr_reader *r, struct wr_arena *arena)
{
    while (!r->failed && r->at < r->end) {
        const char *name = wr_journal_name(r, arena);
        int32_t partition = wr_read_i32(r);
        if (!r->failed && partition >= -1) {
            wr_txn_add_participant(x, name, partition);
        } else {
            r->failed = true;
        }
    }
    return !r->failed;
}

/* Takes the place of what there was of the same id. */
static bool load_txn(struct wr_txns *t, struct wr_reader *r, struct wr_arena *arena)
{
    const char *id = wr_journal_name(r, arena);
    int state = wr_read_i8(r);
    struct wr_transaction *before = wr_txn_find(t, id);
    if (r->failed || state < WR_TXN_EMPTY || state > WR_TXN_DEAD) {
        return false;
    }
    if (before != NULL) {
        wr_txn_drop(t, before);
    }
    struct wr_transaction *x = wr_txn_new(id, (enum wr_transaction_state)state);
    x->producer_id = wr_read_i64(r);
    x->previous_id = wr_read_i64(r);
    x->next_id = wr_read_i64(r);
    x->epoch = wr_read_i16(r);
    x->timeout_ms = wr_journal_time(r);
    x->start_time = wr_read_i64(r);
    x->update_time = wr_journal_time(r);
    if (!read_participants(x, r, arena) || x->start_time > INT64_MAX / 4 || !makes_sense(t, x)) {
        wr_transaction_free(x);
        return false;
    }
    wr_txn_add(t, x);
    return true;
}

static bool load_gone(struct wr_txns *t, struct wr_reader *r, struct wr_arena *arena)
{
    struct wr_transaction *x = wr_txn_find(t, wr_journal_name(r, arena));
    if (!wr_read_whole(r) || x == NULL) {
        return false;
    }
    wr_txn_drop(t, x);
    return true;
}

bool wr_txns_load(struct wr_txns *t, enum wr_journal_type type, struct wr_reader *r,
                  struct wr_arena *arena)
{
    switch (type) {
    case WR_JOURNAL_PRODUCERS:
        return load_producers(t, r);
    case WR_JOURNAL_TXN:
        return load_txn(t, r, arena);
    case WR_JOURNAL_TXN_GONE:
        return load_gone(t, r, arena);
    default:
        return false;
    }
}
