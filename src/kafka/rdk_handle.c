/* rdk_handle.c -- what all handles have in common: a client of librdkafka with its callbacks, the
 * wake of a queue, and an end that cannot hang.
 *
 * The callbacks only fill the box. They run inside calls on the handle (the library's messages too,
 * by log.queue), so nothing surprises a thread.
 */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/kafka/rdk.h"

/* Messages that an error callback repeats with a code. */
static const char *const repeated[] = {"FAIL", "ERROR", "FATAL", "CONFWARN"};

/* How a complaint without a code counts: the library goes on by itself. */
#define COMPLAINT RD_KAFKA_RESP_ERR__RETRY

static void on_log(const rd_kafka_t *rk, int level, const char *about, const char *text)
{
    WR_UNUSED(level);
    for (size_t i = 0; i < WR_ARRAY_LEN(repeated); i++) {
        if (strcmp(about, repeated[i]) == 0) {
            return;
        }
    }
    wr_rdk_box_note(rd_kafka_opaque(rk), COMPLAINT, text);
}

static void on_error(rd_kafka_t *rk, int code, const char *text, void *opaque)
{
    WR_UNUSED(rk);
    wr_rdk_box_note(opaque, (rd_kafka_resp_err_t)code, text);
}

char *wr_rdk_conf_text(const rd_kafka_conf_t *conf, const char *name)
{
    size_t size = 0;
    if (rd_kafka_conf_get(conf, name, NULL, &size) != RD_KAFKA_CONF_OK) {
        size = 0;
    }
    char *text = wr_calloc(1, size + 1);
    if (size != 0) {
        (void)rd_kafka_conf_get(conf, name, text, &size);
    }
    return text;
}

size_t wr_rdk_conf_number(const rd_kafka_conf_t *conf, const char *name)
{
    char *text = wr_rdk_conf_text(conf, name);
    size_t value = strtoul(text, NULL, 10);
    wr_free(text);
    return value;
}

/* Tokens are renewed on a thread of the library, not when somebody happens to serve the handle. */
static bool needs_tokens(const rd_kafka_conf_t *conf)
{
    char *mechanism = wr_rdk_conf_text(conf, "sasl.mechanisms");
    bool needs = strcmp(mechanism, "OAUTHBEARER") == 0;
    wr_free(mechanism);
    return needs;
}

enum weir_code wr_rdk_client_new(rd_kafka_conf_t *conf, bool producer, struct wr_rdk_box *report,
                                 rd_kafka_t **out, struct weir_error *err)
{
    char text[512];
    bool tokens = needs_tokens(conf);
    rd_kafka_conf_enable_sasl_queue(conf, tokens);
    rd_kafka_conf_set_opaque(conf, report);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    *out = rd_kafka_new(producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (*out == NULL) {
        rd_kafka_conf_destroy(conf);
        return wr_fail(err, WEIR_ECONFIG, "could not make a kafka client: %s", text);
    }
    rd_kafka_set_log_queue(*out, NULL);
    if (tokens) {
        rd_kafka_error_destroy(rd_kafka_sasl_background_callbacks_enable(*out));
    }
    return WEIR_OK;
}

void wr_rdk_client_destroy(rd_kafka_t *rk)
{
    rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

enum weir_code wr_rdk_handle_open(struct wr_rdk_handle *h, struct wr_rdk_kafka *k,
                                  struct wr_wake *wake, struct weir_error *err)
{
    enum weir_code code = wr_rdk_worker_open(&h->worker, wake, err);
    if (code == WEIR_OK) {
        wr_rdk_box_init(&h->box);
        h->kafka = k;
        atomic_fetch_add(&k->refs, 1);
    }
    return code;
}

void wr_rdk_handle_fini(struct wr_rdk_handle *h)
{
    wr_rdk_box_free(&h->box);
    wr_rdk_kafka_unref(h->kafka);
}

void wr_rdk_queue_wakes(rd_kafka_queue_t *queue, struct wr_wake *wake)
{
    const uint64_t one = 1; /* what an eventfd takes */
    if (wake != NULL) {
        rd_kafka_queue_io_event_enable(queue, wr_wake_fd(wake), &one, sizeof one);
    }
}
