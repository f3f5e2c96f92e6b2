/* fake_kafka.c -- see fake_kafka.h. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "tests/unit/run/fake_impl.h"

struct fake_consumer {
    struct wr_consumer base;
    struct fake *f;
    struct wr_wake *wake;
};

struct fake_partition {
    struct wr_partition base;
    struct fake_consumer *consumer;
    struct fake_partition_log *log;
    int64_t next;
    bool eof_told;
};

struct fake_group {
    struct wr_group base;
    struct fake *f;
};

struct fake *fake_lock(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    return f;
}

void fake_unlock(struct fake *f)
{
    pthread_mutex_unlock(&f->lock);
}

/* ---- the cluster ----------------------------------------------------------------------------- */

struct fake *fake_new(void)
{
    struct fake *f = WR_NEW(struct fake);
    f->base.ops = &fake_ops;
    f->mark.cluster = f;
    f->cluster_id = "cluster-1";
    f->endtxn_sent = f->offsets_sent = 1;
    ck_assert_int_eq(pthread_mutex_init(&f->lock, NULL), 0);
    return f;
}

void fake_record_free(struct fake_record *r)
{
    wr_free(r->key);
    wr_free(r->value);
    wr_free(r);
}

void fake_free(struct fake *f)
{
    ck_assert_int_eq(f->open_handles, 0);
    ck_assert_int_eq(f->unreleased, 0);
    for (size_t i = 0; i < f->topic_count; i++) {
        for (size_t p = 0; p < FAKE_PARTITIONS; p++) {
            struct fake_partition_log *log = &f->topics[i].logs[p];
            for (size_t k = 0; k < log->records.count; k++) {
                fake_record_free(log->records.items[k]);
            }
            wr_ptrs_free(&log->records);
            wr_free(log->metadata);
        }
        wr_free(f->topics[i].name);
    }
    wr_buf_free(&f->log);
    pthread_mutex_destroy(&f->lock);
    wr_free(f);
}

static struct fake_topic *find(struct fake *f, const char *name)
{
    for (size_t i = 0; i < f->topic_count; i++) {
        if (strcmp(f->topics[i].name, name) == 0) {
            return &f->topics[i];
        }
    }
    return NULL;
}

struct fake_topic *fake_find_or_make(struct fake *f, const char *name, int32_t partitions)
{
    struct fake_topic *t = find(f, name);
    if (t == NULL) {
        ck_assert_uint_lt(f->topic_count, FAKE_TOPICS);
        t = &f->topics[f->topic_count++];
        t->cluster = f;
        t->name = wr_strdup(name);
        for (size_t p = 0; p < FAKE_PARTITIONS; p++) {
            t->logs[p].committed = t->logs[p].stable = -1;
        }
    }
    if (partitions > 0) {
        ck_assert_int_le(partitions, FAKE_PARTITIONS);
        t->partitions = partitions;
    }
    return t;
}

struct fake_topic *fake_topic(struct fake *f, const char *name, int32_t partitions)
{
    return fake_find_or_make(f, name, partitions);
}

void fake_config(struct fake_topic *t, const char *name, const char *value)
{
    ck_assert_uint_lt(t->config_count, FAKE_CONFIGS);
    t->config[t->config_count].name = name;
    t->config[t->config_count++].value = value;
}

void fake_commit_offset(struct fake_topic *t, int32_t partition, int64_t offset,
                        const char *metadata)
{
    struct fake_partition_log *log = &t->logs[partition];
    log->committed = offset;
    wr_free(log->metadata);
    log->metadata = wr_strdup(metadata);
}

void fake_log_append(struct fake *f, struct fake_partition_log *log, struct fake_record *r)
{
    r->cluster = f;
    r->offset = log->high++;
    wr_ptrs_push(&log->records, r);
}

struct fake_record *fake_append(struct fake_topic *t, int32_t partition, const char *key,
                                const char *value, int64_t time)
{
    struct fake_record *r = WR_NEW(struct fake_record);
    r->key = wr_strdup(key);
    r->value = wr_strdup(value);
    r->time = time;
    fake_log_append(t->cluster, &t->logs[partition], r);
    return r;
}

void fake_script(struct fake *f, enum wr_call_kind kind, enum wr_outcome outcome,
                 enum weir_code code, const char *text)
{
    f->scripts[kind] = (struct fake_script){0, outcome, code, text};
}

void fake_delay(struct fake *f, enum wr_call_kind kind, int steps)
{
    f->scripts[kind] = (struct fake_script){.pending = steps, .outcome = WR_CALL_OK};
}

void fake_event(struct fake *f, enum wr_group_event_kind kind, const int32_t *tasks, size_t count)
{
    ck_assert_uint_lt(f->event_count, WR_ARRAY_LEN(f->events));
    struct fake_event *e = &fake_lock(f)->events[f->event_count++];
    e->kind = kind;
    e->count = count;
    for (size_t i = 0; i < count; i++) {
        e->tasks[i] = tasks[i];
    }
    fake_unlock(f);
}

const char *fake_log(struct fake *f)
{
    const char *text = wr_buf_cstr(&fake_lock(f)->log);
    wr_buf_reset(&f->log);
    fake_unlock(f);
    return text;
}

static void close_fake(struct wr_kafka *k)
{
    WR_UNUSED(k);
}

/* ---- calls ----------------------------------------------------------------------------------- */

struct fake_call *fake_call_new(struct fake *f, enum wr_call_kind kind,
                                void (*finish)(struct fake_call *c))
{
    struct fake_call *c = WR_NEW(struct fake_call);
    wr_call_init(&c->base, &fake_ops, kind);
    c->f = fake_lock(f);
    c->finish = finish;
    c->script = f->scripts[kind];
    if (c->script.outcome == WR_CALL_PENDING) {
        c->script.outcome = WR_CALL_OK;
    }
    f->scripts[kind] = (struct fake_script){0};
    fake_unlock(f);
    return c;
}

static enum wr_outcome call_step(struct wr_call *base, int slice_ms, struct weir_error *err)
{
    WR_UNUSED(slice_ms);
    struct fake_call *c = (struct fake_call *)base;
    bool blocked = base->kind == WR_CALL_OFFSETS_FETCH && c->flag && c->f->blocker != NULL;
    if (c->script.pending != 0 || blocked) {
        c->script.pending -= c->script.pending > 0;
        base->waiting_for = "somebody";
        return WR_CALL_PENDING;
    }
    if (c->script.outcome != WR_CALL_OK) {
        wr_fail(err, c->script.code, "%s", c->script.text);
        return c->script.outcome;
    }
    fake_lock(c->f);
    c->finish(c);
    fake_unlock(c->f);
    return WR_CALL_OK;
}

static void call_free(struct wr_call *base)
{
    struct fake_call *c = (struct fake_call *)base;
    wr_group_meta_unref(c->meta);
    wr_call_fini(base);
    wr_free(c);
}

static struct fake *fake_of(struct wr_consumer *c)
{
    return ((struct fake_consumer *)c)->f;
}

static void finish_describe(struct fake_call *c)
{
    for (size_t i = 0; i < c->base.topic_count; i++) {
        struct wr_topic_info *info = &c->base.topics[i];
        const struct fake_topic *t = find(c->f, info->name);
        bool there = t != NULL && t->partitions > 0;
        info->partitions = there ? t->partitions : 0;
        info->code = t != NULL && t->code != WEIR_OK ? t->code : there ? WEIR_OK : WEIR_ENOTOPIC;
    }
    c->base.cluster_id = c->f->cluster_id;
}

static struct wr_call *topics_describe(struct wr_consumer *h, const char *const *names,
                                       size_t count)
{
    struct fake_call *c = fake_call_new(fake_of(h), WR_CALL_TOPICS_DESCRIBE, finish_describe);
    c->base.topics = wr_arena_zalloc(&c->base.arena, count * sizeof *c->base.topics);
    c->base.topic_ids = wr_arena_zalloc(&c->base.arena, count * sizeof *c->base.topic_ids);
    c->base.topic_count = count;
    for (size_t i = 0; i < count; i++) {
        c->base.topics[i].name = wr_arena_strdup(&c->base.arena, names[i]);
        c->base.topic_ids[i] = "";
    }
    return &c->base;
}

static void finish_create(struct fake_call *c)
{
    struct fake_topic *t = fake_find_or_make(c->f, c->topic, 0);
    c->base.created = t->partitions == 0;
    if (c->base.created) {
        t->partitions = c->count;
    }
}

static struct wr_call *topic_create(struct wr_consumer *h, const struct wr_new_topic *topic)
{
    struct fake *f = fake_of(h);
    struct fake_call *c = fake_call_new(f, WR_CALL_TOPIC_CREATE, finish_create);
    c->topic = wr_arena_strdup(&c->base.arena, topic->name);
    c->count = topic->partitions;
    wr_buf_printf(&fake_lock(f)->log, "create %s %d", topic->name, (int)topic->partitions);
    for (size_t i = 0; i < topic->config_count; i++) {
        wr_buf_printf(&f->log, " %s=%s", topic->config[i].name, topic->config[i].value);
    }
    wr_buf_char(&f->log, '\n');
    fake_unlock(f);
    return &c->base;
}

static void finish_grow(struct fake_call *c)
{
    find(c->f, c->topic)->partitions = c->count;
}

static struct wr_call *topic_grow(struct wr_consumer *h, const char *name, int32_t count)
{
    struct fake *f = fake_of(h);
    struct fake_call *c = fake_call_new(f, WR_CALL_TOPIC_GROW, finish_grow);
    c->topic = wr_arena_strdup(&c->base.arena, name);
    c->count = count;
    wr_buf_printf(&fake_lock(f)->log, "grow %s %d\n", name, (int)count);
    fake_unlock(f);
    return &c->base;
}

static void finish_config(struct fake_call *c)
{
    struct wr_call *b = &c->base;
    b->configs = wr_arena_zalloc(&b->arena, c->f->topic_count * FAKE_CONFIGS * sizeof *b->configs);
    for (size_t i = 0; i < c->f->topic_count; i++) {
        const struct fake_topic *t = &c->f->topics[i];
        for (size_t k = 0; k < t->config_count; k++) {
            b->configs[b->config_count++] =
                (struct wr_config_value){t->name, t->config[k].name, t->config[k].value};
        }
    }
}

static struct wr_call *topics_config(struct wr_consumer *h, const char *const *names, size_t count)
{
    WR_UNUSED(names);
    WR_UNUSED(count);
    return &fake_call_new(fake_of(h), WR_CALL_TOPICS_CONFIG, finish_config)->base;
}

static void finish_nothing(struct fake_call *c)
{
    WR_UNUSED(c);
}

static struct wr_call *records_delete(struct wr_consumer *h, const struct wr_position *below,
                                      size_t count)
{
    struct fake *f = fake_of(h);
    for (size_t i = 0; i < count; i++) {
        wr_buf_printf(&fake_lock(f)->log, "purge %s/%d=%lld\n", below[i].topic,
                      (int)below[i].partition, (long long)below[i].offset);
        fake_unlock(f);
    }
    return &fake_call_new(f, WR_CALL_RECORDS_DELETE, finish_nothing)->base;
}

static void finish_offsets(struct fake_call *c)
{
    for (size_t i = 0; i < c->base.position_count; i++) {
        struct wr_position *p = &c->base.positions[i];
        const struct fake_topic *t = find(c->f, p->topic);
        p->offset = t != NULL ? t->logs[p->partition].committed : WR_OFFSET_NONE;
        p->metadata =
            t != NULL ? wr_arena_strdup(&c->base.arena, t->logs[p->partition].metadata) : NULL;
    }
}

static struct wr_call *offsets_fetch(struct wr_consumer *h, const struct wr_position *positions,
                                     size_t count, bool stable)
{
    struct fake_call *c = fake_call_new(fake_of(h), WR_CALL_OFFSETS_FETCH, finish_offsets);
    c->flag = stable;
    c->base.positions = wr_arena_dup(&c->base.arena, positions, count * sizeof *c->base.positions);
    c->base.position_count = count;
    for (size_t i = 0; i < count; i++) {
        c->base.positions[i].topic = wr_arena_strdup(&c->base.arena, positions[i].topic);
    }
    return &c->base;
}

static void finish_watermarks(struct fake_call *c)
{
    const struct fake_partition_log *log = &find(c->f, c->topic)->logs[c->count];
    c->base.low = log->low;
    c->base.high = log->high;
    c->base.offset = c->flag ? log->high : log->low;
}

static struct wr_call *watermarks_query(struct wr_consumer *h, const char *topic, int32_t partition)
{
    struct fake_call *c = fake_call_new(fake_of(h), WR_CALL_WATERMARKS, finish_watermarks);
    c->topic = wr_arena_strdup(&c->base.arena, topic);
    c->count = partition;
    return &c->base;
}

static struct wr_call *reset_query(struct wr_consumer *h, const char *topic, int32_t partition,
                                   bool latest)
{
    struct fake_call *c = fake_call_new(fake_of(h), WR_CALL_RESET, finish_watermarks);
    c->topic = wr_arena_strdup(&c->base.arena, topic);
    c->count = partition;
    c->flag = latest;
    return &c->base;
}

static void finish_members(struct fake_call *c)
{
    c->base.members = c->f->members;
    c->base.member_count = c->f->member_count;
}

static struct wr_call *group_describe(struct wr_consumer *h)
{
    return &fake_call_new(fake_of(h), WR_CALL_GROUP_DESCRIBE, finish_members)->base;
}

/* ---- consumers ------------------------------------------------------------------------------- */

static enum weir_code consumer_open(struct wr_kafka *k, const struct wr_consumer_options *options,
                                    struct wr_consumer **out, struct weir_error *err)
{
    WR_UNUSED(err);
    struct fake_consumer *c = WR_NEW(struct fake_consumer);
    c->base.ops = &fake_ops;
    c->f = fake_lock((struct fake *)k);
    c->wake = options->wake;
    c->f->open_handles++;
    fake_unlock(c->f);
    *out = &c->base;
    return WEIR_OK;
}

static void consumer_close(struct wr_consumer *base)
{
    struct fake_consumer *c = (struct fake_consumer *)base;
    fake_lock(c->f)->open_handles--;
    fake_unlock(c->f);
    wr_free(c);
}

static bool consumer_error(struct wr_consumer *c, struct wr_handle_error *e)
{
    WR_UNUSED(c);
    WR_UNUSED(e);
    return false;
}

static enum weir_code assign(struct wr_consumer *h, const char *topic, int32_t partition,
                             int64_t offset, struct wr_partition **out, struct weir_error *err)
{
    WR_UNUSED(err);
    struct fake_partition *p = WR_NEW(struct fake_partition);
    p->base.ops = &fake_ops;
    p->consumer = (struct fake_consumer *)h;
    p->log = &fake_find_or_make(fake_lock(p->consumer->f), topic, 0)->logs[partition];
    p->next = offset;
    p->consumer->f->open_handles++;
    fake_unlock(p->consumer->f);
    *out = &p->base;
    return WEIR_OK;
}

static void unassign(struct wr_partition *base)
{
    struct fake_partition *p = (struct fake_partition *)base;
    fake_lock(p->consumer->f)->open_handles--;
    fake_unlock(p->consumer->f);
    wr_free(p);
}

static enum weir_code rewind_to(struct wr_partition *base, int64_t offset, struct weir_error *err)
{
    WR_UNUSED(err);
    struct fake_partition *p = (struct fake_partition *)base;
    p->next = offset;
    p->eof_told = false;
    return WEIR_OK;
}

static size_t take_locked(struct fake_partition *p, struct wr_message *out, size_t max)
{
    const struct fake_partition_log *log = p->log;
    int64_t end = log->stable >= 0 ? log->stable : log->high;
    size_t n = 0;
    if (log->error != WEIR_OK || p->next < log->low) {
        out[0] = (struct wr_message){.kind = WR_MESSAGE_ERROR,
                                     .code = log->error != WEIR_OK ? log->error : WEIR_EOFFSET,
                                     .offset = p->next};
        return 1;
    }
    for (size_t i = 0; i < log->records.count && n < max; i++) {
        const struct fake_record *r = log->records.items[i];
        if (r->offset >= p->next && r->offset < end) {
            out[n++] = (struct wr_message){
                .kind = WR_MESSAGE_RECORD,
                .key = weir_str(r->key),
                .value = weir_str(r->value),
                .time = r->time,
                .offset = r->offset,
                .has_headers = r->header_count != 0,
                .owner = (void *)(uintptr_t)r,
            };
            p->next = r->offset + 1;
            p->eof_told = false;
        }
    }
    if (n < max && !p->eof_told) {
        p->next = wr_max_i64(p->next, end);
        p->eof_told = true;
        out[n++] = (struct wr_message){.kind = WR_MESSAGE_EOF, .offset = end};
    }
    return n;
}

static size_t take(struct wr_partition *base, struct wr_message *out, size_t max)
{
    struct fake_partition *p = (struct fake_partition *)base;
    struct fake *f = fake_lock(p->consumer->f);
    p->eof_told &= p->next >= (p->log->stable >= 0 ? p->log->stable : p->log->high);
    size_t n = take_locked(p, out, max);
    for (size_t i = 0; i < n; i++) {
        out[i].ops = &fake_ops;
        if (out[i].kind != WR_MESSAGE_RECORD) {
            out[i].owner = &f->mark;
        }
    }
    f->unreleased += (int)n;
    fake_unlock(f);
    return n;
}

static void release(struct wr_message *messages, size_t count)
{
    struct fake *f = ((const struct fake_record *)messages[0].owner)->cluster;
    fake_lock(f)->unreleased -= (int)count;
    fake_unlock(f);
}

static struct weir_headers headers(const struct wr_message *m, struct wr_arena *arena)
{
    WR_UNUSED(arena);
    const struct fake_record *r = m->owner;
    return (struct weir_headers){r->headers, r->header_count};
}

/* ---- the group ------------------------------------------------------------------------------- */

static enum weir_code group_open(struct wr_kafka *k, const struct wr_group_options *options,
                                 struct wr_group **out, struct weir_error *err)
{
    WR_UNUSED(options);
    WR_UNUSED(err);
    struct fake_group *g = WR_NEW(struct fake_group);
    g->base.ops = &fake_ops;
    g->f = fake_lock((struct fake *)k);
    g->f->open_handles++;
    g->f->left = false;
    wr_buf_printf(&g->f->log, "join %s\n", options->instance_id);
    fake_unlock(g->f);
    *out = &g->base;
    return WEIR_OK;
}

static enum weir_code group_join(struct wr_group *g, struct weir_error *err)
{
    WR_UNUSED(g);
    WR_UNUSED(err);
    return WEIR_OK;
}

static void group_poll(struct wr_group *base, struct wr_group_event *out)
{
    struct fake *f = fake_lock(((struct fake_group *)base)->f);
    *out = (struct wr_group_event){.kind = f->left ? WR_GROUP_CLOSED : WR_GROUP_NOTHING};
    if (!f->left && f->event_next < f->event_count) {
        const struct fake_event *e = &f->events[f->event_next++];
        *out = (struct wr_group_event){.kind = e->kind, .tasks = e->tasks, .task_count = e->count};
        if (e->kind == WR_GROUP_FATAL) {
            wr_fail(&out->error, WEIR_EFENCED, "fenced by a test");
        }
    }
    fake_unlock(f);
}

static bool group_error(struct wr_group *g, struct wr_handle_error *e)
{
    WR_UNUSED(g);
    WR_UNUSED(e);
    return false;
}

static enum weir_code group_answer(struct wr_group *base, struct weir_error *err)
{
    struct fake *f = fake_lock(((struct fake_group *)base)->f);
    f->answers++;
    wr_buf_str(&f->log, "answer\n");
    enum weir_code code = f->answer_fails ? wr_fail(err, WEIR_EFENCED, "said by a test") : WEIR_OK;
    f->answer_fails = false;
    fake_unlock(f);
    return code;
}

static struct wr_group_meta *group_metadata(struct wr_group *base)
{
    struct fake *f = ((struct fake_group *)base)->f;
    struct wr_group_stamp stamp = {"app", f->no_membership ? -1 : 1, "member", NULL};
    return wr_group_meta_new(&stamp);
}

static void group_leave(struct wr_group *base, bool give_up)
{
    struct fake *f = fake_lock(((struct fake_group *)base)->f);
    f->left = true;
    wr_buf_printf(&f->log, "leave%s\n", give_up ? " for good" : "");
    fake_unlock(f);
}

static void group_close(struct wr_group *base, bool abandon)
{
    struct fake_group *g = (struct fake_group *)base;
    fake_lock(g->f)->open_handles--;
    wr_buf_str(&g->f->log, abandon ? "abandon\n" : "closed\n");
    fake_unlock(g->f);
    wr_free(g);
}

const struct wr_kafka_ops fake_ops = {
    .close = close_fake,
    .consumer_open = consumer_open,
    .group_open = group_open,
    .producer_open = fake_producer_open,
    .call_step = call_step,
    .call_free = call_free,
    .topics_describe = topics_describe,
    .topic_create = topic_create,
    .topic_grow = topic_grow,
    .topics_config = topics_config,
    .records_delete = records_delete,
    .offsets_fetch = offsets_fetch,
    .watermarks_query = watermarks_query,
    .reset_query = reset_query,
    .group_describe = group_describe,
    .consumer_close = consumer_close,
    .consumer_error = consumer_error,
    .assign = assign,
    .unassign = unassign,
    .rewind = rewind_to,
    .take = take,
    .release = release,
    .headers = headers,
    .group_join = group_join,
    .group_poll = group_poll,
    .group_error = group_error,
    .group_answer = group_answer,
    .group_metadata = group_metadata,
    .group_leave = group_leave,
    .group_close = group_close,
    .producer_close = fake_producer_close,
    .producer_error = fake_producer_error,
    .producer_init = fake_producer_init,
    .producer_begin = fake_producer_begin,
    .producer_topic = fake_producer_topic,
    .topic_partitions = fake_topic_partitions,
    .producer_send = fake_producer_send,
    .producer_serve = fake_producer_serve,
    .producer_flush = fake_producer_flush,
    .producer_max_record = fake_producer_max_record,
    .producer_offsets = fake_producer_offsets,
    .producer_commit = fake_producer_commit,
    .producer_abort = fake_producer_abort,
    .producer_endtxn_sent = fake_producer_endtxn_sent,
    .producer_offsets_sent = fake_producer_offsets_sent,
};
