/* test_state_view.c -- looking at the stores of a stopped instance, which stay as they are. */
#include "src/base/base.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/mem.h"
#include "state/checked_file.h"
#include "state/lmdb_engine.h"
#include "state/row.h"
#include "state/state_view.h"
#include "tests/unit/state/state_help.h"

static struct wr_state_view *view;
static struct wr_task_view task;

/* Two tasks with a row each, the first one closed in order. */
static void write_tasks(void)
{
    static const struct wr_store_spec specs[] = {
        {.name = "counts", .timestamped = true, .changelog = "app-counts-changelog"},
        {.name = "passing", .memory = true},
        {.name = "names"},
    };
    static const char *const ids[] = {"0_0", "1_2"};
    struct wr_state_dir *dir = test_state_dir();
    for (size_t i = 0; i < WR_ARRAY_LEN(ids); i++) {
        struct wr_task_state_options o = test_options(dir, specs, WR_ARRAY_LEN(specs));
        int64_t positions[] = {10, -1, -1};
        o.task_id = ids[i];
        struct wr_task_state *s = test_open(&o, WR_QUARANTINE_NONE);
        ck_assert_ok(weir_kv_put_at(wr_task_state_store(s, 0), str("k"), str(ids[i]), 7));
        ck_assert_ok(wr_task_state_committed(s, positions, str("inputs"), &test_err));
        ck_assert_ok(weir_kv_put_at(wr_task_state_store(s, 0), str("open"), str("never"), 8));
        wr_task_state_close(s, i == 0);
    }
    wr_state_dir_close(dir);
}

static void setup(void)
{
    test_dir_make();
    write_tasks();
}

static void open_view(const char *name)
{
    char *path = test_path(name);
    ck_assert_ok(wr_state_view_open(&view, path, wr_fs_posix(), &test_err));
    wr_free(path);
}

static void expect_row(const char *value)
{
    struct weir_bytes cell;
    struct wr_row row;
    const struct wr_stored_rows *s = wr_task_view_find(&task, "counts");
    ck_assert_ptr_nonnull(s);
    ck_assert_uint_eq(task.engine->ops->count(s->rows), 1);
    ck_assert_ok(task.engine->ops->get(s->rows, str("k"), &cell, &test_err));
    ck_assert_ok(wr_row_decode(str("k"), cell, &row, &test_err));
    ck_assert_bytes_eq(row.value, value);
    ck_assert_int_eq(row.time, 7);
    ck_assert_code(task.engine->ops->get(s->rows, str("open"), &cell, &test_err), WEIR_ENOTFOUND);
}

static const enum wr_lmdb_check_depth depths[] = {WR_LMDB_CHECK_BRANCHES, WR_LMDB_CHECK_LEAVES};

START_TEST(tasks_and_stores_are_seen_as_they_were_committed)
{
    open_view("app//");
    ck_assert_uint_eq(wr_state_view_count(view), 2);
    ck_assert_str_eq(wr_state_view_name(view, 0), "0_0");
    ck_assert_str_eq(wr_state_view_name(view, 1), "1_2");
    for (size_t i = 0; i < 2; i++) {
        ck_assert_ok(wr_task_view_open(&task, view, i, depths[_i], &test_err));
        ck_assert_uint_eq(task.store_count, 2); /* the one in memory has no file */
        ck_assert_str_eq(task.stores[0].changelog, "app-counts-changelog");
        ck_assert_int_eq(task.stores[0].position, 10);
        ck_assert(task.stores[0].timestamped);
        ck_assert_str_eq(task.stores[1].name, "names");
        ck_assert_str_eq(task.stores[1].changelog, "");
        ck_assert(!task.stores[1].timestamped);
        ck_assert_int_eq(task.clean, i == 0);
        ck_assert_int_eq(task.doubt.code, WEIR_OK);
        ck_assert_ptr_null(wr_task_view_find(&task, "passing"));
        expect_row(wr_state_view_name(view, i));
        wr_task_view_close(&task);
    }
    wr_state_view_close(view);
}
END_TEST

START_TEST(folder_of_one_task_can_be_looked_at)
{
    open_view("app/1_2");
    ck_assert_uint_eq(wr_state_view_count(view), 1);
    ck_assert_str_eq(wr_state_view_name(view, 0), "1_2");
    ck_assert_ok(wr_task_view_open(&task, view, 0, WR_LMDB_CHECK_LEAVES, &test_err));
    expect_row("1_2");
    wr_task_view_close(&task);
    wr_state_view_close(view);
}
END_TEST

static void list_files(struct wr_ptrs *out)
{
    static const char *const folders[] = {"app", "app/0_0"};
    for (size_t i = 0; i < WR_ARRAY_LEN(folders); i++) {
        char *path = test_path(folders[i]);
        ck_assert_ok(wr_fs_posix()->list(wr_fs_posix(), path, out, &test_err));
        wr_free(path);
    }
}

START_TEST(looking_changes_no_file)
{
    static const char *const files[] = {"app/.lock", "app/0_0/owner", "app/0_0/data.mdb"};
    struct stat before[WR_ARRAY_LEN(files)];
    struct stat after;
    struct wr_ptrs names = {0};
    struct wr_ptrs names_after = {0};
    char *lock = test_path("app/0_0/lock.mdb");
    ck_assert_int_eq(unlink(lock), 0); /* LMDB would make it anew */
    list_files(&names);
    for (size_t i = 0; i < WR_ARRAY_LEN(files); i++) {
        char *path = test_path(files[i]);
        ck_assert_int_eq(stat(path, &before[i]), 0);
        wr_free(path);
    }
    open_view("app");
    ck_assert_ok(wr_task_view_open(&task, view, 0, WR_LMDB_CHECK_LEAVES, &test_err));
    expect_row("0_0");
    wr_task_view_close(&task);
    wr_state_view_close(view);
    list_files(&names_after);
    ck_assert_uint_eq(names.count, names_after.count);
    for (size_t i = 0; i < WR_ARRAY_LEN(files); i++) {
        char *path = test_path(files[i]);
        ck_assert_int_eq(stat(path, &after), 0);
        ck_assert_int_eq(after.st_size, before[i].st_size);
        ck_assert_int_eq(after.st_mtim.tv_nsec, before[i].st_mtim.tv_nsec);
        wr_free(path);
    }
    wr_free(lock);
    wr_ptrs_free_all(&names);
    wr_ptrs_free_all(&names_after);
}
END_TEST

START_TEST(running_instance_is_refused_and_a_reader_keeps_instances_out)
{
    struct wr_state_dir *dir = test_state_dir();
    static const char *const paths[] = {"app", "app/0_0"};
    char holder[32];
    snprintf(holder, sizeof holder, "process %ld", (long)getpid());
    for (size_t i = 0; i < WR_ARRAY_LEN(paths); i++) {
        char *path = test_path(paths[i]);
        ck_assert_code(wr_state_view_open(&view, path, wr_fs_posix(), &test_err), WEIR_ELOCKED);
        ck_assert_ptr_nonnull(strstr(test_err.text, holder));
        wr_free(path);
    }
    wr_state_dir_close(dir);
    open_view("app");
    struct wr_state_dir_options o = {.path = test_dir(),
                                     .application_id = "app",
                                     .fs = wr_fs_posix(),
                                     .clock = &test_clock.clock,
                                     .allow_temporary = true};
    ck_assert_code(wr_state_dir_open(&dir, &o, &test_err), WEIR_ELOCKED);
    wr_state_view_close(view);
    wr_state_dir_close(test_state_dir());
}
END_TEST

static const char *const no_state[] = {"", "app/instance", "missing"};

START_TEST(what_is_no_state_directory_is_refused)
{
    char *path = test_path(no_state[_i]);
    ck_assert_code(wr_state_view_open(&view, path, wr_fs_posix(), &test_err), WEIR_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(test_err.text, "neither"));
    wr_free(path);
}
END_TEST

START_TEST(task_that_was_never_written_has_no_stores)
{
    struct wr_engine *e;
    char *empty = test_path("app/2_0");
    char *unused = test_path("app/3_0");
    ck_assert_ok(wr_fs_posix()->mkdirs(wr_fs_posix(), empty, &test_err));
    ck_assert_ok(wr_fs_posix()->mkdirs(wr_fs_posix(), unused, &test_err));
    ck_assert_ok(wr_lmdb_engine_open(&e, unused, 1 << 20, 4, &test_err));
    e->ops->close(e);
    open_view("app");
    ck_assert_uint_eq(wr_state_view_count(view), 4);
    for (size_t i = 2; i < 4; i++) {
        ck_assert_ok(wr_task_view_open(&task, view, i, WR_LMDB_CHECK_LEAVES, &test_err));
        ck_assert_uint_eq(task.store_count, 0);
        wr_task_view_close(&task);
    }
    wr_state_view_close(view);
    wr_free(empty);
    wr_free(unused);
}
END_TEST

START_TEST(rows_of_an_earlier_boot_that_was_cut_off_are_doubtful)
{
    const char *pairs[] = {"format", "1", "boot.id", "another", "clean", "no", NULL};
    char *path = test_path("app/0_0/owner");
    ck_assert_ok(wr_checked_file_write(wr_fs_posix(), path, pairs, &test_err));
    open_view("app");
    ck_assert_ok(wr_task_view_open(&task, view, 0, WR_LMDB_CHECK_LEAVES, &test_err));
    ck_assert_int_eq(task.doubt.code, WEIR_ECORRUPT);
    ck_assert_ptr_nonnull(strstr(task.doubt.text, "went down"));
    expect_row("0_0");
    wr_task_view_close(&task);
    wr_state_view_close(view);
    wr_free(path);
}
END_TEST

START_TEST(file_that_was_cut_is_refused)
{
    char *path = test_path("app/0_0/data.mdb");
    ck_assert_int_eq(truncate(path, 3 * sysconf(_SC_PAGESIZE)), 0);
    open_view("app");
    ck_assert_code(wr_task_view_open(&task, view, 0, WR_LMDB_CHECK_BRANCHES, &test_err),
                   WEIR_ECORRUPT);
    ck_assert_ok(wr_task_view_open(&task, view, 1, WR_LMDB_CHECK_BRANCHES, &test_err));
    wr_task_view_close(&task);
    wr_state_view_close(view);
    wr_free(path);
}
END_TEST

Suite *state_view_suite(void)
{
    Suite *s = suite_create("state_view");
    TCase *tc = tcase_create("state_view");
    tcase_add_checked_fixture(tc, setup, test_dir_remove);
    tcase_add_loop_test(tc, tasks_and_stores_are_seen_as_they_were_committed, 0,
                        (int)WR_ARRAY_LEN(depths));
    tcase_add_test(tc, folder_of_one_task_can_be_looked_at);
    tcase_add_test(tc, looking_changes_no_file);
    tcase_add_test(tc, running_instance_is_refused_and_a_reader_keeps_instances_out);
    tcase_add_loop_test(tc, what_is_no_state_directory_is_refused, 0, (int)WR_ARRAY_LEN(no_state));
    tcase_add_test(tc, task_that_was_never_written_has_no_stores);
    tcase_add_test(tc, rows_of_an_earlier_boot_that_was_cut_off_are_doubtful);
    tcase_add_test(tc, file_that_was_cut_is_refused);
    suite_add_tcase(s, tc);
    return s;
}
