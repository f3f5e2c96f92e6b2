/* lmdb_format.h -- the file format of LMDB 0.9 on 64-bit little-endian machines, as far as it is
 * read here without LMDB: where its map lies (lmdb_env.c), and whether a file can be handed to it
 * (lmdb_check.c). All numbers are little-endian; the README of this folder has the tables.
 */
#ifndef WR_LMDB_FORMAT_H
#define WR_LMDB_FORMAT_H

#include <stdint.h>
#include <string.h>

#define WR_LMDB_MAGIC UINT32_C(0xBEEFC0DE)
#define WR_LMDB_META_STORE "weir:meta" /* no store of an application can have this name */
#define WR_LMDB_NO_PAGE UINT64_MAX     /* root of an empty tree */

enum {
    WR_LMDB_VERSION = 1,

    /* a page */
    WR_LMDB_PAGE_NUMBER = 0, /* u64 */
    WR_LMDB_PAGE_FLAGS = 10, /* u16 */
    WR_LMDB_PAGE_LOWER = 12, /* u16: end of the node pointers */
    WR_LMDB_PAGE_UPPER = 14, /* u16: start of the nodes */
    WR_LMDB_PAGE_COUNT = 12, /* u32, of an overflow page: how many it takes */
    WR_LMDB_PAGE_HEAD = 16,
    WR_LMDB_BRANCH = 0x01,
    WR_LMDB_LEAF = 0x02,
    WR_LMDB_OVERFLOW = 0x04,
    WR_LMDB_META = 0x08,

    /* a node: size of the value or number of the child, flags, size of the key; key; value */
    WR_LMDB_NODE_SIZE = 0,  /* u32 */
    WR_LMDB_NODE_FLAGS = 4, /* u16; of a branch: the upper bits of the child's number */
    WR_LMDB_NODE_KEY = 6,   /* u16 */
    WR_LMDB_NODE_HEAD = 8,
    WR_LMDB_BIG = 0x01,      /* the value is the number of an overflow page */
    WR_LMDB_DATABASE = 0x02, /* the value describes a named database */

    /* a database: in the meta page, or as a value of the main database */
    WR_LMDB_DB_PAD = 0,    /* u32; of the free list: the page size */
    WR_LMDB_DB_FLAGS = 4,  /* u16 */
    WR_LMDB_DB_DEPTH = 6,  /* u16 */
    WR_LMDB_DB_BRANCH = 8, /* u64 each from here */
    WR_LMDB_DB_LEAF = 16,
    WR_LMDB_DB_OVERFLOW = 24,
    WR_LMDB_DB_ENTRIES = 32,
    WR_LMDB_DB_ROOT = 40,
    WR_LMDB_DB_BYTES = 48,
    WR_LMDB_INTEGER_KEYS = 0x08,

    /* a meta page, behind the page head */
    WR_LMDB_META_MAGIC = 0,   /* u32 */
    WR_LMDB_META_VERSION = 4, /* u32 */
    WR_LMDB_META_FREE = 24,   /* database: the free list */
    WR_LMDB_META_MAIN = WR_LMDB_META_FREE + WR_LMDB_DB_BYTES,
    WR_LMDB_META_LAST = WR_LMDB_META_MAIN + WR_LMDB_DB_BYTES, /* u64: the last page in use */
    WR_LMDB_META_TXN = WR_LMDB_META_LAST + 8,                 /* u64 */
    WR_LMDB_META_BYTES = WR_LMDB_META_TXN + 8,
};

static inline uint16_t wr_lmdb_u16(const unsigned char *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t wr_lmdb_u32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t wr_lmdb_u64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

#endif
