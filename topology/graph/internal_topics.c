/* internal_topics.c -- names and settings of internal topics. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "topology/graph/internal_topics.h"

const char *wr_topic_name(struct wr_arena *arena, const char *application_id,
                          const struct wr_gtopic *topic)
{
    return topic->internal ? wr_arena_printf(arena, "%s-%s", application_id, topic->name)
                           : topic->name;
}

const char *wr_changelog_name(struct wr_arena *arena, const char *application_id,
                              const struct wr_gstore *store)
{
    if (store->source_changelog != NULL) {
        return wr_topic_name(arena, application_id, store->source_changelog);
    }
    return store->logged ? wr_arena_printf(arena, "%s-%s-changelog", application_id, store->name)
                         : NULL;
}

static const struct weir_topic_setting repartition_settings[] = {
    {"cleanup.policy", "delete"},
    {"message.timestamp.type", "CreateTime"},
    {"retention.ms", "-1"},
    {"segment.bytes", "52428800"},
};

static const struct weir_topic_setting changelog_settings[] = {
    {"cleanup.policy", "compact"},
    {"message.timestamp.type", "CreateTime"},
};

static int compare_settings(const void *a, const void *b)
{
    return strcmp(((const struct weir_topic_setting *)a)->name,
                  ((const struct weir_topic_setting *)b)->name);
}

static int compare_topics(const void *a, const void *b)
{
    return strcmp(((const struct wr_internal_topic *)a)->name,
                  ((const struct wr_internal_topic *)b)->name);
}

/* The defaults of a kind of topic, changed by what the application asked for. */
static const struct weir_topic_setting *settings(struct wr_arena *arena,
                                                 const struct weir_topic_setting *defaults,
                                                 size_t default_count,
                                                 const struct wr_gstore *store, size_t *count)
{
    size_t asked = store != NULL ? store->setting_count : 0;
    struct weir_topic_setting *all = wr_arena_alloc(arena, (default_count + asked) * sizeof *all);
    memcpy(all, defaults, default_count * sizeof *all);
    *count = default_count;
    for (size_t i = 0; i < asked; i++) {
        size_t at = 0;
        while (at < *count && strcmp(all[at].name, store->settings[i].name) != 0) {
            at++;
        }
        all[at] = store->settings[i];
        *count += at == *count;
    }
    qsort(all, *count, sizeof all[0], compare_settings);
    return all;
}

const struct weir_topic_setting *
wr_repartition_settings(struct wr_arena *arena, const struct wr_gtopic *topic, size_t *count)
{
    wr_assert(topic->internal);
    return settings(arena, repartition_settings, WR_ARRAY_LEN(repartition_settings), NULL, count);
}

const struct weir_topic_setting *wr_changelog_settings(struct wr_arena *arena,
                                                       const struct wr_gstore *store, size_t *count)
{
    return settings(arena, changelog_settings, WR_ARRAY_LEN(changelog_settings), store, count);
}

size_t wr_internal_topics(const struct wr_graph *g, const char *application_id,
                          struct wr_arena *arena, struct wr_internal_topic **out)
{
    wr_assert(g->finished);
    size_t count = 0;
    struct wr_internal_topic *all =
        wr_arena_zalloc(arena, (g->topics.count + g->stores.count) * sizeof *all);
    for (size_t i = 0; i < g->topics.count; i++) {
        const struct wr_gtopic *t = g->topics.entries[i].value;
        if (t->internal) {
            struct wr_internal_topic *made = &all[count++];
            made->topic = t;
            made->name = wr_topic_name(arena, application_id, t);
            made->settings = wr_repartition_settings(arena, t, &made->setting_count);
        }
    }
    for (size_t i = 0; i < g->stores.count; i++) {
        const struct wr_gstore *s = g->stores.items[i];
        if (s->logged && s->source_changelog == NULL) {
            struct wr_internal_topic *made = &all[count++];
            made->store = s;
            made->name = wr_changelog_name(arena, application_id, s);
            made->settings = wr_changelog_settings(arena, s, &made->setting_count);
        }
    }
    qsort(all, count, sizeof all[0], compare_topics);
    *out = all;
    return count;
}
