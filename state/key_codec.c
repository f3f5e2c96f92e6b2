/* key_codec.c -- keys of any length in 511 bytes. Thread: any. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "state/key_codec.h"

static void put_prefix(struct weir_bytes key, struct wr_stored_key *out)
{
    size_t len = wr_min_size(key.len, WR_KEY_PREFIX);
    out->data[0] = WR_KEY_TAG;
    if (len != 0) {
        memcpy(out->data + 1, key.data, len);
    }
    out->len = 1 + len;
}

void wr_key_store(struct weir_bytes key, struct wr_stored_key *out)
{
    put_prefix(key, out);
    if (wr_key_is_long(key)) {
        wr_hash128(key.data, key.len, out->data + out->len);
        out->len = WR_STORED_KEY_MAX;
    }
}

static void put_group_bound(struct weir_bytes key, int fill, struct wr_stored_key *out)
{
    wr_assert(wr_key_is_long(key));
    put_prefix(key, out);
    memset(out->data + out->len, fill, WR_KEY_HASH);
    out->len = WR_STORED_KEY_MAX;
}

void wr_key_group_first(struct weir_bytes key, struct wr_stored_key *out)
{
    put_group_bound(key, 0x00, out);
}

void wr_key_group_last(struct weir_bytes key, struct wr_stored_key *out)
{
    put_group_bound(key, 0xff, out);
}

bool wr_stored_key_same_group(struct weir_bytes a, struct weir_bytes b)
{
    return wr_stored_key_is_long(a) && wr_stored_key_is_long(b) &&
           memcmp(a.data, b.data, 1 + WR_KEY_PREFIX) == 0;
}

void wr_long_value_encode(struct wr_buf *out, struct weir_bytes key, struct weir_bytes cell)
{
    size_t len = key.len;
    for (; len >= 0x80; len >>= 7) {
        wr_buf_char(out, (char)(len | 0x80));
    }
    wr_buf_char(out, (char)len);
    wr_buf_bytes(out, key);
    wr_buf_bytes(out, cell);
}

/* Cut the leading length and key off *value. */
static bool cut_key(struct weir_bytes *value, struct weir_bytes *key)
{
    const unsigned char *p = value->data;
    const unsigned char *end = p + value->len;
    size_t len = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (p == end) {
            return false;
        }
        unsigned char byte = *p++;
        len |= (size_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    if (len > (size_t)(end - p)) {
        return false;
    }
    *key = weir_view(p, len);
    *value = weir_view(p + len, (size_t)(end - p) - len);
    return true;
}

enum weir_code wr_stored_pair_decode(struct weir_bytes stored, struct weir_bytes value,
                                     struct weir_bytes *key, struct weir_bytes *cell,
                                     struct weir_error *err)
{
    const unsigned char *p = stored.data;
    if (stored.len == 0 || p[0] != WR_KEY_TAG) {
        return wr_fail(err, WEIR_ECORRUPT, "a stored key does not begin with its tag");
    }
    if (!wr_stored_key_is_long(stored)) {
        if (stored.len > 1 + WR_KEY_PREFIX) {
            return wr_fail(err, WEIR_ECORRUPT, "a stored key has %zu bytes, which none can have",
                           stored.len);
        }
        *key = weir_view(p + 1, stored.len - 1);
        *cell = value;
        return WEIR_OK;
    }
    struct wr_stored_key again;
    *cell = value;
    if (!cut_key(cell, key) || !wr_key_is_long(*key)) {
        return wr_fail(err, WEIR_ECORRUPT, "the whole key of a long key cannot be read");
    }
    wr_key_store(*key, &again);
    if (memcmp(again.data, p, WR_STORED_KEY_MAX) != 0) {
        return wr_fail(err, WEIR_ECORRUPT,
                       "the whole key of a long key is not the one it stands "
                       "under");
    }
    return WEIR_OK;
}
