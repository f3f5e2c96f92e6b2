/* run_settings.h -- what the runtime is told by the configuration. Names are those of the settings
 * (docs/settings.md); times are in ms. Immutable after start. */
#ifndef WR_RUN_SETTINGS_H
#define WR_RUN_SETTINGS_H

#include <weir/topology.h>

#include "src/base/base.h"

/* What happens to a record that cannot be used; with a dead-letter topic it is written there either
 * way. */
enum wr_policy { WR_POLICY_FAIL, WR_POLICY_SKIP };

struct wr_run_settings {
    const char *application_id;
    int threads;
    int64_t commit_interval_ms;
    int64_t max_task_idle_ms;
    int64_t transaction_timeout_ms;
    int64_t session_timeout_ms;
    int64_t heartbeat_interval_ms;
    int64_t max_poll_interval_ms;
    int64_t purge_interval_ms;
    int64_t keepalive_ms;
    int64_t cleanup_delay_ms;
    int64_t shutdown_timeout_ms;
    size_t cache_bytes; /* of all threads together */
    size_t uncommitted_max_bytes;
    uint64_t map_bytes;
    bool check_rows;
    bool at_least_once; /* processing.guarantee */
    int replication;
    bool emit_at_commit;
    bool reset_to_latest; /* auto.offset.reset */
    bool reset_to_none;
    const char *instance_id;  /* group.instance.id; NULL: the process id of the state directory */
    const char *upgrade_from; /* NULL: none */
    const char *dead_letter_topic;                   /* NULL: none */
    const struct weir_topic_setting *topic_settings; /* topic.*: of every internal topic */
    size_t topic_setting_count;
    enum wr_policy on_deserialization;
    enum wr_policy on_processing;
    enum wr_policy on_production;
    enum wr_policy on_timestamp;
};

#endif
