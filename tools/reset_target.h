/* reset_target.h -- where a reset puts the positions of inputs, as Kafka's own tool says it.
 * Thread: any. */
#ifndef WR_RESET_TARGET_H
#define WR_RESET_TARGET_H

#include "src/base/base.h"

enum wr_reset_kind {
    WR_RESET_EARLIEST,
    WR_RESET_LATEST, /* the last stable offset */
    WR_RESET_OFFSET,
    WR_RESET_SHIFT, /* from the committed one, or the first */
    WR_RESET_TIME,  /* the first record of that time or later, the end if there is none */
};

struct wr_reset_target {
    enum wr_reset_kind kind;
    int64_t value; /* OFFSET, SHIFT; TIME: ms since 1970 */
};

/* What is known of one partition. */
struct wr_reset_facts {
    int64_t first;
    int64_t end;
    int64_t committed; /* negative: none */
    int64_t of_time;   /* TIME; negative: none */
};

/* The new position, always between the first offset and the end. */
int64_t wr_reset_position(const struct wr_reset_target *t, const struct wr_reset_facts *f);

/* "P1DT2H30M5S", any part left out but not all: ISO 8601 without months and years. False if text is
 * none, or beyond ten thousand years. */
bool wr_reset_duration(const char *text, int64_t *ms);

/* Whether a topic is internal to an application, by its name: of Weir or of Kafka Streams. Not, if
 * it is that of another application whose id begins with this one and a dash: `longer` are the ids
 * of such, ended by NULL. */
bool wr_reset_is_internal(const char *topic, const char *application, const char *const *longer);

/* The id of the application whose task topic this is, as a length; 0: it is none. */
size_t wr_reset_task_topic(const char *topic);

#endif
