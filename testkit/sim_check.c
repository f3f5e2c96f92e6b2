/* sim_check.c -- what must be true in a simulated world. Nothing here shares code with what it
 * checks beyond the formats of batches, rows and the meta record. */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "broker/broker.h"
#include "src/base/endian.h"
#include "src/base/mem.h"
#include "state/row.h"
#include "state/state_dir.h"
#include "state/task_meta.h"
#include "testkit/sim_world_impl.h"

enum { READ_BYTES = 1 << 20, PRODUCERS_MAX = 64 };

void wr_sim_violated(struct wr_sim_world *w, const char *format, ...)
{
    if (w->violation[0] == '\0') {
        va_list args;
        va_start(args, format);
        vsnprintf(w->violation, sizeof w->violation, format, args);
        va_end(args);
    }
    w->over = true;
}

/* ---- reading a log --------------------------------------------------------------------------- */

struct reader {
    const struct wr_aborted *aborted;
    size_t aborted_count;
    struct {
        int64_t id;
        bool is;
    } aborting[PRODUCERS_MAX];
    size_t count;
};

/* Whether a batch belongs to an aborted transaction: one of its producer began at or before it and
 * was not over. */
static bool *aborting(struct reader *r, const struct wr_batch *b)
{
    size_t i = 0;
    while (i < r->count && r->aborting[i].id != b->producer_id) {
        i++;
    }
    if (i == r->count) {
        wr_assert(i < PRODUCERS_MAX);
        r->aborting[r->count].is = false;
        r->aborting[r->count++].id = b->producer_id;
    }
    for (size_t k = 0; k < r->aborted_count; k++) {
        if (r->aborted[k].producer_id == b->producer_id &&
            r->aborted[k].first_offset == b->base_offset) {
            r->aborting[i].is = true;
        }
    }
    return &r->aborting[i].is;
}

/* Read on from an offset; returns where to go on. */
static int64_t see_some(const struct wr_partition_log *log, int64_t from, struct reader *reader,
                        int64_t below, void (*each)(void *arg, const struct wr_sim_seen *r),
                        void *arg)
{
    struct wr_buf bytes = {0};
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    struct wr_log_read read = {.offset = from,
                               .max_bytes = READ_BYTES,
                               .at_least_one = true,
                               .committed = true,
                               .out = &bytes};
    enum wr_kafka_error e = wr_partition_log_read(log, &read, &arena);
    wr_assert(e == WR_KE_NONE);
    reader->aborted = read.aborted;
    reader->aborted_count = read.aborted_count;
    struct wr_batch b;
    for (size_t at = 0;
         at < bytes.len && wr_batch_read(weir_view(bytes.data + at, bytes.len - at), &b);
         at += b.bytes.len) {
        bool *is = aborting(reader, &b);
        struct wr_batch_iter it;
        struct wr_batch_record r;
        bool control = (b.attributes & WR_BATCH_CONTROL) != 0;
        bool transactional = (b.attributes & WR_BATCH_TRANSACTIONAL) != 0;
        from = wr_batch_last_offset(&b) + 1;
        *is = *is && !control;
        wr_batch_iter_init(&it, &b);
        while (!control && !(*is && transactional) && wr_batch_next(&it, &r) > 0 &&
               r.offset < below) {
            each(arg, &(struct wr_sim_seen){r.offset, r.time, r.key, r.value});
        }
    }
    wr_arena_free(&arena);
    wr_buf_free(&bytes);
    return from;
}

void wr_sim_see(const struct wr_partition_log *log, int64_t below,
                void (*each)(void *arg, const struct wr_sim_seen *r), void *arg)
{
    struct reader reader = {.count = 0};
    int64_t at = wr_partition_log_start(log);
    int64_t end = wr_min_i64(below, wr_partition_log_stable(log));
    while (at < end) {
        int64_t next = see_some(log, at, &reader, below, each, arg);
        wr_assert(next > at);
        at = next;
    }
}

/* ---- C1, C4: outputs ------------------------------------------------------------------------- */

/* What came out for the keys of one topic. */
struct outputs {
    struct wr_sim_world *w;
    const char *topic;
    char prefix;
    int key_count;
    int64_t last[WR_SIM_KEYS]; /* both have at most so many keys */
    int64_t total;
};

static void take_output(void *arg, const struct wr_sim_seen *r)
{
    struct outputs *o = arg;
    const char *key = r->key.data;
    int k = r->key.len == 2 && key[0] == o->prefix ? key[1] - '0' : -1;
    if (k < 0 || k >= o->key_count || r->value.len != 8) {
        wr_sim_violated(o->w, "C1: topic \"%s\" has a record that nothing wrote", o->topic);
        return;
    }
    int64_t n = (int64_t)wr_get_be64(r->value.data);
    if (n != o->last[k] + 1) {
        wr_sim_violated(
            o->w, "C1: topic \"%s\", key %c%d: %" PRId64 " follows %" PRId64 " at offset %" PRId64,
            o->topic, o->prefix, k, n, o->last[k], r->offset);
    }
    o->last[k] = n;
    o->total++;
}

static void read_outputs(struct outputs *o)
{
    for (int32_t p = 0; p < WR_SIM_PARTITIONS; p++) {
        wr_sim_see(wr_topics_partition(o->w->broker->topics, o->topic, p), INT64_MAX, take_output,
                   o);
    }
}

static int64_t sum_written(const struct wr_sim_world *w)
{
    int64_t n = 0;
    for (int k = 0; k < WR_SIM_KEYS; k++) {
        for (int v = 0; v < WR_SIM_VALUES; v++) {
            n += w->load.written[k][v];
        }
    }
    return n;
}

static bool is_quiet(const struct wr_sim_world *w)
{
    for (size_t i = 0; i < wr_topics_count(w->broker->topics); i++) {
        const struct wr_topic_entry *e = wr_topics_at(w->broker->topics, i);
        for (int32_t p = 0; p < e->partition_count; p++) {
            if (wr_partition_log_stable(e->partitions[p]) !=
                wr_partition_log_end(e->partitions[p])) {
                return false;
            }
        }
    }
    return true;
}

bool wr_sim_all_counted(struct wr_sim_world *w)
{
    if (w->load.left != 0 || w->load.ending || !is_quiet(w)) {
        return false;
    }
    struct outputs keys = {.w = w, .topic = "out-key", .prefix = 'k', .key_count = WR_SIM_KEYS};
    struct outputs values = {
        .w = w, .topic = "out-value", .prefix = 'v', .key_count = WR_SIM_VALUES};
    read_outputs(&keys);
    read_outputs(&values);
    int64_t all = sum_written(w);
    return keys.total >= all && values.total >= all;
}

void wr_sim_check_outputs(struct wr_sim_world *w)
{
    struct outputs keys = {.w = w, .topic = "out-key", .prefix = 'k', .key_count = WR_SIM_KEYS};
    struct outputs values = {
        .w = w, .topic = "out-value", .prefix = 'v', .key_count = WR_SIM_VALUES};
    read_outputs(&keys);
    read_outputs(&values);
    for (int k = 0; k < WR_SIM_KEYS; k++) {
        int64_t n = 0;
        for (int v = 0; v < WR_SIM_VALUES; v++) {
            n += w->load.written[k][v];
        }
        if (keys.last[k] != n) {
            wr_sim_violated(w, "C1: key k%d was written %" PRId64 " times and counted %" PRId64, k,
                            n, keys.last[k]);
        }
    }
    for (int v = 0; v < WR_SIM_VALUES; v++) {
        int64_t n = 0;
        for (int k = 0; k < WR_SIM_KEYS; k++) {
            n += w->load.written[k][v];
        }
        if (values.last[v] != n) {
            wr_sim_violated(w, "C1: value v%d was written %" PRId64 " times and counted %" PRId64,
                            v, n, values.last[v]);
        }
    }
}

/* ---- C2: stores ------------------------------------------------------------------------------ */

enum { ROWS_MAX = 16 };

struct row {
    char key[16];
    size_t key_len;
    int64_t time;
    char value[32];
    size_t value_len;
};

struct rows {
    struct row rows[ROWS_MAX];
    size_t count;
};

static void put_row(struct rows *all, struct weir_bytes key, struct weir_bytes value, int64_t time)
{
    size_t i = 0;
    while (i < all->count &&
           (all->rows[i].key_len != key.len || memcmp(all->rows[i].key, key.data, key.len) != 0)) {
        i++;
    }
    wr_assert(i < ROWS_MAX && key.len <= sizeof all->rows[i].key &&
              value.len <= sizeof all->rows[i].value);
    struct row *r = &all->rows[i];
    all->count += i == all->count;
    memcpy(r->key, key.data, key.len);
    memcpy(r->value, value.data, value.len);
    r->key_len = key.len;
    r->value_len = value.len;
    r->time = time;
}

static void fold(void *arg, const struct wr_sim_seen *r)
{
    put_row(arg, r->key, r->value, r->time);
}

/* False if a row is damaged: then the real code has to find out. */
static bool read_rows(struct wr_engine *e, const char *name, struct rows *out)
{
    struct wr_bytes_store *store;
    struct wr_bytes_cursor *cursor;
    struct weir_bytes key;
    struct weir_bytes cell;
    struct wr_row row;
    bool good = true;
    enum weir_code code = e->ops->store(e, name, &store, NULL);
    code = code == WEIR_OK
               ? e->ops->range(store, weir_null(), weir_null(), WEIR_FORWARD, &cursor, NULL)
               : code;
    wr_assert(code == WEIR_OK);
    while (good && e->ops->next(cursor, &key, &cell, NULL) == WEIR_OK) {
        good = wr_row_decode(key, cell, &row, NULL) == WEIR_OK;
        if (good) {
            put_row(out, key, row.value, row.time);
        }
    }
    e->ops->close_cursor(cursor);
    return good;
}

static const struct row *find_row(const struct rows *all, const struct row *like)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct row *r = &all->rows[i];
        if (r->key_len == like->key_len && memcmp(r->key, like->key, r->key_len) == 0) {
            return r;
        }
    }
    return NULL;
}

static void compare(struct wr_sim_world *w, const char *folder, const struct rows *store,
                    const struct rows *log, int64_t position)
{
    if (store->count != log->count) {
        wr_sim_violated(w,
                        "C2: \"%s\" has %zu rows and its changelog below %" PRId64 " has %zu keys",
                        folder, store->count, position, log->count);
    }
    for (size_t i = 0; i < store->count; i++) {
        const struct row *a = &store->rows[i];
        const struct row *b = find_row(log, a);
        if (b == NULL || a->time != b->time || a->value_len != b->value_len ||
            memcmp(a->value, b->value, a->value_len) != 0) {
            wr_sim_violated(w, "C2: \"%s\" and its changelog below %" PRId64 " differ in key %.*s",
                            folder, position, (int)a->key_len, a->key);
        }
    }
}

struct disk_check {
    struct wr_sim_world *w;
    const struct wr_sim_machine *machine;
};

static void check_engine(void *arg, const char *folder, struct wr_engine *e)
{
    struct disk_check *c = arg;
    struct wr_buf bytes = {0};
    struct wr_task_meta meta;
    struct weir_error err;
    const char *under = strrchr(folder, '_');
    if (e->ops->get_meta(e, WR_TASK_META_NAME, &bytes, NULL) != WEIR_OK) {
        wr_buf_free(&bytes);
        return;
    }
    enum weir_code code = wr_task_meta_decode(wr_buf_view(&bytes), &meta, &err);
    wr_assert(code == WEIR_OK && under != NULL);
    for (size_t i = 0; i < meta.store_count; i++) {
        const struct wr_task_meta_store *s = &meta.stores[i];
        char *topic = wr_strndup(s->changelog.data, s->changelog.len);
        char *name = wr_strndup(s->name.data, s->name.len);
        const struct wr_partition_log *log =
            wr_topics_partition(c->w->broker->topics, topic, under[1] - '0');
        struct rows store = {.count = 0};
        struct rows folded = {.count = 0};
        /* Behind an open transaction a reader sees less than the owner knows; between two parts of
         * one commit the rows are no image of any moment. */
        bool shown = log != NULL && s->restore_from <= wr_partition_log_stable(log) &&
                     s->flush_until == s->restore_from;
        if (shown && read_rows(e, name, &store)) {
            wr_sim_see(log, s->restore_from, fold, &folded);
            compare(c->w, folder, &store, &folded, s->restore_from);
        }
        wr_free(topic);
        wr_free(name);
    }
    wr_task_meta_free(&meta);
    wr_buf_free(&bytes);
}

void wr_sim_check_disk(struct wr_sim_world *w, struct wr_sim_machine *m)
{
    struct disk_check c = {w, m};
    wr_sim_disk_engines(&m->disk, check_engine, &c);
}

/* ---- C5: positions and transactions ---------------------------------------------------------- */

void wr_sim_check_offsets(struct wr_sim_world *w)
{
    static const char *const topics[] = {"in", WR_SIM_APP "-by-value-repartition"};
    for (size_t t = 0; t < WR_ARRAY_LEN(topics); t++) {
        for (int32_t p = 0; p < WR_SIM_PARTITIONS; p++) {
            struct wr_offset_commit o =
                wr_groups_fetch(w->broker->groups, WR_SIM_APP, topics[t], p, false);
            if (o.offset < w->offsets[t][p]) {
                wr_sim_violated(w,
                                "C5: the committed position of \"%s\" partition %d went from "
                                "%" PRId64 " back to %" PRId64,
                                topics[t], (int)p, w->offsets[t][p], o.offset);
            }
            w->offsets[t][p] = o.offset;
        }
    }
}

/* Rule R11 speaks for an instance that is back, R12 for the last owner of a task. One that was
 * thrown out, went on for a moment without knowing it and then died is neither: its transaction
 * times out. */
static bool may_time_out(const struct wr_sim_world *w, const char *id)
{
    bool strange = false;
    for (int i = 0; i < w->machine_count; i++) {
        const struct wr_sim_machine *m = &w->machines[i];
        if (m->alive && strstr(id, wr_state_dir_process_id(m->dir)) != NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < w->sim.done_count; i++) {
        enum wr_sim_strike s = w->sim.done[i].strike;
        strange |= s == WR_SIM_EXPEL || s == WR_SIM_PAUSE;
    }
    return strange;
}

/* Call each for every transaction that holds up the readers of a partition. */
static void each_open(struct wr_sim_world *w,
                      void (*each)(struct wr_sim_world *w, const struct wr_sim_open *o))
{
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    for (size_t i = 0; i < wr_topics_count(w->broker->topics); i++) {
        const struct wr_topic_entry *e = wr_topics_at(w->broker->topics, i);
        for (int32_t p = 0; p < e->partition_count; p++) {
            const struct wr_log_producer *list;
            size_t count = wr_partition_log_producers(e->partitions[p], &arena, &list);
            for (size_t k = 0; k < count; k++) {
                if (list[k].txn_start >= 0) {
                    each(w, &(struct wr_sim_open){e->partitions[p], list[k].producer_id,
                                                  list[k].txn_start});
                }
            }
        }
    }
    wr_arena_free(&arena);
}

static void note(struct wr_sim_world *w, const struct wr_sim_open *o)
{
    if (w->open_count < WR_SIM_OPEN_MAX) {
        w->open[w->open_count++] = *o;
    }
}

void wr_sim_note_transactions(struct wr_sim_world *w)
{
    each_open(w, note);
}

static const char *id_of(struct wr_sim_world *w, int64_t producer_id, struct wr_arena *arena)
{
    const struct wr_txn_info *list;
    size_t count = wr_txns_list(w->broker->txns, arena, &list);
    for (size_t i = 0; i < count; i++) {
        if (list[i].producer.id == producer_id) {
            return list[i].id;
        }
    }
    return "?";
}

static void look_for(struct wr_sim_world *w, const struct wr_sim_open *o)
{
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    const char *id = id_of(w, o->producer_id, &arena);
    for (size_t i = 0; i < w->open_count; i++) {
        const struct wr_sim_open *then = &w->open[i];
        if (then->log == o->log && then->producer_id == o->producer_id &&
            then->txn_start == o->txn_start && !may_time_out(w, id)) {
            wr_sim_violated(w,
                            "C5: a transaction of \"%s\" was open when the faults ended and holds "
                            "up readers %" PRId64 " ms later",
                            id, w->sim.now - w->calm_at);
        }
    }
    wr_arena_free(&arena);
}

void wr_sim_check_transactions(struct wr_sim_world *w)
{
    each_open(w, look_for);
}
