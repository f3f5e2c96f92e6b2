/* demo_reader.c -- reads a whole topic from its beginning. */
#include "src/base/base.h"

#include "src/base/err.h"
#include "tools/demo_reader.h"

enum { RUN = 256 };

enum weir_code wr_demo_reader_open(struct wr_demo_reader *r, struct wr_kafka *kafka,
                                   const char *topic, struct weir_error *err)
{
    const struct wr_consumer_options o = {.role = WR_ROLE_DATA, .topics = &topic, .topic_count = 1};
    *r = (struct wr_demo_reader){.topic = topic};
    enum weir_code code = wr_consumer_open(kafka, &o, &r->consumer, err);
    for (int i = 0; i < WR_DEMO_PARTITIONS && code == WEIR_OK; i++) {
        code = wr_partition_assign(r->consumer, topic, i, 0, &r->partitions[i], err);
    }
    return code;
}

static enum weir_code take_message(struct wr_demo_reader *r, int partition,
                                   const struct wr_message *m, wr_demo_record_fn *fn,
                                   struct wr_demo_counts *counts, struct weir_error *err)
{
    switch (m->kind) {
    case WR_MESSAGE_RECORD:
        return fn(counts, m->key, m->value, err);
    case WR_MESSAGE_EOF:
        r->at_end[partition] = true;
        return WEIR_OK;
    default:
        return wr_fail(err, m->code, "could not read partition %d of topic \"%s\": %s", partition,
                       r->topic, weir_code_text(m->code));
    }
}

enum weir_code wr_demo_reader_take(struct wr_demo_reader *r, wr_demo_record_fn *fn,
                                   struct wr_demo_counts *counts, struct weir_error *err)
{
    struct wr_message run[RUN];
    struct wr_handle_error ignored; /* the client goes on trying; the owner has a deadline */
    enum weir_code code = WEIR_OK;
    while (wr_consumer_error(r->consumer, &ignored)) {
    }
    for (int p = 0; p < WR_DEMO_PARTITIONS && code == WEIR_OK;) {
        size_t count = wr_partition_take(r->partitions[p], run, RUN);
        for (size_t i = 0; i < count && code == WEIR_OK; i++) {
            code = take_message(r, p, &run[i], fn, counts, err);
        }
        wr_messages_release(run, count);
        p += count < RUN;
    }
    return code;
}

bool wr_demo_reader_was_at_end(const struct wr_demo_reader *r)
{
    bool all = true;
    for (int i = 0; i < WR_DEMO_PARTITIONS; i++) {
        all = all && r->at_end[i];
    }
    return all;
}

void wr_demo_reader_close(struct wr_demo_reader *r)
{
    if (r->consumer != NULL) {
        wr_consumer_close(r->consumer);
    }
    *r = (struct wr_demo_reader){0};
}
