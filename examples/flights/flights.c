/* flights.c -- departures from New York in 2013: counts, mean delays, and tables looked up.
 *
 *   flights (JSON) --> flights-per-route   key: "CARRIER ORIGIN", value: how many (i64)
 *                  --> delay-per-carrier   key: carrier, value: JSON with name, flights, mean_delay
 *                  --> flights-per-maker   key: maker of the aircraft, value: how many (i64)
 *   airlines, planes (JSON by key): tables that processors look names up in
 *
 * The tables and the repartition topics that are looked up beside them must have equal partition
 * counts: a key is then in the same task on both sides. load.py fills the topics; recount.py
 * computes the same with nothing of this program.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <weir/weir.h>

/* ---- mean delay: the state of an aggregate as a structure ------------------------------------ */

struct delay {
    int64_t flights; /* all of them */
    int64_t departed;
    int64_t minutes; /* of those that departed */
};

/* What the functions need to know about the records. */
struct fields {
    weir_field *carrier;
    weir_field *origin;
    weir_field *delay;
    weir_field *name;  /* of an airline */
    weir_field *maker; /* of a plane */
};

static enum weir_code add_delay(weir_ctx *c, const struct weir_record *r,
                                struct weir_bytes *aggregate, void *arg)
{
    const struct fields *f = arg;
    struct delay *d = weir_edit(c, aggregate, WEIR_STRUCT(delay, 1));
    if (d == NULL) {
        return WEIR_EDECODE;
    }
    int64_t minutes = 0;
    enum weir_code code = weir_get_i64(c, f->delay, r->value, &minutes);
    if (code != WEIR_OK && code != WEIR_ENOTFOUND) {
        return code;
    }
    d->flights++;
    d->departed += code == WEIR_OK; /* a cancelled flight has no delay */
    d->minutes += minutes;
    return WEIR_OK;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static enum weir_code by_route(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                               void *arg)
{
    const struct fields *f = arg;
    struct weir_bytes carrier;
    struct weir_bytes origin;
    enum weir_code code = weir_get_string(c, f->carrier, r->value, &carrier);
    if (code == WEIR_OK) {
        code = weir_get_string(c, f->origin, r->value, &origin);
    }
    if (code != WEIR_OK) {
        return weir_fail(c, WEIR_EDECODE, "a flight without carrier or origin");
    }
    out->key = weir_format(c, "%.*s %.*s", (int)carrier.len, (const char *)carrier.data,
                           (int)origin.len, (const char *)origin.data);
    return WEIR_OK;
}

/* ---- looking up ------------------------------------------------------------------------------ */

/* The state of a task: the fields, and the part of the table that the task has. */
struct lookup {
    const struct fields *fields;
    weir_kv *table;
};

/* Made once per task, so it can simply live in the application's own memory. */
static enum weir_code open_lookup(weir_ctx *c, const struct fields *fields, const char *store,
                                  void **state)
{
    struct lookup *l = malloc(sizeof *l);
    if (l == NULL) {
        return weir_fail(c, WEIR_EINTERNAL, "out of memory");
    }
    l->fields = fields;
    l->table = weir_store(c, store);
    *state = l; /* for close(), which is called after a failure too */
    return l->table != NULL ? WEIR_OK
                            : weir_fail(c, WEIR_ETOPOLOGY, "store %s is not connected", store);
}

static enum weir_code open_airlines(weir_ctx *c, const void *arg, void **state)
{
    return open_lookup(c, arg, "airlines", state);
}

static enum weir_code open_planes(weir_ctx *c, const void *arg, void **state)
{
    return open_lookup(c, arg, "planes", state);
}

static void close_lookup(weir_ctx *c, void *state)
{
    (void)c;
    free(state);
}

static enum weir_code find(weir_ctx *c, const struct lookup *l, struct weir_bytes key,
                           const weir_field *field, struct weir_bytes *text)
{
    struct weir_row row;
    *text = weir_str("unknown");
    enum weir_code code = weir_kv_get(l->table, key, &row);
    if (code == WEIR_OK) {
        code = weir_get_string(c, field, row.value, text);
    }
    return code == WEIR_ENOTFOUND ? WEIR_OK : code;
}

/* A changed delay and the name of its airline become one JSON value. */
static enum weir_code name_delay(weir_ctx *c, const struct weir_record *r, void *state)
{
    const struct lookup *l = state;
    struct weir_record out = *r;
    struct weir_bytes name;
    const struct delay *d = weir_peek_struct(c, r->value, WEIR_STRUCT(delay, 1));
    enum weir_code code = find(c, l, r->key, l->fields->name, &name);
    if (d == NULL || code != WEIR_OK) {
        return d == NULL ? WEIR_EDECODE : code;
    }
    double mean = d->departed != 0 ? (double)d->minutes / (double)d->departed : 0;
    name = weir_json_string(c, name);
    out.value = weir_format(c, "{\"name\":%.*s,\"flights\":%" PRId64 ",\"mean_delay\":%.4f}",
                            (int)name.len, (const char *)name.data, d->flights, mean);
    return weir_forward(c, &out);
}

/* A flight gets the maker of its aircraft as key. */
static enum weir_code key_by_maker(weir_ctx *c, const struct weir_record *r, void *state)
{
    const struct lookup *l = state;
    struct weir_record out = *r;
    enum weir_code code = find(c, l, r->key, l->fields->maker, &out.key);
    return code == WEIR_OK ? weir_forward(c, &out) : code;
}

/* ---- the topology ---------------------------------------------------------------------------- */

static weir_table *table(weir_topology *t, const char *topic, struct weir_source *src)
{
    return weir_table_from(t, topic, src, topic, NULL);
}

static void per_carrier(weir_topology *t, weir_stream *flights, const struct fields *fields)
{
    const char *const airlines[] = {"airlines"};
    struct weir_table_options delays = WEIR_TABLE_INIT;
    delays.arg = fields;
    delays.value = weir_struct_codec(t, WEIR_STRUCT(delay, 1));
    struct weir_node naming = WEIR_NODE_INIT;
    naming.arg = fields;
    naming.open = open_airlines;
    naming.close = close_lookup;
    naming.stores = airlines;
    naming.store_count = 1;
    naming.value = weir_json(t);
    weir_grouped *by_carrier =
        weir_group_by_field(flights, "by-carrier", "carrier", weir_string(t));
    weir_table *delay = weir_aggregate(by_carrier, "delays", add_delay, &delays);
    weir_to(weir_process_values(weir_changes(delay), name_delay, &naming), "delay-per-carrier",
            NULL);
}

static void per_maker(weir_topology *t, weir_stream *flights, const struct fields *fields)
{
    const char *const planes[] = {"planes"};
    struct weir_node making = WEIR_NODE_INIT;
    making.arg = fields;
    making.open = open_planes;
    making.close = close_lookup;
    making.stores = planes;
    making.store_count = 1;
    making.key = weir_string(t);
    making.value = weir_json(t);
    struct weir_repartition_options by_plane = WEIR_REPARTITION_INIT;
    by_plane.name = "by-plane";
    weir_stream *keyed = weir_select_key_field(flights, "tailnum", weir_string(t), NULL);
    weir_stream *made = weir_process(weir_repartition(keyed, &by_plane), key_by_maker, &making);
    weir_table *count = weir_count(weir_group_by_key(made, "by-maker"), "makers", NULL);
    weir_to(weir_changes(count), "flights-per-maker", NULL);
}

static void build(weir_topology *t, void *arg)
{
    struct fields *fields = arg;
    weir_codec *json = weir_json(t);
    fields->carrier = weir_field_of(t, json, "carrier");
    fields->origin = weir_field_of(t, json, "origin");
    fields->delay = weir_field_of(t, json, "dep_delay");
    fields->name = weir_field_of(t, json, "name");
    fields->maker = weir_field_of(t, json, "manufacturer");

    struct weir_source src = WEIR_SOURCE_INIT;
    src.key = weir_string(t);
    src.value = json;
    src.time_field = "time";
    weir_stream *flights = weir_from(t, "flights", &src);
    table(t, "airlines", &src);
    table(t, "planes", &src);

    struct weir_node route = WEIR_NODE_INIT;
    route.name = "by-route";
    route.arg = fields;
    route.key = weir_string(t);
    weir_table *routes = weir_count(weir_group_by(flights, by_route, &route), "routes", NULL);
    weir_to(weir_changes(routes), "flights-per-route", NULL);
    per_carrier(t, flights, fields);
    per_maker(t, flights, fields);
}

int main(int argc, char **argv)
{
    struct fields fields;
    return weir_main(argc, argv, "flights", build, &fields);
}
