/* test_spared.c -- writers that were left alone are looked at once more. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/run/spared.h"
#include "tests/unit/run/fake_kafka.h"
#include "tests/unit/run/run_rig.h"
#include "tests/unit/suite.h"

static struct fake *f;
static struct wr_consumer *admin;
static struct wr_spared spared;

static void setup(void)
{
    f = fake_new();
    admin = rr_admin(&f->base);
}

static void teardown(void)
{
    wr_spared_free(&spared);
    wr_consumer_close(admin);
    fake_free(f);
}

static void member(const char *instance_id)
{
    f->members[0] =
        (struct wr_member){.client_id = "", .member_id = "m", .instance_id = instance_id};
    f->member_count = 1;
}

static void steps(int64_t now_ms)
{
    for (int i = 0; i < 20; i++) {
        wr_spared_step(&spared, &f->base, admin, "app", now_ms);
    }
}

/* Whom what was logged since the last time says to have been initialised; it is one at most. */
static const char *fenced(void)
{
    static char name[64];
    static const char init[] = "init ";
    const char *at = strstr(fake_log(f), init);
    name[0] = '\0';
    if (at != NULL) {
        at += sizeof init - 1;
        ck_assert_ptr_null(strstr(at, init));
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "\n"), at);
    }
    return name;
}

START_TEST(writer_that_has_left_is_fenced_when_it_is_time)
{
    member("other");
    wr_spared_add(&spared, "app-one-1", 1000);
    steps(999);
    ck_assert_str_eq(fenced(), "");
    steps(1000);
    ck_assert_str_eq(fenced(), "app-one-1");
    ck_assert_uint_eq(spared.writers.count, 0);
}
END_TEST

START_TEST(writer_that_is_still_a_member_is_let_go)
{
    member("one");
    wr_spared_add(&spared, "app-one-1", 1000);
    steps(1000);
    member("other");
    steps(5000);
    ck_assert_str_eq(fenced(), "");
    ck_assert_uint_eq(spared.writers.count, 0);
}
END_TEST

START_TEST(each_writer_is_looked_at_once_at_its_last_time)
{
    member("other");
    wr_spared_add(&spared, "app-one-1", 1000);
    wr_spared_add(&spared, "app-two-0", 1500);
    wr_spared_add(&spared, "app-one-1", 2000);
    ck_assert_uint_eq(spared.writers.count, 2);
    steps(1999);
    ck_assert_str_eq(fenced(), "app-two-0");
    steps(2000);
    ck_assert_str_eq(fenced(), "app-one-1");
}
END_TEST

START_TEST(end_in_the_middle_leaves_nothing_open)
{
    member("other");
    wr_spared_add(&spared, "app-one-1", 0);
    wr_spared_add(&spared, "app-two-1", 9000);
    wr_spared_step(&spared, &f->base, admin, "app", 0);
    wr_spared_free(&spared);
    ck_assert_uint_eq(spared.writers.count, 0);
    ck_assert_int_eq(f->open_handles, 1);
}
END_TEST

Suite *spared_suite(void)
{
    Suite *s = suite_create("spared");
    TCase *t = tcase_create("spared");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, writer_that_has_left_is_fenced_when_it_is_time);
    tcase_add_test(t, writer_that_is_still_a_member_is_let_go);
    tcase_add_test(t, each_writer_is_looked_at_once_at_its_last_time);
    tcase_add_test(t, end_in_the_middle_leaves_nothing_open);
    suite_add_tcase(s, t);
    return s;
}
