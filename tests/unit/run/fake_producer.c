/* fake_producer.c -- producers of the cluster in memory (fake_kafka.h). */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "tests/unit/run/fake_impl.h"

struct fake_target {
    struct wr_topic base;
    struct fake_topic *topic;
};

/* One record that is not there yet. */
struct sent {
    struct fake_topic *topic;
    int32_t partition;
    struct fake_record *record;
    struct wr_delivery *delivery;
};

struct fake_producer {
    struct wr_producer base;
    struct fake *f;
    char *id;               /* NULL: without transactions */
    struct wr_ptrs targets; /* struct fake_target * */
    struct wr_ptrs sent;    /* struct sent * */
    struct wr_ptrs offsets; /* struct wr_position *, names owned */
};

enum weir_code fake_producer_open(struct wr_kafka *k, const char *transactional_id,
                                  const char *const *topics, size_t count, struct wr_producer **out,
                                  struct weir_error *err)
{
    WR_UNUSED(topics);
    WR_UNUSED(count);
    struct fake *f = (struct fake *)k;
    const char *name = transactional_id != NULL ? transactional_id : "outputs";
    if (f->opener_refused != NULL && strcmp(f->opener_refused, name) == 0) {
        return wr_fail(err, WEIR_EAGAIN, "no threads left");
    }
    struct fake_producer *p = WR_NEW(struct fake_producer);
    p->base.ops = &fake_ops;
    p->f = fake_lock(f);
    p->id = wr_strdup(transactional_id);
    f->open_handles++;
    fake_unlock(f);
    *out = &p->base;
    return WEIR_OK;
}

static void drop(struct fake_producer *p, bool records_too)
{
    for (size_t i = 0; i < p->sent.count; i++) {
        struct sent *s = p->sent.items[i];
        if (records_too) {
            fake_record_free(s->record);
        }
        wr_free(s);
    }
    p->sent.count = 0;
    for (size_t i = 0; i < p->offsets.count; i++) {
        struct wr_position *o = p->offsets.items[i];
        wr_free((void *)(uintptr_t)o->topic);
        wr_free((void *)(uintptr_t)o->metadata);
        wr_free(o);
    }
    p->offsets.count = 0;
}

void fake_producer_close(struct wr_producer *base)
{
    struct fake_producer *p = (struct fake_producer *)base;
    fake_lock(p->f)->open_handles--;
    wr_buf_str(&p->f->log, "close\n");
    drop(p, true);
    fake_unlock(p->f);
    wr_ptrs_free_all(&p->targets);
    wr_ptrs_free(&p->sent);
    wr_ptrs_free(&p->offsets);
    wr_free(p->id);
    wr_free(p);
}

bool fake_producer_error(struct wr_producer *p, struct wr_handle_error *e)
{
    WR_UNUSED(p);
    WR_UNUSED(e);
    return false;
}

static void finish_init(struct fake_call *c)
{
    wr_buf_printf(&c->f->log, "init %s\n", c->producer->id);
    if (c->f->blocker != NULL && strcmp(c->f->blocker, c->producer->id) == 0) {
        c->f->blocker = NULL;
    }
}

static struct wr_call *producer_call(struct wr_producer *base, enum wr_call_kind kind,
                                     void (*finish)(struct fake_call *c))
{
    struct fake_producer *p = (struct fake_producer *)base;
    struct fake_call *c = fake_call_new(p->f, kind, finish);
    c->producer = p;
    return &c->base;
}

struct wr_call *fake_producer_init(struct wr_producer *p)
{
    return producer_call(p, WR_CALL_INIT, finish_init);
}

enum wr_outcome fake_producer_begin(struct wr_producer *base, struct weir_error *err)
{
    struct fake *f = fake_lock(((struct fake_producer *)base)->f);
    enum wr_outcome outcome = f->begin_fails ? WR_CALL_FATAL : WR_CALL_OK;
    if (f->begin_fails) {
        wr_fail(err, WEIR_EPRODUCER, "fenced by a test");
    } else {
        wr_buf_str(&f->log, "begin\n");
    }
    fake_unlock(f);
    return outcome;
}

struct wr_topic *fake_producer_topic(struct wr_producer *base, const char *name)
{
    struct fake_producer *p = (struct fake_producer *)base;
    struct fake_target *t = WR_NEW(struct fake_target);
    t->base = (struct wr_topic){&fake_ops, base};
    t->topic = fake_find_or_make(fake_lock(p->f), name, 0);
    wr_ptrs_push(&p->targets, t);
    fake_unlock(p->f);
    return &t->base;
}

int32_t fake_topic_partitions(struct wr_topic *t)
{
    int32_t n = ((struct fake_target *)t)->topic->partitions;
    return n == 0 ? -1 : n;
}

/* Numbers, which begin with a zero, are shown by their last byte. */
static void log_bytes(struct wr_buf *log, struct weir_bytes b)
{
    if (b.len == 8 && *(const char *)b.data == '\0') {
        wr_buf_printf(log, "#%d", ((const unsigned char *)b.data)[7]);
    } else {
        wr_buf_bytes(log, weir_is_null(b) ? weir_str("null") : b);
    }
}

static char *copy(struct weir_bytes b)
{
    return weir_is_null(b) ? NULL : wr_strndup(b.data, b.len);
}

enum weir_code fake_producer_send(struct wr_producer *base, const struct wr_outgoing *o,
                                  struct weir_error *err)
{
    WR_UNUSED(err);
    struct fake_producer *p = (struct fake_producer *)base;
    struct fake *f = fake_lock(p->f);
    if (f->buffer_full) {
        fake_unlock(f);
        return WEIR_PENDING;
    }
    struct fake_topic *t = ((struct fake_target *)o->topic)->topic;
    wr_buf_printf(&f->log, "send %s/%d ", t->name, (int)o->partition);
    log_bytes(&f->log, o->key);
    wr_buf_char(&f->log, '=');
    log_bytes(&f->log, o->value);
    wr_buf_printf(&f->log, "@%lld\n", (long long)o->time);
    struct sent *s = WR_NEW(struct sent);
    *s = (struct sent){t, o->partition, WR_NEW(struct fake_record), o->delivery};
    s->record->key = copy(o->key);
    s->record->value = copy(o->value);
    s->record->time = o->time;
    wr_ptrs_push(&p->sent, s);
    fake_unlock(f);
    return WEIR_OK;
}

/* What was sent is there. */
static void deliver(struct fake_producer *p)
{
    for (size_t i = 0; i < p->sent.count; i++) {
        struct sent *s = p->sent.items[i];
        fake_log_append(p->f, &s->topic->logs[s->partition], s->record);
        if (s->delivery != NULL) {
            s->delivery->next = s->record->offset + 1;
        }
    }
    drop(p, false);
}

void fake_producer_serve(struct wr_producer *base, int timeout_ms)
{
    WR_UNUSED(timeout_ms);
    struct fake_producer *p = (struct fake_producer *)base;
    fake_lock(p->f);
    if (p->id == NULL && !p->f->outputs_wait) {
        deliver(p);
    }
    fake_unlock(p->f);
}

static void finish_flush(struct fake_call *c)
{
    wr_buf_str(&c->f->log, "flush\n");
    deliver(c->producer);
}

struct wr_call *fake_producer_flush(struct wr_producer *base)
{
    struct fake_producer *p = (struct fake_producer *)base;
    ck_assert_ptr_null(p->id);
    if (fake_lock(p->f)->scripts[WR_CALL_FLUSH].outcome > WR_CALL_OK) {
        drop(p, true);
    }
    fake_unlock(p->f);
    return producer_call(base, WR_CALL_FLUSH, finish_flush);
}

size_t fake_producer_max_record(const struct wr_producer *p)
{
    WR_UNUSED(p);
    return 1 << 20;
}

static void finish_nothing(struct fake_call *c)
{
    WR_UNUSED(c);
}

struct wr_call *fake_producer_offsets(struct wr_producer *base, const struct wr_position *positions,
                                      size_t count, struct wr_group_meta *meta)
{
    struct fake_producer *p = (struct fake_producer *)base;
    struct fake_call *c =
        (struct fake_call *)producer_call(base, WR_CALL_OFFSETS_SEND, finish_nothing);
    c->meta = wr_group_meta_ref(meta);
    wr_buf_str(&fake_lock(p->f)->log, "offsets");
    for (size_t i = 0; i < count; i++) {
        struct wr_position *o = wr_memdup(&positions[i], sizeof *o);
        o->topic = wr_strdup(positions[i].topic);
        o->metadata = wr_strdup(positions[i].metadata);
        wr_ptrs_push(&p->offsets, o);
        wr_buf_printf(&p->f->log, " %s/%d=%lld", o->topic, (int)o->partition, (long long)o->offset);
    }
    wr_buf_char(&p->f->log, '\n');
    fake_unlock(p->f);
    return &c->base;
}

static void finish_commit(struct fake_call *c)
{
    struct fake_producer *p = c->producer;
    wr_buf_str(&c->f->log, "commit\n");
    for (size_t i = 0; i < p->offsets.count; i++) {
        const struct wr_position *o = p->offsets.items[i];
        fake_commit_offset(fake_find_or_make(c->f, o->topic, 0), o->partition, o->offset,
                           o->metadata);
    }
    deliver(p);
}

static void finish_abort(struct fake_call *c)
{
    wr_buf_str(&c->f->log, "abort\n");
    drop(c->producer, true);
}

struct wr_call *fake_producer_commit(struct wr_producer *p)
{
    return producer_call(p, WR_CALL_COMMIT, finish_commit);
}

struct wr_call *fake_producer_abort(struct wr_producer *p)
{
    return producer_call(p, WR_CALL_ABORT, finish_abort);
}

int fake_producer_endtxn_sent(const struct wr_producer *p)
{
    return ((const struct fake_producer *)p)->f->endtxn_sent;
}

int fake_producer_offsets_sent(const struct wr_producer *p)
{
    return ((const struct fake_producer *)p)->f->offsets_sent;
}
