/* broker_kit.h -- a broker that random clients use, and what it holds in a form to compare. */
#ifndef WR_TEST_BROKER_KIT_H
#define WR_TEST_BROKER_KIT_H

#include "broker/broker.h"

enum { BROKER_KIT_PRODUCERS = 4, BROKER_KIT_T0 = 1000000 };

struct broker_kit {
    struct wr_broker *broker;
    struct wr_rng rng;
    int64_t now;
    struct wr_producer_identity producers[BROKER_KIT_PRODUCERS]; /* the last one is idempotent */
    struct wr_buf batch;
    struct wr_arena arena;
    char member[128]; /* of the last join in group "c" */
    int32_t generation;
};

struct wr_broker *broker_kit_broker(uint64_t seed, int64_t now); /* as the kit's, new */
void broker_kit_init(struct broker_kit *k, uint64_t seed);
void broker_kit_free(struct broker_kit *k);

/* Do something at random; most of it succeeds. */
void broker_kit_step(struct broker_kit *k);

/* A batch of one record of so many bytes to a partition that is there. */
void broker_kit_produce(struct broker_kit *k, const char *topic, size_t bytes);
void broker_kit_create(struct broker_kit *k, const char *topic);

/* All that the broker would save, in an order that does not depend on how it came about. */
void broker_kit_image(struct wr_broker *b, struct wr_buf *out);

/* Load records, all of which fit. */
void broker_kit_load(struct wr_broker *b, struct weir_bytes records, int64_t now);

#endif
