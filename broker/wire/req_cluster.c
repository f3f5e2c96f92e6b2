/* req_cluster.c -- ApiVersions and DescribeCluster. */
#include "src/base/base.h"

#include <ctype.h>

#include "broker/wire/wire_call.h"

/* librdkafka before 2.7 compresses only if Produce 0 is listed, so Apache Kafka lists versions that
 * it refuses as well (KAFKA-18659). */
enum { PRODUCE_MIN_LISTED = 0 };

static int16_t listed_min(const struct wr_wire_api *api)
{
    return api->handle == wr_req_produce ? PRODUCE_MIN_LISTED : api->min;
}

static void put_api(struct wr_call *c, const struct wr_wire_api *api)
{
    wr_write_i16(&c->out, api->key);
    wr_write_i16(&c->out, listed_min(api));
    wr_write_i16(&c->out, api->max);
    wr_write_tags(&c->out);
}

/* A client that is newer than this broker: it learns in the form of version 0 which to use. */
static enum wr_outcome too_new(struct wr_call *c)
{
    wr_call_put_error(c, WR_KE_UNSUPPORTED_VERSION);
    wr_write_count(&c->out, 1);
    put_api(c, c->api);
    return WR_ANSWERED;
}

/* [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])? */
static bool is_software_name(const char *s)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < len; i++) {
        bool inner = i > 0 && i + 1 < len;
        if (!isalnum((unsigned char)s[i]) && !(inner && (s[i] == '-' || s[i] == '.'))) {
            return false;
        }
    }
    return len > 0;
}

/* Features are not listed: without transaction.version clients keep to transactions of version 1,
 * which is what the coordinator of the model does. */
enum wr_outcome wr_req_api_versions(struct wr_call *c)
{
    if (c->version < c->api->min || c->version > c->api->max) {
        return too_new(c);
    }
    bool valid = true;
    if (c->version >= 3) {
        const char *name = wr_call_text(c);
        const char *version = wr_call_text(c);
        valid = is_software_name(name) && is_software_name(version);
    }
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    size_t count;
    const struct wr_wire_api *apis = wr_wire_api_all(&count);
    count = valid ? count : 0;
    wr_call_put_error(c, valid ? WR_KE_NONE : WR_KE_INVALID_REQUEST);
    wr_write_count(&c->out, (int32_t)count);
    for (size_t i = 0; i < count; i++) {
        put_api(c, &apis[i]);
    }
    if (c->version >= 1) {
        wr_call_put_throttle(c);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

enum { ENDPOINT_BROKERS = 1, ENDPOINT_CONTROLLERS = 2 };

enum wr_outcome wr_req_describe_cluster(struct wr_call *c)
{
    struct wr_broker *b = c->wire->broker;
    int8_t endpoint = ENDPOINT_BROKERS;
    bool operations = wr_read_bool(&c->in);
    if (c->version >= 1) {
        endpoint = wr_read_i8(&c->in);
    }
    if (c->version >= 2) {
        wr_read_bool(&c->in); /* fenced brokers as well: there are none */
    }
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    enum wr_kafka_error error = WR_KE_NONE;
    if (endpoint != ENDPOINT_BROKERS) {
        error = endpoint == ENDPOINT_CONTROLLERS ? WR_KE_MISMATCHED_ENDPOINT_TYPE
                                                 : WR_KE_UNSUPPORTED_ENDPOINT_TYPE;
    }
    bool ok = error == WR_KE_NONE;
    wr_call_put_throttle(c);
    wr_call_put_error(c, error);
    wr_write_cstr(&c->out, ok ? NULL : "this endpoint is a broker's");
    if (c->version >= 1) {
        wr_write_i8(&c->out, ENDPOINT_BROKERS);
    }
    wr_write_cstr(&c->out, ok ? b->cluster_id : "");
    wr_write_i32(&c->out, ok ? b->options.node_id : -1);
    wr_write_count(&c->out, ok ? 1 : 0);
    if (ok) {
        wr_call_put_node(c);
        wr_write_cstr(&c->out, NULL); /* rack */
        if (c->version >= 2) {
            wr_write_bool(&c->out, false); /* fenced */
        }
        wr_write_tags(&c->out);
    }
    wr_write_i32(&c->out, ok && operations ? WR_MAY_CLUSTER : WR_MAY_UNASKED);
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}
