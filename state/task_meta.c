/* task_meta.c -- the bytes of the meta record: big-endian numbers, texts with their length in
 * front, CRC32C over all at the end. Thread: any.
 */
#include "src/base/base.h"

#include "src/base/endian.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/kproto/crc32c.h"
#include "state/task_meta.h"

enum { CHECKSUM = 4 };

static void put_text(struct wr_buf *out, struct weir_bytes text)
{
    wr_buf_u32(out, (uint32_t)text.len);
    wr_buf_bytes(out, text);
}

void wr_task_meta_encode(const struct wr_task_meta *meta, struct wr_buf *out)
{
    size_t start = out->len;
    wr_buf_u32(out, WR_TASK_FORMAT);
    put_text(out, meta->application_id);
    put_text(out, meta->cluster_id);
    put_text(out, meta->task_id);
    put_text(out, meta->identity);
    wr_buf_u64(out, (uint64_t)meta->as_of);
    wr_buf_char(out, meta->has_inputs);
    put_text(out, meta->inputs);
    wr_buf_u32(out, (uint32_t)meta->store_count);
    for (size_t i = 0; i < meta->store_count; i++) {
        const struct wr_task_meta_store *s = &meta->stores[i];
        put_text(out, s->name);
        put_text(out, s->changelog);
        put_text(out, s->changelog_id);
        wr_buf_char(out, s->timestamped);
        wr_buf_u64(out, (uint64_t)s->restore_from);
        wr_buf_u64(out, (uint64_t)s->flush_until);
    }
    wr_buf_u32(out, wr_crc32c(0, out->data + start, out->len - start));
}

struct reader {
    const unsigned char *at;
    size_t left;
    bool short_of; /* more was asked for than there is */
};

static const unsigned char *take(struct reader *r, size_t n)
{
    static const unsigned char zeros[8];
    if (n > r->left) {
        r->short_of = true;
        r->left = 0;
        return zeros;
    }
    const unsigned char *p = r->at;
    r->at += n;
    r->left -= n;
    return p;
}

static uint32_t take_u32(struct reader *r)
{
    return wr_get_be32(take(r, sizeof(uint32_t)));
}

static int64_t take_i64(struct reader *r)
{
    return (int64_t)wr_get_be64(take(r, sizeof(int64_t)));
}

static bool take_bool(struct reader *r)
{
    return *take(r, 1) != 0;
}

static struct weir_bytes take_text(struct reader *r)
{
    size_t len = take_u32(r);
    const unsigned char *p = take(r, len);
    return weir_view(p, r->short_of ? 0 : len);
}

static void take_stores(struct reader *r, struct wr_task_meta *out)
{
    size_t count = take_u32(r);
    if (count > WR_TASK_STORES_MAX) {
        r->short_of = true;
        return;
    }
    out->stores = wr_calloc(count, sizeof *out->stores);
    out->store_count = count;
    for (size_t i = 0; i < count; i++) {
        struct wr_task_meta_store *s = &out->stores[i];
        s->name = take_text(r);
        s->changelog = take_text(r);
        s->changelog_id = take_text(r);
        s->timestamped = take_bool(r);
        s->restore_from = take_i64(r);
        s->flush_until = take_i64(r);
    }
}

enum weir_code wr_task_meta_decode(struct weir_bytes bytes, struct wr_task_meta *out,
                                   struct weir_error *err)
{
    *out = (struct wr_task_meta){0};
    if (bytes.len < CHECKSUM || wr_get_be32((const char *)bytes.data + bytes.len - CHECKSUM) !=
                                    wr_crc32c(0, bytes.data, bytes.len - CHECKSUM)) {
        return wr_fail(err, WEIR_ECORRUPT, "the meta record has a wrong checksum");
    }
    struct reader r = {bytes.data, bytes.len - CHECKSUM, false};
    out->format = take_u32(&r);
    if (out->format != WR_TASK_FORMAT) {
        return WEIR_OK;
    }
    out->application_id = take_text(&r);
    out->cluster_id = take_text(&r);
    out->task_id = take_text(&r);
    out->identity = take_text(&r);
    out->as_of = take_i64(&r);
    out->has_inputs = take_bool(&r);
    out->inputs = take_text(&r);
    take_stores(&r, out);
    if (r.short_of || r.left != 0) {
        wr_task_meta_free(out);
        return wr_fail(err, WEIR_ECORRUPT, "the meta record has a wrong length");
    }
    return WEIR_OK;
}

void wr_task_meta_free(struct wr_task_meta *meta)
{
    wr_free(meta->stores);
    *meta = (struct wr_task_meta){0};
}
