/* task_input.c -- choosing the next records of a task. See task_input.h for the order and the
 * invariants. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/data/codecs.h"
#include "src/kproto/offset_metadata.h"
#include "src/run/task_input.h"

void wr_task_input_init(struct wr_task_input *t, size_t count, struct wr_host *host,
                        struct wr_input_host *judge, int64_t max_idle_ms)
{
    *t = (struct wr_task_input){
        .count = count,
        .host = host,
        .judge = judge,
        .max_idle_ms = max_idle_ms,
        .run_max = WR_RUN_MAX,
        .wait_until = INT64_MAX,
    };
    t->inputs = wr_calloc(count, sizeof *t->inputs);
    for (size_t i = 0; i < count; i++) {
        t->inputs[i].time = t->inputs[i].committed_time = -1;
        t->inputs[i].eof = t->inputs[i].empty_since = t->inputs[i].not_in_log = -1;
    }
}

bool wr_task_input_gone(const struct wr_task_input *t)
{
    bool gone = false;
    for (size_t i = 0; i < t->count; i++) {
        gone |= t->inputs[i].gone;
    }
    return gone;
}

void wr_task_input_free(struct wr_task_input *t)
{
    wr_free(t->inputs);
    *t = (struct wr_task_input){0};
}

/* ---- the head of one input ------------------------------------------------------------------- */

static enum weir_code fail_at(const struct wr_input *in, int64_t offset, enum weir_code code,
                              const char *what, struct weir_error *err)
{
    return wr_fail(err, code, "input \"%s\" partition %d at offset %lld: %s", in->plan->name,
                   (int)in->partition, (long long)offset, what);
}

/* behind_run: there are good records before it, and it will be met again after them. */
static enum weir_code fail_feed(struct wr_input *in, const struct wr_message *m, bool behind_run,
                                struct weir_error *err)
{
    const char *what = weir_code_text(m->code);
    if (m->code == WEIR_EOFFSET) {
        in->gone = !behind_run && in->not_in_log == in->committed;
        in->not_in_log = behind_run ? in->not_in_log : in->committed;
        what =
            "the position is not in the log any more (deleted by retention, or the topic was made "
            "anew); choose where to go on and set the committed offset with kafka-consumer-groups, "
            "or reset the application";
    }
    if (m->code == WEIR_EAUTH) {
        what = "not authorized to read it; grant READ on the topic to this application";
    }
    return fail_at(in, m->offset >= 0 ? m->offset : in->next, m->code, what, err);
}

/* Control records of newer versions of Weir travel among the data: header weir.ctl. */
static bool is_control(struct weir_headers h)
{
    static const char name[] = "weir.ctl";
    for (size_t i = 0; i < h.count; i++) {
        if (h.items[i].name.len == sizeof name - 1 &&
            memcmp(h.items[i].name.data, name, sizeof name - 1) == 0) {
            return true;
        }
    }
    return false;
}

static enum weir_code validate(const struct wr_input *in, const struct weir_record *r,
                               struct weir_error *why)
{
    const struct wr_gsource *s = in->source->spec->source;
    enum weir_code code = WEIR_OK;
    if (r->key.data != NULL && s->key != NULL) {
        code = s->key->ops->validate(s->key, r->key, why);
        if (WR_UNLIKELY(code == WEIR_EDECODE)) {
            return wr_fail_prefix(why, "key is not %s", s->key->name);
        }
    }
    if (code == WEIR_OK && r->value.data != NULL && s->value != NULL) {
        code = s->value->ops->validate(s->value, r->value, why);
        if (WR_UNLIKELY(code == WEIR_EDECODE)) {
            return wr_fail_prefix(why, "value is not %s", s->value->name);
        }
    }
    return code;
}

static enum weir_code field_time(struct wr_task_input *t, const struct weir_field *f,
                                 const struct weir_record *r, int64_t *time, struct weir_error *why)
{
    struct weir_scalar v = {0};
    enum weir_code code = r->value.data == NULL
                              ? wr_fail(why, WEIR_ETIME, "the value is null")
                              : f->codec->ops->get(f, r->value, t->host->arena, &v, why);
    if (code == WEIR_OK && v.type != WEIR_TYPE_I64) {
        code = wr_fail(why, WEIR_ETIME, "it is not an integer");
    }
    if (code != WEIR_OK) {
        char text[WEIR_ERROR_TEXT_MAX];
        memcpy(text, why->text, sizeof text);
        return wr_fail(why, WEIR_ETIME, "no time in field \"%s\": %s", f->path,
                       code == WEIR_ENOTFOUND ? "it is missing" : text);
    }
    if (v.u.i < 0) {
        return wr_fail(why, WEIR_ETIME, "no time in field \"%s\": %lld is negative", f->path,
                       (long long)v.u.i);
    }
    *time = v.u.i;
    return WEIR_OK;
}

/* The time of a record. A negative one from a function of the application drops the record (as
 * Kafka Streams does), which is not an error; a record or a field that has none is bad. */
static enum weir_code extract_time(struct wr_task_input *t, struct wr_input *in, struct wr_rec *rec,
                                   struct weir_error *why)
{
    const struct wr_gsource *s = in->source->spec->source;
    struct weir_record *r = &rec->record;
    if (s->time_field != NULL) {
        return field_time(t, s->time_field, r, &r->time, why);
    }
    if (s->timestamp != NULL) {
        int64_t time = r->time;
        struct weir_error *outer = t->host->err;
        why->text[0] = '\0';
        t->host->err = why;
        enum weir_code code = s->timestamp(&in->source->ctx, r, in->time, &time);
        t->host->err = outer;
        t->host->failed = NULL;
        r->time = time;
        if (code != WEIR_OK && why->text[0] == '\0') {
            wr_fail(why, WEIR_ETIME, "the timestamp function failed");
        }
        return code == WEIR_OK ? WEIR_OK : WEIR_ETIME;
    }
    if (WR_UNLIKELY(r->time < 0)) {
        return wr_fail(why, WEIR_ETIME, "the record has no time");
    }
    return WEIR_OK;
}

/* Decode the message at batch_next into head. *used is false if it is to be passed over. */
static enum weir_code decode(struct wr_task_input *t, struct wr_input *in, bool *used,
                             struct weir_error *err)
{
    const struct wr_message *m = &in->batch[in->batch_next];
    struct weir_error why;
    in->head = (struct wr_rec){
        .record = {.key = m->key,
                   .value = m->value,
                   .time = m->time,
                   .topic = in->plan->name,
                   .partition = in->partition,
                   .offset = m->offset},
    };
    if (m->has_headers) {
        in->head.record.headers = in->feed->ops->headers(in->feed, m, t->host->arena);
        if (is_control(in->head.record.headers)) {
            *used = false;
            return WEIR_OK;
        }
    }
    enum weir_code code = validate(in, &in->head.record, &why);
    if (WR_LIKELY(code == WEIR_OK)) {
        code = extract_time(t, in, &in->head, &why);
        *used = true;
        if (WR_UNLIKELY(code == WEIR_OK && in->head.record.time < 0)) {
            wr_node_drop(in->source, "negative time");
            *used = false;
        }
    }
    if (WR_LIKELY(code == WEIR_OK) || code == WEIR_PENDING) {
        return code;
    }
    *used = false;
    code = t->judge->bad_head(t->judge, in, &in->head, code, &why);
    return code == WEIR_OK ? code : fail_at(in, m->offset, code, why.text, err);
}

static void take(struct wr_input *in)
{
    in->batch_next = 0;
    in->batch_len = in->feed->ops->take(in->feed, in->batch, WR_RUN_MAX);
}

static void release(struct wr_input *in)
{
    if (in->batch_len != 0) {
        in->feed->ops->release(in->feed, in->batch, in->batch_len);
    }
    in->batch_len = in->batch_next = 0;
    in->head_ready = false;
}

/* Make the head of an input ready if there is a record. *blocked: there may be one, but not before
 * this run has been processed or the codec knows more. */
static enum weir_code ready(struct wr_task_input *t, struct wr_input *in, bool *blocked,
                            struct weir_error *err)
{
    while (!in->head_ready) {
        if (in->batch_next == in->batch_len) {
            if (in->batch_len != 0) {
                if (t->run_len != 0) { /* the run still shows into this batch */
                    *blocked = true;
                    return WEIR_OK;
                }
                release(in);
            }
            take(in);
            if (in->batch_len == 0) {
                return WEIR_OK;
            }
        }
        const struct wr_message *m = &in->batch[in->batch_next];
        if (m->kind == WR_MESSAGE_ERROR) {
            return fail_feed(in, m, t->run_len != 0, err);
        }
        if (m->kind == WR_MESSAGE_EOF) {
            in->eof = m->offset;
            in->next = wr_max_i64(in->next, m->offset);
            in->batch_next++;
            continue;
        }
        bool used = false;
        enum weir_code code = decode(t, in, &used, err);
        if (code != WEIR_OK) {
            *blocked = code == WEIR_PENDING;
            return *blocked ? WEIR_OK : code;
        }
        if (used) {
            in->head_ready = true;
            in->empty_since = -1;
        } else {
            in->next = m->offset + 1;
            in->batch_next++;
        }
    }
    return WEIR_OK;
}

/* ---- runs ------------------------------------------------------------------------------------ */

/* May an empty input be left behind? KIP-695: only when it is caught up, and then after
 * max.task.idle.ms. */
static bool may_go_on(struct wr_task_input *t, struct wr_input *in, int64_t now_ms)
{
    if (t->max_idle_ms < 0) {
        return true;
    }
    if (in->eof < in->next) {
        return false; /* not caught up: records are on their way */
    }
    if (in->empty_since < 0) {
        in->empty_since = now_ms;
    }
    int64_t until = in->empty_since + t->max_idle_ms;
    if (now_ms >= until) {
        return true;
    }
    t->wait_until = wr_min_i64(t->wait_until, until);
    return false;
}

/* The input with the oldest head, NULL if none has one or one of them must be waited for. */
static enum weir_code choose(struct wr_task_input *t, int64_t now_ms, struct wr_input **out,
                             struct weir_error *err)
{
    struct wr_input *best = NULL;
    bool wait = false;
    bool missing = false;
    *out = NULL;
    for (size_t i = 0; i < t->count; i++) {
        struct wr_input *in = &t->inputs[i];
        bool blocked = false;
        enum weir_code code = ready(t, in, &blocked, err);
        if (WR_UNLIKELY(code != WEIR_OK)) {
            return code;
        }
        if (in->head_ready) {
            if (best == NULL || in->head.record.time < best->head.record.time) {
                best = in;
            }
        } else if (blocked || (t->count > 1 && !may_go_on(t, in, now_ms))) {
            wait = true;
        } else {
            missing = true;
        }
    }
    *out = wait ? NULL : best;
    t->enforced += *out != NULL && missing;
    return WEIR_OK;
}

static void append(struct wr_task_input *t, struct wr_input *in)
{
    struct wr_run_item *item = &t->run[t->run_len++];
    item->rec = in->head;
    item->input = in;
    item->next_position = in->head.record.offset + 1;
    in->next = item->next_position;
    in->batch_next++;
    in->head_ready = false;
}

enum weir_code wr_task_input_next_run(struct wr_task_input *t, int64_t now_ms, bool *made,
                                      struct weir_error *err)
{
    wr_assert(t->run_done == t->run_len);
    t->run_len = t->run_done = t->enforced = 0;
    t->wait_until = INT64_MAX;
    *made = false;
    for (size_t i = 0; i < t->count; i++) {
        if (t->inputs[i].head.record.headers.count != 0) {
            t->inputs[i].head_ready = false; /* its headers were in the arena of the former run */
        }
    }
    enum weir_code code = WEIR_OK;
    while (t->run_len < t->run_max) {
        struct wr_input *in = NULL;
        code = choose(t, now_ms, &in, err);
        if (code != WEIR_OK || in == NULL) {
            break;
        }
        append(t, in);
    }
    if (t->run_len == 0) { /* what was passed over counts at once */
        for (size_t i = 0; i < t->count; i++) {
            t->inputs[i].position = t->inputs[i].next;
        }
    }
    /* A failure behind good records is met again when those have been processed. */
    *made = t->run_len != 0;
    return *made ? WEIR_OK : code;
}

void wr_task_input_done(struct wr_task_input *t, const struct wr_run_item *item)
{
    struct wr_input *in = item->input;
    in->position = item->next_position;
    in->time = wr_max_i64(in->time, item->rec.record.time);
    if (++t->run_done == t->run_len) {
        for (size_t i = 0; i < t->count; i++) {
            t->inputs[i].position = t->inputs[i].next;
        }
    }
}

bool wr_task_input_moved(const struct wr_task_input *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (wr_input_moved(&t->inputs[i])) {
            return true;
        }
    }
    return false;
}

void wr_task_input_committed(struct wr_task_input *t)
{
    wr_assert(t->run_done == t->run_len);
    for (size_t i = 0; i < t->count; i++) {
        t->inputs[i].committed = t->inputs[i].position;
        t->inputs[i].committed_time = t->inputs[i].time;
    }
}

void wr_task_input_release(struct wr_task_input *t)
{
    t->run_len = t->run_done = 0;
    for (size_t i = 0; i < t->count; i++) {
        struct wr_input *in = &t->inputs[i];
        if (in->feed != NULL) {
            release(in);
        }
    }
}

void wr_task_input_aborted(struct wr_task_input *t)
{
    wr_task_input_release(t);
    for (size_t i = 0; i < t->count; i++) {
        struct wr_input *in = &t->inputs[i];
        in->next = in->position = in->committed;
        in->time = in->committed_time;
        in->eof = in->empty_since = -1;
    }
}

int64_t wr_task_input_stream_time(const struct wr_task_input *t)
{
    int64_t max = -1;
    for (size_t i = 0; i < t->count; i++) {
        max = wr_max_i64(max, t->inputs[i].committed_time);
    }
    return max;
}

/* ---- what is committed ----------------------------------------------------------------------- */

void wr_input_metadata(const struct wr_input *in, struct wr_buf *out)
{
    struct wr_offset_metadata m = {.partition_time = in->time};
    wr_offset_metadata_encode(&m, out);
}

void wr_input_set_committed(struct wr_input *in, int64_t offset, const char *metadata)
{
    struct wr_arena arena;
    struct wr_offset_metadata m;
    wr_arena_init(&arena, 1024);
    /* What somebody else wrote there, or nothing, means that the time is not known. */
    bool known = wr_offset_metadata_decode(metadata, &arena, &m);
    in->committed_time = in->time = known ? m.partition_time : -1;
    in->committed = in->position = in->next = offset;
    wr_arena_free(&arena);
}

void wr_task_input_write(const struct wr_task_input *t, struct wr_buf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct wr_input *in = &t->inputs[i];
        wr_buf_str(out, in->plan->name);
        wr_buf_char(out, '/');
        wr_buf_decimal(out, in->partition);
        wr_buf_char(out, '/');
        wr_buf_decimal(out, in->position);
        wr_buf_char(out, '/');
        wr_buf_decimal(out, in->time);
        wr_buf_char(out, '\n');
    }
}

int64_t wr_input_written(const struct wr_input *in, struct weir_bytes text)
{
    struct wr_buf copy = {0};
    struct wr_buf name = {0};
    int64_t position = -1;
    wr_buf_bytes(&copy, text);
    wr_buf_printf(&name, "%s/%d/", in->plan->name, (int)in->partition);
    for (const char *line = wr_buf_cstr(&copy); line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, wr_buf_cstr(&name), name.len) == 0) {
            position = strtoll(line + name.len, NULL, 10);
        }
    }
    wr_buf_free(&copy);
    wr_buf_free(&name);
    return position;
}
