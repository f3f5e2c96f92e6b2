/* cluster.c -- a cluster as commands use it. */
#include "src/base/base.h"

#include <poll.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/run/settings.h"
#include "tools/cluster.h"

enum { SLICE_MS = 50 };

enum weir_code wr_cluster_open(struct wr_cluster *c, const struct wr_conf *conf, int64_t timeout_ms,
                               struct weir_error *err)
{
    size_t count;
    struct wr_kafka_setting *settings = wr_app_kafka_settings(conf, &count);
    const struct wr_kafka_options o = {
        .application_id = wr_conf_text(conf, WR_CORE(APPLICATION_ID)),
        .client_id = "weir-tool",
        .settings = settings,
        .setting_count = count,
        .clock = wr_clock_system(),
        .session_timeout_ms = (int)wr_conf_int(conf, WR_CORE(SESSION_TIMEOUT)),
        .heartbeat_interval_ms = (int)wr_conf_int(conf, WR_CORE(HEARTBEAT_INTERVAL)),
        .max_poll_interval_ms = (int)wr_conf_int(conf, WR_CORE(MAX_POLL_INTERVAL)),
        .transaction_timeout_ms = (int)wr_conf_int(conf, WR_CORE(TRANSACTION_TIMEOUT)),
    };
    *c = (struct wr_cluster){.timeout_ms = timeout_ms, .stop = -1};
    enum weir_code code = wr_kafka_open(&c->kafka, &o, err);
    wr_free(settings);
    if (code == WEIR_OK) {
        const struct wr_consumer_options admin = {.role = WR_ROLE_ADMIN};
        code = wr_consumer_open(c->kafka, &admin, &c->admin, err);
    }
    if (code != WEIR_OK) {
        wr_cluster_close(c);
    }
    return code;
}

void wr_cluster_close(struct wr_cluster *c)
{
    if (c->admin != NULL) {
        wr_consumer_close(c->admin);
    }
    if (c->kafka != NULL) {
        wr_kafka_close(c->kafka);
    }
    *c = (struct wr_cluster){0};
}

/* Why a call took too long, as far as it can be known. */
static enum weir_code late(const struct wr_cluster *c, const struct wr_call *call,
                           const struct wr_handle_error *reported, struct weir_error *err)
{
    const char *waiting_for = wr_call_waiting_for(call);
    if (reported->error.code != WEIR_OK) {
        return wr_fail(err, WEIR_ECLUSTER, "the cluster did not answer within %lld s: %s",
                       (long long)(c->timeout_ms / 1000), reported->error.text);
    }
    return wr_fail(err, WEIR_ETIMEOUT, "the cluster did not answer within %lld s, waiting for %s",
                   (long long)(c->timeout_ms / 1000),
                   waiting_for[0] != '\0' ? waiting_for : "a broker");
}

static bool is_stopped(const struct wr_cluster *c)
{
    struct pollfd fd = {.fd = c->stop, .events = POLLIN};
    return poll(&fd, 1, 0) > 0; /* a negative descriptor never can be read */
}

enum weir_code wr_cluster_wait(struct wr_cluster *c, struct wr_call *call, struct weir_error *err)
{
    struct wr_handle_error reported = {0};
    int64_t deadline = wr_mono_ms(wr_clock_system()) + c->timeout_ms;
    enum wr_outcome outcome;
    while ((outcome = wr_call_step(call, SLICE_MS, err)) == WR_CALL_PENDING) {
        while (wr_consumer_error(c->admin, &reported)) {
            if (reported.error.code == WEIR_EAUTH) {
                return wr_fail_copy(err, &reported.error); /* waiting does not cure it */
            }
        }
        if (is_stopped(c)) {
            return wr_fail(err, WEIR_END, "interrupted");
        }
        if (wr_mono_ms(wr_clock_system()) >= deadline) {
            return late(c, call, &reported, err);
        }
    }
    return outcome == WR_CALL_OK ? WEIR_OK : err->code;
}

enum weir_code wr_cluster_do(struct wr_cluster *c, struct wr_call *call, struct weir_error *err)
{
    enum weir_code code = wr_cluster_wait(c, call, err);
    wr_call_free(call);
    return code;
}
