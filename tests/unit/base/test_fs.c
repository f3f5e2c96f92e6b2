/* test_fs.c -- the machine's files. */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/fs.h"
#include "tests/unit/suite.h"

static struct wr_fs *fs;
static struct weir_error err;
static char root[64];

static void setup(void)
{
    fs = wr_fs_posix();
    snprintf(root, sizeof root, "/tmp/weir-fs-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(chdir(root), 0);
}

static void teardown(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(fs->remove(fs, root, &err), WEIR_OK);
}

static void write_file(const char *path, const char *text)
{
    ck_assert_int_eq(fs->replace(fs, path, weir_str(text), &err), WEIR_OK);
}

static void assert_contents(const char *path, const char *text)
{
    struct wr_buf got = {0};
    ck_assert_int_eq(fs->read(fs, path, &got, &err), WEIR_OK);
    ck_assert_str_eq(wr_buf_cstr(&got), text);
    wr_buf_free(&got);
}

static const char *const directories[] = {"a", "a/b/c", "./a//b/", "/tmp"};

START_TEST(directory_is_made_with_its_parents_and_may_be_there_already)
{
    struct stat st;
    ck_assert_int_eq(fs->mkdirs(fs, directories[_i], &err), WEIR_OK);
    ck_assert_int_eq(stat(directories[_i], &st), 0);
    ck_assert(S_ISDIR(st.st_mode));
    ck_assert_int_eq(fs->mkdirs(fs, directories[_i], &err), WEIR_OK);
}
END_TEST

static const char *const no_directories[] = {"", "file", "file/below"};

START_TEST(directory_cannot_be_made_of_nothing_or_over_a_file)
{
    write_file("file", "text");
    ck_assert_int_ne(fs->mkdirs(fs, no_directories[_i], &err), WEIR_OK);
    ck_assert_ptr_nonnull(strstr(err.text, "could not create directory"));
    assert_contents("file", "text");
}
END_TEST

START_TEST(replaced_file_has_the_new_contents_and_nothing_is_left_beside_it)
{
    struct wr_ptrs names = {0};
    write_file("file", "old");
    write_file("file", "new");
    assert_contents("file", "new");
    ck_assert_int_eq(fs->list(fs, ".", &names, &err), WEIR_OK);
    ck_assert_uint_eq(names.count, 1);
    wr_ptrs_free_all(&names);
}
END_TEST

START_TEST(file_that_cannot_be_replaced_stays_and_nothing_is_left_beside_it)
{
    struct wr_ptrs names = {0};
    ck_assert_int_eq(fs->mkdirs(fs, "file", &err), WEIR_OK);
    ck_assert_int_eq(fs->replace(fs, "file", weir_str("x"), &err), WEIR_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "could not replace \"file\""));
    ck_assert_int_eq(fs->list(fs, ".", &names, &err), WEIR_OK);
    ck_assert_uint_eq(names.count, 1);
    wr_ptrs_free_all(&names);
}
END_TEST

START_TEST(reading_appends)
{
    struct wr_buf got = {0};
    write_file("file", "text");
    wr_buf_str(&got, "before ");
    ck_assert_int_eq(fs->read(fs, "file", &got, &err), WEIR_OK);
    ck_assert_str_eq(wr_buf_cstr(&got), "before text");
    ck_assert_int_eq(fs->read(fs, ".", &got, &err), WEIR_EIO);
    ck_assert_str_eq(wr_buf_cstr(&got), "before text");
    wr_buf_free(&got);
}
END_TEST

START_TEST(what_is_not_there_is_said_to_be_not_there)
{
    struct wr_buf got = {0};
    struct wr_ptrs names = {0};
    ck_assert_int_eq(fs->read(fs, "none", &got, &err), WEIR_ENOTFOUND);
    ck_assert_str_eq(err.text, "could not open \"none\": No such file or directory");
    ck_assert_int_eq(fs->list(fs, "none", &names, &err), WEIR_ENOTFOUND);
    ck_assert_int_eq(fs->stat(fs, "none", NULL, NULL, &err), WEIR_ENOTFOUND);
    ck_assert_int_eq(fs->rename(fs, "none", "other", &err), WEIR_ENOTFOUND);
    ck_assert_int_eq(fs->replace(fs, "none/file", weir_str("x"), &err), WEIR_ENOTFOUND);
    ck_assert_int_eq(fs->remove(fs, "none", &err), WEIR_OK);
}
END_TEST

START_TEST(tree_is_removed_but_not_what_a_link_in_it_points_to)
{
    ck_assert_int_eq(fs->mkdirs(fs, "tree/deep/er", &err), WEIR_OK);
    ck_assert_int_eq(fs->mkdirs(fs, "other", &err), WEIR_OK);
    write_file("tree/deep/file", "x");
    write_file("other/file", "kept");
    ck_assert_int_eq(symlink("../other", "tree/link"), 0);
    ck_assert_int_eq(fs->remove(fs, "tree", &err), WEIR_OK);
    ck_assert_int_ne(access("tree", F_OK), 0);
    assert_contents("other/file", "kept");
}
END_TEST

START_TEST(names_come_sorted_after_those_already_there)
{
    struct wr_ptrs names = {0};
    write_file("b", "");
    write_file("a", "");
    ck_assert_int_eq(fs->list(fs, ".", &names, &err), WEIR_OK);
    ck_assert_int_eq(fs->list(fs, ".", &names, &err), WEIR_OK);
    ck_assert_uint_eq(names.count, 4);
    ck_assert_str_eq(names.items[0], "a");
    ck_assert_str_eq(names.items[1], "b");
    ck_assert_str_eq(names.items[2], "a");
    wr_ptrs_free_all(&names);
}
END_TEST

START_TEST(renamed_file_is_found_under_its_new_name)
{
    int64_t size = 0;
    int64_t changed = 0;
    write_file("old", "text");
    ck_assert_int_eq(fs->rename(fs, "old", "new", &err), WEIR_OK);
    ck_assert_int_eq(fs->stat(fs, "new", &size, &changed, &err), WEIR_OK);
    ck_assert_int_eq(size, 4);
    ck_assert_int_lt(llabs(changed - wr_wall_ms(wr_clock_system())), 60000);
}
END_TEST

START_TEST(lock_keeps_others_out_and_says_who_holds_it)
{
    int handle = -1;
    int other = -1;
    long holder = 0;
    ck_assert_int_eq(fs->lock(fs, "lock", &handle, &holder, &err), WEIR_OK);
    ck_assert_int_eq(fs->lock(fs, "lock", &other, &holder, &err), WEIR_ELOCKED);
    ck_assert_int_eq(holder, getpid());
    ck_assert_int_eq(other, -1);
    fs->unlock(fs, handle);
    ck_assert_int_eq(fs->lock(fs, "lock", &other, &holder, &err), WEIR_OK);
    fs->unlock(fs, other);
}
END_TEST

START_TEST(shared_lock_keeps_the_exclusive_one_out_and_writes_nothing)
{
    int handle = -1;
    int other = -1;
    int third = -1;
    long holder = 0;
    ck_assert_int_eq(fs->share(fs, "lock", &handle, &holder, &err), WEIR_ENOTFOUND);
    write_file("lock", "as it was");
    ck_assert_int_eq(fs->share(fs, "lock", &handle, &holder, &err), WEIR_OK);
    ck_assert_int_eq(fs->share(fs, "lock", &other, &holder, &err), WEIR_OK);
    ck_assert_int_eq(fs->lock(fs, "lock", &third, &holder, &err), WEIR_ELOCKED);
    ck_assert_int_eq(holder, 0);
    assert_contents("lock", "as it was");
    fs->unlock(fs, handle);
    fs->unlock(fs, other);
    ck_assert_int_eq(fs->lock(fs, "lock", &handle, &holder, &err), WEIR_OK);
    ck_assert_int_eq(fs->share(fs, "lock", &other, &holder, &err), WEIR_ELOCKED);
    ck_assert_int_eq(holder, getpid());
    fs->unlock(fs, handle);
}
END_TEST

START_TEST(holder_of_a_lock_that_does_not_live_is_not_named)
{
    int handle = -1;
    int other = -1;
    long holder = 1;
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    char text[32];
    snprintf(text, sizeof text, "%ld\n", (long)child);
    write_file("lock", text);
    ck_assert_int_eq(fs->share(fs, "lock", &handle, &holder, &err), WEIR_OK);
    ck_assert_int_eq(fs->lock(fs, "lock", &other, &holder, &err), WEIR_ELOCKED);
    ck_assert_int_eq(holder, 0);
    fs->unlock(fs, handle);
}
END_TEST

START_TEST(lock_ends_with_the_process)
{
    int handle = -1;
    long holder = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(fs->lock(fs, "lock", &handle, &holder, &err) == WEIR_OK ? 0 : 1);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(fs->lock(fs, "lock", &handle, &holder, &err), WEIR_OK);
    fs->unlock(fs, handle);
}
END_TEST

START_TEST(boot_has_one_identity)
{
    char a[WR_BOOT_ID_MAX];
    char b[WR_BOOT_ID_MAX];
    ck_assert_int_eq(fs->boot_id(fs, a, &err), WEIR_OK);
    ck_assert_int_eq(fs->boot_id(fs, b, &err), WEIR_OK);
    ck_assert_uint_eq(strlen(a), 36);
    ck_assert_str_eq(a, b);
}
END_TEST

START_TEST(file_system_has_a_kind)
{
    bool network = true;
    bool temporary = true;
    ck_assert_int_eq(fs->kind(fs, "/proc", &network, &temporary, &err), WEIR_OK);
    ck_assert(!network);
    ck_assert(!temporary);
    if (access("/dev/shm", F_OK) == 0) {
        ck_assert_int_eq(fs->kind(fs, "/dev/shm", &network, &temporary, &err), WEIR_OK);
        ck_assert(temporary);
    }
    ck_assert_int_eq(fs->kind(fs, "none", &network, &temporary, &err), WEIR_ENOTFOUND);
}
END_TEST

Suite *fs_suite(void)
{
    Suite *s = suite_create("fs");
    TCase *t = tcase_create("fs");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, directory_is_made_with_its_parents_and_may_be_there_already, 0,
                        WR_ARRAY_LEN(directories));
    tcase_add_loop_test(t, directory_cannot_be_made_of_nothing_or_over_a_file, 0,
                        WR_ARRAY_LEN(no_directories));
    tcase_add_test(t, replaced_file_has_the_new_contents_and_nothing_is_left_beside_it);
    tcase_add_test(t, file_that_cannot_be_replaced_stays_and_nothing_is_left_beside_it);
    tcase_add_test(t, reading_appends);
    tcase_add_test(t, what_is_not_there_is_said_to_be_not_there);
    tcase_add_test(t, tree_is_removed_but_not_what_a_link_in_it_points_to);
    tcase_add_test(t, names_come_sorted_after_those_already_there);
    tcase_add_test(t, renamed_file_is_found_under_its_new_name);
    tcase_add_test(t, lock_keeps_others_out_and_says_who_holds_it);
    tcase_add_test(t, shared_lock_keeps_the_exclusive_one_out_and_writes_nothing);
    tcase_add_test(t, holder_of_a_lock_that_does_not_live_is_not_named);
    tcase_add_test(t, lock_ends_with_the_process);
    tcase_add_test(t, boot_has_one_identity);
    tcase_add_test(t, file_system_has_a_kind);
    suite_add_tcase(s, t);
    return s;
}
