/* bad_input_app.c -- small applications for tests/kafka/run-bad-input, against the public API only.
 *
 *   bad_input_app TOPOLOGY PREFIX [OPTIONS ...]
 *
 * The input is topic PREFIX-in and the output PREFIX-out; OPTIONS are weir_main's.
 *
 *   pass     values are JSON; the records go on as they are
 *   timed    the same, with the time of a record in the field "t"
 *   grow     a value "N" becomes N bytes
 *   slow     a value "N" takes N ms
 *   keyed    a processor that refuses records without a key
 *   count    records per key, in the store "counts"
 *   recount  the same with another store, "recounts": another identity
 *   fields   records per field "k", through a repartition topic
 */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <weir/weir.h>

struct names {
    const char *topology;
    char in[300];
    char out[300];
};

static enum weir_code grow(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                           void *state)
{
    (void)state;
    struct weir_bytes text = weir_format(c, "%.*s", (int)r->value.len, (const char *)r->value.data);
    size_t size = strtoul(text.data, NULL, 10);
    void *bytes = weir_scratch(c, size);
    memset(bytes, 'x', size);
    out->value = weir_view(bytes, size);
    return WEIR_OK;
}

static enum weir_code slow(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                           void *state)
{
    (void)out, (void)state;
    struct weir_bytes text = weir_format(c, "%.*s", (int)r->value.len, (const char *)r->value.data);
    long ms = strtol(text.data, NULL, 10);
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
    return WEIR_OK;
}

static enum weir_code need_key(weir_ctx *c, const struct weir_record *r, void *state)
{
    (void)state;
    if (weir_is_null(r->key)) {
        return weir_fail(c, WEIR_ENOKEY, "an order needs a customer as its key");
    }
    return weir_forward(c, r);
}

static void build(weir_topology *t, void *arg)
{
    const struct names *n = arg;
    struct weir_source source = WEIR_SOURCE_INIT;
    source.key = weir_string(t);
    source.value = weir_json(t);
    source.time_field = strcmp(n->topology, "timed") == 0 ? "t" : NULL;
    struct weir_node node = WEIR_NODE_INIT;
    weir_stream *in = weir_from(t, n->in, &source);
    weir_table *counts = NULL;
    if (strcmp(n->topology, "grow") == 0) {
        in = weir_map_values(in, grow, &node);
    } else if (strcmp(n->topology, "slow") == 0) {
        in = weir_map_values(in, slow, &node);
    } else if (strcmp(n->topology, "keyed") == 0) {
        node.name = "orders";
        in = weir_process(in, need_key, &node);
    } else if (strcmp(n->topology, "count") == 0) {
        counts = weir_count(weir_group_by_key(in, NULL), "counts", NULL);
    } else if (strcmp(n->topology, "recount") == 0) {
        counts = weir_count(weir_group_by_key(in, NULL), "recounts", NULL);
    } else if (strcmp(n->topology, "fields") == 0) {
        counts = weir_count(weir_group_by_field(in, "by-k", "k", weir_string(t)), "by-field", NULL);
    }
    weir_to(counts != NULL ? weir_changes(counts) : in, n->out, NULL);
}

int main(int argc, char **argv)
{
    struct names names;
    if (argc < 3) {
        fputs("usage: bad_input_app TOPOLOGY PREFIX [OPTIONS ...]\n", stderr);
        return 2;
    }
    names.topology = argv[1];
    snprintf(names.in, sizeof names.in, "%s-in", argv[2]);
    snprintf(names.out, sizeof names.out, "%s-out", argv[2]);
    argv[2] = argv[0];
    return weir_main(argc - 2, argv + 2, names.in, build, &names);
}
