/* proto_read.c -- reading Kafka's protocol primitives.
 *
 * Invariant: at <= end; nothing moves any more once `failed` is set. Thread: one per reader.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/endian.h"
#include "src/kproto/proto_read.h"

enum { STRING_MAX = INT16_MAX, UVARINT_BYTES = 5 };

static const unsigned char zeros[16];

void wr_reader_init(struct wr_reader *r, struct weir_bytes data, bool flexible)
{
    const unsigned char *at = data.data != NULL ? data.data : zeros;
    *r = (struct wr_reader){.at = at, .end = at + data.len, .flexible = flexible};
}

bool wr_read_ok(const struct wr_reader *r)
{
    return !r->failed;
}

bool wr_read_whole(const struct wr_reader *r)
{
    return !r->failed && r->at == r->end;
}

static size_t left(const struct wr_reader *r)
{
    return r->failed ? 0 : (size_t)(r->end - r->at);
}

/* The next n bytes, NULL if they are not there. */
static const unsigned char *take(struct wr_reader *r, size_t n)
{
    if (r->failed || n > left(r)) {
        r->failed = true;
        return NULL;
    }
    const unsigned char *p = r->at;
    r->at += n;
    return p;
}

/* The next n bytes, at most 16; zeros if they are not there. */
static const unsigned char *take_number(struct wr_reader *r, size_t n)
{
    const unsigned char *p = take(r, n);
    return p != NULL ? p : zeros;
}

int8_t wr_read_i8(struct wr_reader *r)
{
    return (int8_t)*take_number(r, 1);
}

int16_t wr_read_i16(struct wr_reader *r)
{
    return (int16_t)wr_get_be16(take_number(r, 2));
}

int32_t wr_read_i32(struct wr_reader *r)
{
    return (int32_t)wr_get_be32(take_number(r, 4));
}

int64_t wr_read_i64(struct wr_reader *r)
{
    return (int64_t)wr_get_be64(take_number(r, 8));
}

bool wr_read_bool(struct wr_reader *r)
{
    return wr_read_i8(r) != 0;
}

uint32_t wr_read_uvarint(struct wr_reader *r)
{
    uint32_t v = 0;
    for (int i = 0; i < UVARINT_BYTES; i++) {
        uint32_t byte = *take_number(r, 1);
        if (i == UVARINT_BYTES - 1 && byte > 0x0f) {
            break; /* only four bits are left for the fifth byte */
        }
        v |= (byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            return r->failed ? 0 : v;
        }
    }
    r->failed = true;
    return 0;
}

void wr_read_uuid(struct wr_reader *r, unsigned char out[16])
{
    memcpy(out, take_number(r, 16), 16);
}

/* A length of the flexible form: the number plus one, 0 for null, which is -1 here. */
static int64_t compact_length(struct wr_reader *r)
{
    return (int64_t)wr_read_uvarint(r) - 1;
}

static struct weir_bytes take_bytes(struct wr_reader *r, int64_t len)
{
    if (len == -1 && !r->failed) {
        return WEIR_NULL;
    }
    const unsigned char *p = len >= 0 ? take(r, (size_t)len) : NULL;
    if (p == NULL) {
        r->failed = true;
        return WEIR_NULL;
    }
    return weir_view(p, (size_t)len);
}

struct weir_bytes wr_read_string(struct wr_reader *r)
{
    int64_t len = r->flexible ? compact_length(r) : wr_read_i16(r);
    r->failed |= len > STRING_MAX;
    return take_bytes(r, len);
}

struct weir_bytes wr_read_bytes(struct wr_reader *r)
{
    return take_bytes(r, r->flexible ? compact_length(r) : wr_read_i32(r));
}

int32_t wr_read_count(struct wr_reader *r, size_t min_bytes)
{
    wr_assert(min_bytes > 0);
    int64_t count = r->flexible ? compact_length(r) : wr_read_i32(r);
    if (r->failed) {
        return 0;
    }
    if (count < -1 || (count > 0 && (uint64_t)count > left(r) / min_bytes)) {
        r->failed = true;
        return 0;
    }
    return (int32_t)count;
}

void wr_read_tags(struct wr_reader *r)
{
    if (!r->flexible) {
        return;
    }
    for (uint32_t count = wr_read_uvarint(r); count > 0 && !r->failed; count--) {
        wr_read_uvarint(r); /* which field it is */
        take(r, wr_read_uvarint(r));
    }
}

const char *wr_read_cstr(struct wr_reader *r, struct wr_arena *arena)
{
    struct weir_bytes s = wr_read_string(r);
    if (weir_is_null(s)) {
        return NULL;
    }
    if (memchr(s.data, 0, s.len) != NULL) {
        r->failed = true;
        return NULL;
    }
    char *copy = wr_arena_alloc(arena, s.len + 1);
    memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    return copy;
}
