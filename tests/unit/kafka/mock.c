/* mock.c -- the pretended cluster. */
#include "src/base/base.h"

#include "tests/unit/kafka/mock.h"

rd_kafka_mock_cluster_t *mock_cluster;
struct wr_kafka *mock_kafka;
struct weir_error mock_err;

static rd_kafka_t *host;

void mock_setup(void)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", text, sizeof text);
    host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    ck_assert_ptr_nonnull(host);
    mock_cluster = rd_kafka_mock_cluster_new(host, 1);
    kt_bootstrap = rd_kafka_mock_cluster_bootstraps(mock_cluster);
    rd_kafka_mock_topic_create(mock_cluster, "t", 2, 1);
    rd_kafka_mock_topic_create(mock_cluster, "tasks", 3, 1);
    mock_kafka = kt_open(&(struct kt_options){.session_timeout_ms = 4000});
}

void mock_teardown(void)
{
    wr_kafka_close(mock_kafka);
    rd_kafka_mock_cluster_destroy(mock_cluster);
    rd_kafka_destroy(host);
}

void mock_reopen(const struct wr_kafka_setting *settings, size_t count)
{
    wr_kafka_close(mock_kafka);
    mock_kafka = kt_open(&(struct kt_options){.settings = settings, .setting_count = count});
}

void mock_fail(int request, size_t count, rd_kafka_resp_err_t code)
{
    for (size_t i = 0; i < count; i++) {
        rd_kafka_mock_push_request_errors_array(mock_cluster, (int16_t)request, 1, &code);
    }
}

void mock_delay(int request, int ms)
{
    rd_kafka_mock_broker_push_request_error_rtts(mock_cluster, 1, (int16_t)request, 1,
                                                 RD_KAFKA_RESP_ERR_NO_ERROR, ms);
}
