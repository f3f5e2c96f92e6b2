/* test_foreign_names.c -- names that are not Weir's own. */
#include "src/base/base.h"

#include <string.h>

#include "src/conf/foreign_names.h"
#include "tests/unit/suite.h"

static const struct {
    const char *name;
    const char *scope; /* NULL: not passed through */
    const char *bare;
    const char *instead; /* its beginning; NULL: nothing to say */
} names[] = {
    {"security.protocol", "", "security.protocol", NULL},
    {"ssl.ca.location", "", "ssl.ca.location", NULL},
    {"linger.ms", "producer.", "linger.ms", NULL},
    {"consumer.anything.at.all", "consumer.", "anything.at.all", NULL},
    {"restore.consumer.x", "restore.consumer.", "x", NULL},
    {"topic.cleanup.policy", "topic.", "cleanup.policy", NULL},
    {"topic.metrics.x", "topic.", "metrics.x", NULL},
    {"ssl.truststore.location", NULL, NULL, "librdkafka calls this ssl.ca.location"},
    {"ssl.truststore.password", NULL, NULL, "librdkafka reads trusted certificates"},
    {"producer.buffer.memory", NULL, NULL, "librdkafka calls this queue.buffering.max.kbytes"},
    {"rack.aware.assignment.tags", NULL, NULL, "tasks are not placed by rack"},
    {"consumer.", NULL, NULL, NULL},
    {"something.else", NULL, NULL, NULL},
    {"", NULL, NULL, NULL},
};

START_TEST(name_is_passed_through_or_explained_or_unknown)
{
    struct wr_foreign f = wr_foreign_look_up(names[_i].name);
    const char *want = names[_i].instead;
    ck_assert_pstr_eq(f.scope, names[_i].scope);
    if (f.scope != NULL) {
        ck_assert_str_eq(f.bare, names[_i].bare);
    }
    ck_assert(want != NULL ? f.instead != NULL && strncmp(f.instead, want, strlen(want)) == 0
                           : f.instead == NULL);
}
END_TEST

START_TEST(suggestions_end)
{
    size_t i = 0;
    while (wr_foreign_name(i) != NULL) {
        ck_assert_ptr_null(strchr(wr_foreign_name(i), '*'));
        i++;
    }
    ck_assert_uint_gt(i, 10);
}
END_TEST

Suite *foreign_names_suite(void)
{
    Suite *s = suite_create("foreign_names");
    TCase *t = tcase_create("foreign_names");
    tcase_add_loop_test(t, name_is_passed_through_or_explained_or_unknown, 0, WR_ARRAY_LEN(names));
    tcase_add_test(t, suggestions_end);
    suite_add_tcase(s, t);
    return s;
}
