/* test_state_dir.c -- who may use a state directory, and what it remembers. */
#include "src/base/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/mem.h"
#include "state/checked_file.h"
#include "state/state_dir.h"
#include "tests/unit/state/state_help.h"

/* The machine's files, except for what a test wants to be different. */
static struct wr_fs fs;
static bool is_network, is_temporary;
static enum weir_code replace_fails, mkdirs_fails;

static enum weir_code fake_kind(struct wr_fs *f, const char *path, bool *network, bool *temporary,
                                struct weir_error *err)
{
    enum weir_code code = wr_fs_posix()->kind(f, path, network, temporary, err);
    *network = is_network;
    *temporary = is_temporary;
    return code;
}

static enum weir_code fake_replace(struct wr_fs *f, const char *path, struct weir_bytes contents,
                                   struct weir_error *err)
{
    if (replace_fails != WEIR_OK) {
        snprintf(err->text, sizeof err->text, "could not write \"%s\"", path);
        err->code = replace_fails;
        return replace_fails;
    }
    return wr_fs_posix()->replace(f, path, contents, err);
}

static enum weir_code fake_mkdirs(struct wr_fs *f, const char *path, struct weir_error *err)
{
    return mkdirs_fails != WEIR_OK ? mkdirs_fails : wr_fs_posix()->mkdirs(f, path, err);
}

static void setup(void)
{
    test_dir_make();
    fs = *wr_fs_posix();
    fs.kind = fake_kind;
    fs.replace = fake_replace;
    fs.mkdirs = fake_mkdirs;
    is_network = is_temporary = false;
    replace_fails = mkdirs_fails = WEIR_OK;
}

static enum weir_code open_as(struct wr_state_dir **d, const char *application)
{
    struct wr_state_dir_options o = {
        .path = test_dir(),
        .application_id = application,
        .fs = &fs,
        .clock = &test_clock.clock,
    };
    return wr_state_dir_open(d, &o, &test_err);
}

static struct wr_state_dir *open_app(void)
{
    struct wr_state_dir *d;
    ck_assert_ok(open_as(&d, "app"));
    return d;
}

static void make(const char *name)
{
    char *path = test_path(name);
    ck_assert_ok(wr_fs_posix()->mkdirs(&fs, path, &test_err));
    wr_free(path);
}

static bool exists(const char *name)
{
    char *path = test_path(name);
    enum weir_code code = wr_fs_posix()->stat(&fs, path, NULL, NULL, &test_err);
    wr_free(path);
    return code == WEIR_OK;
}

/* How many names in the application's folder begin with prefix. */
static size_t count_names(const char *prefix)
{
    struct wr_ptrs names = {0};
    size_t count = 0;
    char *path = test_path("app");
    ck_assert_ok(wr_fs_posix()->list(&fs, path, &names, &test_err));
    for (size_t i = 0; i < names.count; i++) {
        count += strncmp(names.items[i], prefix, strlen(prefix)) == 0;
    }
    wr_ptrs_free_all(&names);
    wr_free(path);
    return count;
}

/* ---- identity -------------------------------------------------------------------------------- */

START_TEST(identity_is_made_once_and_kept)
{
    char id[64];
    struct wr_state_dir *d = open_app();
    snprintf(id, sizeof id, "%s", wr_state_dir_process_id(d));
    ck_assert_uint_eq(strspn(id, "0123456789abcdef"), 32);
    ck_assert_int_eq(wr_state_dir_highest_thread(d), -1);
    ck_assert_ok(wr_state_dir_raise_thread(d, 3, &test_err));
    ck_assert_ok(wr_state_dir_raise_thread(d, 1, &test_err)); /* never lowered */
    ck_assert_ok(wr_state_dir_bind(d, "cluster-a", &test_err));
    wr_state_dir_close(d);
    d = open_app();
    ck_assert_str_eq(wr_state_dir_process_id(d), id);
    ck_assert_int_eq(wr_state_dir_highest_thread(d), 3);
    ck_assert_str_eq(wr_state_dir_cluster_id(d), "cluster-a");
    ck_assert_str_ne(wr_state_dir_boot_id(d), "");
    wr_state_dir_close(d);
}
END_TEST

START_TEST(another_cluster_is_refused)
{
    struct wr_state_dir *d = open_app();
    ck_assert_ok(wr_state_dir_bind(d, "cluster-a", &test_err));
    ck_assert_ok(wr_state_dir_bind(d, "cluster-a", &test_err));
    ck_assert_code(wr_state_dir_bind(d, "cluster-b", &test_err), WEIR_EIDENTITY);
    ck_assert_ptr_nonnull(strstr(test_err.text, "cluster-a"));
    ck_assert_ptr_nonnull(strstr(test_err.text, "cluster-b"));
    ck_assert_str_eq(wr_state_dir_cluster_id(d), "cluster-a");
    wr_state_dir_close(d);
}
END_TEST

START_TEST(another_application_is_refused)
{
    struct wr_state_dir *d = open_app();
    wr_state_dir_close(d);
    char *from = test_path("app");
    char *to = test_path("other");
    ck_assert_ok(wr_fs_posix()->rename(&fs, from, to, &test_err));
    ck_assert_code(open_as(&d, "other"), WEIR_EIDENTITY);
    ck_assert_ptr_nonnull(strstr(test_err.text, "\"app\""));
    wr_free(from);
    wr_free(to);
}
END_TEST

START_TEST(failed_write_changes_nothing)
{
    struct wr_state_dir *d = open_app();
    replace_fails = WEIR_EFULL;
    ck_assert_code(wr_state_dir_raise_thread(d, 2, &test_err), WEIR_EFULL);
    ck_assert_int_eq(wr_state_dir_highest_thread(d), -1);
    ck_assert_code(wr_state_dir_bind(d, "cluster-a", &test_err), WEIR_EFULL);
    ck_assert_str_eq(wr_state_dir_cluster_id(d), "");
    replace_fails = WEIR_OK;
    ck_assert_ok(wr_state_dir_bind(d, "cluster-b", &test_err));
    wr_state_dir_close(d);
}
END_TEST

static const char *const damages[] = {
    "",
    "format=1\n",
    "format=1\nprocess.id=00\napplication.id=app\ncluster.id=\nhighest.thread=0\ncrc32c=00000000\n",
};

START_TEST(damaged_instance_file_is_refused)
{
    struct wr_state_dir *d = open_app();
    wr_state_dir_close(d);
    char *path = test_path("app/instance");
    ck_assert_ok(wr_fs_posix()->replace(&fs, path, str(damages[_i]), &test_err));
    ck_assert_code(open_as(&d, "app"), WEIR_ECORRUPT);
    ck_assert_ptr_nonnull(strstr(test_err.text, path));
    ck_assert_ptr_nonnull(strstr(test_err.text, "remove state directory"));
    wr_free(path);
}
END_TEST

START_TEST(checked_file_refuses_every_changed_byte)
{
    static const char *const pairs[] = {"a", "1", "b", "", "c", "x=y", NULL};
    struct wr_checked_file f;
    struct wr_buf text = {0};
    char *path = test_path("file");
    ck_assert_code(wr_checked_file_read(&fs, path, &f, &test_err), WEIR_ENOTFOUND);
    ck_assert_ok(wr_checked_file_write(&fs, path, pairs, &test_err));
    ck_assert_ok(wr_checked_file_read(&fs, path, &f, &test_err));
    ck_assert_str_eq(wr_checked_file_get(&f, "a"), "1");
    ck_assert_str_eq(wr_checked_file_get(&f, "b"), "");
    ck_assert_str_eq(wr_checked_file_get(&f, "c"), "x=y");
    ck_assert_str_eq(wr_checked_file_get(&f, "d"), "");
    wr_checked_file_free(&f);
    ck_assert_ok(wr_fs_posix()->read(&fs, path, &text, &test_err));
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] ^= 1;
        ck_assert_ok(wr_fs_posix()->replace(&fs, path, wr_buf_view(&text), &test_err));
        ck_assert_code(wr_checked_file_read(&fs, path, &f, &test_err), WEIR_ECORRUPT);
        text.data[i] ^= 1;
        ck_assert_ok(wr_fs_posix()->replace(&fs, path, weir_view(text.data, i), &test_err));
        ck_assert_code(wr_checked_file_read(&fs, path, &f, &test_err), WEIR_ECORRUPT);
    }
    wr_buf_free(&text);
    wr_free(path);
}
END_TEST

/* ---- the place ------------------------------------------------------------------------------- */

static const char *const bad_names[] = {"", ".", "..", "a/b", "a b", ".hidden", "a\n"};

START_TEST(application_id_that_is_no_name_is_refused)
{
    struct wr_state_dir *d;
    ck_assert_code(open_as(&d, bad_names[_i]), WEIR_ECONFIG);
    ck_assert_ptr_nonnull(strstr(test_err.text, "application.id"));
}
END_TEST

START_TEST(network_and_temporary_file_systems_are_refused)
{
    struct wr_state_dir *d;
    struct wr_state_dir_options o = {
        .path = test_dir(),
        .application_id = "app",
        .fs = &fs,
        .clock = &test_clock.clock,
    };
    is_temporary = true;
    ck_assert_code(open_as(&d, "app"), WEIR_ECONFIG);
    ck_assert_ptr_nonnull(strstr(test_err.text, "temporary"));
    ck_assert(!exists("app"));
    o.allow_temporary = true;
    ck_assert_ok(wr_state_dir_open(&d, &o, &test_err));
    wr_state_dir_close(d);
    is_network = true;
    ck_assert_code(wr_state_dir_open(&d, &o, &test_err), WEIR_ECONFIG);
    ck_assert_ptr_nonnull(strstr(test_err.text, "network"));
}
END_TEST

START_TEST(directories_for_temporary_files_are_refused)
{
    static const char *const paths[] = {"/tmp", "/tmp/weir", "/var/tmp/x/y"};
    struct wr_state_dir *d;
    struct wr_state_dir_options o = {
        .application_id = "no-such-application", .fs = &fs, .clock = &test_clock.clock};
    mkdirs_fails = WEIR_EIO; /* should it come to that */
    for (size_t i = 0; i < WR_ARRAY_LEN(paths); i++) {
        o.path = paths[i];
        ck_assert_code(wr_state_dir_open(&d, &o, &test_err), WEIR_ECONFIG);
    }
}
END_TEST

START_TEST(directory_that_cannot_be_written_is_bad_configuration)
{
    struct wr_state_dir *d;
    mkdirs_fails = WEIR_EAUTH;
    ck_assert_code(open_as(&d, "app"), WEIR_ECONFIG);
    ck_assert_ptr_nonnull(strstr(test_err.text, "state.dir"));
}
END_TEST

START_TEST(second_process_is_refused_and_told_who_it_is)
{
    int ready[2];
    int done[2];
    char holder[32];
    struct wr_state_dir *d;
    ck_assert_int_eq(pipe(ready) | pipe(done), 0);
    pid_t pid = fork();
    if (pid == 0) {
        d = open_app();
        ssize_t n = write(ready[1], "r", 1) + read(done[0], holder, 1);
        _exit(n < 0); /* without closing: the lock ends with the process */
    }
    ck_assert_int_eq(read(ready[0], holder, 1), 1);
    ck_assert_code(open_as(&d, "app"), WEIR_ELOCKED);
    snprintf(holder, sizeof holder, "process %ld", (long)pid);
    ck_assert_ptr_nonnull(strstr(test_err.text, holder));
    ck_assert_int_eq(write(done[1], "d", 1), 1);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    wr_state_dir_close(open_app());
}
END_TEST

/* ---- tasks and housekeeping ------------------------------------------------------------------ */

START_TEST(identity_can_come_from_a_seed)
{
    struct wr_rng rng;
    struct wr_state_dir *d;
    char *first = NULL;
    for (int i = 0; i < 2; i++) {
        wr_rng_seed(&rng, 7);
        struct wr_state_dir_options o = {.path = test_dir(),
                                         .application_id = i == 0 ? "a" : "b",
                                         .fs = &fs,
                                         .clock = &test_clock.clock,
                                         .rng = &rng};
        ck_assert_ok(wr_state_dir_open(&d, &o, &test_err));
        if (i == 0) {
            first = wr_strdup(wr_state_dir_process_id(d));
        }
        ck_assert_str_eq(wr_state_dir_process_id(d), first);
        ck_assert_uint_eq(strlen(first), 32);
        wr_state_dir_close(d);
    }
    wr_free(first);
}
END_TEST

START_TEST(task_whose_folder_cannot_be_made_is_not_taken)
{
    struct wr_state_dir *d = open_app();
    char *path = NULL;
    mkdirs_fails = WEIR_EFULL;
    ck_assert_code(wr_state_dir_take(d, "0_1", &path, &test_err), WEIR_EFULL);
    ck_assert_ptr_null(path);
    mkdirs_fails = WEIR_OK;
    ck_assert_ok(wr_state_dir_take(d, "0_1", &path, &test_err));
    wr_state_dir_give(d, "0_1");
    wr_free(path);
    wr_state_dir_close(d);
}
END_TEST

START_TEST(task_is_taken_once)
{
    char *path;
    char *again;
    struct wr_state_dir *d = open_app();
    ck_assert_ok(wr_state_dir_take(d, "0_1", &path, &test_err));
    ck_assert(exists("app/0_1"));
    ck_assert_code(wr_state_dir_take(d, "0_1", &again, &test_err), WEIR_ELOCKED);
    ck_assert_ok(wr_state_dir_take(d, "0_2", &again, &test_err));
    wr_free(again);
    wr_free(path);
    wr_state_dir_give(d, "0_1");
    ck_assert_ok(wr_state_dir_take(d, "0_1", &path, &test_err));
    wr_free(path);
    wr_state_dir_give(d, "0_1");
    wr_state_dir_give(d, "0_2");
    wr_state_dir_close(d);
}
END_TEST

START_TEST(quarantine_keeps_the_newest_three)
{
    char *path;
    struct wr_state_dir *d = open_app();
    ck_assert_ok(wr_state_dir_take(d, "0_1", &path, &test_err));
    for (int i = 0; i < 6; i++) {
        char name[64];
        snprintf(name, sizeof name, "app/0_1/%d", i);
        make(name);
        if (i != 3) { /* two of them at the same time */
            wr_clock_manual_advance(&test_clock, 1000);
        }
        ck_assert_ok(wr_state_dir_quarantine(d, "0_1", "corrupt", &test_err));
        ck_assert(exists("app/0_1") && !exists(name));
    }
    ck_assert_uint_eq(count_names(".quarantine-"), 3);
    ck_assert(exists("app/.quarantine-1700000005000-000-0_1-corrupt/5"));
    ck_assert(exists("app/.quarantine-1700000003000-001-0_1-corrupt/3"));
    ck_assert_uint_eq(count_names(".trash-"), 0);
    wr_free(path);
    wr_state_dir_give(d, "0_1");
    wr_state_dir_close(d);
}
END_TEST

START_TEST(leftovers_of_deletions_are_removed_at_the_next_opening)
{
    wr_state_dir_close(open_app());
    make("app/.trash-0_1/deep/down");
    wr_state_dir_close(open_app());
    ck_assert_uint_eq(count_names(".trash-"), 0);
}
END_TEST

START_TEST(cleaning_removes_old_folders_that_nobody_needs)
{
    static const char *const keep[] = {"0_1"};
    static const char *const made[] = {"app/0_0", "app/0_1",   "app/0_2",
                                       "app/x_1", "app/notes", "app/.trash-0_7"};
    char *path;
    struct wr_state_dir *d = open_app();
    for (size_t i = 0; i < WR_ARRAY_LEN(made); i++) {
        make(made[i]);
    }
    make("app/.quarantine-0000000000001-000-0_4-corrupt");
    ck_assert_ok(wr_state_dir_take(d, "0_2", &path, &test_err));
    wr_free(path);
    /* the files are made now, on the machine's clock */
    test_clock.wall = wr_wall_ms(wr_clock_system()) + 3600 * 1000;
    ck_assert_uint_eq(wr_state_dir_clean(d, keep, 1, 7200 * 1000, &test_err), 1);
    ck_assert_uint_eq(count_names(".quarantine-"), 0);
    ck_assert(exists("app/0_0"));
    ck_assert_uint_eq(wr_state_dir_clean(d, keep, 1, 1800 * 1000, &test_err), 1);
    ck_assert(!exists("app/0_0"));
    ck_assert(exists("app/0_1") && exists("app/0_2") && exists("app/x_1") && exists("app/notes"));
    ck_assert(exists("app/instance"));
    wr_state_dir_give(d, "0_2");
    wr_state_dir_close(d);
}
END_TEST

Suite *state_dir_suite(void)
{
    Suite *s = suite_create("state_dir");
    TCase *tc = tcase_create("state_dir");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, test_dir_remove);
    tcase_add_test(tc, identity_is_made_once_and_kept);
    tcase_add_test(tc, another_cluster_is_refused);
    tcase_add_test(tc, another_application_is_refused);
    tcase_add_test(tc, failed_write_changes_nothing);
    tcase_add_loop_test(tc, damaged_instance_file_is_refused, 0, WR_ARRAY_LEN(damages));
    tcase_add_test(tc, checked_file_refuses_every_changed_byte);
    tcase_add_loop_test(tc, application_id_that_is_no_name_is_refused, 0, WR_ARRAY_LEN(bad_names));
    tcase_add_test(tc, network_and_temporary_file_systems_are_refused);
    tcase_add_test(tc, directories_for_temporary_files_are_refused);
    tcase_add_test(tc, directory_that_cannot_be_written_is_bad_configuration);
    tcase_add_test(tc, identity_can_come_from_a_seed);
    tcase_add_test(tc, task_whose_folder_cannot_be_made_is_not_taken);
    tcase_add_test(tc, task_is_taken_once);
    tcase_add_test(tc, quarantine_keeps_the_newest_three);
    tcase_add_test(tc, leftovers_of_deletions_are_removed_at_the_next_opening);
    tcase_add_test(tc, cleaning_removes_old_folders_that_nobody_needs);
    suite_add_tcase(s, tc);
    tc = tcase_create("processes");
    tcase_add_checked_fixture(tc, setup, test_dir_remove);
    tcase_add_test(tc, second_process_is_refused_and_told_who_it_is);
    suite_add_tcase(s, tc);
    return s;
}
