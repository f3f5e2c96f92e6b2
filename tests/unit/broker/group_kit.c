/* group_kit.c -- clients of a group coordinator for tests. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/endian.h"
#include "tests/unit/broker/group_kit.h"

struct kit kit;

void kit_setup(void)
{
    wr_rng_seed(&kit.rng, 1);
    wr_arena_init(&kit.arena, 4096);
    kit.now = KIT_T0;
    struct wr_groups_options options = {
        .min_session_ms = 6000,
        .max_session_ms = 1800000,
        .initial_delay_ms = KIT_DELAY,
        .max_size = KIT_MAX_SIZE,
        .offsets_retention_ms = KIT_RETENTION,
        .offsets_check_ms = KIT_CHECK,
        .offset_metadata_max = KIT_METADATA_MAX,
        .rng = &kit.rng,
    };
    kit.groups = wr_groups_new(&options);
}

void kit_teardown(void)
{
    wr_groups_check(kit.groups);
    wr_groups_free(kit.groups);
    wr_arena_free(&kit.arena);
}

void kit_pass(int64_t ms)
{
    int64_t end = kit.now + ms;
    for (int i = 0; wr_groups_next(kit.groups) <= end; i++) {
        ck_assert_int_lt(i, 10000);
        kit.now = wr_max_i64(kit.now, wr_groups_next(kit.groups));
        wr_groups_tick(kit.groups, kit.now);
        wr_groups_check(kit.groups);
    }
    kit.now = end;
}

size_t kit_subscription(char *out, const char *const *topics)
{
    char *at = out + 6;
    uint32_t count = 0;
    for (; topics[count] != NULL; count++) {
        size_t len = strlen(topics[count]);
        wr_put_be16(at, (uint16_t)len);
        memcpy(at + 2, topics[count], len);
        at += 2 + len;
    }
    wr_put_be16(out, 1);
    wr_put_be32(out + 2, count);
    wr_put_be32(at, 0); /* no user data; newer versions go on behind it */
    return (size_t)(at + 4 - out);
}

struct client kit_client(const char *instance)
{
    static char subscription[32];
    static const char *const topics[] = {"t", NULL};
    struct client c = {
        .group = "g",
        .instance = instance,
        .protocols = {"range"},
        .metadata = subscription,
        .metadata_len = kit_subscription(subscription, topics),
        .type = "consumer",
        .session_ms = KIT_SESSION,
        .rebalance_ms = KIT_REBALANCE,
        .needs_member_id = true,
        .skips_assignment = true,
        .generation = -1,
        .error = WR_KE_UNKNOWN_SERVER_ERROR,
    };
    return c;
}

struct wr_group_client kit_who(const struct client *c)
{
    return (struct wr_group_client){c->group, c->generation, c->member, c->instance};
}

static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static void join_done(void *arg, const struct wr_join_answer *a)
{
    struct client *c = arg;
    c->joins++;
    c->error = a->error;
    c->generation = a->generation;
    c->member_count = a->member_count;
    c->skip = a->skip_assignment;
    c->members[0] = '\0';
    for (size_t i = 0; i < a->member_count; i++) {
        size_t len = strlen(c->members);
        snprintf(c->members + len, sizeof c->members - len, "%s ", a->members[i].member);
        ck_assert(a->members[i].metadata.data != NULL);
    }
    ck_assert((a->protocol != NULL) == (a->error == WR_KE_NONE));
    copy(c->leader, sizeof c->leader, a->leader);
    copy(c->protocol, sizeof c->protocol, a->protocol);
    copy(c->member, sizeof c->member, a->member);
}

static void sync_done(void *arg, const struct wr_sync_answer *a)
{
    struct client *c = arg;
    c->syncs++;
    c->error = a->error;
    snprintf(c->assignment, sizeof c->assignment, "%.*s", (int)a->assignment.len,
             (const char *)a->assignment.data);
    ck_assert((a->protocol != NULL) == (a->error == WR_KE_NONE));
}

static struct wr_group_waiter waiter_of(struct client *c)
{
    return (struct wr_group_waiter){c, c, join_done, sync_done};
}

void kit_join_to(const struct wr_join_request *r, struct client *c)
{
    struct wr_group_waiter waiter = waiter_of(c);
    c->error = KIT_WAITS;
    wr_groups_join(kit.groups, r, &waiter);
    wr_groups_check(kit.groups);
}

void kit_join_once(struct client *c)
{
    char member[sizeof c->member];
    struct wr_group_protocol protocols[3];
    size_t count = 0;
    for (; count < 3 && c->protocols[count] != NULL; count++) {
        protocols[count].name = c->protocols[count];
        protocols[count].metadata = weir_view(c->metadata, c->metadata_len);
    }
    struct wr_join_request r = {
        .who = kit_who(c),
        .client_id = "client",
        .host = "/127.0.0.1",
        .protocol_type = c->type,
        .protocols = protocols,
        .protocol_count = count,
        .session_ms = c->session_ms,
        .rebalance_ms = c->rebalance_ms,
        .needs_member_id = c->needs_member_id,
        .skips_assignment = c->skips_assignment,
        .now = kit.now,
    };
    copy(member, sizeof member, c->member); /* the answer changes it */
    r.who.member = member;
    kit_join_to(&r, c);
}

void kit_join(struct client *c)
{
    kit_join_once(c);
    if (c->error == WR_KE_MEMBER_ID_REQUIRED) {
        kit_join_once(c);
    }
}

static void sync_with(struct client *c, const char *protocol,
                      const struct wr_sync_assignment *assignments, size_t count)
{
    struct wr_sync_request r = {
        .who = kit_who(c),
        .protocol_type = c->type,
        .protocol = protocol,
        .assignments = assignments,
        .assignment_count = count,
        .now = kit.now,
    };
    struct wr_group_waiter waiter = waiter_of(c);
    c->error = KIT_WAITS;
    wr_groups_sync(kit.groups, &r, &waiter);
    wr_groups_check(kit.groups);
}

void kit_sync(struct client *c)
{
    kit_sync_as(c, c->protocol);
}

void kit_sync_as(struct client *c, const char *protocol)
{
    sync_with(c, protocol, NULL, 0);
}

void kit_sync_all(struct client *leader, struct client *const *members)
{
    struct wr_sync_assignment assignments[8];
    char texts[8][32];
    size_t count = 0;
    for (; members[count] != NULL; count++) {
        snprintf(texts[count], sizeof texts[count], "for %.20s", members[count]->member);
        assignments[count].member = members[count]->member;
        assignments[count].assignment = weir_str(texts[count]);
    }
    sync_with(leader, leader->protocol, assignments, count);
}

enum wr_kafka_error kit_heartbeat(const struct client *c)
{
    struct wr_group_client who = kit_who(c);
    enum wr_kafka_error error = wr_groups_heartbeat(kit.groups, &who, kit.now);
    wr_groups_check(kit.groups);
    return error;
}

enum wr_kafka_error kit_leave(const struct client *c)
{
    struct wr_group_client who = kit_who(c);
    enum wr_kafka_error error = wr_groups_leave(kit.groups, &who, kit.now);
    wr_groups_check(kit.groups);
    return error;
}

struct wr_group_info kit_info(void)
{
    struct wr_group_info info;
    ck_assert(wr_groups_describe(kit.groups, "g", &kit.arena, &info));
    return info;
}

void kit_stable(struct client *clients, size_t count)
{
    struct client *members[8] = {NULL};
    for (size_t i = 0; i < count; i++) {
        members[i] = &clients[i];
        kit_join(&clients[i]);
    }
    for (int i = 0; i < 2 * KIT_MAX_SIZE && clients[0].error != WR_KE_NONE; i++) {
        kit_pass(KIT_DELAY);
    }
    for (size_t i = 1; i < count; i++) {
        kit_sync(&clients[i]);
    }
    kit_sync_all(&clients[0], members);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(clients[i].error, WR_KE_NONE);
    }
    ck_assert_str_eq(clients[0].leader, clients[0].member);
    ck_assert_str_eq(kit_info().state, "Stable");
}
