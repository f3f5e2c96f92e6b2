/* conf_fixture.c -- see conf_fixture.h. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "tests/unit/conf/conf_fixture.h"

const struct wr_setting test_settings[T_COUNT] = {
    [T_NAME] = {"app.name", WR_SETTING_NAME, WR_SETTING_REQUIRED, NULL, 0, 0, NULL, "The name."},
    [T_TEXT] = {"some-text", WR_SETTING_STRING, 0, "a text", 0, 0, NULL, "Any text."},
    [T_THREADS] = {"threads", WR_SETTING_INT, 0, "1", 1, 8, NULL, "How many threads."},
    [T_MODE] = {"weir.mode", WR_SETTING_ENUM, 0, "fast", 0, 0, "fast|slow|exact?", "The mode."},
    [T_WAIT] = {"wait.ms", WR_SETTING_DURATION, 0, "100", -1, INT64_MAX, NULL, "How long."},
    [T_ROOM] = {"room.bytes", WR_SETTING_SIZE, 0, "1KiB", 0, INT64_MAX, NULL, "How much."},
    [T_PARTS] = {"parts", WR_SETTING_LIST, 0, "a", 0, 0, "a|b|c", "Which parts."},
    [T_DRY] = {"dry", WR_SETTING_BOOL, 0, "false", 0, 0, NULL, "Only pretend."},
    [T_TOKEN] = {"key", WR_SETTING_STRING, WR_SETTING_SECRET, NULL, 0, 0, NULL, "Opens it."},
    [T_OLD] = {"old", WR_SETTING_STRING, WR_SETTING_DEPRECATED, NULL, 0, 0, NULL, "use threads"},
};

static void check(struct wr_conf *c)
{
    if (wr_conf_bool(c, &test_settings[T_DRY]) && wr_conf_int(c, &test_settings[T_THREADS]) > 1) {
        wr_conf_find(c, "dry", "one thread is enough to pretend; set threads to 1");
    }
}

const struct wr_conf_table test_table = {"Test settings", test_settings, T_COUNT, check};

struct wr_conf *conf;

void conf_setup(void)
{
    static const struct wr_conf_table *const tables[] = {&test_table};
    conf = wr_conf_new(tables, 1);
}

void conf_teardown(void)
{
    wr_conf_free(conf);
}

size_t findings(void)
{
    size_t count;
    wr_conf_findings(conf, &count);
    return count;
}

const char *finding(size_t i)
{
    size_t count;
    const struct wr_conf_finding *all = wr_conf_findings(conf, &count);
    return i < count ? all[i].text : "";
}

static const char *file_name;
static const char *file_contents;

static enum weir_code read_it(struct wr_fs *fs, const char *path, struct wr_buf *out,
                              struct weir_error *err)
{
    WR_UNUSED(fs);
    if (strcmp(path, file_name) != 0) {
        return wr_fail(err, WEIR_ENOTFOUND, "could not open \"%s\"", path);
    }
    wr_buf_str(out, file_contents);
    return WEIR_OK;
}

struct wr_fs *fs_with(const char *name, const char *contents)
{
    static struct wr_fs fs = {.read = read_it};
    file_name = name;
    file_contents = contents;
    return &fs;
}
