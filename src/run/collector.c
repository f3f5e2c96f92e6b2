/* collector.c -- partitioning and sending. */
#include "src/base/base.h"

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/kproto/murmur2.h"

#include "src/run/collector.h"
#include "topology/graph/internal_topics.h"

/* Records without a key stay on one partition for this many, so that batches fill. */
enum { KEYLESS_RUN = 256 };

/* One topic. */
struct route {
    struct wr_target *target; /* NULL: to be asked for again */
    int32_t partitions;
    int32_t keyless_partition;
    int32_t keyless_left;
};

void wr_collector_init(struct wr_collector *c, const char *application_id, struct wr_outlet *outlet)
{
    *c = (struct wr_collector){.application_id = application_id, .outlet = outlet};
    wr_arena_init(&c->names, 1024);
}

void wr_collector_free(struct wr_collector *c)
{
    for (size_t i = 0; i < c->routes.count; i++) {
        wr_free(c->routes.entries[i].value);
    }
    wr_strmap_free(&c->routes);
    wr_free(c->chosen);
    wr_arena_free(&c->names);
}

void wr_collector_reset(struct wr_collector *c)
{
    for (size_t i = 0; i < c->routes.count; i++) {
        ((struct route *)c->routes.entries[i].value)->target = NULL;
    }
}

static struct route *route_of(struct wr_collector *c, const char *topic)
{
    struct route *r = wr_strmap_get(&c->routes, topic);
    if (r == NULL) {
        r = WR_NEW(struct route);
        wr_strmap_put(&c->routes, topic, r);
    }
    return r;
}

static enum weir_code refresh(struct wr_collector *c, struct route *r, const char *topic,
                              struct weir_error *err)
{
    if (r->target == NULL) {
        r->target = c->outlet->ops->target(c->outlet, WR_TARGET_OUTPUT, topic);
        enum weir_code code = c->outlet->ops->partitions(c->outlet, r->target, &r->partitions, err);
        if (code != WEIR_OK) {
            wr_fail_prefix(err, "output topic \"%s\"", topic);
            return code;
        }
    }
    return WEIR_OK;
}

static int32_t default_partition(struct route *r, struct weir_bytes key)
{
    if (key.data != NULL) {
        return wr_partition_of(key, r->partitions);
    }
    if (r->keyless_left-- <= 0) {
        r->keyless_left = KEYLESS_RUN;
        r->keyless_partition = (r->keyless_partition + 1) % r->partitions;
    }
    return r->keyless_partition;
}

static enum weir_code ship(struct wr_collector *c, struct route *route, int32_t partition,
                           const struct weir_record *r, struct weir_error *err)
{
    struct wr_shipment s = {
        .target = route->target,
        .partition = partition,
        .key = r->key,
        .value = r->value,
        .time = r->time,
        .headers = r->headers,
    };
    c->sent++;
    return c->outlet->ops->send(c->outlet, &s, err);
}

/* Let the application choose: to any number of partitions, or none. */
static enum weir_code send_chosen(struct wr_collector *c, struct wr_node *sink, struct route *route,
                                  const struct weir_record *r)
{
    if (c->chosen_cap < route->partitions) {
        c->chosen_cap = route->partitions;
        c->chosen = wr_realloc_array(c->chosen, (size_t)c->chosen_cap, sizeof *c->chosen);
    }
    int32_t n = -1;
    enum weir_code code = sink->spec->sink->partition(&sink->ctx, r, c->chosen, route->partitions,
                                                      &n, sink->spec->sink->arg);
    if (code != WEIR_OK) {
        return wr_node_fail(sink, code, "the partition function failed: %s", weir_code_text(code));
    }
    if (n < 0) {
        return ship(c, route, default_partition(route, r->key), r, sink->host->err);
    }
    if (n == 0) {
        wr_node_drop(sink, "no partition chosen");
    }
    if (n > route->partitions) {
        return wr_node_fail(sink, WEIR_EINVAL, "the partition function chose %d partitions of %d",
                            (int)n, (int)route->partitions);
    }
    for (int32_t i = 0; i < n && code == WEIR_OK; i++) {
        if (c->chosen[i] < 0 || c->chosen[i] >= route->partitions) {
            return wr_node_fail(sink, WEIR_EINVAL,
                                "the partition function chose partition %d of a topic with %d",
                                (int)c->chosen[i], (int)route->partitions);
        }
        code = ship(c, route, c->chosen[i], r, sink->host->err);
    }
    return code;
}

enum weir_code wr_collector_send(struct wr_collector *c, struct wr_node *sink, const char *topic,
                                 const struct weir_record *r)
{
    const struct wr_gsink *spec = sink->spec->sink;
    struct route *route = sink->host_data;
    if (topic != NULL) {
        route = route_of(c, topic);
    } else if (WR_UNLIKELY(route == NULL || route->target == NULL)) {
        topic = wr_topic_name(&c->names, c->application_id, spec->topic);
        sink->host_data = route = route_of(c, topic);
    }
    if (WR_UNLIKELY(route->target == NULL)) {
        enum weir_code code = refresh(c, route, topic, sink->host->err);
        if (code != WEIR_OK) {
            route->target = NULL;
            return code;
        }
    }
    if (spec->partition != NULL) {
        return send_chosen(c, sink, route, r);
    }
    return ship(c, route, default_partition(route, r->key), r, sink->host->err);
}

enum weir_code wr_collector_send_to(struct wr_collector *c, const char *topic,
                                    const struct weir_record *r, struct weir_error *err)
{
    struct route *route = route_of(c, topic);
    enum weir_code code = refresh(c, route, topic, err);
    if (code != WEIR_OK) {
        route->target = NULL;
        return code;
    }
    return ship(c, route, default_partition(route, r->key), r, err);
}
