/* sim_image.c -- the contents of engines. See sim_image.h. */
#include "src/base/base.h"

#include "src/base/fs.h"
#include "src/base/mem.h"
#include "state/disk.h"
#include "state/lmdb_engine.h"
#include "state/memory_engine.h"
#include "state/task_meta.h"
#include "testkit/sim_image.h"

enum { STORES_MAX = 8, MAP_BYTES = 1 << 24 };

struct wr_sim_image {
    char *root;               /* NULL: in memory */
    char *folder;             /* of the LMDB file */
    struct wr_engine *memory; /* NULL: on disk */
};

struct wr_sim_image *wr_sim_image_new(const char *root, unsigned number)
{
    struct wr_sim_image *i = WR_NEW(struct wr_sim_image);
    if (root == NULL) {
        i->memory = wr_memory_engine_new();
        return i;
    }
    i->root = wr_strdup(root);
    i->folder = wr_asprintf("%s/%u", root, number);
    enum weir_code code = wr_fs_posix()->mkdirs(wr_fs_posix(), i->folder, NULL);
    wr_assert(code == WEIR_OK);
    return i;
}

void wr_sim_image_free(struct wr_sim_image *i)
{
    if (i == NULL) {
        return;
    }
    if (i->memory != NULL) {
        i->memory->ops->close(i->memory);
    } else {
        enum weir_code code = wr_fs_posix()->remove(wr_fs_posix(), i->folder, NULL);
        wr_assert(code == WEIR_OK);
    }
    wr_free(i->folder);
    wr_free(i->root);
    wr_free(i);
}

enum weir_code wr_sim_image_open(struct wr_sim_image *i, uint64_t map_bytes, unsigned max_stores,
                                 struct wr_engine **out, struct weir_error *err)
{
    if (i->memory == NULL) {
        return wr_lmdb_engine_open(out, i->folder, map_bytes, max_stores, err);
    }
    *out = i->memory;
    return WEIR_OK;
}

struct wr_engine *wr_sim_image_view(struct wr_sim_image *i)
{
    struct wr_engine *e = i->memory;
    if (e == NULL && wr_lmdb_engine_view(&e, i->folder, STORES_MAX, NULL) != WEIR_OK) {
        return NULL;
    }
    return e;
}

void wr_sim_image_close(struct wr_sim_image *i, struct wr_engine *e)
{
    if (i->memory == NULL) {
        e->ops->close(e);
    }
}

enum weir_code wr_sim_image_check(const struct wr_sim_image *i, bool all_rows,
                                  struct weir_error *err)
{
    struct wr_disk *lmdb = wr_disk_lmdb();
    return i->memory != NULL ? WEIR_OK : lmdb->check(lmdb, i->folder, all_rows, err);
}

/* ---- copies ---------------------------------------------------------------------------------- */

static void copy_store(struct wr_engine *from, struct wr_engine *to, const char *name)
{
    struct wr_bytes_store *source;
    struct wr_bytes_store *target;
    struct wr_bytes_cursor *cursor;
    struct weir_bytes key;
    struct weir_bytes cell;
    enum weir_code code = from->ops->store(from, name, &source, NULL);
    if (code == WEIR_OK && from->ops->count(source) != 0) {
        code = to->ops->store(to, name, &target, NULL);
        wr_assert(code == WEIR_OK);
        code = from->ops->range(source, weir_null(), weir_null(), WEIR_FORWARD, &cursor, NULL);
        while (code == WEIR_OK && from->ops->next(cursor, &key, &cell, NULL) == WEIR_OK) {
            code = to->ops->put(target, key, cell, NULL);
        }
        from->ops->close_cursor(cursor);
    }
    wr_assert(code == WEIR_OK);
}

static void copy_rows(struct wr_engine *from, struct wr_engine *to, const char *const *stores)
{
    struct wr_buf meta = {0};
    enum weir_code code = to->ops->begin(to, NULL);
    wr_assert(code == WEIR_OK);
    for (; *stores != NULL; stores++) {
        copy_store(from, to, *stores);
    }
    if (from->ops->get_meta(from, WR_TASK_META_NAME, &meta, NULL) == WEIR_OK) {
        code = to->ops->put_meta(to, WR_TASK_META_NAME, wr_buf_view(&meta), NULL);
    }
    wr_buf_free(&meta);
    wr_assert(code == WEIR_OK && to->ops->commit(to, NULL) == WEIR_OK);
}

static void copy_file(const char *from, const char *to)
{
    struct wr_fs *fs = wr_fs_posix();
    struct wr_buf bytes = {0};
    char *source = wr_asprintf("%s/data.mdb", from);
    char *target = wr_asprintf("%s/data.mdb", to);
    if (fs->read(fs, source, &bytes, NULL) == WEIR_OK) {
        enum weir_code code = fs->replace(fs, target, wr_buf_view(&bytes), NULL);
        wr_assert(code == WEIR_OK);
    }
    wr_free(source);
    wr_free(target);
    wr_buf_free(&bytes);
}

struct wr_sim_image *wr_sim_image_copy(struct wr_sim_image *i, const char *const *stores,
                                       unsigned number)
{
    struct wr_sim_image *copy = wr_sim_image_new(i->root, number);
    if (i->memory != NULL) {
        copy_rows(i->memory, copy->memory, stores);
    } else {
        copy_file(i->folder, copy->folder);
    }
    return copy;
}

/* ---- damage ---------------------------------------------------------------------------------- */

/* Another byte in the first row there is. */
static bool damage_store(struct wr_engine *e, const char *name)
{
    struct wr_bytes_store *store;
    struct wr_bytes_cursor *cursor;
    struct weir_bytes key;
    struct weir_bytes cell;
    struct wr_buf copy = {0};
    struct wr_buf name_copy = {0};
    enum weir_code code = e->ops->store(e, name, &store, NULL);
    if (code != WEIR_OK || e->ops->count(store) == 0) {
        return false;
    }
    code = e->ops->range(store, weir_null(), weir_null(), WEIR_FORWARD, &cursor, NULL);
    code = code == WEIR_OK ? e->ops->next(cursor, &key, &cell, NULL) : code;
    wr_assert(code == WEIR_OK);
    wr_buf_bytes(&name_copy, key);
    wr_buf_bytes(&copy, cell);
    e->ops->close_cursor(cursor);
    copy.data[copy.len - 5] ^= 1; /* the last byte of the value: a checksum of 4 follows */
    code = e->ops->begin(e, NULL);
    code = code == WEIR_OK ? e->ops->put(store, wr_buf_view(&name_copy), wr_buf_view(&copy), NULL)
                           : code;
    code = code == WEIR_OK ? e->ops->commit(e, NULL) : code;
    wr_assert(code == WEIR_OK);
    wr_buf_free(&copy);
    wr_buf_free(&name_copy);
    return true;
}

bool wr_sim_image_damage(struct wr_sim_image *i, const char *const *stores)
{
    struct wr_engine *e;
    bool done = false;
    if (wr_sim_image_check(i, true, NULL) != WEIR_OK ||
        wr_sim_image_open(i, MAP_BYTES, STORES_MAX, &e, NULL) != WEIR_OK) {
        return false;
    }
    for (; *stores != NULL && !done; stores++) {
        done = damage_store(e, *stores);
    }
    wr_sim_image_close(i, e);
    return done;
}
