/* sim_check.c -- checkers C1, C3 and C4: what came out is what had to come out of the committed
 * input. Nothing here shares code with what it checks beyond the formats of batches. */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "broker/broker.h"
#include "src/base/endian.h"
#include "src/base/mem.h"
#include "testkit/sim_world_impl.h"

enum { FLOWS_MAX = 16, CHUNK = 8192, TEXT = 80 };

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

/* ---- what is expected ------------------------------------------------------------------------ */

/* The values of one key of one output, in their order. */
struct flow {
    const struct wr_sim_output *output;
    struct weir_bytes key;
    struct weir_bytes values[WR_SIM_INPUTS_MAX];
    size_t count;
    size_t at; /* values that were seen */

    /* At least once: */
    bool seen[WR_SIM_INPUTS_MAX];
    bool stored;       /* the store has the last value */
    int32_t partition; /* of the store */
    int64_t number;    /* that it counted */
};

struct wr_sim_expected {
    struct wr_arena arena;
    const struct wr_sim_workload *workload;
    struct flow *flows[FLOWS_MAX];
    size_t count;
};

static bool same(struct weir_bytes a, struct weir_bytes b)
{
    return weir_is_null(a) == weir_is_null(b) && a.len == b.len &&
           (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static struct flow *find_flow(const struct wr_sim_expected *e, const char *topic,
                              struct weir_bytes key)
{
    for (size_t i = 0; i < e->count; i++) {
        if (strcmp(e->flows[i]->output->topic, topic) == 0 && same(e->flows[i]->key, key)) {
            return e->flows[i];
        }
    }
    return NULL;
}

static const struct wr_sim_output *output_of(const struct wr_sim_workload *l, const char *topic)
{
    for (int i = 0; i < WR_SIM_OUTPUTS_MAX && l->outputs[i].topic != NULL; i++) {
        if (strcmp(l->outputs[i].topic, topic) == 0) {
            return &l->outputs[i];
        }
    }
    wr_never("an output that the workload does not have");
}

void wr_sim_expect(struct wr_sim_expected *e, const char *topic, const char *key,
                   struct weir_bytes value)
{
    struct flow *f = find_flow(e, topic, weir_str(key));
    if (f == NULL) {
        wr_assert(e->count < FLOWS_MAX);
        f = e->flows[e->count++] = wr_arena_zalloc(&e->arena, sizeof *f);
        f->output = output_of(e->workload, topic);
        f->key = wr_arena_bytes(&e->arena, weir_str(key));
    }
    wr_assert(f->count < WR_SIM_INPUTS_MAX);
    f->values[f->count++] = weir_is_null(value) ? value : wr_arena_bytes(&e->arena, value);
}

void wr_sim_expect_number(struct wr_sim_expected *e, const char *topic, const char *key, int64_t n)
{
    char bytes[8];
    wr_put_be64(bytes, (uint64_t)n);
    wr_sim_expect(e, topic, key, weir_view(bytes, sizeof bytes));
}

static bool is_written(const struct wr_sim_world *w)
{
    return w->load.left == 0 && !w->load.ending;
}

/* Not before the input is complete. */
static struct wr_sim_expected *expected_of(struct wr_sim_world *w)
{
    if (w->expected == NULL) {
        wr_assert(is_written(w));
        w->expected = WR_NEW(struct wr_sim_expected);
        wr_arena_init(&w->expected->arena, CHUNK);
        w->expected->workload = w->workload;
        w->workload->expect(w->expected, w->load.inputs, w->load.count);
    }
    return w->expected;
}

void wr_sim_expected_free(struct wr_sim_expected *e)
{
    if (e != NULL) {
        wr_arena_free(&e->arena);
        wr_free(e);
    }
}

/* ---- C1, C4: outputs ------------------------------------------------------------------------- */

struct outputs {
    struct wr_sim_world *w;
    struct wr_sim_expected *e;
    const char *topic;
};

static const char *show(struct weir_bytes v, char out[TEXT])
{
    const char *bytes = v.data;
    if (weir_is_null(v)) {
        snprintf(out, TEXT, "null");
    } else if (v.len == 8 && bytes[0] == '\0') {
        snprintf(out, TEXT, "%" PRIu64, wr_get_be64(bytes));
    } else {
        snprintf(out, TEXT, "%.*s", (int)v.len, bytes);
    }
    return out;
}

static void unexpected(const struct outputs *o, const struct flow *f, const struct wr_sim_seen *r)
{
    char key[TEXT];
    char value[TEXT];
    char before[TEXT];
    wr_sim_violated(o->w,
                    "C1: topic \"%s\", key %s: %s follows %s at offset %" PRId64
                    ", which is value %zu of %zu",
                    o->topic, show(r->key, key), show(r->value, value),
                    f->at != 0 ? show(f->values[f->at - 1], before) : "nothing", r->offset,
                    f->at + 1, f->count);
}

/* At least once: any of the values, as often as it likes. */
static void take_repeated(const struct outputs *o, struct flow *f, const struct wr_sim_seen *r)
{
    bool known = false;
    bool again = true;
    for (size_t i = 0; i < f->count; i++) {
        if (same(f->values[i], r->value)) {
            again = again && f->seen[i];
            f->seen[i] = known = true;
        }
    }
    o->w->sim.effects[WR_SIM_REPEATED] += again;
    if (!known && f->output->counted == NULL) {
        unexpected(o, f, r);
    }
}

/* How many of the values were seen; all of them if no more are needed. */
static size_t count_seen(const struct flow *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++) {
        n += f->seen[i];
    }
    return f->output->latest && f->seen[f->count - 1] ? f->count : n;
}

static void take_output(void *arg, const struct wr_sim_seen *r)
{
    const struct outputs *o = arg;
    struct flow *f = find_flow(o->e, o->topic, r->key);
    if (f == NULL) {
        char key[TEXT];
        wr_sim_violated(o->w, "C1: topic \"%s\" has key %s, which nothing should have written",
                        o->topic, show(r->key, key));
        return;
    }
    if (o->w->settings.at_least_once) {
        take_repeated(o, f, r);
        return;
    }
    size_t at = f->at;
    while (f->output->latest && at < f->count && !same(f->values[at], r->value)) {
        at++;
    }
    if (at < f->count && same(f->values[at], r->value)) {
        f->at = at + 1;
    } else {
        unexpected(o, f, r);
    }
}

/* Whether everything that is expected was seen. */
static bool read_outputs(struct wr_sim_world *w)
{
    struct wr_sim_expected *e = expected_of(w);
    bool all = true;
    for (size_t i = 0; i < e->count; i++) {
        e->flows[i]->at = 0;
        memset(e->flows[i]->seen, 0, sizeof e->flows[i]->seen);
    }
    w->sim.effects[WR_SIM_REPEATED] = 0;
    for (int i = 0; i < WR_SIM_OUTPUTS_MAX && w->workload->outputs[i].topic != NULL; i++) {
        struct outputs o = {w, e, w->workload->outputs[i].topic};
        for (int32_t p = 0; p < WR_SIM_PARTITIONS; p++) {
            wr_sim_see(wr_topics_partition(w->broker->topics, o.topic, p), INT64_MAX, take_output,
                       &o);
        }
    }
    for (size_t i = 0; i < e->count; i++) {
        struct flow *f = e->flows[i];
        f->at = w->settings.at_least_once ? count_seen(f) : f->at;
        all = all && f->at == f->count;
    }
    return all;
}

/* ---- at least once: stores ------------------------------------------------------------------- */

struct changelog {
    struct wr_sim_expected *e;
    const struct wr_sim_output *output;
    int32_t partition;
};

static void take_row(void *arg, const struct wr_sim_seen *r)
{
    const struct changelog *c = arg;
    struct flow *f = find_flow(c->e, c->output->topic, r->key);
    if (f != NULL) {
        f->stored = same(f->values[f->count - 1], r->value);
        f->partition = c->partition;
        f->number = r->value.len == 8 ? (int64_t)wr_get_be64(r->value.data) : 0;
    }
}

static void read_changelog(struct wr_sim_world *w, const struct wr_sim_output *output)
{
    struct changelog c = {.e = w->expected, .output = output};
    char topic[TEXT];
    snprintf(topic, sizeof topic, WR_SIM_APP "-%s-changelog", output->store);
    for (size_t i = 0; i < c.e->count; i++) {
        struct flow *f = c.e->flows[i];
        if (f->output == output) {
            f->stored = weir_is_null(f->values[f->count - 1]);
            f->number = 0;
        }
    }
    for (; c.partition < WR_SIM_PARTITIONS; c.partition++) {
        const struct wr_partition_log *log =
            wr_topics_partition(w->broker->topics, topic, c.partition);
        if (log != NULL) { /* nobody has come so far as to create it */
            wr_sim_see(log, INT64_MAX, take_row, &c);
        }
    }
}

/* Is each record of a repartition topic counted once? Outside of transactions there is nothing else
 * in it. */
static bool is_counted(struct wr_sim_world *w, const struct wr_sim_output *output, bool say)
{
    bool right = true;
    for (int32_t p = 0; p < WR_SIM_PARTITIONS; p++) {
        const struct wr_partition_log *log =
            wr_topics_partition(w->broker->topics, output->counted, p);
        int64_t end = log != NULL ? wr_partition_log_end(log) : 0;
        int64_t sum = 0;
        for (size_t i = 0; i < w->expected->count; i++) {
            const struct flow *f = w->expected->flows[i];
            sum += f->output == output && f->partition == p ? f->number : 0;
        }
        right = right && sum == end;
        if (sum != end && say) {
            wr_sim_violated(w,
                            "C1: of %" PRId64 " records of \"%s\" partition %d store \"%s\" "
                            "counted %" PRId64,
                            end, output->counted, (int)p, output->store, sum);
        }
    }
    return right;
}

static bool is_stored(struct wr_sim_world *w, const struct wr_sim_output *output, bool say)
{
    bool right = true;
    for (size_t i = 0; i < w->expected->count; i++) {
        const struct flow *f = w->expected->flows[i];
        char key[TEXT];
        if (f->output == output && !f->stored) {
            right = false;
            if (say) {
                wr_sim_violated(w, "C1: store \"%s\", key %s has not the last of %zu values",
                                output->store, show(f->key, key), f->count);
            }
        }
    }
    return right;
}

/* Whether every store has what all of the input makes of it; its changelog says so. */
static bool stores_are_right(struct wr_sim_world *w, bool say)
{
    bool right = true;
    for (int i = 0; i < WR_SIM_OUTPUTS_MAX && w->workload->outputs[i].topic != NULL; i++) {
        const struct wr_sim_output *o = &w->workload->outputs[i];
        if (o->store != NULL) {
            read_changelog(w, o);
            right &= o->counted != NULL ? is_counted(w, o, say) : is_stored(w, o, say);
        }
    }
    return right;
}

/* ---- the end --------------------------------------------------------------------------------- */

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
    return is_written(w) && is_quiet(w) && read_outputs(w) &&
           (!w->settings.at_least_once || stores_are_right(w, false));
}

void wr_sim_check_outputs(struct wr_sim_world *w)
{
    if (!is_written(w)) {
        return;
    }
    bool all = read_outputs(w);
    for (size_t i = 0; i < w->expected->count && !all; i++) {
        const struct flow *f = w->expected->flows[i];
        char key[TEXT];
        if (f->at != f->count) {
            wr_sim_violated(w, "C1: topic \"%s\", key %s has %zu of %zu values", f->output->topic,
                            show(f->key, key), f->at, f->count);
        }
    }
    if (w->settings.at_least_once) {
        (void)stores_are_right(w, true);
    }
}

/* ---- C3: lists and their copies -------------------------------------------------------------- */

/* What was seen of the ids: two bits each. */
enum { IN_LIST = 1, IN_COPY = 2 };

struct lists {
    struct wr_sim_world *w;
    char last[WR_SIM_KEYS][WR_SIM_LIST_MAX];
    unsigned char ids[WR_SIM_IDS_MAX];
};

static int id_of(struct weir_bytes value)
{
    size_t i = value.len;
    int id = 0;
    int scale = 1;
    for (const char *text = value.data; i > 0 && text[i - 1] != '-'; i--, scale *= 10) {
        id += (text[i - 1] - '0') * scale;
    }
    wr_assert(i != 0 && id > 0 && id < WR_SIM_IDS_MAX);
    return id;
}

/* Each list that is seen begins with the one before it and has one id more. */
static void take_list(void *arg, const struct wr_sim_seen *r)
{
    struct lists *l = arg;
    char *last = l->last[((const char *)r->key.data)[1] - '0'];
    size_t len = strlen(last);
    wr_assert(r->value.len < WR_SIM_LIST_MAX);
    bool longer = r->value.len > len && memcmp(r->value.data, last, len) == 0;
    int id = id_of(r->value);
    if (!longer || (l->ids[id] & IN_LIST) != 0) {
        wr_sim_violated(l->w, "C3: list %.*s follows %s at offset %" PRId64, (int)r->value.len,
                        (const char *)r->value.data, last, r->offset);
    }
    memcpy(last, r->value.data, r->value.len);
    last[r->value.len] = '\0';
    l->ids[id] |= IN_LIST;
}

static void take_copy(void *arg, const struct wr_sim_seen *r)
{
    struct lists *l = arg;
    l->ids[id_of(r->value)] |= IN_COPY;
}

/* Some of the markers of a transaction may be there, and others not. */
static bool markers_are_on_their_way(const struct wr_sim_world *w)
{
    struct wr_arena arena;
    const struct wr_txn_info *list;
    bool some = false;
    wr_arena_init(&arena, 2048);
    size_t count = wr_txns_list(w->broker->txns, &arena, &list);
    for (size_t i = 0; i < count; i++) {
        some |= list[i].state == WR_TXN_PREPARE_COMMIT || list[i].state == WR_TXN_PREPARE_ABORT;
    }
    wr_arena_free(&arena);
    return some;
}

void wr_sim_check_lists(struct wr_sim_world *w)
{
    if (!w->workload->lists || w->settings.at_least_once || markers_are_on_their_way(w)) {
        return;
    }
    struct lists *l = WR_NEW(struct lists);
    l->w = w;
    for (int32_t p = 0; p < WR_SIM_PARTITIONS; p++) {
        wr_sim_see_decided(wr_topics_partition(w->broker->topics, "lists", p), take_list, l);
        wr_sim_see_decided(wr_topics_partition(w->broker->topics, "copies", p), take_copy, l);
    }
    for (int i = 0; i < WR_SIM_IDS_MAX; i++) {
        if (l->ids[i] == IN_LIST || l->ids[i] == IN_COPY) {
            wr_sim_violated(w, "C3: record %d was %s and not %s: half of a transaction", i,
                            l->ids[i] == IN_LIST ? "appended" : "copied",
                            l->ids[i] == IN_LIST ? "copied" : "appended");
        }
    }
    wr_free(l);
}
