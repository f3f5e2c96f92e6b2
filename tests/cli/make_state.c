/* make_state.c -- makes a state directory for the tests of `weir state`.
 *
 *     make_state STATE_DIR
 *
 * Application "words" with three tasks. 0_0 and 0_1 have the stores "counts" (timestamped, string
 * to i64), "notes" (JSON) and one in memory; 0_1 was not closed in order, and its last transaction
 * was not committed. 1_0 has no rows yet.
 */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/clock.h"
#include "src/base/endian.h"
#include "src/base/fs.h"
#include "state/task_state.h"

static void check(enum weir_code code, const struct weir_error *err)
{
    if (code != WEIR_OK) {
        fprintf(stderr, "make_state: %s\n", err->text);
        exit(1);
    }
}

static void put(struct wr_task_state *s, size_t store, const char *key, struct weir_bytes value)
{
    static const struct weir_error err = {.text = "a row could not be put"};
    check(weir_kv_put_at(wr_task_state_store(s, store), weir_str(key), value, 1700000000000), &err);
}

static void put_count(struct wr_task_state *s, const char *key, uint64_t count)
{
    char value[8];
    wr_put_be64(value, count);
    put(s, 0, key, weir_view(value, sizeof value));
}

static struct wr_task_state *open_task(struct wr_state_dir *dir, const char *id)
{
    static const struct wr_store_spec specs[] = {
        {.name = "counts", .timestamped = true, .changelog = "words-counts-changelog"},
        {.name = "notes"},
        {.name = "passing", .memory = true, .changelog = "words-passing-changelog"},
    };
    const struct wr_task_state_options o = {.dir = dir,
                                            .task_id = id,
                                            .identity = "1",
                                            .stores = specs,
                                            .store_count = WR_ARRAY_LEN(specs),
                                            .cache_bytes = 1 << 16,
                                            .map_bytes = 16 << 20};
    struct wr_task_state *s;
    enum wr_quarantine_reason reason;
    struct weir_error err;
    check(wr_task_state_open(&s, &o, &reason, NULL, &err), &err);
    return s;
}

static void commit(struct wr_task_state *s, int64_t position)
{
    const int64_t positions[] = {position, -1, -1};
    struct weir_error err;
    check(wr_task_state_committed(s, positions, weir_str("inputs"), &err), &err);
}

int main(int argc, char **argv)
{
    struct wr_state_dir *dir;
    struct weir_error err;
    struct wr_clock_manual clock;
    if (argc != 2) {
        fprintf(stderr, "usage: make_state STATE_DIR\n");
        return 2;
    }
    wr_clock_manual_init(&clock, 1700000001000);
    const struct wr_state_dir_options o = {.path = argv[1],
                                           .application_id = "words",
                                           .fs = wr_fs_posix(),
                                           .clock = &clock.clock,
                                           .allow_temporary = true};
    check(wr_state_dir_open(&dir, &o, &err), &err);
    struct wr_task_state *s = open_task(dir, "0_0");
    put_count(s, "apple", 3);
    put_count(s, "apricot", 1);
    put_count(s, "\xC3\xA4pfel", 2);
    put(s, 1, "n1", weir_str("{\"text\": \"a \\\"note\\\"\"}"));
    commit(s, 42);
    wr_task_state_close(s, true);
    s = open_task(dir, "0_1");
    put_count(s, "banana", 7);
    put_count(s, "", 1);
    commit(s, 9);
    put_count(s, "banana", 8);
    wr_task_state_close(s, false);
    wr_task_state_close(open_task(dir, "1_0"), true);
    wr_state_dir_close(dir);
    return 0;
}
