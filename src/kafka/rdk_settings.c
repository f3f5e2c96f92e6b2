/* rdk_settings.c -- the configuration of every client: Weir's defaults, then the user's settings,
 * then what Weir owns.
 *
 * Three tables say all of it. Defaults may be overridden; owned names are refused with the reason,
 * because overriding one of them would break a promise; scopes say which roles a prefix reaches.
 * Anything else goes to librdkafka as it is (TLS, SASL, socket options, compression, ...).
 */
#include "src/base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/conf/foreign_names.h"
#include "src/conf/nearest.h"
#include "src/kafka/rdk.h"

#define ROLE(r) (1u << (r))
enum {
    READERS = ROLE(WR_RDK_DATA) | ROLE(WR_RDK_RESTORE),
    CONSUMERS = READERS | ROLE(WR_RDK_ADMIN) | ROLE(WR_RDK_GROUP),
    PRODUCERS = ROLE(WR_RDK_PRODUCER) | ROLE(WR_RDK_OUTPUTS),
    EVERYONE = CONSUMERS | PRODUCERS,
};

/* Prefixes, the more special ones last: they win. */
static const struct {
    const char *name;
    unsigned roles;
} scopes[] = {
    {"", EVERYONE},
    {"consumer.", READERS | ROLE(WR_RDK_GROUP)},
    {"main.consumer.", ROLE(WR_RDK_DATA)},
    {"restore.consumer.", ROLE(WR_RDK_RESTORE)},
    {"producer.", PRODUCERS},
    {"admin.", ROLE(WR_RDK_ADMIN)},
};

/* since: the first version of the library that knows the name. */
static const struct {
    unsigned roles;
    int since;
    const char *name;
    const char *value;
} defaults[] = {
    {EVERYONE, 0, "log_level", "4"}, /* warnings and worse; they come out of wr_*_error */
    {EVERYONE, 0, "log.connection.close", "false"},
    {EVERYONE, 0, "reconnect.backoff.ms", "10"},
    {EVERYONE, 0, "reconnect.backoff.max.ms", "1000"},
    {EVERYONE, 0x020500ff, "enable.metrics.push", "false"},
    /* A fetch that waits at an idle partition is not interrupted when another one is assigned or
     * rewound on the same broker, so a long wait is a long pause there. */
    {READERS, 0, "fetch.wait.max.ms", "50"},
    /* The prefetch is per partition, because each has its own queue: memory is the number of
     * partitions times this and one fetch more. Small messages cost five times their size, so it is
     * their number that bounds. A fetcher that stopped at the limit looks again after a second: it
     * is asked to look earlier, before 2.2.0 by us (rdk_messages.c). */
    {READERS, 0, "queued.min.messages", "10000"},
    {READERS, 0, "queued.max.messages.kbytes", "4096"},
    {READERS, WR_RDK_2_2_0, "fetch.queue.backoff.ms", "5"},
    {ROLE(WR_RDK_DATA), 0, "fetch.message.max.bytes", "524288"},
    {ROLE(WR_RDK_RESTORE), 0, "fetch.message.max.bytes", "1048576"},
    /* A grown task topic is seen at the next look. */
    {ROLE(WR_RDK_GROUP), 0, "topic.metadata.refresh.interval.ms", "2000"},
    /* While the oldest record of a partition has waited for longer than this and a request of the
     * partition is under way, which with idempotence is one at a time, the library's thread polls
     * without pause: it is to be longer than a request takes. Nothing waits for it: a commit sends
     * at once what is there, and so does a full batch. */
    {ROLE(WR_RDK_PRODUCER), 0, "linger.ms", "20"},
    /* Outputs outside of transactions wait for nothing else, and are there to be early. */
    {ROLE(WR_RDK_OUTPUTS), 0, "linger.ms", "2"},
    {PRODUCERS, 0, "queue.buffering.max.messages", "100000"},
    {PRODUCERS, 0, "queue.buffering.max.kbytes", "32768"},
    /* A transaction that begins while the markers of the last one are written is told to wait. */
    {ROLE(WR_RDK_PRODUCER), 0, "retry.backoff.ms", "20"},
};

#define INSIDE "positions are committed inside transactions, by Weir"
#define EXACTLY_ONCE "exactly-once depends on it"
#define GROUP_OWN "Weir places tasks itself, over the classic protocol with cooperative-sticky"
#define MEMBERSHIP "set it without a prefix as a setting of Weir"

/* Names that are not the user's, and why. value: what Weir sets, NULL: nothing or something that
 * depends on the handle. */
static const struct {
    unsigned roles; /* where value is set */
    const char *name;
    const char *value;
    const char *reason;
} owned[] = {
    {CONSUMERS, "enable.auto.commit", "false", INSIDE},
    {0, "auto.commit.enable", NULL, INSIDE},
    {0, "auto.commit.interval.ms", NULL, INSIDE},
    {CONSUMERS, "enable.auto.offset.store", "false", INSIDE},
    {0, "offset.store.method", NULL, INSIDE},
    {0, "isolation.level", NULL, "readers see committed data only"},
    {CONSUMERS, "auto.offset.reset", "error", "Weir decides where a task starts (reset policy)"},
    {CONSUMERS, "allow.auto.create.topics", "false", "topics are created by Weir or by you"},
    {READERS, "enable.partition.eof", "true", "Weir needs to know where a partition ends"},
    {CONSUMERS, "partition.assignment.strategy", "cooperative-sticky", GROUP_OWN},
    {0, "group.protocol", NULL, GROUP_OWN},
    {0, "group.protocol.type", NULL, GROUP_OWN},
    {0, "group.remote.assignor", NULL, GROUP_OWN},
    {0, "group.id", NULL, "it is the application id"},
    {0, "group.instance.id", NULL, MEMBERSHIP},
    {0, "session.timeout.ms", NULL, MEMBERSHIP},
    {0, "heartbeat.interval.ms", NULL, MEMBERSHIP},
    {0, "max.poll.interval.ms", NULL, MEMBERSHIP},
    {0, "client.id", NULL, "instances find each other by it"},
    {0, "transactional.id", NULL, "it follows from application, process and thread"},
    {0, "transaction.timeout.ms", NULL, MEMBERSHIP},
    {PRODUCERS, "enable.idempotence", "true", EXACTLY_ONCE},
    {PRODUCERS, "acks", "all", EXACTLY_ONCE},
    {0, "request.required.acks", NULL, EXACTLY_ONCE},
    {0, "enable.gapless.guarantee", NULL, EXACTLY_ONCE},
    {0, "delivery.report.only.error", NULL, "restoring needs the offset of every changelog record"},
    {EVERYONE, "log.queue", "true", "the library's messages are part of Weir's log"},
    {0, "log.thread.name", NULL, "the library's messages are part of Weir's log"},
    {0, "statistics.interval.ms", NULL, "nothing reads the library's statistics"},
    {0, "enabled_events", NULL, "it is how Weir talks to the library"},
    {0, "test.mock.num.brokers", NULL, "it would replace the cluster by a pretended one"},
};

static bool is_address(const char *name)
{
    return strcmp(name, "bootstrap.servers") == 0 || strcmp(name, "metadata.broker.list") == 0;
}

static void WR_PRINTF(2, 3) finding(struct wr_buf *findings, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    wr_buf_str(findings, findings->len != 0 ? "; " : "");
    wr_buf_str(findings, text);
}

/* A name that the library does not know, and the one that was perhaps meant. */
static void unknown_name(const rd_kafka_conf_t *conf, struct wr_buf *findings, const char *scope,
                         const char *name)
{
    size_t count = 0;
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    const char **pairs = rd_kafka_conf_dump((rd_kafka_conf_t *)(uintptr_t)conf, &count);
    for (size_t i = 0; i + 1 < count; i += 2) {
        nearest = wr_is_nearer(name, pairs[i], &best) ? pairs[i] : nearest;
    }
    const char *alias = wr_foreign_name(0); /* the library lists no second names */
    for (size_t i = 1; alias != NULL; alias = wr_foreign_name(i++)) {
        nearest = wr_is_nearer(name, alias, &best) ? alias : nearest;
    }
    finding(findings, "unknown setting \"%s%s\"%s%s%s%s", scope, name,
            nearest != NULL ? "; did you mean \"" : " of the client library",
            nearest != NULL ? scope : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "\"?" : "");
    rd_kafka_conf_dump_free(pairs, count);
}

static void set(rd_kafka_conf_t *conf, struct wr_buf *findings, const char *scope, const char *name,
                const char *value)
{
    char text[512] = "";
    rd_kafka_conf_res_t rc = rd_kafka_conf_set(conf, name, value, text, sizeof text);
    if (rc == RD_KAFKA_CONF_UNKNOWN && findings != NULL) {
        unknown_name(conf, findings, scope, name);
    } else if (rc != RD_KAFKA_CONF_OK && findings != NULL) {
        finding(findings, "setting \"%s%s\": %s", scope, name, text);
    }
}

static void set_int(rd_kafka_conf_t *conf, struct wr_buf *findings, const char *name, int value)
{
    char text[16];
    snprintf(text, sizeof text, "%d", value);
    set(conf, findings, "", name, text);
}

static void set_user(rd_kafka_conf_t *conf, const struct wr_rdk_kafka *k,
                     const struct wr_rdk_conf_for *f, struct wr_buf *findings)
{
    for (size_t s = 0; s < WR_ARRAY_LEN(scopes); s++) {
        for (size_t i = 0; i < k->setting_count && (scopes[s].roles & ROLE(f->role)) != 0; i++) {
            const struct wr_kafka_setting *u = &k->settings[i];
            if (strcmp(u->scope, scopes[s].name) == 0 && !(f->offline && is_address(u->name))) {
                set(conf, findings, u->scope, u->name, u->value);
            }
        }
    }
}

static bool is_producer(enum wr_rdk_role role)
{
    return (ROLE(role) & PRODUCERS) != 0;
}

static void set_owned(rd_kafka_conf_t *conf, const struct wr_rdk_kafka *k,
                      const struct wr_rdk_conf_for *f, struct wr_buf *findings)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(owned); i++) {
        if ((owned[i].roles & ROLE(f->role)) != 0) {
            set(conf, findings, "", owned[i].name, owned[i].value);
        }
    }
    set(conf, findings, "", "client.id", k->client_id);
    if (f->role == WR_RDK_PRODUCER) {
        set(conf, findings, "", "transactional.id", f->transactional_id);
        set_int(conf, findings, "transaction.timeout.ms", k->transaction_timeout_ms);
    }
    if (is_producer(f->role)) {
        return;
    }
    set(conf, findings, "", "group.id", k->application_id);
    set(conf, findings, "", "isolation.level",
        f->uncommitted ? "read_uncommitted" : "read_committed");
    if (f->role == WR_RDK_GROUP) {
        set_int(conf, findings, "session.timeout.ms", k->session_timeout_ms);
        set_int(conf, findings, "heartbeat.interval.ms", k->heartbeat_interval_ms);
        set_int(conf, findings, "max.poll.interval.ms", k->max_poll_interval_ms);
        if (f->instance != NULL) {
            set(conf, findings, "", "group.instance.id", f->instance);
        }
    }
}

/* A request that took longer than its transaction may last has outlived it; the library takes
 * nothing longer. */
enum { PRODUCER_SOCKET_TIMEOUT_MS = 10000 };

static void set_derived(rd_kafka_conf_t *conf, const struct wr_rdk_kafka *k,
                        const struct wr_rdk_conf_for *f, struct wr_buf *findings)
{
    if (is_producer(f->role)) {
        int64_t ms = wr_min_i64(k->transaction_timeout_ms, PRODUCER_SOCKET_TIMEOUT_MS);
        set_int(conf, findings, "socket.timeout.ms", (int)ms);
    }
}

rd_kafka_conf_t *wr_rdk_conf_new(const struct wr_rdk_kafka *k, const struct wr_rdk_conf_for *f,
                                 struct wr_buf *findings)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < WR_ARRAY_LEN(defaults); i++) {
        if ((defaults[i].roles & ROLE(f->role)) != 0 && rd_kafka_version() >= defaults[i].since) {
            set(conf, findings, "", defaults[i].name, defaults[i].value);
        }
    }
    set_derived(conf, k, f, findings);
    set_user(conf, k, f, findings);
    set_owned(conf, k, f, findings);
    return conf;
}

/* ---- the check ---- */

static bool refuse(const struct wr_kafka_setting *u, struct wr_buf *findings)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(owned); i++) {
        if (strcmp(u->name, owned[i].name) == 0) {
            finding(findings, "setting \"%s%s\" cannot be changed: %s", u->scope, u->name,
                    owned[i].reason);
            return true;
        }
    }
    bool in_flight = strcmp(u->name, "max.in.flight") == 0 ||
                     strcmp(u->name, "max.in.flight.requests.per.connection") == 0;
    if (in_flight && strtol(u->value, NULL, 10) > 5) {
        finding(findings, "setting \"%s%s\" cannot be above 5: %s", u->scope, u->name,
                EXACTLY_ONCE);
        return true;
    }
    return false;
}

static bool has_scope(const struct wr_kafka_setting *u, struct wr_buf *findings)
{
    for (size_t s = 0; s < WR_ARRAY_LEN(scopes); s++) {
        if (strcmp(u->scope, scopes[s].name) == 0) {
            return true;
        }
    }
    finding(findings, "setting \"%s%s\": no such prefix", u->scope, u->name);
    return false;
}

/* Would this role know where the cluster is? */
static bool has_address(const struct wr_rdk_kafka *k, enum wr_rdk_role role)
{
    for (size_t i = 0; i < k->setting_count; i++) {
        const struct wr_kafka_setting *u = &k->settings[i];
        for (size_t s = 0; s < WR_ARRAY_LEN(scopes); s++) {
            if (strcmp(u->scope, scopes[s].name) == 0 && (scopes[s].roles & ROLE(role)) != 0 &&
                is_address(u->name)) {
                return true;
            }
        }
    }
    return false;
}

/* Settings that contradict each other are only found by making a client. It is not told where the
 * cluster is, so that it connects to nothing. */
static void try_role(const struct wr_rdk_kafka *k, enum wr_rdk_role role, struct wr_buf *findings)
{
    struct wr_rdk_conf_for f = {.role = role, .offline = true, .transactional_id = "try"};
    rd_kafka_conf_t *conf = wr_rdk_conf_new(k, &f, NULL);
    char text[512] = "";
    rd_kafka_t *rk = rd_kafka_new(is_producer(role) ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf,
                                  text, sizeof text);
    if (rk == NULL) {
        rd_kafka_conf_destroy(conf);
        finding(findings, "settings of a %s: %s", is_producer(role) ? "producer" : "consumer",
                text);
        return;
    }
    wr_rdk_client_destroy(rk);
}

static void check_each(const struct wr_rdk_kafka *k, struct wr_buf *findings)
{
    rd_kafka_conf_t *scratch = rd_kafka_conf_new();
    for (size_t i = 0; i < k->setting_count; i++) {
        const struct wr_kafka_setting *u = &k->settings[i];
        if (has_scope(u, findings) && !refuse(u, findings)) {
            set(scratch, findings, u->scope, u->name, u->value);
        }
    }
    rd_kafka_conf_destroy(scratch);
}

void wr_kafka_settings_check(const struct wr_kafka_setting *settings, size_t count,
                             struct wr_buf *findings)
{
    const struct wr_rdk_kafka k = {.settings = (struct wr_kafka_setting *)(uintptr_t)settings,
                                   .setting_count = count};
    check_each(&k, findings);
}

enum weir_code wr_rdk_settings_check(const struct wr_rdk_kafka *k, struct weir_error *err)
{
    struct wr_buf findings = {0};
    check_each(k, &findings);
    for (int role = 0; role < WR_RDK_ROLE_COUNT && findings.len == 0; role++) {
        if (!has_address(k, (enum wr_rdk_role)role)) {
            finding(&findings, "setting \"bootstrap.servers\" is missing: name one or more brokers "
                               "as host:port");
        }
    }
    for (int role = 0; role < WR_RDK_ROLE_COUNT && findings.len == 0; role++) {
        try_role(k, (enum wr_rdk_role)role, &findings);
    }
    enum weir_code code = WEIR_OK;
    if (findings.len != 0) {
        code = wr_fail(err, WEIR_ECONFIG, "kafka: %s", wr_buf_cstr(&findings));
    }
    wr_buf_free(&findings);
    return code;
}
