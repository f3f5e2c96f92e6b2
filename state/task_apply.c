/* task_apply.c -- committed rows on their way to the engine.
 *
 * Rows go out sorted, in transactions of limited size. The first of several says in the meta record
 * how far the rows may come from (flush_until), the last one that all are there (restore_from):
 * task_meta.h. Queries see all of a commit or none of it, because snapshots wait meanwhile. A
 * transaction that finds the map too small is repeated after the map has grown.
 */
#include "src/base/base.h"

#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/base/mem.h"
#include "state/task_internal.h"
#include "state/task_meta.h"

/* CHUNK_BYTES: what ends a transaction of large rows. GROW_MAX: how often the map may double for
 * one transaction. */
enum { CHUNK_BYTES = 256 * 1024, GROW_MAX = 32 };
_Static_assert((int)WR_APPLY_ROWS <= (int)WR_ENGINE_CHUNK, "an engine takes a chunk at once");

static enum weir_code put_meta(struct wr_task_state *s, struct weir_error *err)
{
    struct wr_task_meta meta = {
        .application_id = weir_str(wr_state_dir_application_id(s->dir)),
        .cluster_id = weir_str(wr_state_dir_cluster_id(s->dir)),
        .task_id = weir_str(s->task_id),
        .identity = weir_str(s->identity),
        .as_of = s->as_of,
        .has_inputs = s->has_inputs,
        .inputs = wr_buf_view(&s->inputs),
        .stores = wr_calloc(s->store_count, sizeof *meta.stores),
    };
    for (size_t i = 0; i < s->store_count; i++) {
        const struct wr_task_store *t = &s->stores[i];
        if (wr_task_store_on_disk(s, i)) {
            meta.stores[meta.store_count++] = (struct wr_task_meta_store){
                .name = weir_str(wr_kv_name(t->kv)),
                .changelog = weir_str(t->changelog),
                .changelog_id = weir_str(t->changelog_id),
                .timestamped = t->timestamped,
                .restore_from = t->restore_from,
                .flush_until = t->flush_until,
            };
        }
    }
    wr_buf_reset(&s->scratch);
    wr_task_meta_encode(&meta, &s->scratch);
    wr_task_meta_free(&meta);
    return s->disk->ops->put_meta(s->disk, WR_TASK_META_NAME, wr_buf_view(&s->scratch), err);
}

static enum weir_code write_row(struct wr_task_state *s, const struct wr_apply_row *r,
                                struct weir_error *err)
{
    struct wr_bytes_store *store = s->stores[r->store].kv->store;
    const struct wr_engine_ops *ops = store->engine->ops;
    if (weir_is_null(r->row.value)) {
        return ops->del(store, r->key, err);
    }
    wr_buf_reset(&s->scratch);
    wr_row_encode(&s->scratch, r->key, r->row);
    return ops->put(store, r->key, wr_buf_view(&s->scratch), err);
}

/* Write rows from *at on until the transaction is large enough; *last: there are no more. */
static enum weir_code write_rows(struct wr_task_state *s, const struct wr_apply *apply,
                                 bool on_disk, struct wr_apply_at *at, bool *last,
                                 struct weir_error *err)
{
    struct wr_apply_row row;
    size_t rows = 0;
    size_t bytes = 0;
    *last = false;
    while (rows < s->chunk_rows && bytes < CHUNK_BYTES) {
        if (!apply->next(s, on_disk, at, &row)) {
            *last = true;
            return WEIR_OK;
        }
        enum weir_code code = write_row(s, &row, err);
        if (code != WEIR_OK) {
            return code;
        }
        rows++;
        bytes += row.key.len + row.row.value.len;
    }
    struct wr_apply_at after = *at;
    *last = !apply->next(s, on_disk, &after, &row);
    return WEIR_OK;
}

/* What the meta record says once the last chunk is written. */
static void take_positions(struct wr_task_state *s, const struct wr_apply *apply, bool on_disk)
{
    for (size_t i = 0; i < s->store_count; i++) {
        if (apply->positions[i] >= 0 && wr_task_store_on_disk(s, i) == on_disk) {
            s->stores[i].restore_from = apply->positions[i];
        }
    }
    if (apply->inputs != NULL &&
        (weir_is_null(*apply->inputs) || apply->inputs->data != s->inputs.data)) {
        s->has_inputs = !weir_is_null(*apply->inputs);
        wr_buf_reset(&s->inputs);
        wr_buf_bytes(&s->inputs, *apply->inputs);
    }
    s->as_of = apply->as_of;
}

static enum weir_code try_chunk(struct wr_task_state *s, const struct wr_apply *apply,
                                struct wr_engine *e, struct wr_apply_at *at, bool *last,
                                struct weir_error *err)
{
    bool on_disk = e == s->disk;
    bool first = at->store == 0 && at->row == 0;
    enum weir_code code = e->ops->begin(e, err);
    if (code != WEIR_OK) {
        return code;
    }
    code = write_rows(s, apply, on_disk, at, last, err);
    if (code == WEIR_OK && *last) {
        take_positions(s, apply, on_disk);
    }
    if (code == WEIR_OK && on_disk && (first || *last)) {
        code = put_meta(s, err);
    }
    if (code == WEIR_OK && apply->commits && WR_FAILPOINT(APPLY_WRITTEN)) {
        code = wr_fail(err, WEIR_EIO, "failpoint: rows written, not committed");
    }
    if (code != WEIR_OK) {
        e->ops->rollback(e);
        return code;
    }
    return e->ops->commit(e, err);
}

static enum weir_code apply_to(struct wr_task_state *s, const struct wr_apply *apply,
                               struct wr_engine *e, struct weir_error *err)
{
    struct wr_apply_at at = {0};
    bool last = false;
    enum weir_code code = WEIR_OK;
    if (apply->commits) {
        e->ops->hold(e);
    }
    while (!last && code == WEIR_OK) {
        struct wr_apply_at start = at;
        code = try_chunk(s, apply, e, &at, &last, err);
        for (int i = 0; code == WEIR_EAGAIN && i < GROW_MAX; i++) {
            at = start;
            code = try_chunk(s, apply, e, &at, &last, err);
        }
        if (code == WEIR_OK && !last && apply->commits && WR_FAILPOINT(APPLY_CHUNK)) {
            code = wr_fail(err, WEIR_EIO, "failpoint: a chunk committed, its position not");
        }
    }
    if (apply->commits) {
        e->ops->release(e);
    }
    return code;
}

enum weir_code wr_task_apply(struct wr_task_state *s, const struct wr_apply *apply,
                             struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    if (s->failed) {
        return wr_fail(err, WEIR_ESTATE, "the stores of task %s failed before and must be reopened",
                       s->task_id);
    }
    for (size_t i = 0; i < s->store_count; i++) {
        wr_assert(apply->positions[i] < 0 || apply->positions[i] >= s->stores[i].restore_from);
        s->stores[i].flush_until = wr_max_i64(s->stores[i].flush_until, apply->positions[i]);
    }
    if (s->disk != NULL) {
        code = apply_to(s, apply, s->disk, err);
    }
    if (code == WEIR_OK && s->memory != NULL) {
        code = apply_to(s, apply, s->memory, err);
    }
    if (code != WEIR_OK) {
        s->failed = true;
        wr_fail_prefix(err, "task %s", s->task_id);
    }
    return code;
}

static bool no_rows(struct wr_task_state *s, bool on_disk, struct wr_apply_at *at,
                    struct wr_apply_row *out)
{
    WR_UNUSED(s);
    WR_UNUSED(on_disk);
    WR_UNUSED(at);
    WR_UNUSED(out);
    return false;
}

enum weir_code wr_task_write_meta(struct wr_task_state *s, struct weir_error *err)
{
    struct wr_apply nothing = {.next = no_rows, .as_of = s->as_of};
    int64_t *positions = wr_calloc(s->store_count, sizeof *positions);
    for (size_t i = 0; i < s->store_count; i++) {
        positions[i] = -1;
    }
    nothing.positions = positions;
    enum weir_code code = wr_task_apply(s, &nothing, err);
    wr_free(positions);
    return code;
}
