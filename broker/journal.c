/* journal.c -- the frame of a journal's records, and what payloads have in common. */
#include "src/base/base.h"

#include <string.h>

#include "broker/journal.h"
#include "src/base/endian.h"
#include "src/kproto/crc32c.h"

enum { SUM_AT = 4, HEAD_SUM_AT = 8, HEAD = 12 };

void wr_journal_free(struct wr_journal *j)
{
    wr_buf_free(&j->out);
}

bool wr_journal_begin(struct wr_journal *j, enum wr_journal_type type, struct wr_writer *w)
{
    static const char head[HEAD];
    if (j == NULL || !j->on) {
        return false;
    }
    j->start = j->out.len;
    wr_buf_append(&j->out, head, HEAD);
    *w = (struct wr_writer){.out = &j->out};
    wr_write_i8(w, (int8_t)type);
    return true;
}

void wr_journal_end(struct wr_journal *j)
{
    char *head = j->out.data + j->start;
    size_t len = j->out.len - j->start - HEAD;
    wr_assert(len <= UINT32_MAX);
    wr_put_be32(head, (uint32_t)len);
    wr_put_be32(head + SUM_AT, wr_crc32c(0, head + HEAD, len));
    wr_put_be32(head + HEAD_SUM_AT, wr_crc32c(0, head, HEAD_SUM_AT));
    if (j->full != NULL && j->out.len >= WR_JOURNAL_MUCH) {
        j->full(j);
    }
}

void wr_journal_put_text(struct wr_writer *w, const char *text)
{
    wr_write_bytes(w, weir_str(text));
}

const char *wr_journal_text(struct wr_reader *r, struct wr_arena *arena)
{
    struct weir_bytes text = wr_read_bytes(r);
    if (weir_is_null(text)) {
        return NULL;
    }
    r->failed |= memchr(text.data, 0, text.len) != NULL;
    char *copy = wr_arena_alloc(arena, text.len + 1);
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

const char *wr_journal_name(struct wr_reader *r, struct wr_arena *arena)
{
    const char *name = wr_journal_text(r, arena);
    r->failed |= name == NULL;
    return name != NULL ? name : "";
}

int64_t wr_journal_time(struct wr_reader *r)
{
    int64_t time = wr_read_i64(r);
    r->failed |= time < 0 || time > INT64_MAX / 4;
    return r->failed ? 0 : time;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* A machine that crashes may leave a file longer than what was written to it. */
static bool only_zeros(struct weir_bytes data)
{
    const char *p = data.data;
    return p[0] == 0 && memcmp(p, p + 1, data.len - 1) == 0;
}

enum wr_journal_find wr_journal_read(struct weir_bytes data, struct wr_journal_record *out)
{
    const char *head = data.data;
    *out = (struct wr_journal_record){.size = HEAD};
    if (data.len < HEAD) {
        return WR_JOURNAL_CUT;
    }
    size_t len = wr_get_be32(head);
    if (wr_crc32c(0, head, HEAD_SUM_AT) != wr_get_be32(head + HEAD_SUM_AT) || len == 0) {
        return only_zeros(data) ? WR_JOURNAL_CUT : WR_JOURNAL_DAMAGED;
    }
    out->size = HEAD + len;
    if (data.len < out->size) {
        return WR_JOURNAL_CUT;
    }
    if (wr_crc32c(0, head + HEAD, len) != wr_get_be32(head + SUM_AT)) {
        return WR_JOURNAL_DAMAGED;
    }
    out->type = (uint8_t)head[HEAD];
    out->payload = weir_view(head + HEAD + 1, len - 1);
    return WR_JOURNAL_FOUND;
}
