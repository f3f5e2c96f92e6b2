/* core_settings.h -- the settings of every application (core_settings.def). */
#ifndef WR_CORE_SETTINGS_H
#define WR_CORE_SETTINGS_H

#include "src/base/base.h"
#include "src/conf/conf.h"

enum wr_core_setting {
#define WR_SETTING(id, ...) WR_CORE_##id,
#include "src/conf/core_settings.def"
#undef WR_SETTING
    WR_CORE_COUNT
};

extern const struct wr_setting wr_core_settings[WR_CORE_COUNT];
extern const struct wr_conf_table wr_core_table;

/* wr_conf_int(c, WR_CORE(COMMIT_INTERVAL)) */
#define WR_CORE(id) (&wr_core_settings[WR_CORE_##id])

#endif
