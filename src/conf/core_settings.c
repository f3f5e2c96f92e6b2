/* core_settings.c -- the core table and the rules between its settings. */
#include "src/base/base.h"

#include <inttypes.h>

#include "src/conf/core_settings.h"

const struct wr_setting wr_core_settings[WR_CORE_COUNT] = {
#define WR_SETTING(id, name, type, initial, min, max, choices, flags, doc)                         \
    {name, WR_SETTING_##type, flags, initial, min, max, choices, doc},
#include "src/conf/core_settings.def"
#undef WR_SETTING
};

static void check(struct wr_conf *c)
{
    int64_t commit = wr_conf_int(c, WR_CORE(COMMIT_INTERVAL));
    int64_t transaction = wr_conf_int(c, WR_CORE(TRANSACTION_TIMEOUT));
    int64_t session = wr_conf_int(c, WR_CORE(SESSION_TIMEOUT));
    int64_t heartbeat = wr_conf_int(c, WR_CORE(HEARTBEAT_INTERVAL));
    const char *id = wr_conf_text(c, WR_CORE(APPLICATION_ID));
    const struct wr_setting *optimization = WR_CORE(TOPOLOGY_OPTIMIZATION);
    bool one = wr_conf_is(c, optimization, "none") || wr_conf_is(c, optimization, "all");

    if (id != NULL && id[0] == '.') {
        wr_conf_find(c, "application.id",
                     "\"%s\" begins with a dot; it is the name of a folder too, choose another",
                     id);
    }
    if (commit > transaction / 2 &&
        wr_conf_is(c, WR_CORE(PROCESSING_GUARANTEE), "exactly_once_v2")) {
        wr_conf_find(c, "commit.interval.ms",
                     "%" PRId64 " is more than half of transaction.timeout.ms (%" PRId64
                     "), so the broker may end a transaction before it is committed; lower it",
                     commit, transaction);
    }
    if (heartbeat > session / 3) {
        wr_conf_find(c, "heartbeat.interval.ms",
                     "%" PRId64 " is more than a third of session.timeout.ms (%" PRId64
                     "), so one lost message may cost the tasks; lower it",
                     heartbeat, session);
    }
    if (wr_conf_int(c, WR_CORE(REPLICATION_FACTOR)) == 0) {
        wr_conf_find(c, "replication.factor",
                     "0 copies of a topic cannot be kept; use -1 for the broker's default");
    }
    if (one && strchr(wr_conf_text(c, optimization), ',') != NULL) {
        wr_conf_find(c, "topology.optimization",
                     "\"none\" and \"all\" stand alone; name either one of them or a list of "
                     "optimizations");
    }
}

const struct wr_conf_table wr_core_table = {"Core settings", wr_core_settings, WR_CORE_COUNT,
                                            check};
