/* test_task_metadata.c -- claims as text, and the names of instances and producers. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "src/run/client_id.h"
#include "src/run/task_metadata.h"
#include "tests/unit/run/run_rig.h"

static struct wr_arena arena;
static struct wr_buf text;

static void setup(void)
{
    wr_arena_init(&arena, 1024);
}

static void teardown(void)
{
    wr_arena_free(&arena);
    wr_buf_free(&text);
}

START_TEST(what_is_written_is_read)
{
    struct wr_task_metadata got;
    struct wr_task_metadata m = {"0_3", "abc", "app-p-1", "store=a;b input=c", {"in", 7, 1234567}};
    wr_task_metadata_encode(&m, &text);
    ck_assert_str_eq(wr_buf_cstr(&text),
                     "weir1;task=0_3;id=abc;writer=app-p-1;dead=in/7/1234567;is=store=a;b input=c");
    ck_assert(wr_task_metadata_decode(wr_buf_cstr(&text), &arena, &got));
    ck_assert_str_eq(got.task, m.task);
    ck_assert_str_eq(got.identity, m.identity);
    ck_assert_str_eq(got.writer, m.writer);
    ck_assert_str_eq(got.text, m.text);
    ck_assert_str_eq(got.dead.topic, "in");
    ck_assert_int_eq(got.dead.partition, 7);
    ck_assert_int_eq(got.dead.offset, 1234567);
}
END_TEST

START_TEST(an_identity_text_that_does_not_fit_is_left_out)
{
    struct wr_task_metadata got;
    char *is = wr_calloc(1, WR_TASK_METADATA_MAX + 1);
    memset(is, 'x', WR_TASK_METADATA_MAX);
    struct wr_task_metadata m = {"0_3", "abc", "app-p-1", is, {0}};
    wr_task_metadata_encode(&m, &text);
    ck_assert_str_eq(wr_buf_cstr(&text), "weir1;task=0_3;id=abc;writer=app-p-1");
    ck_assert(wr_task_metadata_decode(wr_buf_cstr(&text), &arena, &got));
    ck_assert_ptr_null(got.text);
    wr_free(is);
}
END_TEST

START_TEST(the_longest_identity_text_fits_into_the_limit)
{
    char *is = wr_calloc(1, WR_TASK_METADATA_MAX + 1);
    struct wr_task_metadata m = {"0_3", "abc", "app-p-1", is, {0}};
    wr_task_metadata_encode(&m, &text);
    memset(is, 'x', WR_TASK_METADATA_MAX - text.len);
    wr_buf_reset(&text);
    wr_task_metadata_encode(&m, &text);
    ck_assert_uint_eq(text.len, WR_TASK_METADATA_MAX);
    wr_free(is);
}
END_TEST

static const char *const strange[] = {
    NULL,
    "",
    "weir",
    "weir1;",
    "weir2;task=0_0;id=a;writer=w",
    "AgAAAAAAAAAB",
    "weir1;task=0_0;id=a",
    "weir1;task=0_0;writer=w",
    "weir1;id=a;writer=w",
    "weir1;=;;;",
};

START_TEST(text_of_somebody_else_is_not_taken_for_a_claim)
{
    struct wr_task_metadata got;
    ck_assert(!wr_task_metadata_decode(strange[_i], &arena, &got));
}
END_TEST

START_TEST(fields_of_a_newer_version_are_ignored)
{
    struct wr_task_metadata got;
    ck_assert(wr_task_metadata_decode("weir1;new=1;task=0_0;bare;id=a;writer=w;x=y", &arena, &got));
    ck_assert_str_eq(got.task, "0_0");
    ck_assert_str_eq(got.writer, "w");
}
END_TEST

static const char *const bad_dead[] = {"", "in", "in/1"};

START_TEST(a_dead_record_that_cannot_be_read_is_none)
{
    struct wr_task_metadata got;
    const char *line = wr_arena_printf(&arena, "weir1;task=t;id=a;writer=w;dead=%s", bad_dead[_i]);
    ck_assert(wr_task_metadata_decode(line, &arena, &got));
    ck_assert_ptr_null(got.dead.topic);
}
END_TEST

/* ---- client.id and transactional.id ---------------------------------------------------------- */

START_TEST(a_client_id_names_process_and_nonce)
{
    wr_client_id_make(&text, "proc", "nonce", 4, "127.0.0.1:7070");
    ck_assert_has(wr_buf_cstr(&text), ";t=4;http=127.0.0.1:7070");
    ck_assert_uint_le(text.len, 249);
    ck_assert_has(wr_buf_cstr(&text), ";p=proc;n=nonce;");
}
END_TEST

static const struct {
    const char *id;
    bool ours;
} writers[] = {
    {"app-proc-0", true},
    {"app-proc-12", true},
    {"app-proc2-0", false},
    {"app-other-0", false},
    {"app2-proc-0", false},
    {"app-proc", false},
    {"app-proc-", false},
    {"app-proc-2-0", false}, /* of "proc-2" */
    {"", false},
    {"ap", false},
};

START_TEST(a_transactional_id_tells_whose_it_is)
{
    ck_assert_int_eq(wr_transactional_id_is_of(writers[_i].id, "app", "proc"), writers[_i].ours);
}
END_TEST

START_TEST(a_transactional_id_is_application_instance_and_thread)
{
    wr_transactional_id_make(&text, "app", "proc", 3);
    ck_assert_str_eq(wr_buf_cstr(&text), "app-proc-3");
}
END_TEST

Suite *task_metadata_suite(void)
{
    Suite *s = suite_create("task_metadata");
    TCase *tc = tcase_create("task_metadata");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, what_is_written_is_read);
    tcase_add_test(tc, an_identity_text_that_does_not_fit_is_left_out);
    tcase_add_test(tc, the_longest_identity_text_fits_into_the_limit);
    tcase_add_loop_test(tc, text_of_somebody_else_is_not_taken_for_a_claim, 0,
                        WR_ARRAY_LEN(strange));
    tcase_add_test(tc, fields_of_a_newer_version_are_ignored);
    tcase_add_loop_test(tc, a_dead_record_that_cannot_be_read_is_none, 0, WR_ARRAY_LEN(bad_dead));
    suite_add_tcase(s, tc);
    return s;
}

Suite *client_id_suite(void)
{
    Suite *s = suite_create("client_id");
    TCase *tc = tcase_create("client_id");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_client_id_names_process_and_nonce);
    tcase_add_loop_test(tc, a_transactional_id_tells_whose_it_is, 0, WR_ARRAY_LEN(writers));
    tcase_add_test(tc, a_transactional_id_is_application_instance_and_thread);
    suite_add_tcase(s, tc);
    return s;
}
