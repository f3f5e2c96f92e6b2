/* conf_fixture.h -- a small table of settings, files without a disk, and a conf made of them. */
#ifndef WR_CONF_FIXTURE_H
#define WR_CONF_FIXTURE_H

#include "src/base/base.h"
#include "src/conf/conf.h"
#include "tests/unit/suite.h"

enum { T_NAME, T_TEXT, T_THREADS, T_MODE, T_WAIT, T_ROOM, T_PARTS, T_DRY, T_TOKEN, T_OLD, T_COUNT };

extern const struct wr_setting test_settings[T_COUNT];
extern const struct wr_conf_table test_table;

extern struct wr_conf *conf; /* made by conf_setup */
void conf_setup(void);
void conf_teardown(void);

/* The text of the i-th finding, "" if there is none; how many there are. */
const char *finding(size_t i);
size_t findings(void);

/* A file system with one file, "weir.conf" or what `name` says. */
struct wr_fs *fs_with(const char *name, const char *contents);

#endif
