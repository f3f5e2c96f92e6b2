/* sim_load.c -- what writes to the input of a simulated world: small transactions, some of which
 * are aborted. Value and key of a record decide what is to be counted. */
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

static void write_batch(struct wr_sim_world *w, int32_t partition, int count)
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
        .base_sequence = l->sequence[partition],
    };
    wr_batch_start(&b, &bytes, &head);
    for (int i = 0; i < count; i++) {
        char key[4];
        char value[4];
        int k = (int)wr_sim_draw(&w->sim, WR_SIM_KEYS / WR_SIM_PARTITIONS) * WR_SIM_PARTITIONS +
                partition;
        int v = (int)wr_sim_draw(&w->sim, WR_SIM_VALUES);
        snprintf(key, sizeof key, "k%d", k);
        snprintf(value, sizeof value, "v%d", v);
        struct wr_batch_record r = {
            .offset = i, .time = wall(w), .key = weir_str(key), .value = weir_str(value)};
        wr_batch_add_headers(&b, &r, (struct weir_headers){NULL, 0});
        l->pending[k][v]++;
    }
    wr_batch_finish(&b);
    l->sequence[partition] += count;
    enum wr_kafka_error e =
        wr_broker_produce(w->broker, "in", partition, wr_buf_view(&bytes), wall(w), &out);
    wr_assert(e == WR_KE_NONE);
    wr_buf_free(&bytes);
}

/* Write a transaction's records; false if the last one is not over yet. */
static bool write_some(struct wr_sim_world *w)
{
    struct wr_sim_load *l = &w->load;
    struct wr_txn_partition p = {.topic = "in"};
    struct wr_txn_request r = {id, {l->producer_id, l->producer_epoch}, wall(w)};
    int count = 1 + (int)wr_sim_draw(&w->sim, BATCH_MAX);
    count = count < l->left ? count : l->left;
    p.partition = (int32_t)wr_sim_draw(&w->sim, WR_SIM_PARTITIONS);
    enum wr_kafka_error e = wr_txns_add_partitions(w->broker->txns, &r, &p, 1);
    if (e == WR_KE_CONCURRENT_TRANSACTIONS) {
        return false;
    }
    wr_assert(e == WR_KE_NONE);
    memset(l->pending, 0, sizeof l->pending);
    write_batch(w, p.partition, count);
    l->commit = wr_sim_draw(&w->sim, 100) >= ABORTED;
    l->left -= l->commit ? count : 0;
    return true;
}

static void end(struct wr_sim_world *w)
{
    struct wr_sim_load *l = &w->load;
    struct wr_txn_request r = {id, {l->producer_id, l->producer_epoch}, wall(w)};
    enum wr_kafka_error e = wr_txns_end(w->broker->txns, &r, l->commit);
    wr_assert(e == WR_KE_NONE);
    for (int k = 0; k < WR_SIM_KEYS && l->commit; k++) {
        for (int v = 0; v < WR_SIM_VALUES; v++) {
            l->written[k][v] += l->pending[k][v];
        }
    }
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
    if (l->ending || l->left != 0) {
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
