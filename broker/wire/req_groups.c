/* req_groups.c -- finding coordinators, membership of groups, and what an administrator sees of
 * them. */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

/* ---- FindCoordinator ------------------------------------------------------------------------- */

enum { COORDINATOR_GROUP = 0, COORDINATOR_TXN = 1 };

static void put_coordinator(struct wr_call *c, enum wr_kafka_error error)
{
    if (error == WR_KE_NONE) {
        wr_call_put_node(c);
    } else {
        wr_write_i32(&c->out, -1);
        wr_write_cstr(&c->out, "");
        wr_write_i32(&c->out, -1);
    }
}

/* This broker coordinates everything. */
enum wr_outcome wr_req_find_coordinator(struct wr_call *c)
{
    bool many = c->version >= 4;
    struct wr_call_texts keys = {0};
    if (!many) {
        wr_call_text(c);
    }
    int8_t type = c->version >= 1 ? wr_read_i8(&c->in) : COORDINATOR_GROUP;
    if (many) {
        keys = wr_call_texts(c);
    }
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    bool known = type == COORDINATOR_GROUP || type == COORDINATOR_TXN;
    enum wr_kafka_error error = known ? WR_KE_NONE : WR_KE_INVALID_REQUEST;
    if (c->version >= 1) {
        wr_call_put_throttle(c);
    }
    if (!many) {
        wr_call_put_error(c, error);
        if (c->version >= 1) {
            wr_write_cstr(&c->out, wr_kafka_error_name(error));
        }
        put_coordinator(c, error);
    } else {
        wr_write_count(&c->out, keys.count);
        for (int32_t i = 0; i < keys.count; i++) {
            wr_write_cstr(&c->out, keys.at[i]);
            put_coordinator(c, error);
            wr_call_put_error(c, error);
            wr_write_cstr(&c->out, "");
            wr_write_tags(&c->out);
        }
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- JoinGroup ------------------------------------------------------------------------------- */

/* Before version 7 a protocol is never null. */
static void put_protocol(struct wr_call *c, const char *name, bool may_be_null)
{
    wr_write_cstr(&c->out, name == NULL && !may_be_null ? "" : name);
}

static const char *text_or_empty(const char *s)
{
    return s != NULL ? s : "";
}

static struct weir_bytes bytes_or_empty(struct weir_bytes b)
{
    return weir_is_null(b) ? weir_str("") : b;
}

static void join_done(void *arg, const struct wr_join_answer *a)
{
    struct wr_call *c = arg;
    if (c->version >= 2) {
        wr_call_put_throttle(c);
    }
    wr_call_put_error(c, a->error);
    wr_write_i32(&c->out, a->generation);
    if (c->version >= 7) {
        wr_write_cstr(&c->out, a->protocol_type);
    }
    put_protocol(c, a->protocol, c->version >= 7);
    wr_write_cstr(&c->out, text_or_empty(a->leader));
    if (c->version >= 9) {
        wr_write_bool(&c->out, a->skip_assignment);
    }
    wr_write_cstr(&c->out, text_or_empty(a->member));
    wr_write_count(&c->out, (int32_t)a->member_count);
    for (size_t i = 0; i < a->member_count; i++) {
        wr_write_cstr(&c->out, a->members[i].member);
        if (c->version >= 5) {
            wr_write_cstr(&c->out, a->members[i].instance);
        }
        wr_write_bytes(&c->out, bytes_or_empty(a->members[i].metadata));
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    c->answered = true;
}

static bool read_join(struct wr_call *c, struct wr_join_request *r)
{
    *r = (struct wr_join_request){.client_id = c->client_id,
                                  .host = c->client_host,
                                  .needs_member_id = c->version >= 4,
                                  .skips_assignment = c->version >= 9,
                                  .now = c->wire->now};
    r->who.generation = -1;
    r->who.group = wr_call_text(c);
    r->session_ms = wr_read_i32(&c->in);
    r->rebalance_ms = c->version >= 1 ? wr_read_i32(&c->in) : r->session_ms;
    r->who.member = wr_call_text(c);
    if (c->version >= 5) {
        r->who.instance = wr_read_cstr(&c->in, &c->arena);
    }
    r->protocol_type = wr_call_text(c);
    int32_t count;
    struct wr_group_protocol *protocols = wr_call_array(c, 2, sizeof *protocols, &count);
    for (int32_t i = 0; i < count; i++) {
        protocols[i].name = wr_call_text(c);
        protocols[i].metadata = wr_read_bytes(&c->in);
        wr_read_tags(&c->in);
    }
    r->protocols = protocols;
    r->protocol_count = (size_t)count;
    if (c->version >= 8) {
        wr_read_string(&c->in); /* why it joins */
    }
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

enum wr_outcome wr_req_join_group(struct wr_call *c)
{
    struct wr_join_request r;
    struct wr_group_waiter waiter = {.owner = c, .arg = c, .join_done = join_done};
    if (!read_join(c, &r)) {
        return WR_REFUSED;
    }
    wr_groups_join(c->wire->broker->groups, &r, &waiter);
    return c->answered ? WR_ANSWERED : WR_WAITS;
}

/* ---- SyncGroup ------------------------------------------------------------------------------- */

static void sync_done(void *arg, const struct wr_sync_answer *a)
{
    struct wr_call *c = arg;
    if (c->version >= 1) {
        wr_call_put_throttle(c);
    }
    wr_call_put_error(c, a->error);
    if (c->version >= 5) {
        wr_write_cstr(&c->out, a->protocol_type);
        wr_write_cstr(&c->out, a->protocol);
    }
    wr_write_bytes(&c->out, bytes_or_empty(a->assignment));
    wr_write_tags(&c->out);
    c->answered = true;
}

/* Group, generation, member and, from a version on, instance: how most requests of members begin.
 */
static void read_client(struct wr_call *c, struct wr_group_client *who, int16_t instance_since)
{
    who->group = wr_call_text(c);
    who->generation = wr_read_i32(&c->in);
    who->member = wr_call_text(c);
    who->instance = NULL;
    if (c->version >= instance_since) {
        who->instance = wr_read_cstr(&c->in, &c->arena);
    }
}

static bool read_sync(struct wr_call *c, struct wr_sync_request *r)
{
    *r = (struct wr_sync_request){.now = c->wire->now};
    read_client(c, &r->who, 3);
    if (c->version >= 5) {
        r->protocol_type = wr_read_cstr(&c->in, &c->arena);
        r->protocol = wr_read_cstr(&c->in, &c->arena);
    }
    int32_t count;
    struct wr_sync_assignment *assignments = wr_call_array(c, 2, sizeof *assignments, &count);
    for (int32_t i = 0; i < count; i++) {
        assignments[i].member = wr_call_text(c);
        assignments[i].assignment = wr_read_bytes(&c->in);
        wr_read_tags(&c->in);
    }
    r->assignments = assignments;
    r->assignment_count = (size_t)count;
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

enum wr_outcome wr_req_sync_group(struct wr_call *c)
{
    struct wr_sync_request r;
    struct wr_group_waiter waiter = {.owner = c, .arg = c, .sync_done = sync_done};
    if (!read_sync(c, &r)) {
        return WR_REFUSED;
    }
    wr_groups_sync(c->wire->broker->groups, &r, &waiter);
    return c->answered ? WR_ANSWERED : WR_WAITS;
}

/* ---- Heartbeat, LeaveGroup ------------------------------------------------------------------- */

enum wr_outcome wr_req_heartbeat(struct wr_call *c)
{
    struct wr_group_client who;
    read_client(c, &who, 3);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    if (c->version >= 1) {
        wr_call_put_throttle(c);
    }
    wr_call_put_error(c, wr_groups_heartbeat(c->wire->broker->groups, &who, c->wire->now));
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

struct leave {
    const char *group;
    struct wr_group_client *members;
    int32_t count;
};

static bool read_leave(struct wr_call *c, struct leave *l)
{
    l->group = wr_call_text(c);
    if (c->version < 3) {
        l->count = 1;
        l->members = WR_ARENA_NEW(&c->arena, struct wr_group_client);
        l->members[0].member = wr_call_text(c);
    } else {
        l->members = wr_call_array(c, 2, sizeof *l->members, &l->count);
    }
    for (int32_t i = 0; i < l->count; i++) {
        struct wr_group_client *m = &l->members[i];
        m->group = l->group;
        m->generation = -1;
        if (c->version >= 3) {
            m->member = wr_call_text(c);
            m->instance = wr_read_cstr(&c->in, &c->arena);
        }
        if (c->version >= 5) {
            wr_read_string(&c->in); /* why it leaves */
        }
        if (c->version >= 3) {
            wr_read_tags(&c->in);
        }
    }
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

enum wr_outcome wr_req_leave_group(struct wr_call *c)
{
    struct leave l;
    if (!read_leave(c, &l)) {
        return WR_REFUSED;
    }
    bool many = c->version >= 3;
    bool valid = l.group[0] != '\0';
    enum wr_kafka_error *errors = wr_arena_alloc(&c->arena, (size_t)l.count * sizeof *errors);
    for (int32_t i = 0; i < l.count && valid; i++) {
        errors[i] = wr_groups_leave(c->wire->broker->groups, &l.members[i], c->wire->now);
    }
    if (c->version >= 1) {
        wr_call_put_throttle(c);
    }
    if (!valid) {
        wr_call_put_error(c, WR_KE_INVALID_GROUP_ID);
    } else {
        wr_call_put_error(c, many ? WR_KE_NONE : errors[0]);
    }
    if (many) {
        wr_write_count(&c->out, valid ? l.count : 0);
        for (int32_t i = 0; i < l.count && valid; i++) {
            wr_write_cstr(&c->out, l.members[i].member);
            wr_write_cstr(&c->out, l.members[i].instance);
            wr_call_put_error(c, errors[i]);
            wr_write_tags(&c->out);
        }
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- DescribeGroups, ListGroups, DeleteGroups ------------------------------------------------ */

static void put_members(struct wr_call *c, const struct wr_group_info *g)
{
    wr_write_count(&c->out, (int32_t)g->member_count);
    for (size_t i = 0; i < g->member_count; i++) {
        const struct wr_group_member_info *m = &g->members[i];
        wr_write_cstr(&c->out, m->member);
        if (c->version >= 4) {
            wr_write_cstr(&c->out, m->instance);
        }
        wr_write_cstr(&c->out, m->client_id);
        wr_write_cstr(&c->out, m->host);
        wr_write_bytes(&c->out, bytes_or_empty(m->metadata));
        wr_write_bytes(&c->out, bytes_or_empty(m->assignment));
        wr_write_tags(&c->out);
    }
}

/* A group that is not there is "Dead", and from version 6 on an error as well. */
static void describe_group(struct wr_call *c, const char *group, bool operations)
{
    struct wr_group_info g;
    bool found = wr_groups_describe(c->wire->broker->groups, group, &c->arena, &g);
    if (!found) {
        g = (struct wr_group_info){.state = "Dead"};
    }
    bool missing = !found && c->version >= 6;
    wr_call_put_error(c, missing ? WR_KE_GROUP_ID_NOT_FOUND : WR_KE_NONE);
    if (c->version >= 6) {
        wr_write_cstr(&c->out, missing ? "there is no such group" : NULL);
    }
    wr_write_cstr(&c->out, group);
    wr_write_cstr(&c->out, g.state);
    wr_write_cstr(&c->out, text_or_empty(g.protocol_type));
    wr_write_cstr(&c->out, text_or_empty(g.protocol));
    put_members(c, &g);
    if (c->version >= 3) {
        wr_write_i32(&c->out, operations && found ? WR_MAY_GROUP : WR_MAY_UNASKED);
    }
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_describe_groups(struct wr_call *c)
{
    struct wr_call_texts groups = wr_call_texts(c);
    bool operations = c->version >= 3 && wr_read_bool(&c->in);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    if (c->version >= 1) {
        wr_call_put_throttle(c);
    }
    wr_write_count(&c->out, groups.count);
    for (int32_t i = 0; i < groups.count; i++) {
        describe_group(c, groups.at[i], operations);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

static const char group_type[] = "classic";

/* Whether a filter lets a text through; an empty one lets all. Case does not matter. */
static bool passes(const struct wr_call_texts *filter, const char *text)
{
    for (int32_t i = 0; i < filter->count; i++) {
        if (strcasecmp(filter->at[i], text) == 0) {
            return true;
        }
    }
    return filter->count == 0;
}

enum wr_outcome wr_req_list_groups(struct wr_call *c)
{
    struct wr_call_texts states = {0};
    struct wr_call_texts types = {0};
    const struct wr_group_info *all;
    if (c->version >= 4) {
        states = wr_call_texts(c);
    }
    if (c->version >= 5) {
        types = wr_call_texts(c);
    }
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    size_t count = wr_groups_list(c->wire->broker->groups, &c->arena, &all);
    const struct wr_group_info **chosen = wr_arena_alloc(&c->arena, count * sizeof *chosen);
    int32_t chosen_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (passes(&states, all[i].state) && passes(&types, group_type)) {
            chosen[chosen_count++] = &all[i];
        }
    }
    if (c->version >= 1) {
        wr_call_put_throttle(c);
    }
    wr_call_put_error(c, WR_KE_NONE);
    wr_write_count(&c->out, chosen_count);
    for (int32_t i = 0; i < chosen_count; i++) {
        wr_write_cstr(&c->out, chosen[i]->group);
        wr_write_cstr(&c->out, text_or_empty(chosen[i]->protocol_type));
        if (c->version >= 4) {
            wr_write_cstr(&c->out, chosen[i]->state);
        }
        if (c->version >= 5) {
            wr_write_cstr(&c->out, group_type);
        }
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

enum wr_outcome wr_req_delete_groups(struct wr_call *c)
{
    struct wr_call_texts groups = wr_call_texts(c);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, groups.count);
    for (int32_t i = 0; i < groups.count; i++) {
        wr_write_cstr(&c->out, groups.at[i]);
        wr_call_put_error(c, wr_groups_delete(c->wire->broker->groups, groups.at[i]));
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}
