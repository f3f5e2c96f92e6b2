/* lmdb_check.c -- reading an LMDB file with suspicion.
 *
 * Every page that a tree leads to is marked; one that is reached twice, or is also in the free
 * list, is damage (it would be overwritten while in use). Pages behind the end of the file are
 * allowed if the free list has them: LMDB does not write what a transaction freed again.
 */
#include "src/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/key_sort.h"
#include "state/lmdb_check.h"
#include "state/lmdb_format.h"

enum { DEPTH_MAX = 32, META_PAGES = 2 };

/* More pages than one transaction can have freed behind the end of the file. */
enum { PAGES_BEHIND_MAX = 1 << 20 };

struct database {
    const char *name; /* for messages */
    bool integer_keys;
    unsigned depth;
    uint64_t root, branch, leaf, overflow, entries; /* as the file says */
    uint64_t saw_branch, saw_leaf, saw_overflow, saw_entries;
};

struct check {
    int fd;
    const char *path;
    struct weir_error *err;
    size_t page;         /* size of one */
    uint64_t file_pages; /* whole ones */
    uint64_t last;       /* number of the last page in use */
    uint64_t txn;
    unsigned char *seen; /* one bit a page */
    bool all_leaves;
    unsigned char *buffers[DEPTH_MAX + 2]; /* one page for each level, and for overflow heads */
    uint64_t free_behind; /* pages behind the end of the file that the free list has */
    struct database *stores;
    size_t store_count;
};

/* What to do with each leaf node of a tree. */
struct walk {
    struct check *c;
    struct database *db;
    bool leaves; /* look into them */
    enum weir_code (*visit)(struct walk *w, struct weir_bytes key, const unsigned char *node,
                            size_t left);
};

WR_PRINTF(2, 3)
static enum weir_code bad(const struct check *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    wr_vfail(c->err, WEIR_ECORRUPT, format, args);
    va_end(args);
    wr_fail_prefix(c->err, "store file \"%s/data.mdb\" is damaged", c->path);
    return WEIR_ECORRUPT;
}

static enum weir_code read_at(const struct check *c, uint64_t offset, unsigned char *out,
                              size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(c->fd, out + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return wr_fail(c->err, WEIR_EIO, "could not read store file \"%s/data.mdb\": %s",
                           c->path, wr_errno_text(errno));
        }
        if (n == 0) {
            return bad(c, "it ends at %llu", (unsigned long long)offset + done);
        }
        done += (size_t)n;
    }
    return WEIR_OK;
}

/* ---- pages ----------------------------------------------------------------------------------- */

/* Mark a page that is in use (or free) as such. */
static enum weir_code claim(struct check *c, uint64_t number, bool in_use)
{
    unsigned long long n = number;
    if (number < META_PAGES || number > c->last) {
        return bad(c, "page %llu is out of range", n);
    }
    if (in_use && number >= c->file_pages) {
        return bad(c, "it was cut before page %llu", n);
    }
    unsigned char bit = (unsigned char)(1u << (number % 8));
    if ((c->seen[number / 8] & bit) != 0) {
        return bad(c, "page %llu has two uses", n);
    }
    c->seen[number / 8] |= bit;
    return WEIR_OK;
}

static enum weir_code load(struct check *c, uint64_t number, unsigned level, unsigned char **out)
{
    if (c->buffers[level] == NULL) {
        c->buffers[level] = wr_alloc(c->page);
    }
    *out = c->buffers[level];
    enum weir_code code = read_at(c, number * c->page, *out, c->page);
    if (code == WEIR_OK && wr_lmdb_u64(*out + WR_LMDB_PAGE_NUMBER) != number) {
        return bad(c, "page %llu says that it is page %llu", (unsigned long long)number,
                   (unsigned long long)wr_lmdb_u64(*out + WR_LMDB_PAGE_NUMBER));
    }
    return code;
}

static size_t even(size_t n)
{
    return (n + 1) & ~(size_t)1;
}

static unsigned key_count(const unsigned char *page)
{
    return (wr_lmdb_u16(page + WR_LMDB_PAGE_LOWER) - WR_LMDB_PAGE_HEAD) / 2u;
}

static const unsigned char *node_at(const unsigned char *page, unsigned i)
{
    return page + wr_lmdb_u16(page + WR_LMDB_PAGE_HEAD + (size_t)2 * i);
}

static struct weir_bytes node_key(const unsigned char *node)
{
    return weir_view(node + WR_LMDB_NODE_HEAD, wr_lmdb_u16(node + WR_LMDB_NODE_KEY));
}

static uint64_t child_number(const unsigned char *node)
{
    return wr_lmdb_u32(node + WR_LMDB_NODE_SIZE) | (uint64_t)wr_lmdb_u16(node + WR_LMDB_NODE_FLAGS)
                                                       << 32;
}

static size_t node_bytes(const unsigned char *node, bool leaf)
{
    size_t size = WR_LMDB_NODE_HEAD + wr_lmdb_u16(node + WR_LMDB_NODE_KEY);
    if (leaf) {
        bool big = (wr_lmdb_u16(node + WR_LMDB_NODE_FLAGS) & WR_LMDB_BIG) != 0;
        size += big ? sizeof(uint64_t) : wr_lmdb_u32(node + WR_LMDB_NODE_SIZE);
    }
    return even(size);
}

/* The head of a branch or leaf page and the bounds of its nodes, which fill it to the end. */
static enum weir_code check_nodes(const struct check *c, const struct database *db,
                                  const unsigned char *page, bool leaf)
{
    unsigned long long number = wr_lmdb_u64(page + WR_LMDB_PAGE_NUMBER);
    unsigned lower = wr_lmdb_u16(page + WR_LMDB_PAGE_LOWER);
    unsigned upper = wr_lmdb_u16(page + WR_LMDB_PAGE_UPPER);
    if (wr_lmdb_u16(page + WR_LMDB_PAGE_FLAGS) != (leaf ? WR_LMDB_LEAF : WR_LMDB_BRANCH)) {
        return bad(c, "page %llu of \"%s\" is not a %s", number, db->name,
                   leaf ? "leaf" : "branch");
    }
    /* LMDB leaves branches of the free list with one child. */
    unsigned least = leaf || db->integer_keys ? 1 : 2;
    if (lower % 2 != 0 || lower < WR_LMDB_PAGE_HEAD + 2 * least || lower > upper ||
        upper > c->page) {
        return bad(c, "page %llu of \"%s\" has impossible bounds", number, db->name);
    }
    size_t total = 0;
    for (unsigned i = 0; i < key_count(page); i++) {
        unsigned at = wr_lmdb_u16(page + WR_LMDB_PAGE_HEAD + (size_t)2 * i);
        if (at % 2 != 0 || at < upper || at + WR_LMDB_NODE_HEAD > c->page ||
            node_bytes(page + at, leaf) > c->page - at) {
            return bad(c, "node %u of page %llu of \"%s\" lies outside of it", i, number, db->name);
        }
        total += node_bytes(page + at, leaf);
    }
    return total == c->page - upper
               ? WEIR_OK
               : bad(c, "the nodes of page %llu of \"%s\" overlap", number, db->name);
}

/* ---- trees ----------------------------------------------------------------------------------- */

static int compare_keys(const struct database *db, struct weir_bytes a, struct weir_bytes b)
{
    if (!db->integer_keys) {
        return wr_key_compare(a, b);
    }
    uint64_t x = wr_lmdb_u64(a.data);
    uint64_t y = wr_lmdb_u64(b.data);
    return (x > y) - (x < y);
}

struct bounds {
    struct weir_bytes low; /* keys >= low; null: open */
    struct weir_bytes high;
};

/* Keys ascend within the page and stay within the bounds. The first key of a branch counts as the
 * lower bound whatever it is. */
static enum weir_code check_order(const struct walk *w, const unsigned char *page, bool leaf,
                                  struct bounds b)
{
    unsigned long long number = wr_lmdb_u64(page + WR_LMDB_PAGE_NUMBER);
    struct weir_bytes before = weir_null();
    for (unsigned i = leaf ? 0 : 1; i < key_count(page); i++) {
        struct weir_bytes key = node_key(node_at(page, i));
        if (w->db->integer_keys ? key.len != sizeof(uint64_t) : key.len == 0) {
            return bad(w->c, "a key of page %llu of \"%s\" has %zu bytes", number, w->db->name,
                       key.len);
        }
        if ((!weir_is_null(before) && compare_keys(w->db, before, key) >= 0) ||
            (!weir_is_null(b.low) && compare_keys(w->db, key, b.low) < 0) ||
            (!weir_is_null(b.high) && compare_keys(w->db, key, b.high) >= 0)) {
            return bad(w->c, "the keys of page %llu of \"%s\" are out of order", number,
                       w->db->name);
        }
        before = key;
    }
    return WEIR_OK;
}

/* The value of a leaf node that lies on pages of its own. */
static enum weir_code check_overflow(struct walk *w, const unsigned char *node, uint64_t *first)
{
    struct check *c = w->c;
    unsigned char *page;
    uint64_t bytes = (uint64_t)wr_lmdb_u32(node + WR_LMDB_NODE_SIZE) + WR_LMDB_PAGE_HEAD;
    uint64_t count = (bytes + c->page - 1) / c->page;
    *first = wr_lmdb_u64(node + WR_LMDB_NODE_HEAD + wr_lmdb_u16(node + WR_LMDB_NODE_KEY));
    w->db->saw_overflow += count;
    enum weir_code code = WEIR_OK;
    for (uint64_t i = 0; i < count && code == WEIR_OK; i++) {
        code = claim(c, *first + i, true);
    }
    if (code == WEIR_OK) {
        code = load(c, *first, DEPTH_MAX + 1, &page);
    }
    if (code != WEIR_OK) {
        return code;
    }
    if (wr_lmdb_u16(page + WR_LMDB_PAGE_FLAGS) != WR_LMDB_OVERFLOW ||
        wr_lmdb_u32(page + WR_LMDB_PAGE_COUNT) != count) {
        return bad(c, "page %llu of \"%s\" does not begin a value of %llu pages",
                   (unsigned long long)*first, w->db->name, (unsigned long long)count);
    }
    return WEIR_OK;
}

static enum weir_code check_leaf(struct walk *w, const unsigned char *page, struct bounds b)
{
    enum weir_code code = check_nodes(w->c, w->db, page, true);
    if (code == WEIR_OK) {
        code = check_order(w, page, true, b);
    }
    for (unsigned i = 0; i < key_count(page) && code == WEIR_OK; i++) {
        const unsigned char *node = node_at(page, i);
        unsigned flags = wr_lmdb_u16(node + WR_LMDB_NODE_FLAGS);
        uint64_t first = 0;
        w->db->saw_entries++;
        if ((flags & ~(unsigned)(WR_LMDB_BIG | WR_LMDB_DATABASE)) != 0) {
            return bad(w->c, "node %u of page %llu of \"%s\" has unknown flags", i,
                       (unsigned long long)wr_lmdb_u64(page), w->db->name);
        }
        if ((flags & WR_LMDB_BIG) != 0) {
            code = check_overflow(w, node, &first);
        }
        if (code == WEIR_OK) {
            code = w->visit(w, node_key(node), node, first);
        }
    }
    return code;
}

/* The pages below a page at `level` (the root's is 1). */
static enum weir_code walk_page(struct walk *w, uint64_t number, unsigned level, struct bounds b)
{
    unsigned char *page;
    bool leaf = level == w->db->depth;
    enum weir_code code = claim(w->c, number, true);
    w->db->saw_leaf += leaf;
    w->db->saw_branch += !leaf;
    if (code != WEIR_OK || (leaf && !w->leaves)) {
        return code;
    }
    code = load(w->c, number, level, &page);
    if (code != WEIR_OK || leaf) {
        return code == WEIR_OK ? check_leaf(w, page, b) : code;
    }
    code = check_nodes(w->c, w->db, page, false);
    if (code == WEIR_OK) {
        code = check_order(w, page, false, b);
    }
    unsigned count = code == WEIR_OK ? key_count(page) : 0;
    for (unsigned i = 0; i < count && code == WEIR_OK; i++) {
        struct bounds inner = {i == 0 ? b.low : node_key(node_at(page, i)),
                               i + 1 == count ? b.high : node_key(node_at(page, i + 1))};
        code = walk_page(w, child_number(node_at(page, i)), level + 1, inner);
    }
    return code;
}

static enum weir_code walk_database(struct walk *w)
{
    struct database *db = w->db;
    struct bounds all = {weir_null(), weir_null()};
    if (db->root == WR_LMDB_NO_PAGE) {
        return db->depth == 0 ? WEIR_OK : bad(w->c, "\"%s\" has no root", db->name);
    }
    if (db->depth == 0 || db->depth > DEPTH_MAX) {
        return bad(w->c, "\"%s\" has a depth of %u", db->name, db->depth);
    }
    enum weir_code code = walk_page(w, db->root, 1, all);
    if (code != WEIR_OK) {
        return code;
    }
    bool same = db->saw_branch == db->branch && db->saw_leaf == db->leaf;
    if (w->leaves) {
        same = same && db->saw_entries == db->entries && db->saw_overflow == db->overflow;
    }
    return same ? WEIR_OK : bad(w->c, "\"%s\" counts other pages or rows than it has", db->name);
}

static enum weir_code read_database(const struct check *c, const unsigned char *p, const char *name,
                                    unsigned flags, struct database *out)
{
    *out = (struct database){
        .name = name,
        .integer_keys = flags == WR_LMDB_INTEGER_KEYS,
        .depth = wr_lmdb_u16(p + WR_LMDB_DB_DEPTH),
        .root = wr_lmdb_u64(p + WR_LMDB_DB_ROOT),
        .branch = wr_lmdb_u64(p + WR_LMDB_DB_BRANCH),
        .leaf = wr_lmdb_u64(p + WR_LMDB_DB_LEAF),
        .overflow = wr_lmdb_u64(p + WR_LMDB_DB_OVERFLOW),
        .entries = wr_lmdb_u64(p + WR_LMDB_DB_ENTRIES),
    };
    return wr_lmdb_u16(p + WR_LMDB_DB_FLAGS) == flags ? WEIR_OK
                                                      : bad(c, "\"%s\" has unknown flags", name);
}

/* ---- what the trees hold --------------------------------------------------------------------- */

/* A row of a store: its bytes are for the layer above. */
static enum weir_code visit_row(struct walk *w, struct weir_bytes key, const unsigned char *node,
                                size_t first)
{
    WR_UNUSED(key);
    WR_UNUSED(first);
    return (wr_lmdb_u16(node + WR_LMDB_NODE_FLAGS) & WR_LMDB_DATABASE) == 0
               ? WEIR_OK
               : bad(w->c, "a row of \"%s\" is a database", w->db->name);
}

/* A row of the main database: a store, to be walked later. */
static enum weir_code visit_store(struct walk *w, struct weir_bytes key, const unsigned char *node,
                                  size_t first)
{
    WR_UNUSED(first);
    struct check *c = w->c;
    if (wr_lmdb_u16(node + WR_LMDB_NODE_FLAGS) != WR_LMDB_DATABASE ||
        wr_lmdb_u32(node + WR_LMDB_NODE_SIZE) != WR_LMDB_DB_BYTES) {
        return bad(c, "an entry of the list of stores is not a store");
    }
    c->stores = wr_realloc_array(c->stores, c->store_count + 1, sizeof *c->stores);
    return read_database(c, node + WR_LMDB_NODE_HEAD + key.len, wr_strndup(key.data, key.len), 0,
                         &c->stores[c->store_count++]);
}

/* A row of the free list: the transaction that freed pages, their count and, descending, their
 * numbers. */
static enum weir_code visit_free(struct walk *w, struct weir_bytes key, const unsigned char *node,
                                 size_t first)
{
    struct check *c = w->c;
    size_t bytes = wr_lmdb_u32(node + WR_LMDB_NODE_SIZE);
    const unsigned char *list = node + WR_LMDB_NODE_HEAD + key.len;
    unsigned char *copy = NULL;
    enum weir_code code = WEIR_OK;
    if (wr_lmdb_u64(key.data) > c->txn || bytes < sizeof(uint64_t)) {
        return bad(c, "the free list has an impossible entry");
    }
    if ((wr_lmdb_u16(node + WR_LMDB_NODE_FLAGS) & WR_LMDB_BIG) != 0) {
        copy = wr_alloc(bytes);
        code = read_at(c, first * c->page + WR_LMDB_PAGE_HEAD, copy, bytes);
        list = copy;
    }
    uint64_t count = code == WEIR_OK ? wr_lmdb_u64(list) : 0;
    if (count > bytes / sizeof(uint64_t) - 1) {
        code = bad(c, "the free list has an entry of %llu pages", (unsigned long long)count);
        count = 0;
    }
    uint64_t before = UINT64_MAX;
    for (uint64_t i = 1; i <= count && code == WEIR_OK; i++) {
        uint64_t number = wr_lmdb_u64(list + i * sizeof(uint64_t));
        code = number < before ? claim(c, number, false) : bad(c, "the free list is out of order");
        c->free_behind += number >= c->file_pages;
        before = number;
    }
    wr_free(copy);
    return code;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The meta page that LMDB will choose, in *out. */
static enum weir_code read_meta(struct check *c, uint64_t file_bytes,
                                unsigned char out[WR_LMDB_META_BYTES])
{
    unsigned char raw[META_PAGES][WR_LMDB_PAGE_HEAD + WR_LMDB_META_BYTES];
    const unsigned char *meta[META_PAGES];
    c->page = (size_t)sysconf(_SC_PAGESIZE);
    if (file_bytes < META_PAGES * c->page) {
        return bad(c, "it has only %llu bytes", (unsigned long long)file_bytes);
    }
    for (unsigned i = 0; i < META_PAGES; i++) {
        enum weir_code code = read_at(c, i * c->page, raw[i], sizeof raw[i]);
        if (code != WEIR_OK) {
            return code;
        }
        meta[i] = raw[i] + WR_LMDB_PAGE_HEAD;
        if (wr_lmdb_u16(raw[i] + WR_LMDB_PAGE_FLAGS) != WR_LMDB_META ||
            wr_lmdb_u32(meta[i] + WR_LMDB_META_MAGIC) != WR_LMDB_MAGIC) {
            return bad(c, "meta page %u is not one", i);
        }
        if (wr_lmdb_u32(meta[i] + WR_LMDB_META_VERSION) != WR_LMDB_VERSION) {
            return bad(c, "it was written by another version of LMDB");
        }
        if (wr_lmdb_u32(meta[i] + WR_LMDB_META_FREE + WR_LMDB_DB_PAD) != c->page) {
            return bad(c, "it was written with another page size");
        }
    }
    uint64_t txn[META_PAGES] = {wr_lmdb_u64(meta[0] + WR_LMDB_META_TXN),
                                wr_lmdb_u64(meta[1] + WR_LMDB_META_TXN)};
    unsigned newer = txn[0] < txn[1];
    if (txn[newer] % META_PAGES != newer) {
        return bad(c, "the number of its last transaction is impossible");
    }
    memcpy(out, meta[newer], WR_LMDB_META_BYTES);
    return WEIR_OK;
}

static enum weir_code walk_meta(struct check *c, const unsigned char *meta)
{
    struct database list;
    struct database stores;
    struct walk walk_stores = {c, &stores, true, visit_store};
    struct walk walk_free = {c, &list, true, visit_free};
    enum weir_code code = read_database(c, meta + WR_LMDB_META_MAIN, "list of stores", 0, &stores);
    if (code == WEIR_OK) {
        code = walk_database(&walk_stores);
    }
    for (size_t i = 0; i < c->store_count && code == WEIR_OK; i++) {
        /* The meta records are few and everything else hangs on them. */
        bool leaves = c->all_leaves || strcmp(c->stores[i].name, WR_LMDB_META_STORE) == 0;
        struct walk walk_rows = {c, &c->stores[i], leaves, visit_row};
        code = walk_database(&walk_rows);
    }
    if (code == WEIR_OK) {
        code = read_database(c, meta + WR_LMDB_META_FREE, "free list", WR_LMDB_INTEGER_KEYS, &list);
    }
    return code == WEIR_OK ? walk_database(&walk_free) : code;
}

static enum weir_code check_pages(struct check *c, const unsigned char *meta)
{
    uint64_t behind = c->last >= c->file_pages ? c->last - c->file_pages + 1 : 0;
    enum weir_code code = WEIR_OK;
    if (c->last < META_PAGES - 1 || behind > PAGES_BEHIND_MAX) {
        return bad(c, "its last page is %llu and it has %llu", (unsigned long long)c->last,
                   (unsigned long long)c->file_pages);
    }
    c->seen = wr_calloc(c->last / 8 + 1, 1);
    code = walk_meta(c, meta);
    if (code == WEIR_OK && c->free_behind != behind) {
        code = bad(c, "it was cut after %llu of %llu pages", (unsigned long long)c->file_pages,
                   (unsigned long long)c->last + 1);
    }
    return code;
}

enum weir_code wr_lmdb_file_open(const char *folder, int *fd, struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    char *path = wr_asprintf("%s/data.mdb", folder);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0 && errno != ENOENT) {
        code = wr_fail(err, errno == EACCES ? WEIR_EAUTH : WEIR_EIO, "could not open \"%s\": %s",
                       path, wr_errno_text(errno));
    }
    wr_free(path);
    return code;
}

enum weir_code wr_lmdb_check(int fd, const char *path, enum wr_lmdb_check_depth depth,
                             struct weir_error *err)
{
    struct check c = {.fd = fd, .path = path, .err = err};
    unsigned char meta[WR_LMDB_META_BYTES] = {0};
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return wr_fail(err, WEIR_EIO, "could not look at store file \"%s/data.mdb\": %s", path,
                       wr_errno_text(errno));
    }
    if (st.st_size == 0) {
        return WEIR_OK;
    }
    enum weir_code code = read_meta(&c, (uint64_t)st.st_size, meta);
    if (code != WEIR_OK) {
        return code;
    }
    c.all_leaves = depth == WR_LMDB_CHECK_LEAVES;
    c.file_pages = (uint64_t)st.st_size / c.page;
    c.last = wr_lmdb_u64(meta + WR_LMDB_META_LAST);
    c.txn = wr_lmdb_u64(meta + WR_LMDB_META_TXN);
    code = check_pages(&c, meta);
    wr_free(c.seen);
    for (size_t i = 0; i < c.store_count; i++) {
        wr_free((char *)(uintptr_t)c.stores[i].name);
    }
    wr_free(c.stores);
    for (size_t i = 0; i < WR_ARRAY_LEN(c.buffers); i++) {
        wr_free(c.buffers[i]);
    }
    return code;
}
