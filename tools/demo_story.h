/* demo_story.h -- what happens in the demo, in order. Thread: one. */
#ifndef WR_DEMO_STORY_H
#define WR_DEMO_STORY_H

#include "tools/demo_stage.h"

struct wr_demo_story {
    int seconds; /* clicks are made for so long, or longer if a kill takes longer */
    struct wr_demo_counts counts; /* of the recount */
    struct wr_demo_verdict verdict;
    const struct wr_demo_instance *keeper; /* of most state in the end */
};

/* Play it; the stage is open. WEIR_OK means that an instance was killed in mid-flow, came back, and
 * that everything was counted again: the verdict says with which result. The counts are to be freed
 * in any case. */
WR_MUST_CHECK enum weir_code wr_demo_story_tell(struct wr_demo_story *t, struct wr_demo_stage *s,
                                                struct weir_error *err);

#endif
