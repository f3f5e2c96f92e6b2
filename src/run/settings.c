/* settings.c -- the only place where settings are read by name. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/run/settings.h"

const struct wr_conf_table *const wr_app_tables[] = {&wr_core_table};
const size_t wr_app_table_count = WR_ARRAY_LEN(wr_app_tables);

static enum wr_policy policy(const struct wr_conf *c, const struct wr_setting *s)
{
    return wr_conf_is(c, s, "skip") ? WR_POLICY_SKIP : WR_POLICY_FAIL;
}

void wr_app_run_settings(const struct wr_conf *c, struct wr_run_settings *out)
{
    int64_t uncommitted = wr_conf_int(c, WR_CORE(STORE_UNCOMMITTED_BYTES));
    *out = (struct wr_run_settings){
        .application_id = wr_conf_text(c, WR_CORE(APPLICATION_ID)),
        .threads = (int)wr_conf_int(c, WR_CORE(NUM_STREAM_THREADS)),
        .commit_interval_ms = wr_conf_int(c, WR_CORE(COMMIT_INTERVAL)),
        .max_task_idle_ms = wr_conf_int(c, WR_CORE(MAX_TASK_IDLE)),
        .transaction_timeout_ms = wr_conf_int(c, WR_CORE(TRANSACTION_TIMEOUT)),
        .session_timeout_ms = wr_conf_int(c, WR_CORE(SESSION_TIMEOUT)),
        .heartbeat_interval_ms = wr_conf_int(c, WR_CORE(HEARTBEAT_INTERVAL)),
        .max_poll_interval_ms = wr_conf_int(c, WR_CORE(MAX_POLL_INTERVAL)),
        .purge_interval_ms = wr_conf_int(c, WR_CORE(REPARTITION_PURGE_INTERVAL)),
        .keepalive_ms = wr_conf_int(c, WR_CORE(OFFSETS_KEEPALIVE)),
        .cleanup_delay_ms = wr_conf_int(c, WR_CORE(STATE_CLEANUP_DELAY)),
        .shutdown_timeout_ms = wr_conf_int(c, WR_CORE(SHUTDOWN_TIMEOUT)),
        .cache_bytes = (size_t)wr_conf_int(c, WR_CORE(STORE_CACHE_BYTES)),
        .uncommitted_max_bytes = uncommitted < 0 ? SIZE_MAX : (size_t)uncommitted,
        .map_bytes = (uint64_t)wr_conf_int(c, WR_CORE(STATE_MAP_BYTES)),
        .check_rows = wr_conf_bool(c, WR_CORE(STATE_CHECK_ROWS)),
        .replication = (int)wr_conf_int(c, WR_CORE(REPLICATION_FACTOR)),
        .at_least_once = wr_conf_is(c, WR_CORE(PROCESSING_GUARANTEE), "at_least_once"),
        .emit_at_commit = wr_conf_is(c, WR_CORE(EMIT), "commit"),
        .reset_to_latest = wr_conf_is(c, WR_CORE(AUTO_OFFSET_RESET), "latest"),
        .reset_to_none = wr_conf_is(c, WR_CORE(AUTO_OFFSET_RESET), "none"),
        .instance_id = wr_conf_text(c, WR_CORE(GROUP_INSTANCE_ID)),
        .upgrade_from = wr_conf_text(c, WR_CORE(UPGRADE_FROM)),
        .dead_letter_topic = wr_conf_text(c, WR_CORE(DEAD_LETTER_TOPIC)),
        .on_deserialization = policy(c, WR_CORE(ERRORS_DESERIALIZATION)),
        .on_processing = policy(c, WR_CORE(ERRORS_PROCESSING)),
        .on_production = policy(c, WR_CORE(ERRORS_PRODUCTION)),
        .on_timestamp = policy(c, WR_CORE(ERRORS_TIMESTAMP)),
    };
}

void wr_app_topology_options(const struct wr_conf *c, struct wr_topology_options *out)
{
    const struct wr_setting *optimize = WR_CORE(TOPOLOGY_OPTIMIZATION);
    bool all = wr_conf_is(c, optimize, "all");
    *out = (struct wr_topology_options){
        .application_id = wr_conf_text(c, WR_CORE(APPLICATION_ID)),
        .explicit_names = wr_conf_bool(c, WR_CORE(EXPLICIT_NAMING)),
        .reuse_source_topics = all || wr_conf_is(c, optimize, "reuse.ktable.source.topics"),
        .merge_repartitions = all || wr_conf_is(c, optimize, "merge.repartition.topics"),
        .default_key = wr_conf_text(c, WR_CORE(DEFAULT_KEY_CODEC)),
        .default_value = wr_conf_text(c, WR_CORE(DEFAULT_VALUE_CODEC)),
    };
}

static const char topic_scope[] = "topic.";

struct wr_kafka_setting *wr_app_kafka_settings(const struct wr_conf *c, size_t *count)
{
    size_t passed = 0;
    const struct wr_conf_passed *p = wr_conf_passed(c, &passed);
    struct wr_kafka_setting *out = wr_calloc(passed + 1, sizeof *out);
    size_t n = 0;
    out[n++] = (struct wr_kafka_setting){"", "bootstrap.servers",
                                         wr_conf_text(c, WR_CORE(BOOTSTRAP_SERVERS))};
    for (size_t i = 0; i < passed; i++) {
        if (strcmp(p[i].scope, topic_scope) != 0) {
            out[n++] = (struct wr_kafka_setting){p[i].scope, p[i].name, p[i].value};
        }
    }
    *count = n;
    return out;
}

struct weir_topic_setting *wr_app_topic_settings(const struct wr_conf *c, size_t *count)
{
    size_t passed = 0;
    const struct wr_conf_passed *p = wr_conf_passed(c, &passed);
    struct weir_topic_setting *out = wr_calloc(passed, sizeof *out);
    *count = 0;
    for (size_t i = 0; i < passed; i++) {
        if (strcmp(p[i].scope, topic_scope) == 0) {
            out[(*count)++] = (struct weir_topic_setting){p[i].name, p[i].value};
        }
    }
    return out;
}
