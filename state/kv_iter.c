/* kv_iter.c -- scans: the engine's rows merged with those the transaction has touched.
 *
 * The image of a scan is fixed when it is opened: the engine holds what was committed and does not
 * change before the scan is closed, and of the touched entries in its range the scan shares the
 * versions that were current. Where both have a key, the touched one counts.
 *
 * Opening costs the touched entries within the range, not all of them: the list is kept sorted from
 * one scan to the next.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/kv_internal.h"

struct image {
    uint32_t slot;
    struct wr_cell *cell;
};

struct weir_kv_iter {
    struct weir_kv *kv;
    bool open;
    bool forward;
    struct wr_bytes_cursor *cursor;
    bool has_stored; /* the engine's next row was read and not given out */
    bool at_end;     /* the engine has no more */
    struct weir_bytes stored_key;
    struct weir_bytes stored_cell;
    struct image *image; /* in the order of the scan */
    size_t image_count;
    size_t image_cap;
    size_t image_next;
    struct wr_buf beyond; /* the key right behind the scan, when its end is exclusive */
    bool exclusive;
};

/* How many touched entries come before key; with or_equal also one that is key. */
static size_t count_before(const struct weir_kv *kv, struct weir_bytes key, bool or_equal)
{
    size_t low = 0;
    size_t high = kv->sorted_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int c = wr_key_compare(wr_entry_key(wr_table_entry(kv->table, kv->sorted[middle])), key);
        if (c < 0 || (c == 0 && or_equal)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void take_image(struct weir_kv_iter *it, struct weir_bytes from, struct weir_bytes to)
{
    struct weir_kv *kv = it->kv;
    const uint32_t *sorted = wr_kv_sorted(kv);
    size_t first = weir_is_null(from) ? 0 : count_before(kv, from, false);
    size_t end = weir_is_null(to) ? kv->sorted_count : count_before(kv, to, !it->exclusive);
    it->image_count = end > first ? end - first : 0;
    it->image_next = 0;
    if (it->image_cap < it->image_count) {
        it->image_cap = it->image_count;
        it->image = wr_realloc_array(it->image, it->image_cap, sizeof *it->image);
    }
    for (size_t i = 0; i < it->image_count; i++) {
        uint32_t slot = sorted[it->forward ? first + i : end - 1 - i];
        it->image[i] =
            (struct image){slot, wr_cell_share(wr_table_entry(kv->table, slot)->current)};
    }
}

static enum weir_code open_scan(struct weir_kv *kv, struct weir_bytes from, struct weir_bytes to,
                                struct weir_kv_iter *it)
{
    const struct wr_engine_ops *ops = kv->store->engine->ops;
    it->kv = kv;
    it->has_stored = it->at_end = false;
    enum weir_code code = ops->range(
        kv->store, from, to, it->forward ? WEIR_FORWARD : WEIR_BACKWARD, &it->cursor, &kv->error);
    if (code != WEIR_OK) {
        wr_ptrs_push(&kv->unused, it);
        return wr_fail_prefix(&kv->error, "store \"%s\"", kv->name);
    }
    take_image(it, from, to);
    it->open = true;
    wr_ptrs_push(&kv->scans, it);
    return WEIR_OK;
}

static struct weir_kv_iter *new_scan(struct weir_kv *kv, enum weir_direction direction)
{
    struct weir_kv_iter *it =
        kv->unused.count != 0 ? kv->unused.items[--kv->unused.count] : WR_NEW(struct weir_kv_iter);
    it->forward = direction == WEIR_FORWARD;
    it->exclusive = false;
    return it;
}

enum weir_code weir_kv_range(weir_kv *kv, struct weir_bytes from, struct weir_bytes to,
                             enum weir_direction direction, weir_kv_iter **iter)
{
    struct weir_kv_iter *it = new_scan(kv, direction);
    enum weir_code code = open_scan(kv, from, to, it);
    *iter = code == WEIR_OK ? it : NULL;
    return code;
}

/* The least key that is greater than all that start with prefix; false if there is none. */
static bool key_beyond(struct weir_bytes prefix, struct wr_buf *out)
{
    wr_buf_reset(out);
    wr_buf_bytes(out, prefix);
    while (out->len != 0 && (unsigned char)out->data[out->len - 1] == 0xff) {
        out->len--;
    }
    if (out->len == 0) {
        return false;
    }
    out->data[out->len - 1]++;
    return true;
}

enum weir_code weir_kv_prefix(weir_kv *kv, struct weir_bytes prefix, enum weir_direction direction,
                              weir_kv_iter **iter)
{
    if (weir_is_null(prefix)) {
        *iter = NULL;
        return wr_fail(&kv->error, WEIR_EINVAL, "store \"%s\": prefix is null", kv->name);
    }
    struct weir_kv_iter *it = new_scan(kv, direction);
    it->exclusive = key_beyond(prefix, &it->beyond);
    struct weir_bytes to = it->exclusive ? wr_buf_view(&it->beyond) : weir_null();
    enum weir_code code = open_scan(kv, prefix, to, it);
    *iter = code == WEIR_OK ? it : NULL;
    return code;
}

/* Read the engine's next row unless one is waiting. */
static enum weir_code peek_stored(struct weir_kv_iter *it)
{
    const struct wr_engine_ops *ops = it->kv->store->engine->ops;
    while (!it->has_stored && !it->at_end) {
        enum weir_code code =
            ops->next(it->cursor, &it->stored_key, &it->stored_cell, &it->kv->error);
        if (code == WEIR_END) {
            it->at_end = true;
        } else if (code != WEIR_OK) {
            return wr_fail_prefix(&it->kv->error, "store \"%s\"", it->kv->name);
        } else {
            /* The engine's ranges are inclusive. */
            it->has_stored =
                !it->exclusive || !weir_equal(it->stored_key, wr_buf_view(&it->beyond));
        }
    }
    return WEIR_OK;
}

static enum weir_code give_stored(struct weir_kv_iter *it, struct weir_row *row)
{
    struct wr_row r;
    it->has_stored = false;
    enum weir_code code = wr_kv_decode(it->kv, it->stored_key, it->stored_cell, &r);
    if (code == WEIR_OK) {
        *row = (struct weir_row){it->stored_key, r.value, r.time};
    }
    return code;
}

enum weir_code weir_kv_next(weir_kv_iter *it, struct weir_row *row)
{
    wr_assert(it->open);
    for (;;) {
        enum weir_code code = peek_stored(it);
        if (code != WEIR_OK) {
            return code;
        }
        if (it->image_next == it->image_count) {
            return it->has_stored ? give_stored(it, row) : WEIR_END;
        }
        const struct image *touched = &it->image[it->image_next];
        struct weir_bytes key = wr_entry_key(wr_table_entry(it->kv->table, touched->slot));
        int order = it->has_stored ? wr_key_compare(key, it->stored_key) : -1;
        order = it->has_stored && !it->forward ? -order : order;
        if (order > 0) {
            return give_stored(it, row);
        }
        if (order == 0) {
            it->has_stored = false;
        }
        it->image_next++;
        struct wr_row r = wr_cell_row(touched->cell);
        if (!weir_is_null(r.value)) {
            *row = (struct weir_row){key, r.value, r.time};
            return WEIR_OK;
        }
    }
}

void weir_kv_close(weir_kv_iter *it)
{
    if (it == NULL || !it->open) {
        return; /* the runtime may have closed it before */
    }
    struct weir_kv *kv = it->kv;
    for (size_t i = 0; i < it->image_count; i++) {
        wr_cell_give(kv->table, it->image[i].cell);
    }
    kv->store->engine->ops->close_cursor(it->cursor);
    it->open = false;
    wr_ptrs_remove(&kv->scans, it);
    wr_ptrs_push(&kv->unused, it);
}

size_t wr_kv_close_scans(struct weir_kv *kv)
{
    size_t count = kv->scans.count;
    while (kv->scans.count != 0) {
        weir_kv_close(kv->scans.items[kv->scans.count - 1]);
    }
    return count;
}

void wr_kv_free_scans(struct weir_kv *kv)
{
    wr_kv_close_scans(kv);
    for (size_t i = 0; i < kv->unused.count; i++) {
        struct weir_kv_iter *it = kv->unused.items[i];
        wr_buf_free(&it->beyond);
        wr_free(it->image);
        wr_free(it);
    }
    wr_ptrs_free(&kv->unused);
    wr_ptrs_free(&kv->scans);
}
