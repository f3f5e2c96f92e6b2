/* fake_kv.c -- key-value stores for tests of operators: a sorted array of rows with the values of
 * the open transaction and of the last commit. Views die early on purpose: the memory of a row is
 * overwritten by the next call on the store. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "tests/unit/topology/fake_kv.h"

enum { ROWS_MAX = 256 };

struct row {
    struct weir_bytes key;
    struct weir_bytes value; /* null: no row */
    int64_t time;
    struct weir_bytes before;
    int64_t before_time;
    bool touched;
};

struct weir_kv {
    const char *name;
    struct row *rows[ROWS_MAX]; /* sorted by key */
    size_t count;
    struct row *touched[ROWS_MAX];
    size_t touched_count;
    size_t emitted;
    int64_t time;
    char view[3][512]; /* what was handed out last: key, value, value before */
    size_t prefetched;
    weir_kv_iter *scans; /* open ones */
    struct weir_error err;
    enum weir_code fail_next;
};

struct weir_kv_iter {
    weir_kv *kv;
    weir_kv_iter *next_open;
    struct weir_row rows[ROWS_MAX];
    size_t count;
    size_t next;
};

static struct weir_bytes dup(struct weir_bytes b)
{
    return weir_is_null(b) ? b : weir_view(wr_memdup(b.data, b.len), b.len);
}

static int compare(struct weir_bytes a, struct weir_bytes b)
{
    int c = memcmp(a.data, b.data, wr_min_size(a.len, b.len));
    return c != 0 ? c : a.len < b.len ? -1 : a.len > b.len;
}

/* Copy b to where the next call will destroy it. */
static struct weir_bytes lend(weir_kv *kv, int which, struct weir_bytes b)
{
    if (weir_is_null(b)) {
        return b;
    }
    wr_assert(b.len <= sizeof kv->view[0]);
    memcpy(kv->view[which], b.data, b.len);
    return weir_view(kv->view[which], b.len);
}

static void end_views(weir_kv *kv)
{
    memset(kv->view, '#', sizeof kv->view);
}

weir_kv *fake_kv_new(const char *name)
{
    weir_kv *kv = WR_NEW(weir_kv);
    kv->name = name;
    return kv;
}

static void free_row(struct row *r)
{
    wr_free((void *)r->key.data);
    wr_free((void *)r->value.data);
    wr_free((void *)r->before.data);
    wr_free(r);
}

void fake_kv_free(weir_kv *kv)
{
    for (size_t i = 0; i < kv->count; i++) {
        free_row(kv->rows[i]);
    }
    wr_free(kv);
}

void fake_kv_committed(weir_kv *kv)
{
    for (size_t i = 0; i < kv->touched_count; i++) {
        struct row *r = kv->touched[i];
        wr_free((void *)r->before.data);
        r->before = dup(r->value);
        r->before_time = r->time;
        r->touched = false;
    }
    kv->touched_count = kv->emitted = 0;
}

void fake_kv_fail_next(weir_kv *kv, enum weir_code code)
{
    kv->fail_next = code;
}

size_t fake_kv_prefetched(const weir_kv *kv)
{
    return kv->prefetched;
}

static bool find(weir_kv *kv, struct weir_bytes key, size_t *at)
{
    for (*at = 0; *at < kv->count; (*at)++) {
        int c = compare(kv->rows[*at]->key, key);
        if (c >= 0) {
            return c == 0;
        }
    }
    return false;
}

static enum weir_code begin(weir_kv *kv, struct weir_bytes key)
{
    enum weir_code code = kv->fail_next;
    kv->fail_next = WEIR_OK;
    if (code != WEIR_OK) {
        return wr_fail(&kv->err, code, "the disk is on fire");
    }
    return weir_is_null(key) ? wr_fail(&kv->err, WEIR_EINVAL, "key is null") : WEIR_OK;
}

enum weir_code weir_kv_put_at(weir_kv *kv, struct weir_bytes key, struct weir_bytes value,
                              int64_t time)
{
    size_t at;
    enum weir_code code = begin(kv, key);
    if (code != WEIR_OK) {
        return code;
    }
    end_views(kv); /* before the copy: a value that lies in the store is a mistake of the caller */
    if (!find(kv, key, &at)) {
        wr_assert(kv->count < ROWS_MAX);
        memmove(&kv->rows[at + 1], &kv->rows[at], (kv->count++ - at) * sizeof(struct row *));
        kv->rows[at] = WR_NEW(struct row);
        kv->rows[at]->key = dup(key);
    }
    struct row *r = kv->rows[at];
    struct weir_bytes copy = dup(value);
    wr_free((void *)r->value.data);
    r->value = copy;
    r->time = time;
    if (!r->touched) {
        r->touched = true;
        kv->touched[kv->touched_count++] = r;
    }
    return WEIR_OK;
}

enum weir_code weir_kv_put(weir_kv *kv, struct weir_bytes key, struct weir_bytes value)
{
    return weir_kv_put_at(kv, key, value, kv->time);
}

enum weir_code weir_kv_get(weir_kv *kv, struct weir_bytes key, struct weir_row *row)
{
    size_t at;
    enum weir_code code = begin(kv, key);
    if (code != WEIR_OK) {
        return code;
    }
    end_views(kv);
    if (!find(kv, key, &at) || weir_is_null(kv->rows[at]->value)) {
        return WEIR_ENOTFOUND;
    }
    row->key = lend(kv, 0, key);
    row->value = lend(kv, 1, kv->rows[at]->value);
    row->time = kv->rows[at]->time;
    return WEIR_OK;
}

enum weir_code weir_kv_delete(weir_kv *kv, struct weir_bytes key, struct weir_row *row)
{
    struct weir_row found = {.key = WEIR_NULL};
    enum weir_code code = weir_kv_get(kv, key, &found);
    if (code != WEIR_OK && code != WEIR_ENOTFOUND) {
        return code;
    }
    struct weir_bytes value = dup(found.value);
    code = weir_kv_put(kv, key, WEIR_NULL);
    if (row != NULL) {
        *row = found;
        row->value = lend(kv, 1, value);
    }
    wr_free((void *)value.data);
    return code;
}

enum weir_code weir_kv_put_if_absent(weir_kv *kv, struct weir_bytes key, struct weir_bytes value,
                                     struct weir_row *row)
{
    struct weir_row found = {.key = WEIR_NULL};
    enum weir_code code = weir_kv_get(kv, key, &found);
    if (code == WEIR_ENOTFOUND) {
        code = weir_kv_put(kv, key, value);
    }
    if (row != NULL) {
        *row = found;
    }
    return code;
}

static bool starts_with(struct weir_bytes key, struct weir_bytes prefix)
{
    return key.len >= prefix.len && memcmp(key.data, prefix.data, prefix.len) == 0;
}

static weir_kv_iter *new_iter(weir_kv *kv)
{
    weir_kv_iter *iter = WR_NEW(weir_kv_iter);
    iter->kv = kv;
    iter->next_open = kv->scans;
    kv->scans = iter;
    return iter;
}

static void add(weir_kv_iter *iter, const struct row *r)
{
    if (!weir_is_null(r->value)) {
        iter->rows[iter->count++] = (struct weir_row){dup(r->key), dup(r->value), r->time};
    }
}

static void reverse(weir_kv_iter *iter, enum weir_direction direction)
{
    for (size_t i = 0; direction == WEIR_BACKWARD && i < iter->count / 2; i++) {
        struct weir_row r = iter->rows[i];
        iter->rows[i] = iter->rows[iter->count - 1 - i];
        iter->rows[iter->count - 1 - i] = r;
    }
}

enum weir_code weir_kv_range(weir_kv *kv, struct weir_bytes from, struct weir_bytes to,
                             enum weir_direction direction, weir_kv_iter **iter)
{
    *iter = new_iter(kv);
    for (size_t i = 0; i < kv->count; i++) {
        struct weir_bytes key = kv->rows[i]->key;
        if ((weir_is_null(from) || compare(key, from) >= 0) &&
            (weir_is_null(to) || compare(key, to) <= 0)) {
            add(*iter, kv->rows[i]);
        }
    }
    reverse(*iter, direction);
    return WEIR_OK;
}

enum weir_code weir_kv_prefix(weir_kv *kv, struct weir_bytes prefix, enum weir_direction direction,
                              weir_kv_iter **iter)
{
    *iter = new_iter(kv);
    for (size_t i = 0; i < kv->count; i++) {
        if (starts_with(kv->rows[i]->key, prefix)) {
            add(*iter, kv->rows[i]);
        }
    }
    reverse(*iter, direction);
    return WEIR_OK;
}

enum weir_code weir_kv_next(weir_kv_iter *iter, struct weir_row *row)
{
    if (iter->next == iter->count) {
        return WEIR_END;
    }
    *row = iter->rows[iter->next++];
    return WEIR_OK;
}

void weir_kv_close(weir_kv_iter *iter)
{
    if (iter == NULL) {
        return;
    }
    for (size_t i = 0; i < iter->count; i++) {
        wr_free((void *)iter->rows[i].key.data);
        wr_free((void *)iter->rows[i].value.data);
    }
    weir_kv_iter **link = &iter->kv->scans;
    while (*link != iter) {
        link = &(*link)->next_open;
    }
    *link = iter->next_open;
    wr_free(iter);
}

const char *wr_kv_name(const struct weir_kv *kv)
{
    return kv->name;
}

void wr_kv_set_time(struct weir_kv *kv, int64_t time)
{
    kv->time = time;
}

const struct weir_error *wr_kv_error(const struct weir_kv *kv)
{
    return &kv->err;
}

size_t wr_kv_close_scans(struct weir_kv *kv)
{
    size_t count = 0;
    while (kv->scans != NULL) {
        weir_kv_close(kv->scans);
        count++;
    }
    return count;
}

bool wr_kv_next_change(struct weir_kv *kv, size_t *cursor, struct wr_kv_change *out)
{
    end_views(kv);
    if (*cursor == kv->touched_count) {
        return false;
    }
    const struct row *r = kv->touched[(*cursor)++];
    *out = (struct wr_kv_change){
        .key = lend(kv, 0, r->key),
        .value = lend(kv, 1, r->value),
        .time = r->time,
        .before = lend(kv, 2, r->before),
        .before_time = r->before_time,
    };
    return true;
}

size_t *wr_kv_emitted(struct weir_kv *kv)
{
    return &kv->emitted;
}

void wr_kv_prefetch(struct weir_kv *kv, struct weir_bytes key)
{
    WR_UNUSED(key);
    kv->prefetched++;
}
