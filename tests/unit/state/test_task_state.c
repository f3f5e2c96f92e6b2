/* test_task_state.c -- opening, committing, restoring, and what may not be used. */
#include "src/base/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/mem.h"
#include "state/checked_file.h"
#include "tests/unit/state/state_help.h"

static struct wr_state_dir *dir;
static struct wr_task_state *state;
static struct wr_store_spec specs[2];
static struct wr_task_state_options options;

enum { LEFT, RIGHT };

static void setup(void)
{
    specs[LEFT] = (struct wr_store_spec){.name = "left",
                                         .timestamped = true,
                                         .changelog = "app-left-changelog",
                                         .changelog_id = "A"};
    specs[RIGHT] = (struct wr_store_spec){
        .name = "right", .changelog = "app-right-changelog", .changelog_id = ""};
    test_dir_make();
    dir = test_state_dir();
    options = test_options(dir, specs, 2);
    state = test_open(&options, WR_QUARANTINE_NONE);
}

static void teardown(void)
{
    wr_task_state_close(state, false);
    wr_state_dir_close(dir);
    test_dir_remove();
}

static void reopen(bool clean, enum wr_quarantine_reason expected)
{
    wr_task_state_close(state, clean);
    state = NULL;
    state = test_open(&options, expected);
}

static void put(size_t store, const char *key, const char *value)
{
    ck_assert_int_eq(weir_kv_put_at(wr_task_state_store(state, store), str(key), str(value), 1),
                     WEIR_OK);
}

static const char *get(size_t store, const char *key)
{
    static char text[64];
    struct weir_row row;
    if (weir_kv_get(wr_task_state_store(state, store), str(key), &row) != WEIR_OK) {
        return "-";
    }
    snprintf(text, sizeof text, "%.*s", (int)row.value.len, (const char *)row.value.data);
    return text;
}

static enum weir_code commit(int64_t left, int64_t right, const char *inputs)
{
    int64_t positions[] = {left, right};
    return wr_task_state_committed(state, positions, str(inputs), &test_err);
}

static enum weir_code flush(size_t store, int64_t position)
{
    int64_t positions[] = {-1, -1};
    positions[store] = position;
    return wr_restore_flush(state, positions, &test_err);
}

/* A committed transaction, so that there is something to lose. */
static void put_and_commit(void)
{
    put(LEFT, "k", "left");
    put(RIGHT, "k", "right");
    ck_assert_ok(commit(10, 20, "input positions"));
}

static void expect_empty(void)
{
    ck_assert_str_eq(get(LEFT, "k"), "-");
    ck_assert_str_eq(get(RIGHT, "k"), "-");
    ck_assert_int_eq(wr_task_state_position(state, LEFT), 0);
    ck_assert_int_eq(wr_task_state_position(state, RIGHT), 0);
    ck_assert(weir_is_null(wr_task_state_inputs(state)));
}

static void expect_kept(void)
{
    ck_assert_str_eq(get(LEFT, "k"), "left");
    ck_assert_str_eq(get(RIGHT, "k"), "right");
    ck_assert_int_eq(wr_task_state_position(state, LEFT), 10);
    ck_assert_int_eq(wr_task_state_position(state, RIGHT), 20);
    ck_assert_bytes_eq(wr_task_state_inputs(state), "input positions");
    ck_assert_ok(wr_task_state_check(state, &test_err));
}

/* ---- opening and committing ------------------------------------------------------------------ */

START_TEST(new_task_is_empty)
{
    struct wr_task_state_stats stats;
    expect_empty();
    ck_assert_uint_eq(wr_task_state_store_count(state), 2);
    ck_assert_ptr_eq(wr_task_state_find(state, "right"), wr_task_state_store(state, RIGHT));
    ck_assert_ptr_null(wr_task_state_find(state, "middle"));
    wr_task_state_stats(state, &stats);
    ck_assert_uint_eq(stats.rows, 0);
    ck_assert_uint_gt(stats.disk_bytes, 0);
}
END_TEST

START_TEST(rows_positions_and_inputs_survive_together)
{
    struct wr_task_state_stats stats;
    put_and_commit();
    expect_kept();
    reopen(_i == 1, WR_QUARANTINE_NONE);
    expect_kept();
    wr_task_state_stats(state, &stats);
    ck_assert_uint_eq(stats.rows, 2);
    reopen(_i == 1, WR_QUARANTINE_NONE); /* also without a write in between */
    expect_kept();
}
END_TEST

START_TEST(uncommitted_writes_do_not_survive)
{
    put_and_commit();
    put(LEFT, "k", "never committed");
    reopen(true, WR_QUARANTINE_NONE);
    expect_kept();
}
END_TEST

START_TEST(unchanged_positions_are_kept)
{
    put_and_commit();
    ck_assert_ok(commit(-1, 25, "later"));
    ck_assert_int_eq(wr_task_state_position(state, LEFT), 10);
    ck_assert_int_eq(wr_task_state_position(state, RIGHT), 25);
    reopen(false, WR_QUARANTINE_NONE);
    ck_assert_int_eq(wr_task_state_position(state, LEFT), 10);
    ck_assert_int_eq(wr_task_state_position(state, RIGHT), 25);
    ck_assert_bytes_eq(wr_task_state_inputs(state), "later");
}
END_TEST

START_TEST(inputs_may_be_given_back_as_they_are)
{
    put_and_commit();
    int64_t positions[] = {-1, -1};
    ck_assert_ok(wr_task_state_committed(state, positions, wr_task_state_inputs(state), &test_err));
    ck_assert_bytes_eq(wr_task_state_inputs(state), "input positions");
    ck_assert_ok(wr_task_state_committed(state, positions, WEIR_NULL, &test_err));
    ck_assert(weir_is_null(wr_task_state_inputs(state)));
}
END_TEST

START_TEST(large_transactions_are_written_in_chunks)
{
    enum { ROWS = 50000 };
    char key[16];
    for (int i = 0; i < ROWS; i++) {
        snprintf(key, sizeof key, "%d", i);
        put(i % 2, key, key);
    }
    ck_assert_ok(commit(ROWS, ROWS, "in"));
    reopen(false, WR_QUARANTINE_NONE);
    for (int i = 0; i < ROWS; i++) {
        snprintf(key, sizeof key, "%d", i);
        ck_assert_str_eq(get((size_t)i % 2, key), key);
    }
    ck_assert_int_eq(wr_task_state_position(state, RIGHT), ROWS);
    ck_assert_ok(wr_task_state_check(state, &test_err));
}
END_TEST

START_TEST(task_cannot_be_opened_twice)
{
    struct wr_task_state *again;
    enum wr_quarantine_reason reason;
    ck_assert_code(wr_task_state_open(&again, &options, &reason, NULL, &test_err), WEIR_ELOCKED);
    put_and_commit();
    expect_kept();
}
END_TEST

START_TEST(small_map_grows_as_needed)
{
    char key[16];
    wr_task_state_close(state, false);
    options.map_bytes = 64 * 1024;
    state = test_open(&options, WR_QUARANTINE_NONE);
    for (int i = 0; i < 30000; i++) {
        snprintf(key, sizeof key, "%d", i);
        put(LEFT, key, "a value of some length to fill pages");
    }
    ck_assert_ok(commit(30000, -1, "in"));
    for (int i = 0; i < 30000; i++) {
        snprintf(key, sizeof key, "%d", i);
        ck_assert_str_ne(get(LEFT, key), "-");
    }
    ck_assert_ok(wr_task_state_check(state, &test_err));
}
END_TEST

/* ---- stores in memory ------------------------------------------------------------------------ */

START_TEST(memory_store_begins_empty_beside_one_on_disk)
{
    wr_task_state_close(state, false);
    specs[RIGHT].memory = true;
    options.identity = "with memory";
    state = test_open(&options, WR_QUARANTINE_IDENTITY);
    put_and_commit();
    expect_kept();
    reopen(false, WR_QUARANTINE_NONE);
    ck_assert_str_eq(get(LEFT, "k"), "left");
    ck_assert_int_eq(wr_task_state_position(state, LEFT), 10);
    ck_assert_str_eq(get(RIGHT, "k"), "-");
    ck_assert_int_eq(wr_task_state_position(state, RIGHT), 0);
    ck_assert_ok(wr_restore_record(state, RIGHT, str("k"), str("right"), 1, &test_err));
    ck_assert_ok(flush(RIGHT, 20));
    expect_kept();
}
END_TEST

START_TEST(task_without_directory_is_in_memory)
{
    struct wr_task_state_stats stats;
    wr_task_state_close(state, false);
    options.dir = NULL;
    state = test_open(&options, WR_QUARANTINE_NONE);
    put_and_commit();
    expect_kept();
    wr_task_state_stats(state, &stats);
    ck_assert_uint_eq(stats.disk_bytes, 0);
    ck_assert_ok(wr_task_state_reset(state, WR_QUARANTINE_BEYOND_LOG, "asked for", &test_err));
    expect_empty();
    reopen(true, WR_QUARANTINE_NONE);
    expect_empty();
}
END_TEST

START_TEST(task_without_stores_has_no_files)
{
    char *path = test_path("app/0_9");
    struct wr_task_state_options none = test_options(dir, NULL, 0);
    none.task_id = "0_9";
    struct wr_task_state *s = test_open(&none, WR_QUARANTINE_NONE);
    ck_assert_ok(wr_task_state_committed(s, NULL, str("in"), &test_err));
    ck_assert_bytes_eq(wr_task_state_inputs(s), "in");
    ck_assert_int_ne(access(path, F_OK), 0);
    wr_task_state_close(s, true);
    wr_free(path);
}
END_TEST

/* ---- what may not be used -------------------------------------------------------------------- */

/* Change one value of a task's owner file. */
static void edit_owner(const char *name, const char *value)
{
    struct wr_checked_file f;
    const char *pairs[32] = {NULL};
    char *path = test_path("app/0_0/owner");
    ck_assert_ok(wr_checked_file_read(wr_fs_posix(), path, &f, &test_err));
    for (size_t i = 0; i < f.values.count; i++) {
        pairs[2 * i] = f.values.entries[i].name;
        pairs[2 * i + 1] = strcmp(pairs[2 * i], name) == 0 ? value : f.values.entries[i].value;
    }
    ck_assert_ok(wr_checked_file_write(wr_fs_posix(), path, pairs, &test_err));
    wr_checked_file_free(&f);
    wr_free(path);
}

START_TEST(unclean_files_of_an_earlier_boot_are_set_aside)
{
    put_and_commit();
    wr_task_state_close(state, false);
    edit_owner("boot.id", "an earlier one");
    state = test_open(&options, WR_QUARANTINE_UNCLEAN_BOOT);
    expect_empty();
    put_and_commit();
    reopen(false, WR_QUARANTINE_NONE); /* written by this boot */
    expect_kept();
}
END_TEST

START_TEST(clean_files_are_good_for_any_boot_until_they_are_written_to)
{
    put_and_commit();
    wr_task_state_close(state, true);
    edit_owner("boot.id", "an earlier one");
    state = test_open(&options, WR_QUARANTINE_NONE);
    expect_kept();
    wr_task_state_close(state, false); /* opening counts as writing */
    edit_owner("boot.id", "an earlier one");
    state = test_open(&options, WR_QUARANTINE_UNCLEAN_BOOT);
    expect_empty();
}
END_TEST

START_TEST(files_of_another_format_are_set_aside)
{
    put_and_commit();
    wr_task_state_close(state, true);
    edit_owner("format", "99");
    state = test_open(&options, WR_QUARANTINE_FORMAT);
    expect_empty();
}
END_TEST

START_TEST(files_of_another_application_or_cluster_are_left_alone)
{
    static const char *const names[] = {"application.id", "cluster.id"};
    struct wr_checked_file f;
    enum wr_quarantine_reason reason;
    char *path = test_path("app/0_0/owner");
    ck_assert_ok(wr_state_dir_bind(dir, "our-cluster", &test_err));
    put_and_commit();
    wr_task_state_close(state, true);
    edit_owner(names[_i], "theirs");
    ck_assert_code(wr_task_state_open(&state, &options, &reason, NULL, &test_err), WEIR_EIDENTITY);
    ck_assert_ptr_nonnull(strstr(test_err.text, "theirs"));
    ck_assert_ok(wr_checked_file_read(wr_fs_posix(), path, &f, &test_err));
    ck_assert_str_eq(wr_checked_file_get(&f, names[_i]), "theirs");
    ck_assert_str_eq(wr_checked_file_get(&f, "clean"), "yes");
    wr_checked_file_free(&f);
    wr_free(path);
    edit_owner(names[_i], _i == 0 ? "app" : "our-cluster");
    state = test_open(&options, WR_QUARANTINE_NONE);
    expect_kept();
}
END_TEST

START_TEST(files_of_another_topology_are_set_aside)
{
    put_and_commit();
    wr_task_state_close(state, true);
    switch (_i) {
    case 0:
        options.identity = "v2";
        break;
    case 1:
        specs[LEFT].changelog_id = "B";
        break;
    case 2:
        specs[LEFT].timestamped = false;
        break;
    case 3:
        options.store_count = 1;
        break;
    default:
        specs[RIGHT].name = "another";
        break;
    }
    state = test_open(&options, WR_QUARANTINE_IDENTITY);
    ck_assert_str_eq(get(LEFT, "k"), "-");
    ck_assert_int_eq(wr_task_state_position(state, LEFT), 0);
}
END_TEST

START_TEST(identity_of_a_topic_may_become_known_later)
{
    put_and_commit();
    wr_task_state_close(state, true);
    specs[RIGHT].changelog_id = "R";
    state = test_open(&options, WR_QUARANTINE_NONE);
    wr_task_state_close(state, true);
    specs[RIGHT].changelog_id = ""; /* an older client does not tell */
    state = test_open(&options, WR_QUARANTINE_NONE);
    wr_task_state_close(state, true);
    specs[RIGHT].changelog_id = "S";
    state = test_open(&options, WR_QUARANTINE_IDENTITY);
}
END_TEST

START_TEST(rows_older_than_the_deletions_they_missed_are_set_aside)
{
    int64_t hour = 3600 * 1000;
    put_and_commit();
    wr_task_state_close(state, true);
    wr_clock_manual_advance(&test_clock, 21 * hour);
    state = test_open(&options, WR_QUARANTINE_NONE);
    expect_kept();
    wr_task_state_close(state, true); /* nothing was committed: still as old */
    wr_clock_manual_advance(&test_clock, hour);
    state = test_open(&options, WR_QUARANTINE_TOO_OLD);
    expect_empty();
    put_and_commit();
    wr_clock_manual_advance(&test_clock, 30 * hour);
    wr_task_state_close(state, true); /* it was processing until now */
    wr_clock_manual_advance(&test_clock, 20 * hour);
    state = test_open(&options, WR_QUARANTINE_NONE);
    expect_kept();
}
END_TEST

START_TEST(restoring_makes_rows_no_younger)
{
    int64_t hour = 3600 * 1000;
    put_and_commit();
    wr_task_state_close(state, true);
    wr_clock_manual_advance(&test_clock, 15 * hour);
    state = test_open(&options, WR_QUARANTINE_NONE);
    ck_assert_ok(wr_restore_record(state, LEFT, str("x"), str("y"), 1, &test_err));
    ck_assert_ok(flush(LEFT, 11));
    wr_task_state_close(state, true);
    wr_clock_manual_advance(&test_clock, 15 * hour);
    state = test_open(&options, WR_QUARANTINE_TOO_OLD);
}
END_TEST

START_TEST(empty_stores_are_never_too_old)
{
    wr_task_state_close(state, true);
    wr_clock_manual_advance(&test_clock, (int64_t)1000 * 3600 * 1000);
    state = test_open(&options, WR_QUARANTINE_NONE);
}
END_TEST

static void overwrite(const char *name, off_t at, const char *bytes, size_t len)
{
    char *path = test_path(name);
    int fd = open(path, O_WRONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, bytes, len, at), len);
    close(fd);
    wr_free(path);
}

START_TEST(damaged_files_are_set_aside_with_the_reason)
{
    struct wr_ptrs names = {0};
    char *path;
    put_and_commit();
    wr_task_state_close(state, true);
    switch (_i) {
    case 0:
        path = test_path("app/0_0/data.mdb");
        ck_assert_int_eq(truncate(path, 3 * 4096), 0);
        wr_free(path);
        break;
    case 1:
        overwrite("app/0_0/data.mdb", 4096 + 16, "xxxx", 4);
        break;
    case 2:
        overwrite("app/0_0/owner", 3, "x", 1);
        break;
    default:
        path = test_path("app/0_0/owner");
        ck_assert_int_eq(unlink(path), 0);
        wr_free(path);
        break;
    }
    state = test_open(&options, WR_QUARANTINE_CORRUPT);
    expect_empty();
    path = test_path("app");
    ck_assert_ok(wr_fs_posix()->list(wr_fs_posix(), path, &names, &test_err));
    wr_free(path);
    const char *aside = names.items[1]; /* behind .lock */
    ck_assert_ptr_nonnull(strstr(aside, "-0_0-corrupt"));
    char file[256];
    struct wr_buf reason = {0};
    snprintf(file, sizeof file, "%s/app/%s/reason", test_dir(), aside);
    ck_assert_ok(wr_fs_posix()->read(wr_fs_posix(), file, &reason, &test_err));
    ck_assert_ptr_nonnull(strstr(wr_buf_cstr(&reason), "corrupt: "));
    wr_buf_free(&reason);
    wr_ptrs_free_all(&names);
}
END_TEST

/* Find a text in the data file and change its first byte, wherever it is. */
static void scribble_over(const char *text)
{
    struct wr_buf file = {0};
    char *path = test_path("app/0_0/data.mdb");
    size_t len = strlen(text);
    ck_assert_ok(wr_fs_posix()->read(wr_fs_posix(), path, &file, &test_err));
    for (size_t i = 0; i + len <= file.len; i++) {
        if (memcmp(file.data + i, text, len) == 0) {
            overwrite("app/0_0/data.mdb", (off_t)i, "#", 1);
        }
    }
    wr_buf_free(&file);
    wr_free(path);
}

START_TEST(damaged_row_is_noticed_when_it_is_read)
{
    struct weir_row row;
    put(LEFT, "damaged", "some value");
    put(LEFT, "sound", "other value");
    ck_assert_ok(commit(1, 1, "in"));
    wr_task_state_close(state, true);
    scribble_over("some value");
    state = test_open(&options, WR_QUARANTINE_NONE);
    struct weir_kv *kv = wr_task_state_store(state, LEFT);
    ck_assert_int_eq(weir_kv_get(kv, str("damaged"), &row), WEIR_ECORRUPT);
    ck_assert_ptr_nonnull(strstr(wr_kv_error(kv)->text, "store \"left\""));
    ck_assert_int_eq(weir_kv_put(kv, str("damaged"), str("v")), WEIR_ECORRUPT);
    ck_assert_str_eq(get(LEFT, "sound"), "other value");
    ck_assert_code(wr_task_state_check(state, &test_err), WEIR_ECORRUPT);
    wr_task_state_close(state, true);
    options.check_all_rows = true;
    state = test_open(&options, WR_QUARANTINE_CORRUPT);
    expect_empty();
}
END_TEST

START_TEST(damaged_meta_record_is_set_aside)
{
    put_and_commit();
    wr_task_state_close(state, true);
    scribble_over("input positions");
    state = test_open(&options, WR_QUARANTINE_CORRUPT);
    expect_empty();
}
END_TEST

START_TEST(lost_data_file_begins_empty)
{
    char *path = test_path("app/0_0/data.mdb");
    put_and_commit();
    wr_task_state_close(state, true);
    ck_assert_int_eq(unlink(path), 0);
    state = test_open(&options, WR_QUARANTINE_NONE);
    expect_empty();
    wr_free(path);
}
END_TEST

START_TEST(reset_begins_empty_in_place)
{
    struct weir_kv *kv = wr_task_state_store(state, LEFT);
    struct weir_row row;
    put_and_commit();
    ck_assert_int_eq(weir_kv_get(kv, str("k"), &row), WEIR_OK);
    ck_assert_ok(wr_task_state_reset(state, WR_QUARANTINE_BEYOND_LOG, "asked for", &test_err));
    ck_assert_ptr_eq(wr_task_state_store(state, LEFT), kv);
    expect_empty();
    put_and_commit();
    reopen(false, WR_QUARANTINE_NONE);
    expect_kept();
}
END_TEST

/* ---- restore --------------------------------------------------------------------------------- */

static void record(size_t store, const char *key, const char *value)
{
    ck_assert_ok(wr_restore_record(state, store, str(key), str(value), 5, &test_err));
}

START_TEST(last_record_of_a_key_wins)
{
    record(LEFT, "a", "first");
    record(LEFT, "b", "b");
    record(RIGHT, "a", "of the other store"); /* at 3, say */
    record(LEFT, "a", "second");
    record(LEFT, "c", "deleted below");
    record(LEFT, "b", NULL);
    record(LEFT, "c", NULL);
    record(LEFT, "c", "back");
    ck_assert_str_eq(get(LEFT, "zzz"), "-");
    ck_assert_ok(wr_restore_flush(state, (int64_t[]){8, 4}, &test_err));
    ck_assert_str_eq(get(LEFT, "a"), "second");
    ck_assert_str_eq(get(LEFT, "b"), "-");
    ck_assert_str_eq(get(LEFT, "c"), "back");
    ck_assert_str_eq(get(RIGHT, "a"), "of the other store");
    ck_assert_int_eq(wr_task_state_position(state, LEFT), 8);
    ck_assert_int_eq(wr_task_state_position(state, RIGHT), 4); /* its rows are not from behind it */
    reopen(false, WR_QUARANTINE_NONE);
    ck_assert_str_eq(get(LEFT, "a"), "second");
    ck_assert_int_eq(wr_task_state_position(state, LEFT), 8);
}
END_TEST

START_TEST(restored_rows_replace_cached_ones)
{
    struct weir_row row;
    put(LEFT, "k", "old");
    ck_assert_ok(commit(1, 1, "in"));
    ck_assert_int_eq(weir_kv_get(wr_task_state_store(state, LEFT), str("k"), &row), WEIR_OK);
    ck_assert_str_eq(get(LEFT, "absent"), "-");
    record(LEFT, "k", "new");
    record(LEFT, "absent", "there");
    record(LEFT, "", "empty key");
    ck_assert_ok(flush(LEFT, 4));
    ck_assert_str_eq(get(LEFT, "k"), "new");
    ck_assert_str_eq(get(LEFT, "absent"), "there");
    ck_assert_str_eq(get(LEFT, ""), "empty key");
    put(LEFT, "k", "newer");
    wr_task_state_aborted(state);
    ck_assert_str_eq(get(LEFT, "k"), "new");
}
END_TEST

START_TEST(buffer_says_when_it_is_full)
{
    wr_task_state_close(state, false);
    options.restore_bytes = 10000;
    state = test_open(&options, WR_QUARANTINE_NONE);
    int records = 0;
    while (!wr_restore_is_full(state)) {
        record(LEFT, "k", "a value");
        records++;
    }
    ck_assert_int_gt(records, 50);
    ck_assert_int_lt(records, 1000);
    ck_assert_ok(flush(LEFT, records));
    ck_assert(!wr_restore_is_full(state));
    ck_assert_ok(flush(LEFT, records + 5)); /* nothing but a position */
    ck_assert_int_eq(wr_task_state_position(state, LEFT), records + 5);
}
END_TEST

START_TEST(changelog_record_without_key_is_refused)
{
    ck_assert_code(wr_restore_record(state, LEFT, WEIR_NULL, str("v"), 1, &test_err),
                   WEIR_ECORRUPT);
    ck_assert_ptr_nonnull(strstr(test_err.text, "app-left-changelog"));
}
END_TEST

Suite *task_state_suite(void)
{
    Suite *s = suite_create("task_state");
    TCase *tc = tcase_create("task_state");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, new_task_is_empty);
    tcase_add_loop_test(tc, rows_positions_and_inputs_survive_together, 0, 2);
    tcase_add_test(tc, uncommitted_writes_do_not_survive);
    tcase_add_test(tc, unchanged_positions_are_kept);
    tcase_add_test(tc, inputs_may_be_given_back_as_they_are);
    tcase_add_test(tc, large_transactions_are_written_in_chunks);
    tcase_add_test(tc, task_cannot_be_opened_twice);
    tcase_add_test(tc, small_map_grows_as_needed);
    tcase_add_test(tc, memory_store_begins_empty_beside_one_on_disk);
    tcase_add_test(tc, task_without_directory_is_in_memory);
    tcase_add_test(tc, task_without_stores_has_no_files);
    tcase_add_test(tc, unclean_files_of_an_earlier_boot_are_set_aside);
    tcase_add_test(tc, clean_files_are_good_for_any_boot_until_they_are_written_to);
    tcase_add_test(tc, files_of_another_format_are_set_aside);
    tcase_add_loop_test(tc, files_of_another_application_or_cluster_are_left_alone, 0, 2);
    tcase_add_loop_test(tc, files_of_another_topology_are_set_aside, 0, 5);
    tcase_add_test(tc, identity_of_a_topic_may_become_known_later);
    tcase_add_test(tc, rows_older_than_the_deletions_they_missed_are_set_aside);
    tcase_add_test(tc, restoring_makes_rows_no_younger);
    tcase_add_test(tc, empty_stores_are_never_too_old);
    tcase_add_loop_test(tc, damaged_files_are_set_aside_with_the_reason, 0, 4);
    tcase_add_test(tc, damaged_row_is_noticed_when_it_is_read);
    tcase_add_test(tc, damaged_meta_record_is_set_aside);
    tcase_add_test(tc, lost_data_file_begins_empty);
    tcase_add_test(tc, reset_begins_empty_in_place);
    tcase_add_test(tc, last_record_of_a_key_wins);
    tcase_add_test(tc, restored_rows_replace_cached_ones);
    tcase_add_test(tc, buffer_says_when_it_is_full);
    tcase_add_test(tc, changelog_record_without_key_is_refused);
    suite_add_tcase(s, tc);
    return s;
}
