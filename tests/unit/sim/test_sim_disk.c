/* test_sim_disk.c -- the disk of a simulated machine. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/mem.h"
#include "testkit/sim_disk.h"
#include "tests/unit/suite.h"

enum { MAP_BYTES = 1 << 20 };

static struct wr_sim sim;
static struct wr_sim_disk disk;
static const char *const stores[] = {"per-key", NULL};
static struct weir_error err;

static void setup(void)
{
    wr_sim_init(&sim, 1);
    wr_sim_disk_init(&disk, &sim, stores, NULL);
}

static void teardown(void)
{
    wr_sim_disk_fini(&disk);
    wr_sim_fini(&sim);
}

static char folder[] = "/tmp/weir-sim-disk-XXXXXX";

static void setup_lmdb(void)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    wr_sim_init(&sim, 1);
    wr_sim_disk_init(&disk, &sim, stores, folder);
}

static void teardown_lmdb(void)
{
    teardown();
    ck_assert_int_eq(rmdir(folder), 0); /* nothing is left in it */
}

static struct wr_engine *open_engine(void)
{
    struct wr_engine *e;
    ck_assert_int_eq(disk.disk.open(&disk.disk, "/a/0_0", MAP_BYTES, 1, &e, &err), WEIR_OK);
    return e;
}

static enum weir_code put(struct wr_engine *e, const char *value)
{
    struct wr_bytes_store *s;
    ck_assert_int_eq(e->ops->store(e, "per-key", &s, &err), WEIR_OK);
    enum weir_code code = e->ops->begin(e, &err);
    if (code == WEIR_OK) {
        ck_assert_int_eq(s->engine->ops->put(s, weir_str("k"), weir_str(value), &err), WEIR_OK);
        code = e->ops->commit(e, &err);
    }
    return code;
}

static char first(struct wr_engine *e)
{
    struct wr_bytes_store *s;
    struct weir_bytes cell;
    ck_assert_int_eq(e->ops->store(e, "per-key", &s, &err), WEIR_OK);
    enum weir_code code = s->engine->ops->get(s, weir_str("k"), &cell, &err);
    return code == WEIR_OK ? *(const char *)cell.data : '-';
}

START_TEST(what_was_committed_survives_the_instance)
{
    struct wr_engine *e = open_engine();
    ck_assert_int_eq(put(e, "one......."), WEIR_OK);
    disk.cut = true;
    ck_assert_int_eq(put(e, "two......."), WEIR_EIO);
    e->ops->close(e);
    wr_sim_disk_released(&disk);
    e = open_engine();
    ck_assert_int_eq(first(e), 'o');
    e->ops->close(e);
}
END_TEST

START_TEST(a_disk_can_be_cut_in_the_middle_of_a_write)
{
    struct wr_engine *e = open_engine();
    ck_assert_int_eq(put(e, "one......."), WEIR_OK);
    disk.writes_left = 1; /* begin, not commit */
    ck_assert_int_eq(put(e, "two......."), WEIR_EIO);
    ck_assert(disk.cut);
    ck_assert_int_eq(first(e), 'o');
    e->ops->close(e);
}
END_TEST

START_TEST(a_full_disk_takes_nothing_until_its_time_is_over)
{
    struct wr_engine *e = open_engine();
    disk.full_until = sim.now + 10;
    ck_assert_int_eq(put(e, "one......."), WEIR_EFULL);
    ck_assert_int_eq(disk.fs.mkdirs(&disk.fs, "/a/b", &err), WEIR_EFULL);
    sim.now += 10;
    ck_assert_int_eq(put(e, "one......."), WEIR_OK);
    e->ops->close(e);
}
END_TEST

START_TEST(stores_can_be_older_than_they_were)
{
    struct wr_engine *e = open_engine();
    ck_assert_int_eq(put(e, "one......."), WEIR_OK);
    e->ops->close(e);
    wr_sim_disk_keep(&disk);
    e = open_engine();
    ck_assert_int_eq(put(e, "two......."), WEIR_OK);
    e->ops->close(e);
    wr_sim_disk_go_back(&disk);
    e = open_engine();
    ck_assert_int_eq(first(e), 'o');
    e->ops->close(e);
}
END_TEST

START_TEST(damage_changes_a_row_of_a_closed_engine)
{
    ck_assert(!wr_sim_disk_damage(&disk));
    struct wr_engine *e = open_engine();
    ck_assert_int_eq(put(e, "one.."), WEIR_OK);
    ck_assert(!wr_sim_disk_damage(&disk));
    e->ops->close(e);
    ck_assert(wr_sim_disk_damage(&disk));
    e = open_engine();
    ck_assert_int_eq(first(e), 'o' ^ 1);
    e->ops->close(e);
}
END_TEST

START_TEST(files_and_folders_are_renamed_listed_and_removed_as_a_tree)
{
    struct wr_fs *fs = &disk.fs;
    struct wr_ptrs names = {0};
    struct wr_buf text = {0};
    ck_assert_int_eq(fs->mkdirs(fs, "/a", &err), WEIR_OK);
    ck_assert_int_eq(fs->mkdirs(fs, "/a/0_0", &err), WEIR_OK);
    ck_assert_int_eq(fs->replace(fs, "/a/0_0/owner", weir_str("x"), &err), WEIR_OK);
    struct wr_engine *e = open_engine();
    e->ops->close(e);
    ck_assert_int_eq(fs->rename(fs, "/a/0_0", "/a/b", &err), WEIR_OK);
    ck_assert_int_eq(fs->read(fs, "/a/b/owner", &text, &err), WEIR_OK);
    ck_assert_int_eq(fs->read(fs, "/a/0_0/owner", &text, &err), WEIR_ENOTFOUND);
    ck_assert_int_eq(fs->list(fs, "/a/b", &names, &err), WEIR_OK);
    ck_assert_uint_eq(names.count, 2);
    ck_assert_str_eq(names.items[0], "data.mdb");
    ck_assert_str_eq(names.items[1], "owner");
    ck_assert_int_eq(fs->remove(fs, "/a/b", &err), WEIR_OK);
    ck_assert_int_eq(fs->stat(fs, "/a/b/owner", NULL, NULL, &err), WEIR_ENOTFOUND);
    wr_ptrs_free_all(&names);
    wr_buf_free(&text);
}
END_TEST

START_TEST(what_befalls_engines_is_counted)
{
    struct wr_engine *e = open_engine();
    ck_assert_int_eq(put(e, "one......."), WEIR_OK);
    disk.full_until = sim.now + 1;
    ck_assert_int_eq(put(e, "two......."), WEIR_EFULL);
    disk.full_until = 0;
    e->ops->close(e);
    wr_sim_disk_go_back(&disk); /* to nothing */
    wr_sim_disk_keep(&disk);
    wr_sim_disk_go_back(&disk);
    ck_assert(wr_sim_disk_damage(&disk));
    wr_sim_disk_wipe(&disk);
    wr_sim_disk_wipe(&disk);
    ck_assert_uint_eq(sim.effects[WR_SIM_NO_ROOM], 1);
    ck_assert_uint_eq(sim.effects[WR_SIM_WENT_BACK], 1);
    ck_assert_uint_eq(sim.effects[WR_SIM_DAMAGED], 1);
    ck_assert_uint_eq(sim.effects[WR_SIM_WIPED], 1);
}
END_TEST

static TCase *make_case(const char *name, void (*before)(void), void (*after)(void))
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, before, after);
    tcase_add_test(t, what_was_committed_survives_the_instance);
    tcase_add_test(t, a_disk_can_be_cut_in_the_middle_of_a_write);
    tcase_add_test(t, a_full_disk_takes_nothing_until_its_time_is_over);
    tcase_add_test(t, stores_can_be_older_than_they_were);
    tcase_add_test(t, damage_changes_a_row_of_a_closed_engine);
    tcase_add_test(t, files_and_folders_are_renamed_listed_and_removed_as_a_tree);
    tcase_add_test(t, what_befalls_engines_is_counted);
    return t;
}

Suite *sim_disk_suite(void)
{
    Suite *s = suite_create("sim_disk");
    suite_add_tcase(s, make_case("memory", setup, teardown));
    suite_add_tcase(s, make_case("lmdb", setup_lmdb, teardown_lmdb));
    return s;
}
