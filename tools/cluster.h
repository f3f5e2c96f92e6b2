/* cluster.h -- a cluster as commands use it: one handle, calls one after another. Thread: one. */
#ifndef WR_CLUSTER_H
#define WR_CLUSTER_H

#include "src/conf/conf.h"
#include "src/kafka/kafka.h"

struct wr_cluster {
    struct wr_kafka *kafka;
    struct wr_consumer *admin;
    int64_t timeout_ms; /* of one call */
    int stop;           /* a descriptor: when it can be read, no call is waited for; -1: none */
};

/* Open with the settings of an application, which were checked; nothing is connected. */
WR_MUST_CHECK enum weir_code wr_cluster_open(struct wr_cluster *c, const struct wr_conf *conf,
                                             int64_t timeout_ms, struct weir_error *err);
void wr_cluster_close(struct wr_cluster *c); /* accepts a cleared one */

/* Step a call to its end. WEIR_ECLUSTER or WEIR_ETIMEOUT if it takes too long; the reason is the
 * last that was reported. WEIR_END if `stop` came first. The call is the caller's to free. */
WR_MUST_CHECK enum weir_code wr_cluster_wait(struct wr_cluster *c, struct wr_call *call,
                                             struct weir_error *err);

/* The same for a call without a result; frees it. */
WR_MUST_CHECK enum weir_code wr_cluster_do(struct wr_cluster *c, struct wr_call *call,
                                           struct weir_error *err);

#endif
