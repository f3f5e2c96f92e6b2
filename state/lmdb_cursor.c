/* lmdb_cursor.c -- scans of an LMDB store in the order of whole keys.
 *
 * LMDB orders by stored keys, which is the order of keys except inside a group of long keys that
 * share their first 494 bytes (key_codec.h). A scan that meets such a group reads all of it and
 * sorts it. LIMIT: a group is held in memory, as views, 32 bytes a member.
 */
#include "src/base/base.h"

#include <stdlib.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/key_codec.h"
#include "state/key_sort.h"
#include "state/lmdb_store.h"

struct pair {
    struct weir_bytes key;
    struct weir_bytes cell;
};

struct wr_bytes_cursor {
    struct wr_lmdb_store *store;
    struct wr_lmdb_engine *engine;
    MDB_cursor *mdb;
    bool forward;
    bool at_pair; /* stored and value are the pair under the LMDB cursor, not looked at yet */
    MDB_val stored;
    MDB_val value;
    bool has_from, has_to;
    struct wr_buf from, to;
    struct pair *group; /* of long keys, in ascending order */
    size_t group_count, group_cap;
    size_t group_left; /* members not given out yet */
};

static enum weir_code move(struct wr_bytes_cursor *c, MDB_cursor_op op, struct weir_error *err)
{
    int rc = mdb_cursor_get(c->mdb, &c->stored, &c->value, op);
    c->at_pair = rc == 0;
    return rc == 0 || rc == MDB_NOTFOUND ? WEIR_OK : wr_lmdb_fail(&c->engine->env, rc, "read", err);
}

static enum weir_code seek(struct wr_bytes_cursor *c, const struct wr_stored_key *key,
                           struct weir_error *err)
{
    c->stored = (MDB_val){.mv_size = key->len, .mv_data = (void *)(uintptr_t)key->data};
    return move(c, MDB_SET_RANGE, err);
}

static enum weir_code seek_start(struct wr_bytes_cursor *c, struct weir_error *err)
{
    struct wr_stored_key key;
    struct weir_bytes from = wr_buf_view(&c->from);
    if (!c->has_from) {
        return move(c, MDB_FIRST, err);
    }
    if (wr_key_is_long(from)) {
        wr_key_group_first(from, &key);
    } else {
        wr_key_store(from, &key);
    }
    return seek(c, &key, err);
}

static enum weir_code seek_end(struct wr_bytes_cursor *c, struct weir_error *err)
{
    struct wr_stored_key key;
    struct weir_bytes to = wr_buf_view(&c->to);
    if (!c->has_to) {
        return move(c, MDB_LAST, err);
    }
    if (wr_key_is_long(to)) {
        wr_key_group_last(to, &key);
    } else {
        wr_key_store(to, &key);
    }
    enum weir_code code = seek(c, &key, err);
    if (code != WEIR_OK) {
        return code;
    }
    if (!c->at_pair) {
        return move(c, MDB_LAST, err);
    }
    bool equal =
        weir_equal(weir_view(c->stored.mv_data, c->stored.mv_size), weir_view(key.data, key.len));
    return equal ? WEIR_OK : move(c, MDB_PREV, err);
}

static enum weir_code take_mdb_cursor(struct wr_bytes_cursor *c, struct weir_error *err)
{
    MDB_txn *txn = c->engine->env.read.txn;
    int rc = c->mdb != NULL ? mdb_cursor_renew(txn, c->mdb)
                            : mdb_cursor_open(txn, c->store->dbi, &c->mdb);
    return rc == 0 ? WEIR_OK : wr_lmdb_fail(&c->engine->env, rc, "read", err);
}

enum weir_code wr_lmdb_range(struct wr_bytes_store *b, struct weir_bytes from, struct weir_bytes to,
                             enum weir_direction direction, struct wr_bytes_cursor **out,
                             struct weir_error *err)
{
    struct wr_lmdb_store *s = wr_lmdb_store_of(b);
    struct wr_bytes_cursor *c = s->cursors.count != 0 ? s->cursors.items[--s->cursors.count]
                                                      : WR_NEW(struct wr_bytes_cursor);
    c->store = s;
    c->engine = wr_lmdb_engine_of(b->engine);
    c->engine->open_cursors++;
    c->forward = direction == WEIR_FORWARD;
    c->has_from = !weir_is_null(from);
    c->has_to = !weir_is_null(to);
    wr_buf_reset(&c->from);
    wr_buf_reset(&c->to);
    wr_buf_bytes(&c->from, from);
    wr_buf_bytes(&c->to, to);
    c->group_left = 0;
    enum weir_code code = take_mdb_cursor(c, err);
    if (code == WEIR_OK) {
        code = c->forward ? seek_start(c, err) : seek_end(c, err);
    }
    if (code != WEIR_OK) {
        wr_lmdb_close_cursor(c);
        return code;
    }
    *out = c;
    return WEIR_OK;
}

/* The pair under the cursor; the cursor stays. */
static enum weir_code read_pair(struct wr_bytes_cursor *c, struct weir_bytes *stored,
                                struct pair *out, struct weir_error *err)
{
    struct weir_bytes value;
    enum weir_code code = wr_lmdb_view(c->engine->env.read.extent, c->stored, stored, err);
    if (code == WEIR_OK) {
        code = wr_lmdb_view(c->engine->env.read.extent, c->value, &value, err);
    }
    if (code == WEIR_OK) {
        code = wr_stored_pair_decode(*stored, value, &out->key, &out->cell, err);
    }
    return code;
}

static int compare_pairs(const void *a, const void *b)
{
    return wr_key_compare(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

static enum weir_code step(struct wr_bytes_cursor *c, struct weir_error *err)
{
    return move(c, c->forward ? MDB_NEXT : MDB_PREV, err);
}

/* Read the group that begins (or, backward, ends) with `first`; the cursor is then behind it. */
static enum weir_code read_group(struct wr_bytes_cursor *c, struct weir_bytes stored,
                                 struct pair first, struct weir_error *err)
{
    struct pair next = first;
    struct weir_bytes next_stored = stored;
    c->group_count = 0;
    for (;;) {
        if (c->group_count == c->group_cap) {
            c->group_cap = c->group_cap * 2 + 8;
            c->group = wr_realloc_array(c->group, c->group_cap, sizeof *c->group);
        }
        c->group[c->group_count++] = next;
        enum weir_code code = step(c, err);
        if (code != WEIR_OK) {
            return code;
        }
        if (!c->at_pair) {
            break;
        }
        code = read_pair(c, &next_stored, &next, err);
        if (code != WEIR_OK) {
            return code;
        }
        if (!wr_stored_key_same_group(stored, next_stored)) {
            break;
        }
    }
    qsort(c->group, c->group_count, sizeof *c->group, compare_pairs);
    c->group_left = c->group_count;
    return WEIR_OK;
}

static bool before_start(const struct wr_bytes_cursor *c, struct weir_bytes key)
{
    return c->has_from && wr_key_compare(key, wr_buf_view(&c->from)) < 0;
}

static bool behind_end(const struct wr_bytes_cursor *c, struct weir_bytes key)
{
    return c->has_to && wr_key_compare(key, wr_buf_view(&c->to)) > 0;
}

enum weir_code wr_lmdb_next(struct wr_bytes_cursor *c, struct weir_bytes *key,
                            struct weir_bytes *cell, struct weir_error *err)
{
    for (;;) {
        struct weir_bytes stored;
        struct pair p;
        if (c->group_left != 0) {
            size_t i = c->forward ? c->group_count - c->group_left : c->group_left - 1;
            p = c->group[i];
            c->group_left--;
        } else {
            if (!c->at_pair) {
                return WEIR_END;
            }
            enum weir_code code = read_pair(c, &stored, &p, err);
            if (code == WEIR_OK && wr_stored_key_is_long(stored)) {
                code = read_group(c, stored, p, err);
                if (code == WEIR_OK) {
                    continue;
                }
            } else if (code == WEIR_OK) {
                code = step(c, err);
            }
            if (code != WEIR_OK) {
                return code;
            }
        }
        /* A group may begin before the scan and end behind it. */
        if (c->forward ? behind_end(c, p.key) : before_start(c, p.key)) {
            c->at_pair = false;
            c->group_left = 0;
            return WEIR_END;
        }
        if (c->forward ? before_start(c, p.key) : behind_end(c, p.key)) {
            continue;
        }
        *key = p.key;
        *cell = p.cell;
        return WEIR_OK;
    }
}

void wr_lmdb_close_cursor(struct wr_bytes_cursor *c)
{
    c->engine->open_cursors--;
    wr_ptrs_push(&c->store->cursors, c);
}

void wr_lmdb_free_cursors(struct wr_lmdb_store *s)
{
    for (size_t i = 0; i < s->cursors.count; i++) {
        struct wr_bytes_cursor *c = s->cursors.items[i];
        if (c->mdb != NULL) {
            mdb_cursor_close(c->mdb);
        }
        wr_buf_free(&c->from);
        wr_buf_free(&c->to);
        wr_free(c->group);
        wr_free(c);
    }
    wr_ptrs_free(&s->cursors);
}
