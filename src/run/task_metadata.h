/* task_metadata.h -- the text committed beside a task's own partition of the task topic: the claim
 * of its owner (rule R12) and what must outlive it.
 *
 *     weir1;task=0_3;id=HASH;writer=TRANSACTIONAL.ID;dead=TOPIC/PARTITION/OFFSET;is=IDENTITY TEXT
 *
 * Fields are separated by ';'. `dead` (a record already dead-lettered before the application
 * stopped) and `is` may be missing: the identity text is left out where it would not fit into the
 * broker's limit (offset.metadata.max.bytes, 4096), and then only the hash tells that two builds
 * differ. A reader ignores fields it does not know; a text that does not begin with "weir1;" is not
 * Weir's.
 */
#ifndef WR_TASK_METADATA_H
#define WR_TASK_METADATA_H

#include "src/base/arena.h"
#include "src/base/buf.h"

enum { WR_TASK_METADATA_MAX = 3800 }; /* leaves room for participants */

struct wr_dead_record {
    const char *topic; /* NULL: none */
    int32_t partition;
    int64_t offset;
};

struct wr_task_metadata {
    const char *task;     /* "0_3" */
    const char *identity; /* hash */
    const char *writer;   /* transactional id of the owner */
    const char *text;     /* identity in words; NULL: left out */
    struct wr_dead_record dead;
};

void wr_task_metadata_encode(const struct wr_task_metadata *m, struct wr_buf *out);

/* False if text (may be NULL) is not a task's metadata of Weir. Strings are put into arena. */
bool wr_task_metadata_decode(const char *text, struct wr_arena *arena,
                             struct wr_task_metadata *out);

#endif
