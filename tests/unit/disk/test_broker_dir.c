/* test_broker_dir.c -- a broker in a directory: kept, cut off, damaged, full, not ours. */
#include "src/base/base.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/disk/broker_dir.h"
#include "broker/txn_internal.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "tests/unit/broker/broker_kit.h"

Suite *broker_dir_suite(void);

static struct wr_fs *fs;
static char root[64];
static char dir[80];
static char journal[96];
static struct broker_kit kit;
static struct wr_broker_dir *kept;
static struct weir_error err;
static uint64_t cut;
static struct wr_buf was;
static struct wr_buf is;
static struct wr_buf file;

static void setup(void)
{
    fs = wr_fs_posix();
    snprintf(root, sizeof root, "/tmp/weir-dir-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    snprintf(dir, sizeof dir, "%s/data", root);
    snprintf(journal, sizeof journal, "%s/journal", dir);
    broker_kit_init(&kit, 1);
}

static void teardown(void)
{
    broker_kit_free(&kit);
    wr_buf_free(&was);
    wr_buf_free(&is);
    wr_buf_free(&file);
    ck_assert_int_eq(fs->remove(fs, root, &err), WEIR_OK);
}

static enum weir_code open_dir(void)
{
    return wr_broker_dir_open(&kept, dir, kit.broker, kit.now, &cut, &err);
}

static void open_or_fail(void)
{
    ck_assert_msg(open_dir() == WEIR_OK, "%s", err.text);
}

static void write_or_fail(void)
{
    ck_assert_msg(wr_broker_dir_write(kept, &err) == WEIR_OK, "%s", err.text);
}

static void close_dir(void)
{
    ck_assert_msg(wr_broker_dir_close(kept, &err) == WEIR_OK, "%s", err.text);
}

/* The process is killed, and a new one begins, whose member ids are others. */
static void lose_broker(void)
{
    static uint64_t seed = 1;
    wr_buf_reset(&kit.broker->journal.out); /* what was not written */
    close_dir();
    wr_broker_free(kit.broker);
    kit.broker = broker_kit_broker(++seed, kit.now);
}

static void read_file(struct wr_buf *out)
{
    wr_buf_reset(out);
    ck_assert_int_eq(fs->read(fs, journal, out, &err), WEIR_OK);
}

static void write_file(const char *path, struct weir_bytes contents)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(contents.data, 1, contents.len, f), contents.len);
    fclose(f);
}

static int64_t file_size(void)
{
    int64_t size;
    ck_assert_int_eq(fs->stat(fs, journal, &size, NULL, &err), WEIR_OK);
    return size;
}

/* But for the epoch of the transaction coordinator, which is one more than before the restart. */
static void expect_is_as_was(void)
{
    wr_broker_check(kit.broker);
    kit.broker->txns->options.coordinator_epoch--;
    broker_kit_image(kit.broker, &is);
    kit.broker->txns->options.coordinator_epoch++;
    ck_assert_uint_eq(is.len, was.len);
    ck_assert_mem_eq(is.data, was.data, was.len);
}

/* ---- keeping --------------------------------------------------------------------------------- */

START_TEST(what_was_written_is_there_again_after_each_life)
{
    for (int life = 0; life < 30; life++) {
        open_or_fail();
        ck_assert_uint_eq(cut, 0);
        for (int i = 0; i < 50; i++) {
            broker_kit_step(&kit);
            write_or_fail();
        }
        wr_broker_restart(kit.broker, kit.now);
        write_or_fail();
        broker_kit_image(kit.broker, &was);
        for (int i = 0; i < 5; i++) {
            broker_kit_step(&kit); /* nobody is told of this */
        }
        lose_broker();
        open_or_fail();
        expect_is_as_was();
        lose_broker();
    }
}
END_TEST

START_TEST(directory_is_made_with_its_parents)
{
    snprintf(dir, sizeof dir, "%s/a/b", root);
    snprintf(journal, sizeof journal, "%s/journal", dir);
    open_or_fail();
    read_file(&file);
    ck_assert_mem_eq(file.data, "weir dev journal 1\n", 19);
    close_dir();
}
END_TEST

START_TEST(cluster_keeps_its_id)
{
    char id[sizeof kit.broker->cluster_id];
    memcpy(id, kit.broker->cluster_id, sizeof id);
    open_or_fail();
    lose_broker();
    ck_assert_str_ne(kit.broker->cluster_id, id);
    open_or_fail();
    ck_assert_str_eq(kit.broker->cluster_id, id);
    close_dir();
}
END_TEST

START_TEST(journal_that_is_mostly_garbage_is_rewritten)
{
    enum { BATCH = 900000, BATCHES = 60 };
    open_or_fail();
    broker_kit_create(&kit, "t");
    struct wr_partition_log *log = wr_topics_partition(kit.broker->topics, "t", 0);
    for (int i = 0; i < BATCHES; i++) {
        broker_kit_produce(&kit, "t", BATCH);
        wr_partition_log_delete_before(log, -1);
        write_or_fail();
        ck_assert_int_lt(file_size(), 20 * 1024 * 1024);
    }
    broker_kit_image(kit.broker, &was);
    lose_broker();
    open_or_fail();
    expect_is_as_was();
    close_dir();
}
END_TEST

START_TEST(journal_that_cannot_be_rewritten_goes_on)
{
    enum { BATCH = 900000, BATCHES = 40 };
    char path[112];
    open_or_fail();
    snprintf(path, sizeof path, "%s.new", journal);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    broker_kit_create(&kit, "t");
    struct wr_partition_log *log = wr_topics_partition(kit.broker->topics, "t", 0);
    for (int i = 0; i < BATCHES; i++) {
        broker_kit_produce(&kit, "t", BATCH);
        wr_partition_log_delete_before(log, -1);
        write_or_fail();
    }
    ck_assert_int_gt(file_size(), BATCH * BATCHES);
    lose_broker();
    ck_assert_int_eq(rmdir(path), 0);
    open_or_fail();
    ck_assert_int_lt(file_size(), BATCH);
    log = wr_topics_partition(kit.broker->topics, "t", 0);
    ck_assert_int_eq(wr_partition_log_end(log), BATCHES);
    close_dir();
}
END_TEST

START_TEST(journal_that_was_being_rewritten_is_not_looked_at)
{
    char path[112];
    open_or_fail();
    lose_broker();
    snprintf(path, sizeof path, "%s.new", journal);
    write_file(path, weir_str("weir dev journal 1\nhalf"));
    open_or_fail();
    ck_assert_int_ne(access(path, F_OK), 0);
    close_dir();
}
END_TEST

/* ---- the end is missing ---------------------------------------------------------------------- */

/* Some steps, the journal in `file`, and where its records begin in *starts, up to the end. */
static size_t make_journal(int steps, size_t *starts, size_t max)
{
    enum { FIRST_LINE = 19 };
    struct wr_journal_record r;
    size_t count = 0;
    open_or_fail();
    broker_kit_create(&kit, "t0");
    for (int i = 0; i < steps; i++) {
        broker_kit_step(&kit);
    }
    write_or_fail();
    lose_broker();
    read_file(&file);
    for (size_t at = FIRST_LINE; at < file.len; at += r.size) {
        ck_assert_uint_lt(count + 1, max);
        starts[count++] = at;
        struct weir_bytes rest = weir_view(file.data + at, file.len - at);
        ck_assert_int_eq(wr_journal_read(rest, &r), WR_JOURNAL_FOUND);
    }
    starts[count] = file.len;
    return count;
}

START_TEST(record_that_was_cut_off_at_any_byte_never_was)
{
    enum { LAST = 12 };
    size_t starts[500];
    size_t count = make_journal(120, starts, 500);
    for (size_t i = count - LAST; i < count; i++) {
        struct wr_broker *whole = broker_kit_broker(3, kit.now);
        broker_kit_load(whole, weir_view(file.data + 19, starts[i] - 19), kit.now);
        broker_kit_image(whole, &was);
        wr_broker_free(whole);
        for (size_t end = starts[i]; end < starts[i + 1]; end++) {
            write_file(journal, weir_view(file.data, end));
            open_or_fail();
            ck_assert_uint_eq(cut, end - starts[i]);
            expect_is_as_was();
            lose_broker();
        }
    }
}
END_TEST

START_TEST(zeros_at_the_end_are_cut_off)
{
    static const char zeros[5000];
    size_t starts[500];
    make_journal(50, starts, 500);
    size_t len = file.len;
    wr_buf_append(&file, zeros, sizeof zeros);
    write_file(journal, wr_buf_view(&file));
    open_or_fail();
    ck_assert_uint_eq(cut, sizeof zeros);
    ck_assert_int_lt(file_size(), (int64_t)len + 100);
    close_dir();
}
END_TEST

/* ---- damage ---------------------------------------------------------------------------------- */

START_TEST(flipped_byte_is_found_wherever_it_is_and_nothing_is_changed)
{
    enum { FIRST_LINE = 19 };
    size_t starts[500];
    make_journal(12, starts, 500);
    for (size_t i = 0; i < file.len; i++) {
        file.data[i] ^= 0x10;
        write_file(journal, wr_buf_view(&file));
        ck_assert_int_eq(open_dir(), i < FIRST_LINE ? WEIR_EIDENTITY : WEIR_ECORRUPT);
        ck_assert(i < FIRST_LINE || strstr(err.text, "is damaged at byte ") != NULL);
        ck_assert(i < FIRST_LINE || strstr(err.text, "truncate -s ") != NULL);
        wr_broker_free(kit.broker);
        kit.broker = broker_kit_broker(2, kit.now);
        read_file(&is);
        ck_assert_uint_eq(is.len, file.len);
        ck_assert_mem_eq(is.data, file.data, file.len);
        file.data[i] ^= 0x10;
    }
}
END_TEST

START_TEST(record_that_does_not_fit_is_named_with_its_place)
{
    struct wr_journal more = {.on = true};
    struct wr_writer w;
    size_t starts[500];
    char place[64];
    make_journal(12, starts, 500);
    ck_assert(wr_journal_begin(&more, WR_JOURNAL_TXN_GONE, &w));
    wr_journal_put_text(&w, "nobody");
    wr_journal_end(&more);
    snprintf(place, sizeof place, "journal\" is damaged at byte %zu: ", file.len);
    wr_buf_bytes(&file, wr_buf_view(&more.out));
    wr_journal_free(&more);
    write_file(journal, wr_buf_view(&file));
    ck_assert_int_eq(open_dir(), WEIR_ECORRUPT);
    ck_assert_msg(strstr(err.text, place) != NULL, "%s", err.text);
}
END_TEST

/* ---- whose it is ----------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *contents;
    const char *why;
} foreign[] = {
    {"journal", "weir dev journal 2\n", "is of another version of weir"},
    {"journal", "weir dev journal", "is no journal of weir dev"},
    {"journal", "", "is no journal of weir dev"},
    {"journal", "#!/bin/sh\necho something else\n", "is no journal of weir dev"},
    {"letter.txt", "dear", "it holds \"letter.txt\""},
};

START_TEST(directory_of_something_else_is_refused)
{
    char path[128];
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    snprintf(path, sizeof path, "%s/%s", dir, foreign[_i].name);
    write_file(path, weir_str(foreign[_i].contents));
    ck_assert_int_eq(open_dir(), WEIR_EIDENTITY);
    ck_assert_msg(strstr(err.text, foreign[_i].why) != NULL, "%s", err.text);
    ck_assert_int_eq(fs->read(fs, path, &file, &err), WEIR_OK);
    ck_assert_str_eq(wr_buf_cstr(&file), foreign[_i].contents);
}
END_TEST

START_TEST(directory_of_another_process_is_refused)
{
    open_or_fail();
    struct wr_broker *second = broker_kit_broker(2, kit.now);
    struct wr_broker_dir *none;
    ck_assert_int_eq(wr_broker_dir_open(&none, dir, second, kit.now, &cut, &err), WEIR_ELOCKED);
    ck_assert_ptr_nonnull(strstr(err.text, "in use by process"));
    ck_assert_ptr_null(none);
    wr_broker_free(second);
    write_or_fail();
    close_dir();
}
END_TEST

START_TEST(file_is_no_directory)
{
    write_file(dir, weir_str("x"));
    ck_assert_int_eq(open_dir(), WEIR_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "could not create directory"));
}
END_TEST

/* ---- a full disk ----------------------------------------------------------------------------- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(full_disk_ends_it_and_what_was_written_before_is_there)
{
    enum { BATCH = 1000 };
    signal(SIGXFSZ, SIG_IGN);
    open_or_fail();
    broker_kit_create(&kit, "t");
    broker_kit_produce(&kit, "t", BATCH);
    write_or_fail();
    broker_kit_image(kit.broker, &was);
    limit_files((rlim_t)file_size() + BATCH / 2);
    broker_kit_produce(&kit, "t", BATCH);
    ck_assert_int_eq(wr_broker_dir_write(kept, &err), WEIR_EFULL);
    ck_assert_msg(strstr(err.text, "could not write ") != NULL, "%s", err.text);
    limit_files(RLIM_INFINITY);
    broker_kit_produce(&kit, "t", BATCH); /* there is room again, but too late */
    write_or_fail();
    lose_broker();
    open_or_fail();
    ck_assert_uint_eq(cut, BATCH / 2);
    expect_is_as_was();
    close_dir();
}
END_TEST

START_TEST(directory_on_a_full_disk_is_not_begun)
{
    signal(SIGXFSZ, SIG_IGN);
    limit_files(10);
    ck_assert_int_eq(open_dir(), WEIR_EFULL);
    limit_files(RLIM_INFINITY);
    wr_broker_free(kit.broker);
    kit.broker = broker_kit_broker(2, kit.now);
    open_or_fail();
    close_dir();
}
END_TEST

Suite *broker_dir_suite(void)
{
    Suite *s = suite_create("broker_dir");
    TCase *t = tcase_create("broker_dir");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, what_was_written_is_there_again_after_each_life);
    tcase_add_test(t, directory_is_made_with_its_parents);
    tcase_add_test(t, cluster_keeps_its_id);
    tcase_add_test(t, journal_that_is_mostly_garbage_is_rewritten);
    tcase_add_test(t, journal_that_cannot_be_rewritten_goes_on);
    tcase_add_test(t, journal_that_was_being_rewritten_is_not_looked_at);
    tcase_add_test(t, record_that_was_cut_off_at_any_byte_never_was);
    tcase_add_test(t, zeros_at_the_end_are_cut_off);
    tcase_add_test(t, flipped_byte_is_found_wherever_it_is_and_nothing_is_changed);
    tcase_add_test(t, record_that_does_not_fit_is_named_with_its_place);
    tcase_add_loop_test(t, directory_of_something_else_is_refused, 0, WR_ARRAY_LEN(foreign));
    tcase_add_test(t, directory_of_another_process_is_refused);
    tcase_add_test(t, file_is_no_directory);
    tcase_add_test(t, full_disk_ends_it_and_what_was_written_before_is_there);
    tcase_add_test(t, directory_on_a_full_disk_is_not_begun);
    suite_add_tcase(s, t);
    return s;
}
