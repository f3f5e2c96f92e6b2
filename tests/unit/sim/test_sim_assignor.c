/* test_sim_assignor.c -- how a simulated group shares tasks out. */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "testkit/sim_impl.h"
#include "tests/unit/suite.h"

enum { TASKS = 4 };

/* "GENERATION:TASKS" of each member before, tasks of each after. */
static const struct {
    const char *has[3];
    const char *gets[3];
} cases[] = {
    {{"-1:"}, {"0123"}},
    {{"-1:", "-1:"}, {"02", "13"}},
    {{"5:0123", "-1:"}, {"01", ""}},            /* what moves is given up first */
    {{"6:01", "-1:"}, {"01", "23"}},            /* and then given away */
    {{"6:01", "6:23"}, {"01", "23"}},           /* nothing moves */
    {{"6:01", "7:1", "-1:"}, {"03", "1", "2"}}, /* a later generation is believed */
    {{"6:0", "6:12", "6:3"}, {"0", "12", "3"}}, /* one may have one more */
};

static struct weir_bytes encode(const char *text, struct wr_buf *out)
{
    char *colon;
    int32_t tasks[TASKS];
    size_t n = 0;
    int32_t generation = (int32_t)strtol(text, &colon, 10);
    for (const char *p = colon + 1; *p != '\0'; p++) {
        tasks[n++] = *p - '0';
    }
    wr_sim_tasks_encode(out, generation, tasks, n);
    return wr_buf_view(out);
}

START_TEST(members_keep_what_they_have_up_to_an_equal_share)
{
    struct wr_buf data[3] = {{0}};
    struct wr_join_member members[3];
    struct wr_sim_share out[3];
    size_t count = 0;
    for (; count < 3 && cases[_i].has[count] != NULL; count++) {
        members[count] = (struct wr_join_member){
            .member = "m", .metadata = encode(cases[_i].has[count], &data[count])};
    }
    wr_sim_share_out(members, count, TASKS, out);
    for (size_t i = 0; i < count; i++) {
        char text[TASKS + 1] = "";
        for (size_t k = 0; k < out[i].count; k++) {
            text[k] = (char)('0' + out[i].tasks[k]);
        }
        ck_assert_str_eq(text, cases[_i].gets[i]);
        wr_free(out[i].tasks);
        wr_buf_free(&data[i]);
    }
}
END_TEST

START_TEST(lists_of_tasks_are_read_as_they_were_written)
{
    static const int32_t tasks[] = {3, 0};
    struct wr_buf data = {0};
    int32_t generation;
    size_t count;
    wr_sim_tasks_encode(&data, 9, tasks, 2);
    int32_t *read = wr_sim_tasks_decode(wr_buf_view(&data), &generation, &count);
    ck_assert_int_eq(generation, 9);
    ck_assert_uint_eq(count, 2);
    ck_assert_mem_eq(read, tasks, sizeof tasks);
    wr_free(read);
    read = wr_sim_tasks_decode(weir_null(), &generation, &count);
    ck_assert_uint_eq(count, 0);
    wr_free(read);
    wr_buf_free(&data);
}
END_TEST

Suite *sim_assignor_suite(void)
{
    Suite *s = suite_create("sim_assignor");
    TCase *t = tcase_create("sim_assignor");
    tcase_add_loop_test(t, members_keep_what_they_have_up_to_an_equal_share, 0,
                        WR_ARRAY_LEN(cases));
    tcase_add_test(t, lists_of_tasks_are_read_as_they_were_written);
    suite_add_tcase(s, t);
    return s;
}
