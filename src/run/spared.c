/* spared.c -- writers that were left alone are looked at once more. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/obs/log.h"
#include "src/run/spared.h"

struct writer {
    char *name;
    int64_t look_at_ms;
    struct wr_fence fence;
};

static void free_writer(struct writer *w)
{
    wr_fence_cancel(&w->fence);
    wr_free(w->name);
    wr_free(w);
}

void wr_spared_free(struct wr_spared *s)
{
    for (size_t i = 0; i < s->writers.count; i++) {
        free_writer(s->writers.items[i]);
    }
    wr_ptrs_free(&s->writers);
}

void wr_spared_add(struct wr_spared *s, const char *writer, int64_t look_at_ms)
{
    for (size_t i = 0; i < s->writers.count; i++) {
        struct writer *w = s->writers.items[i];
        if (strcmp(w->name, writer) == 0 && w->fence.state == WR_FENCE_IDLE) {
            w->look_at_ms = look_at_ms;
            return;
        }
    }
    struct writer *w = WR_NEW(struct writer);
    w->name = wr_strdup(writer);
    w->look_at_ms = look_at_ms;
    wr_ptrs_push(&s->writers, w);
}

void wr_spared_step(struct wr_spared *s, struct wr_kafka *kafka, struct wr_consumer *admin,
                    const char *application_id, int64_t now_ms)
{
    for (size_t i = s->writers.count; i-- > 0;) {
        struct writer *w = s->writers.items[i];
        enum wr_fence_end end;
        if (w->fence.state == WR_FENCE_IDLE) {
            if (now_ms < w->look_at_ms) {
                continue;
            }
            wr_fence_start_writer(&w->fence, admin, w->name);
        }
        if (!wr_fence_step(&w->fence, kafka, admin, application_id, 0, &end)) {
            continue;
        }
        if (end == WR_FENCE_FENCED) {
            wr_log(WR_LOG_INFO, "writer.fenced", WR_S("transactional_id", w->name), WR_END);
        }
        wr_ptrs_remove(&s->writers, w);
        free_writer(w);
    }
}
