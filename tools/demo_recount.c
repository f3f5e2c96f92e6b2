/* demo_recount.c -- reads what the example was given and what it has written. */
#include "src/base/base.h"

#include "tools/demo_recount.h"

enum { RECOUNT_MS = 60000 };

struct recount {
    struct wr_demo_reader reader;
    wr_demo_record_fn *take;
    struct wr_demo_counts *counts;
};

static enum weir_code take_click(struct wr_demo_counts *counts, struct weir_bytes key,
                                 struct weir_bytes value, struct weir_error *err)
{
    WR_UNUSED(key);
    return wr_demo_click(counts, value, err);
}

static enum weir_code read_on(struct wr_demo_stage *s, void *arg, bool *ready,
                              struct weir_error *err)
{
    struct recount *r = arg;
    WR_UNUSED(s);
    enum weir_code code = wr_demo_reader_take(&r->reader, r->take, r->counts, err);
    *ready = wr_demo_reader_was_at_end(&r->reader);
    return code;
}

static enum weir_code read_all(struct wr_demo_stage *s, const char *topic, struct recount *r,
                               struct weir_error *err)
{
    enum weir_code code = wr_demo_reader_open(&r->reader, s->cluster.kafka, topic, err);
    if (code == WEIR_OK) {
        code = wr_demo_wait(s, read_on, r, RECOUNT_MS, "all records of a topic", err);
    }
    wr_demo_reader_close(&r->reader);
    return code;
}

enum weir_code wr_demo_recount(struct wr_demo_stage *s, struct wr_demo_counts *out,
                               struct weir_error *err)
{
    struct recount clicks = {.take = take_click, .counts = out};
    struct recount counts = {.take = wr_demo_update, .counts = out};
    enum weir_code code = read_all(s, s->clicks_topic, &clicks, err);
    return code == WEIR_OK ? read_all(s, s->counts_topic, &counts, err) : code;
}
