/* state_help.c -- directories, texts and task states for tests. */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/fs.h"
#include "src/base/mem.h"
#include "tests/unit/state/state_help.h"

struct weir_error test_err;
struct wr_clock_manual test_clock;

bool test_is_slow(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
#endif
}

static char dir[] = "state-test-XXXXXX";

void test_dir_make(void)
{
    memset(strchr(dir, '\0') - 6, 'X', 6);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    wr_clock_manual_init(&test_clock, 1700000000000);
}

void test_dir_remove(void)
{
    ck_assert_ok(wr_fs_posix()->remove(wr_fs_posix(), dir, &test_err));
}

const char *test_dir(void)
{
    return dir;
}

char *test_path(const char *name)
{
    return wr_asprintf("%s/%s", dir, name);
}

struct weir_bytes filled(size_t len, char with)
{
    static struct {
        char *data;
        size_t len;
        char with;
    } made[64];
    size_t i = 0;
    while (i < WR_ARRAY_LEN(made) && made[i].data != NULL &&
           (made[i].len < len || made[i].with != with)) {
        i++;
    }
    ck_assert_uint_lt(i, WR_ARRAY_LEN(made));
    if (made[i].data == NULL) {
        made[i].data = wr_alloc(len);
        made[i].len = len;
        made[i].with = with;
        memset(made[i].data, with, len);
    }
    return weir_view(made[i].data, len);
}

struct wr_state_dir *test_state_dir(void)
{
    struct wr_state_dir *d;
    struct wr_state_dir_options o = {
        .path = dir,
        .application_id = "app",
        .fs = wr_fs_posix(),
        .clock = &test_clock.clock,
        .allow_temporary = true,
    };
    ck_assert_ok(wr_state_dir_open(&d, &o, &test_err));
    return d;
}

struct wr_task_state_options test_options(struct wr_state_dir *d,
                                          const struct wr_store_spec *stores, size_t count)
{
    return (struct wr_task_state_options){
        .dir = d,
        .task_id = "0_0",
        .identity = "v1",
        .stores = stores,
        .store_count = count,
        .cache_bytes = 64 * 1024,
        .delete_retention_ms = 24 * 3600 * 1000,
        .map_bytes = 256 << 20,
    };
}

struct wr_task_state *test_open(const struct wr_task_state_options *options,
                                enum wr_quarantine_reason expected)
{
    struct wr_task_state *s = NULL;
    enum wr_quarantine_reason reason;
    struct weir_error detail = {0};
    ck_assert_ok(wr_task_state_open(&s, options, &reason, &detail, &test_err));
    ck_assert_msg(reason == expected, "%s instead of %s: %s", wr_quarantine_reason_text(reason),
                  wr_quarantine_reason_text(expected), detail.text);
    ck_assert_int_eq(detail.text[0] != '\0', expected != WR_QUARANTINE_NONE);
    return s;
}
