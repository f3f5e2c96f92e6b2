/* sim_net.h -- the way between the clients of a simulation and its broker.
 *
 * A request arrives after a while, is carried out, and its answer arrives after a while; either can
 * be lost, and the client then sends the request again, as it does when a connection breaks. A
 * request whose repetition can do harm may also arrive late: after its client has given it up and
 * sent it again, and perhaps done more since (KAFKA-17754).
 *
 * The network also lets the broker live: its time-outs, the markers that it writes some time after
 * it has answered EndTxn, and who is waiting for a log to grow.
 */
#ifndef WR_SIM_NET_H
#define WR_SIM_NET_H

#include "src/kproto/kafka_error.h"
#include "testkit/sim.h"

struct wr_broker;
struct wr_group_client;
struct wr_offset_commit;
struct wr_partition_log;

/* Somebody who wants to know when a log has changed. */
struct wr_sim_watch {
    const struct wr_partition_log *log;
    uint64_t seen; /* version of the log */
    void (*changed)(struct wr_sim_watch *w);
};

/* Somebody who wants to know what positions the group takes from whom. */
struct wr_sim_witness {
    void (*committed)(struct wr_sim_witness *w, const struct wr_group_client *who,
                      const struct wr_offset_commit *offsets, size_t count);
};

struct wr_sim_net {
    struct wr_sim *sim;
    struct wr_broker *broker;
    struct wr_sim_event tick;
    struct wr_sim_event marker;
    struct wr_sim_witness *witness; /* may be NULL */
    struct wr_ptrs watches;         /* struct wr_sim_watch * */
    struct wr_ptrs attempts;        /* requests on their way */
};

void wr_sim_net_init(struct wr_sim_net *n, struct wr_sim *sim, struct wr_broker *broker);
void wr_sim_net_fini(struct wr_sim_net *n);

/* To be called after everything that may have changed the broker; after what may have ended a
 * transaction, so that its markers follow. */
void wr_sim_net_touched(struct wr_sim_net *n);
void wr_sim_net_decided(struct wr_sim_net *n);

void wr_sim_watch(struct wr_sim_net *n, struct wr_sim_watch *w);
void wr_sim_unwatch(struct wr_sim_net *n, struct wr_sim_watch *w);

/* ---- requests -------------------------------------------------------------------------------- */

struct wr_sim_answer {
    enum wr_kafka_error error;
    int64_t offset;      /* Produce: of the first record */
    int64_t producer_id; /* InitProducerId */
    int16_t producer_epoch;
};

/* One request, embedded in what it asks for. Its data do not change once it was sent. */
struct wr_sim_request {
    struct wr_sim_net *net;
    struct wr_sim_process *process; /* of the client */
    int refs;
    bool given_up; /* nobody wants the answer */
    bool harmful;  /* may come late */
    bool decides;  /* may end a transaction: markers follow */
    bool ends;     /* is EndTxn */
    const char *name;
    void (*execute)(struct wr_sim_request *r, struct wr_sim_answer *a); /* at the broker */
    void (*sent)(struct wr_sim_request *r);                             /* each time; may be NULL */
    void (*answered)(struct wr_sim_request *r, const struct wr_sim_answer *a);
    void (*fini)(struct wr_sim_request *r); /* frees it */
    struct wr_sim_event again;              /* to be sent once more, later */
};

/* Send it; the first reference is the network's from now on. */
void wr_sim_send(struct wr_sim_request *r);

/* From `answered`: send it once more after a while. */
void wr_sim_send_again(struct wr_sim_request *r, int64_t after_ms);

/* The client does not want the answer any more. */
void wr_sim_give_up(struct wr_sim_request *r);

/* How long a way takes (ms). */
int64_t wr_sim_way(struct wr_sim *s);

#endif
