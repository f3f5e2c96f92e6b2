/* offset_metadata.c -- reading and writing the text beside a committed position. Thread: any. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/base64.h"
#include "src/base/endian.h"
#include "src/kproto/offset_metadata.h"

enum {
    ONLY_TIME = 1,
    TIME_AND_ENTRIES = 2,
    HEAD = 1 + 8,      /* version and time */
    ENTRY_MIN = 4 + 8, /* an entry without its name */
};

void wr_offset_metadata_encode(const struct wr_offset_metadata *m, struct wr_buf *out)
{
    struct wr_buf raw = {0};
    wr_buf_char(&raw, TIME_AND_ENTRIES);
    wr_buf_u64(&raw, (uint64_t)m->partition_time);
    if (m->count != 0) {
        wr_buf_u32(&raw, (uint32_t)m->count);
    }
    for (size_t i = 0; i < m->count; i++) {
        wr_buf_u32(&raw, (uint32_t)m->entries[i].name.len);
        wr_buf_bytes(&raw, m->entries[i].name);
        wr_buf_u64(&raw, (uint64_t)m->entries[i].number);
    }
    wr_base64_encode(out, wr_buf_view(&raw));
    wr_buf_free(&raw);
}

/* The entries in len bytes at p; false if they are not all there. */
static bool decode_entries(const char *p, size_t len, struct wr_arena *arena,
                           struct wr_offset_metadata *out)
{
    if (len < 4) {
        return false;
    }
    size_t count = wr_get_be32(p);
    size_t left = len - 4;
    if (count > left / ENTRY_MIN) {
        return false;
    }
    struct wr_offset_entry *entries = wr_arena_alloc(arena, count * sizeof *entries);
    p += 4;
    for (size_t i = 0; i < count; i++) {
        if (left < ENTRY_MIN || wr_get_be32(p) > left - ENTRY_MIN) {
            return false;
        }
        size_t name_len = wr_get_be32(p);
        entries[i].name = wr_arena_bytes(arena, weir_view(p + 4, name_len));
        entries[i].number = (int64_t)wr_get_be64(p + 4 + name_len);
        p += ENTRY_MIN + name_len;
        left -= ENTRY_MIN + name_len;
    }
    out->entries = entries;
    out->count = count;
    return true;
}

bool wr_offset_metadata_decode(const char *text, struct wr_arena *arena,
                               struct wr_offset_metadata *out)
{
    struct wr_buf raw = {0};
    *out = (struct wr_offset_metadata){.partition_time = -1};
    bool known = text != NULL && wr_base64_decode(&raw, text, strlen(text)) && raw.len >= HEAD &&
                 (raw.data[0] == ONLY_TIME || raw.data[0] == TIME_AND_ENTRIES);
    if (known && raw.data[0] == TIME_AND_ENTRIES && raw.len > HEAD) {
        known = decode_entries(raw.data + HEAD, raw.len - HEAD, arena, out);
    }
    if (known) {
        out->partition_time = (int64_t)wr_get_be64(raw.data + 1);
    }
    wr_buf_free(&raw);
    return known;
}

int64_t wr_offset_metadata_get(const struct wr_offset_metadata *m, const char *name,
                               int64_t missing)
{
    for (size_t i = 0; i < m->count; i++) {
        if (weir_equal(m->entries[i].name, weir_str(name))) {
            return m->entries[i].number;
        }
    }
    return missing;
}
