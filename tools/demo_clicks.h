/* demo_clicks.h -- makes clicks, so many a second, and writes them in short transactions.
 *
 * Some pages are visited far more often than others. Nothing here waits: the owner calls
 * wr_demo_clicks_step every few milliseconds. Thread: one. */
#ifndef WR_DEMO_CLICKS_H
#define WR_DEMO_CLICKS_H

#include "src/base/rng.h"
#include "src/kafka/kafka.h"

enum { WR_DEMO_PAGES = 500 };

struct wr_demo_clicks {
    struct wr_producer *producer;
    struct wr_topic *topic;
    struct wr_call *call; /* init or commit; NULL: none */
    bool ready;
    struct wr_rng rng;
    uint64_t weights[WR_DEMO_PAGES]; /* running sum of how often each page is visited */
    int per_second;
    int64_t began_ms;
    int64_t due_ms;  /* of the next commit; only while there are clicks in the transaction */
    int64_t made;    /* all of them */
    int64_t open;    /* those in the transaction */
    int64_t written; /* those whose transaction is known to be committed */
    bool over;       /* no more are made */
    struct wr_buf json;
};

/* Open a producer, whose transactional id is the topic's name; nothing is written before the first
 * step. */
WR_MUST_CHECK enum weir_code wr_demo_clicks_open(struct wr_demo_clicks *c, struct wr_kafka *kafka,
                                                 const char *topic, int per_second,
                                                 struct weir_error *err);

/* Make the clicks that are due, and commit those that are old enough. Any error is the end. */
WR_MUST_CHECK enum weir_code wr_demo_clicks_step(struct wr_demo_clicks *c, int64_t now_ms,
                                                 struct weir_error *err);

/* Make no more; the step commits what is open. */
void wr_demo_clicks_finish(struct wr_demo_clicks *c);

/* Whether all clicks are written, after wr_demo_clicks_finish(). */
bool wr_demo_clicks_finished(const struct wr_demo_clicks *c);

void wr_demo_clicks_close(struct wr_demo_clicks *c); /* accepts a cleared one */

#endif
