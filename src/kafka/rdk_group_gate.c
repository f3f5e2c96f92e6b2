/* rdk_group_gate.c -- when a member joins: closes the gate of group_gate.h.
 *
 * librdkafka joins again by itself when a heartbeat's answer says that the group does, and does not
 * tell before. So the gate is closed at each such answer, for a moment; JoinGroup follows within
 * that moment or is not needed. The interceptor runs on two threads of the group's client (for the
 * broker, and the main one), which do nothing but serve the membership: they may wait.
 */
#include "src/base/base.h"

#include "src/kafka/rdk.h"

enum { API_JOIN_GROUP = 11, API_HEARTBEAT = 12 };

static rd_kafka_resp_err_t on_response(WR_RDK_REQUEST, int64_t rtt, rd_kafka_resp_err_t code,
                                       void *opaque)
{
    WR_RDK_REQUEST_UNUSED;
    WR_UNUSED(rtt);
    if (api_key == API_HEARTBEAT && code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        wr_group_gate_before_join(opaque);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_sent(WR_RDK_REQUEST, void *opaque)
{
    WR_RDK_REQUEST_UNUSED;
    if (api_key == API_JOIN_GROUP) {
        wr_group_gate_joining(opaque);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque,
                                  char *text, size_t size)
{
    WR_UNUSED(conf), WR_UNUSED(text), WR_UNUSED(size);
    rd_kafka_resp_err_t code =
        rd_kafka_interceptor_add_on_response_received(rk, "weir", on_response, opaque);
    return code != RD_KAFKA_RESP_ERR_NO_ERROR
               ? code
               : rd_kafka_interceptor_add_on_request_sent(rk, "weir", on_sent, opaque);
}

void wr_rdk_close_gate(rd_kafka_conf_t *conf, struct wr_group_gate *gate)
{
    rd_kafka_conf_interceptor_add_on_new(conf, "weir", on_new, gate);
}
