/* sim_load.c -- what writes to the input of a simulated world: small transactions, some of which
 * are aborted. It knows what it has committed. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "broker/broker.h"
#include "testkit/sim_world_impl.h"

enum { EVERY_MS = 120, BATCH_MAX = 4, TIMEOUT_MS = 60000, ABORTED = 15 };

static const char id[] = "load";

static int64_t wall(const struct wr_sim_world *w)
{
    return wr_sim_wall(&w->sim);
}

/* A record of the workload's kind. */
static struct wr_sim_input *make_record(struct wr_sim_world *w, int topic, int32_t partition)
{
    struct wr_sim_load *l = &w->load;
    struct wr_sim *s = &w->sim;
    const struct wr_sim_workload *k = w->workload;
    wr_assert(l->count < WR_SIM_INPUTS_MAX && l->last_id + 1 < WR_SIM_IDS_MAX);
    struct wr_sim_input *in = &l->inputs[l->count++];
    *in = (struct wr_sim_input){
        .topic = topic,
        .partition = partition,
        .key = k->in_time
                   ? partition
                   : (int)wr_sim_draw(s, WR_SIM_KEYS / WR_SIM_PARTITIONS) * WR_SIM_PARTITIONS +
                         partition,
        .value = (int)wr_sim_draw(s, WR_SIM_VALUES),
        .id = ++l->last_id,
        .time = k->in_time ? WR_SIM_WALL + l->last_id : wall(w),
        .deleted = k->deletions != 0 && wr_sim_draw(s, 100) < k->deletions,
        .end = l->left == 0,
    };
    return in;
}

static void write_batch(struct wr_sim_world *w, int topic, int32_t partition, int count)
{
    struct wr_sim_load *l = &w->load;
    struct wr_buf bytes = {0};
    struct wr_batch_builder b;
    struct wr_appended out;
    struct wr_batch head = {
        .leader_epoch = -1,
        .magic = 2,
        .attributes = WR_BATCH_TRANSACTIONAL,
        .producer_id = l->producer_id,
        .producer_epoch = l->producer_epoch,
        .base_sequence = l->sequence[topic][partition],
    };
    wr_batch_start(&b, &bytes, &head);
    for (int i = 0; i < count; i++) {
        char key[8];
        char text[16];
        const struct wr_sim_input *in = make_record(w, topic, partition);
        const char *value = wr_sim_input_text(w->workload, in, text);
        snprintf(key, sizeof key, "k%d", in->key);
        struct wr_batch_record r = {.offset = i,
                                    .time = in->time,
                                    .key = weir_str(key),
                                    .value = value != NULL ? weir_str(value) : weir_null()};
        wr_batch_add_headers(&b, &r, (struct weir_headers){NULL, 0});
    }
    wr_batch_finish(&b);
    l->sequence[topic][partition] += count;
    enum wr_kafka_error e = wr_broker_produce(w->broker, w->workload->reads[topic], partition,
                                              wr_buf_view(&bytes), wall(w), &out);
    wr_assert(e == WR_KE_NONE);
    wr_buf_free(&bytes);
}

/* The partition after the last one that has its end. */
static void next_end(const struct wr_sim_world *w, int *topic, int32_t *partition)
{
    *topic = w->load.ends / WR_SIM_PARTITIONS;
    *partition = w->load.ends % WR_SIM_PARTITIONS;
}

static bool has_more(const struct wr_sim_world *w)
{
    int ends = w->workload->in_time ? w->workload->input_count * WR_SIM_PARTITIONS : 0;
    return w->load.left != 0 || w->load.ends != ends;
}

/* Write a transaction's records; false if the last one is not over yet. */
static bool write_some(struct wr_sim_world *w)
{
    struct wr_sim_load *l = &w->load;
    struct wr_txn_request r = {id, {l->producer_id, l->producer_epoch}, wall(w)};
    int count = 1 + (int)wr_sim_draw(&w->sim, BATCH_MAX);
    int topic = (int)wr_sim_draw(&w->sim, w->workload->input_count);
    struct wr_txn_partition p = {.partition = (int32_t)wr_sim_draw(&w->sim, WR_SIM_PARTITIONS)};
    if (l->left == 0) {
        count = 1;
        next_end(w, &topic, &p.partition);
    } else {
        count = count < l->left ? count : l->left;
    }
    p.topic = w->workload->reads[topic];
    enum wr_kafka_error e = wr_txns_add_partitions(w->broker->txns, &r, &p, 1);
    if (e == WR_KE_CONCURRENT_TRANSACTIONS) {
        return false;
    }
    wr_assert(e == WR_KE_NONE);
    l->before = l->count;
    write_batch(w, topic, p.partition, count);
    l->commit = wr_sim_draw(&w->sim, 100) >= ABORTED;
    l->ends += l->commit && l->left == 0;
    l->left -= l->commit && l->left != 0 ? count : 0;
    return true;
}

static void end(struct wr_sim_world *w)
{
    struct wr_sim_load *l = &w->load;
    struct wr_txn_request r = {id, {l->producer_id, l->producer_epoch}, wall(w)};
    enum wr_kafka_error e = wr_txns_end(w->broker->txns, &r, l->commit);
    wr_assert(e == WR_KE_NONE);
    l->count = l->commit ? l->count : l->before;
}

static void fire(struct wr_sim_event *e)
{
    struct wr_sim_load *l = WR_CONTAINER_OF(e, struct wr_sim_load, event);
    struct wr_sim_world *w = WR_CONTAINER_OF(l, struct wr_sim_world, load);
    if (l->ending) {
        end(w);
        l->ending = false;
    } else {
        l->ending = write_some(w);
    }
    wr_sim_note(&w->sim, "load", l->left, l->ending);
    /* The coordinator is told and the markers are written as for anybody. */
    wr_sim_net_decided(&w->net);
    if (l->ending || has_more(w)) {
        wr_sim_at(&w->sim, e, w->sim.now + 1 + wr_sim_draw(&w->sim, EVERY_MS));
    }
}

void wr_sim_load_start(struct wr_sim_world *w, int records)
{
    w->load = (struct wr_sim_load){.event.fire = fire, .left = records};
    const struct wr_producer_identity nobody = {-1, -1};
    struct wr_producer_identity who;
    enum wr_kafka_error e = wr_txns_init(w->broker->txns, id, TIMEOUT_MS, &nobody, wall(w), &who);
    wr_assert(e == WR_KE_NONE);
    w->load.producer_id = who.id;
    w->load.producer_epoch = who.epoch;
    wr_sim_at(&w->sim, &w->load.event, w->sim.now + 1 + wr_sim_draw(&w->sim, EVERY_MS));
}
