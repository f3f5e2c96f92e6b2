/* broker_journal.c -- all of a broker as records of a journal, and back. */
#include "src/base/base.h"

#include <string.h>

#include "broker/broker.h"
#include "src/base/err.h"

void wr_broker_save(struct wr_broker *b, struct wr_journal *to)
{
    struct wr_writer w;
    if (wr_journal_begin(to, WR_JOURNAL_CLUSTER, &w)) {
        wr_journal_put_text(&w, b->cluster_id);
        wr_journal_end(to);
    }
    wr_topics_save(b->topics, to);
    wr_txns_save(b->txns, to);
    wr_groups_save(b->groups, to);
}

static bool load_cluster(struct wr_broker *b, struct wr_reader *r, struct wr_arena *arena)
{
    const char *id = wr_journal_name(r, arena);
    if (!wr_read_whole(r) || strlen(id) != sizeof b->cluster_id - 1) {
        return false;
    }
    memcpy(b->cluster_id, id, sizeof b->cluster_id);
    return true;
}

static bool load_topic_gone(struct wr_broker *b, struct wr_reader *r, struct wr_arena *arena)
{
    const char *name = wr_journal_name(r, arena);
    return wr_read_whole(r) && wr_broker_delete_topic(b, name) == WR_KE_NONE;
}

static bool load_log(struct wr_broker *b, enum wr_journal_type type, struct wr_reader *r,
                     struct wr_arena *arena)
{
    const char *topic = wr_journal_name(r, arena);
    int32_t partition = wr_read_i32(r);
    struct wr_partition_log *log =
        r->failed ? NULL : wr_topics_partition(b->topics, topic, partition);
    return log != NULL && wr_partition_log_load(log, type, r);
}

static bool load(struct wr_broker *b, enum wr_journal_type type, struct wr_reader *r,
                 struct wr_arena *arena, int64_t now)
{
    switch (type) {
    case WR_JOURNAL_CLUSTER:
        return load_cluster(b, r, arena);
    case WR_JOURNAL_TOPIC:
        return wr_topics_load(b->topics, r, arena);
    case WR_JOURNAL_TOPIC_GONE:
        return load_topic_gone(b, r, arena);
    case WR_JOURNAL_BATCH:
    case WR_JOURNAL_LOG:
    case WR_JOURNAL_LOG_START:
    case WR_JOURNAL_CLEANED:
        return load_log(b, type, r, arena);
    case WR_JOURNAL_PRODUCERS:
    case WR_JOURNAL_TXN:
    case WR_JOURNAL_TXN_GONE:
        return wr_txns_load(b->txns, type, r, arena);
    case WR_JOURNAL_GROUP:
    case WR_JOURNAL_GROUP_GONE:
    case WR_JOURNAL_OFFSETS:
    case WR_JOURNAL_OFFSETS_END:
    case WR_JOURNAL_OFFSET_GONE:
        return wr_groups_load(b->groups, type, r, arena, now);
    }
    return false;
}

enum weir_code wr_broker_load(struct wr_broker *b, const struct wr_journal_record *record,
                              int64_t now, struct weir_error *err)
{
    struct wr_arena arena;
    struct wr_reader r;
    wr_assert(!b->journal.on);
    wr_arena_init(&arena, 1024);
    wr_reader_init(&r, record->payload, false);
    bool good = load(b, (enum wr_journal_type)record->type, &r, &arena, now);
    wr_arena_free(&arena);
    return good ? WEIR_OK
                : wr_fail(err, WEIR_ECORRUPT,
                          "a record of type %u does not follow from those "
                          "before it",
                          record->type);
}

uint64_t wr_broker_copy_size(const struct wr_broker *b)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < wr_topics_count(b->topics); i++) {
        const struct wr_topic_entry *e = wr_topics_at(b->topics, i);
        for (int32_t p = 0; p < e->partition_count; p++) {
            sum += wr_partition_log_copy_size(e->partitions[p]);
        }
    }
    return sum;
}
