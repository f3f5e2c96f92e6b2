/* group_kit.h -- clients of a group coordinator for tests: each remembers what it was answered. */
#ifndef WR_TEST_GROUP_KIT_H
#define WR_TEST_GROUP_KIT_H

#include "broker/group_offsets.h"
#include "tests/unit/suite.h"

enum {
    KIT_T0 = 1000000,
    KIT_DELAY = 3000,       /* initial rebalance delay */
    KIT_SESSION = 10000,    /* of a client, unless it says otherwise */
    KIT_REBALANCE = 60000,  /* of a client */
    KIT_RETENTION = 600000, /* of offsets */
    KIT_CHECK = 60000,      /* of expired offsets */
    KIT_MAX_SIZE = 3,
    KIT_METADATA_MAX = 16,
};

/* No answer yet. */
#define KIT_WAITS WR_KE_UNKNOWN_SERVER_ERROR

struct kit {
    struct wr_groups *groups;
    struct wr_rng rng;
    struct wr_arena arena;
    int64_t now;
};
extern struct kit kit;

void kit_setup(void);
void kit_teardown(void); /* checks all invariants */

/* Let time pass, with every timer at its own time. */
void kit_pass(int64_t ms);

struct client {
    /* what it sends; kit_client fills it in */
    const char *group;
    const char *instance;
    const char *protocols[3]; /* up to a NULL */
    const char *metadata;     /* its bytes; NULL: a subscription to topic "t" */
    size_t metadata_len;
    const char *type;
    int64_t session_ms;
    int64_t rebalance_ms;
    bool needs_member_id;
    bool skips_assignment;

    /* what it knows, from answers */
    char member[64];
    int32_t generation;
    char leader[64];
    char protocol[32];
    char members[512]; /* ids, each with a space behind it */
    size_t member_count;
    bool skip;
    char assignment[32];
    enum wr_kafka_error error; /* of the last join or sync; KIT_WAITS: no answer yet */
    int joins;                 /* answered ones */
    int syncs;
};

/* A consumer of group "g" with protocol "range". instance may be NULL. */
struct client kit_client(const char *instance);

void kit_join_once(struct client *c);
void kit_join(struct client *c); /* once more if it was only given an id */
void kit_join_to(const struct wr_join_request *r, struct client *c); /* exactly this request */
void kit_sync(struct client *c);                                     /* without assignments */
void kit_sync_as(struct client *c, const char *protocol);
void kit_sync_all(struct client *leader, struct client *const *members); /* up to a NULL: gives each
                                                                           "for <its id>" */
enum wr_kafka_error kit_heartbeat(const struct client *c);
enum wr_kafka_error kit_leave(const struct client *c);
struct wr_group_client kit_who(const struct client *c);
struct wr_group_info kit_info(void); /* of "g" */

/* Have so many clients in a stable group "g", the first leads. */
void kit_stable(struct client *clients, size_t count);

/* The bytes of a subscription to topics, up to a NULL. */
size_t kit_subscription(char *out, const char *const *topics);

#endif
