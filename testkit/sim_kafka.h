/* sim_kafka.h -- the port of src/kafka on the broker model, with a model of the client library
 * between: what librdkafka does by itself, in the background, late, or once more.
 *
 * Producers buffer and send in batches; partitions are added to a transaction before their first
 * batch; requests are repeated when an answer is missing, EndTxn too. Consumers fetch ahead. A
 * member of the group heartbeats, joins again and loses its membership without being asked.
 * Outcomes of calls are what librdkafka's flags say (fatal, abortable, retriable).
 *
 * A killed instance is cut off: nothing that its handles do from then on reaches anybody, and all
 * calls fail at once, so that its own code can be used to take it apart.
 */
#ifndef WR_SIM_KAFKA_H
#define WR_SIM_KAFKA_H

#include "src/kafka/kafka_ops.h"
#include "testkit/sim_net.h"

/* An actor waits for a call for as long as its step lets it; who steps it is told. */
struct wr_sim_stepper {
    /* The actor that is stepped waits for a call. Returns what to say when that is over. */
    void *(*waits)(struct wr_sim_stepper *s);
    void (*hurry)(struct wr_sim_stepper *s, void *waiter);
    /* It sleeps in its step, and everybody else goes on. */
    void (*sleep)(struct wr_sim_stepper *s, int ms);
};

struct wr_sim_kafka;

struct wr_sim_kafka_options {
    struct wr_sim_net *net;
    struct wr_sim_process *process;
    struct wr_sim_stepper *stepper;
    struct wr_kafka_options kafka; /* settings are not looked at */
};

struct wr_kafka *wr_sim_kafka_new(const struct wr_sim_kafka_options *options);

/* Cut it off for good. */
void wr_sim_kafka_cut(struct wr_kafka *k);

/* One of its handles will report an error of its own: brokers are down, or what `code` says. */
void wr_sim_kafka_trouble(struct wr_kafka *k, enum weir_code code);

/* Its membership fails as when another member takes its id; nothing if it has none. */
void wr_sim_kafka_expire(struct wr_kafka *k);

#endif
