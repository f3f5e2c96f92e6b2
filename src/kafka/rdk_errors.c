/* rdk_errors.c -- the one place that knows librdkafka's codes: codes of Weir, outcomes by flags,
 * and the box in which a handle keeps what it reported. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/kafka/rdk.h"

#define E(name) RD_KAFKA_RESP_ERR_##name

static const struct {
    rd_kafka_resp_err_t code;
    enum weir_code weir;
} codes[] = {
    {E(NO_ERROR), WEIR_OK},
    /* the cluster cannot be reached */
    {E(_TRANSPORT), WEIR_ECLUSTER},
    {E(_ALL_BROKERS_DOWN), WEIR_ECLUSTER},
    {E(_RESOLVE), WEIR_ECLUSTER},
    {E(NETWORK_EXCEPTION), WEIR_ECLUSTER},
    {E(BROKER_NOT_AVAILABLE), WEIR_ECLUSTER},
    /* it took too long */
    {E(_TIMED_OUT), WEIR_ETIMEOUT},
    {E(_TIMED_OUT_QUEUE), WEIR_ETIMEOUT},
    {E(_MSG_TIMED_OUT), WEIR_ETIMEOUT},
    {E(REQUEST_TIMED_OUT), WEIR_ETIMEOUT},
    /* not now: elections, moving coordinators, open transactions */
    {E(_WAIT_COORD), WEIR_EAGAIN},
    {E(_WAIT_CACHE), WEIR_EAGAIN},
    {E(_IN_PROGRESS), WEIR_EAGAIN},
    {E(_PREV_IN_PROGRESS), WEIR_EAGAIN},
    {E(_RETRY), WEIR_EAGAIN},
    {E(LEADER_NOT_AVAILABLE), WEIR_EAGAIN},
    {E(NOT_LEADER_FOR_PARTITION), WEIR_EAGAIN},
    {E(REPLICA_NOT_AVAILABLE), WEIR_EAGAIN},
    {E(PREFERRED_LEADER_NOT_AVAILABLE), WEIR_EAGAIN},
    {E(FENCED_LEADER_EPOCH), WEIR_EAGAIN},
    {E(UNKNOWN_LEADER_EPOCH), WEIR_EAGAIN},
    {E(OFFSET_NOT_AVAILABLE), WEIR_EAGAIN},
    {E(KAFKA_STORAGE_ERROR), WEIR_EAGAIN},
    {E(COORDINATOR_LOAD_IN_PROGRESS), WEIR_EAGAIN},
    {E(COORDINATOR_NOT_AVAILABLE), WEIR_EAGAIN},
    {E(NOT_COORDINATOR), WEIR_EAGAIN},
    {E(NOT_CONTROLLER), WEIR_EAGAIN},
    {E(NOT_ENOUGH_REPLICAS), WEIR_EAGAIN},
    {E(NOT_ENOUGH_REPLICAS_AFTER_APPEND), WEIR_EAGAIN},
    {E(REASSIGNMENT_IN_PROGRESS), WEIR_EAGAIN},
    {E(CONCURRENT_TRANSACTIONS), WEIR_EAGAIN},
    {E(UNSTABLE_OFFSET_COMMIT), WEIR_EAGAIN},
    {E(THROTTLING_QUOTA_EXCEEDED), WEIR_EAGAIN},
    {E(_QUEUE_FULL), WEIR_PENDING},
    /* not allowed */
    {E(_AUTHENTICATION), WEIR_EAUTH},
    {E(_SSL), WEIR_EAUTH},
    {E(SASL_AUTHENTICATION_FAILED), WEIR_EAUTH},
    {E(UNSUPPORTED_SASL_MECHANISM), WEIR_EAUTH},
    {E(ILLEGAL_SASL_STATE), WEIR_EAUTH},
    {E(TOPIC_AUTHORIZATION_FAILED), WEIR_EAUTH},
    {E(GROUP_AUTHORIZATION_FAILED), WEIR_EAUTH},
    {E(CLUSTER_AUTHORIZATION_FAILED), WEIR_EAUTH},
    {E(TRANSACTIONAL_ID_AUTHORIZATION_FAILED), WEIR_EAUTH},
    {E(SECURITY_DISABLED), WEIR_EAUTH},
    /* topics, partitions, offsets */
    {E(_UNKNOWN_TOPIC), WEIR_ENOTOPIC},
    {E(UNKNOWN_TOPIC_OR_PART), WEIR_ENOTOPIC},
    {E(TOPIC_DELETION_DISABLED), WEIR_ENOTOPIC},
    {E(_UNKNOWN_PARTITION), WEIR_EPARTITIONS},
    {E(INVALID_PARTITIONS), WEIR_EPARTITIONS},
    {E(_AUTO_OFFSET_RESET), WEIR_EOFFSET},
    {E(_NO_OFFSET), WEIR_EOFFSET},
    {E(OFFSET_OUT_OF_RANGE), WEIR_EOFFSET},
    {E(TOPIC_EXCEPTION), WEIR_ECONFIG},
    {E(INVALID_CONFIG), WEIR_ECONFIG},
    {E(POLICY_VIOLATION), WEIR_ECONFIG},
    {E(INVALID_REPLICATION_FACTOR), WEIR_ECONFIG},
    {E(INVALID_SESSION_TIMEOUT), WEIR_ECONFIG},
    {E(INVALID_TRANSACTION_TIMEOUT), WEIR_ECONFIG},
    {E(INCONSISTENT_GROUP_PROTOCOL), WEIR_ECONFIG},
    /* records */
    {E(MSG_SIZE_TOO_LARGE), WEIR_ETOOLARGE},
    {E(RECORD_LIST_TOO_LARGE), WEIR_ETOOLARGE},
    {E(OFFSET_METADATA_TOO_LARGE), WEIR_ETOOLARGE},
    {E(_BAD_MSG), WEIR_ECORRUPT},
    {E(_BAD_COMPRESSION), WEIR_ECORRUPT},
    {E(INVALID_MSG), WEIR_ECORRUPT},
    {E(INVALID_TIMESTAMP), WEIR_ETIME},
    /* the membership and the producer */
    {E(ILLEGAL_GENERATION), WEIR_EABORT},
    {E(REBALANCE_IN_PROGRESS), WEIR_EABORT},
    {E(UNKNOWN_MEMBER_ID), WEIR_EFENCED},
    {E(FENCED_INSTANCE_ID), WEIR_EFENCED},
    {E(_FENCED), WEIR_EPRODUCER},
    {E(PRODUCER_FENCED), WEIR_EPRODUCER},
    {E(INVALID_PRODUCER_EPOCH), WEIR_EPRODUCER},
    {E(INVALID_TXN_STATE), WEIR_EPRODUCER},
    {E(_FATAL), WEIR_EPRODUCER},
    {E(OUT_OF_ORDER_SEQUENCE_NUMBER), WEIR_EABORT},
    {E(UNKNOWN_PRODUCER_ID), WEIR_EABORT},
    {E(INVALID_PRODUCER_ID_MAPPING), WEIR_EABORT},
    {E(_INCONSISTENT), WEIR_EABORT},
    {E(_PURGE_QUEUE), WEIR_EABORT},
    {E(_PURGE_INFLIGHT), WEIR_EABORT},
    /* use */
    {E(_INVALID_ARG), WEIR_EINVAL},
    {E(INVALID_REQUEST), WEIR_EINVAL},
    {E(_STATE), WEIR_ESTATE},
    {E(_CONFLICT), WEIR_ESTATE},
    {E(_UNSUPPORTED_FEATURE), WEIR_EUNSUPPORTED},
    {E(_NOT_IMPLEMENTED), WEIR_EUNSUPPORTED},
    {E(UNSUPPORTED_VERSION), WEIR_EUNSUPPORTED},
    {E(UNSUPPORTED_FOR_MESSAGE_FORMAT), WEIR_EUNSUPPORTED},
};

enum weir_code wr_rdk_code(rd_kafka_resp_err_t code)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(codes); i++) {
        if (codes[i].code == code) {
            return codes[i].weir;
        }
    }
    return WEIR_EINTERNAL;
}

bool wr_rdk_may_work_later(rd_kafka_resp_err_t code)
{
    return weir_code_reaction(wr_rdk_code(code)) == WEIR_REACT_RETRY;
}

enum weir_code wr_rdk_fail(struct weir_error *err, rd_kafka_resp_err_t code, const char *doing)
{
    return wr_fail(err, wr_rdk_code(code), "could not %s: %s (%s)", doing, rd_kafka_err2str(code),
                   rd_kafka_err2name(code));
}

enum weir_code wr_rdk_abort_code(rd_kafka_resp_err_t code)
{
    enum weir_code weir = wr_rdk_code(code);
    bool lasting = weir == WEIR_EFENCED || weir == WEIR_EAUTH || weir == WEIR_ETOOLARGE;
    return lasting ? weir : WEIR_EABORT;
}

enum wr_outcome wr_rdk_outcome(rd_kafka_error_t *error, const char *doing, struct weir_error *err)
{
    if (error == NULL) {
        return WR_CALL_OK;
    }
    enum weir_code code = wr_rdk_code(rd_kafka_error_code(error));
    enum wr_outcome outcome = WR_CALL_FAILED;
    if (rd_kafka_error_is_fatal(error)) {
        /* A new producer cures all but these. */
        bool lasting = code == WEIR_EAUTH || code == WEIR_ECONFIG || code == WEIR_EUNSUPPORTED;
        outcome = WR_CALL_FATAL;
        code = lasting ? code : WEIR_EPRODUCER;
    } else if (rd_kafka_error_txn_requires_abort(error)) {
        outcome = WR_CALL_ABORTABLE;
        code = wr_rdk_abort_code(rd_kafka_error_code(error));
    } else if (rd_kafka_error_is_retriable(error)) {
        outcome = WR_CALL_PENDING;
    }
    wr_fail(err, code, "could not %s: %s (%s)", doing, rd_kafka_error_string(error),
            rd_kafka_error_name(error));
    rd_kafka_error_destroy(error);
    return outcome;
}

/* ---- the box ---- */

void wr_rdk_box_init(struct wr_rdk_box *b)
{
    pthread_mutex_init(&b->lock, NULL);
    b->count = 0;
}

void wr_rdk_box_free(struct wr_rdk_box *b)
{
    pthread_mutex_destroy(&b->lock);
}

void wr_rdk_box_note(struct wr_rdk_box *b, rd_kafka_resp_err_t code, const char *text)
{
    pthread_mutex_lock(&b->lock);
    size_t i = 0;
    while (i < b->count && b->slots[i].code != code) {
        i++;
    }
    if (i == WR_RDK_BOX_SLOTS) {
        i = WR_RDK_BOX_SLOTS - 1; /* the newest kind gives way: the first ones say what began it */
        b->count = i;
    }
    if (i == b->count) {
        b->slots[i].code = code;
        b->slots[i].report.count = 0;
        b->count++;
    }
    b->slots[i].report.count++;
    enum weir_code weir = wr_rdk_code(code);
    wr_fail(&b->slots[i].report.error, weir != WEIR_OK ? weir : WEIR_EINTERNAL, "%s", text);
    pthread_mutex_unlock(&b->lock);
}

bool wr_rdk_box_take(struct wr_rdk_box *b, struct wr_handle_error *e)
{
    pthread_mutex_lock(&b->lock);
    bool any = b->count != 0;
    if (any) {
        *e = b->slots[0].report;
        b->count--;
        memmove(&b->slots[0], &b->slots[1], b->count * sizeof b->slots[0]);
    }
    pthread_mutex_unlock(&b->lock);
    return any;
}
