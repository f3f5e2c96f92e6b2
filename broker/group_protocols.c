/* group_protocols.c -- what members are able to do and what they subscribe to.
 *
 * The metadata of the type "consumer" begins with version (int16) and topics (array of strings) in
 * all versions; nothing else of it is looked at. Every count is checked against the bytes that are
 * there. */
#include "src/base/base.h"

#include <string.h>

#include "broker/group_internal.h"
#include "src/base/mem.h"
#include "src/kproto/proto_read.h"

/* LIMIT: protocols of one member, because each is looked for in all members. Kafka has no limit. */
enum { PROTOCOLS_MAX = 100 };

static bool member_supports(const struct wr_member *m, const char *protocol)
{
    return !weir_is_null(wr_member_metadata(m, protocol));
}

static bool all_support(const struct wr_group *group, const char *protocol)
{
    for (size_t i = 0; i < group->members.count; i++) {
        if (!member_supports(wr_group_member_at(group, i), protocol)) {
            return false;
        }
    }
    return true;
}

bool wr_group_supports(const struct wr_group *group, const struct wr_join_request *r)
{
    if (r->protocol_count == 0 || r->protocol_count > PROTOCOLS_MAX || *r->protocol_type == '\0') {
        return false;
    }
    if (group->fsm.state == WR_GROUP_EMPTY) {
        return true;
    }
    if (strcmp(group->type, r->protocol_type) != 0) {
        return false;
    }
    for (size_t i = 0; i < r->protocol_count; i++) {
        if (all_support(group, r->protocols[i].name)) {
            return true;
        }
    }
    return false;
}

bool wr_member_matches(const struct wr_member *m, const struct wr_join_request *r)
{
    if (m->protocol_count != r->protocol_count) {
        return false;
    }
    for (size_t i = 0; i < r->protocol_count; i++) {
        struct weir_bytes metadata = r->protocols[i].metadata;
        if (strcmp(m->protocols[i].name, r->protocols[i].name) != 0 ||
            m->protocols[i].metadata.len != metadata.len ||
            (metadata.len != 0 &&
             memcmp(m->protocols[i].metadata.data, metadata.data, metadata.len) != 0)) {
            return false;
        }
    }
    return true;
}

struct weir_bytes wr_member_metadata(const struct wr_member *m, const char *protocol)
{
    for (size_t i = 0; i < m->protocol_count; i++) {
        if (strcmp(m->protocols[i].name, protocol) == 0) {
            return m->protocols[i].metadata;
        }
    }
    return WEIR_NULL;
}

/* Kafka has the candidates in a hash map of 16 places and takes the first of those with equal
 * votes: this is the place of a name. */
static uint32_t place_in_map(const char *name)
{
    uint32_t h = 0;
    for (; *name != '\0'; name++) {
        h = 31 * h + (unsigned char)*name;
    }
    return (h ^ (h >> 16)) & 15;
}

struct candidate {
    const char *name;
    size_t votes;
};

static void vote(const struct wr_member *m, struct candidate *candidates, size_t count)
{
    for (size_t p = 0; p < m->protocol_count; p++) {
        for (size_t i = 0; i < count; i++) {
            if (strcmp(m->protocols[p].name, candidates[i].name) == 0) {
                candidates[i].votes++;
                return;
            }
        }
    }
}

static bool is_better(const struct candidate *a, const struct candidate *b)
{
    return a->votes > b->votes ||
           (a->votes == b->votes && place_in_map(a->name) < place_in_map(b->name));
}

const char *wr_group_select(const struct wr_group *group)
{
    const struct wr_member *first = wr_group_member_at(group, 0);
    struct candidate *candidates = wr_calloc(first->protocol_count, sizeof *candidates);
    size_t count = 0;
    for (size_t p = 0; p < first->protocol_count; p++) {
        if (all_support(group, first->protocols[p].name)) {
            candidates[count++].name = first->protocols[p].name;
        }
    }
    wr_assert(count != 0); /* who shares none is not let in */
    for (size_t i = 0; i < group->members.count; i++) {
        vote(wr_group_member_at(group, i), candidates, count);
    }
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = is_better(&candidates[i], &candidates[best]) ? i : best;
    }
    const char *name = candidates[best].name;
    wr_free(candidates);
    return name;
}

/* ---- subscriptions --------------------------------------------------------------------------- */

static bool read_topics(struct wr_strmap *topics, struct weir_bytes metadata)
{
    struct wr_reader r;
    struct wr_arena names;
    wr_reader_init(&r, metadata, false);
    wr_arena_init(&names, 1024);
    wr_read_i16(&r); /* the version */
    int32_t count = wr_read_count(&r, 2);
    for (int32_t i = 0; i < count && !r.failed; i++) {
        const char *name = wr_read_cstr(&r, &names);
        if (name != NULL) {
            wr_strmap_put(topics, name, NULL);
        }
    }
    wr_arena_free(&names);
    return !r.failed;
}

void wr_group_read_topics(struct wr_group *group)
{
    wr_strmap_free(&group->topics);
    group->topics_known = group->type != NULL && strcmp(group->type, "consumer") == 0;
    for (size_t i = 0; i < group->members.count && group->topics_known; i++) {
        group->topics_known = read_topics(
            &group->topics, wr_member_metadata(wr_group_member_at(group, i), group->protocol));
    }
}

bool wr_group_subscribes(const struct wr_group *group, const char *topic)
{
    if (group->topics_known) {
        return wr_strmap_has(&group->topics, topic);
    }
    return group->type != NULL && strcmp(group->type, "consumer") == 0;
}
