/* test_group_meta.c -- group metadata: what makes one, and how librdkafka's form is read. */
#include "src/base/base.h"

#include <string.h>

#include "src/kafka/rdk.h"
#include "tests/unit/kafka/kafka_util.h"

Suite *group_meta_suite(void);

START_TEST(metadata_is_an_independent_copy)
{
    char member[] = "member";
    struct wr_group_stamp m = {"group", 7, member, NULL};
    struct wr_group_meta *meta = wr_group_meta_new(&m);
    member[0] = 'x';
    ck_assert_int_eq(wr_group_meta_generation(meta), 7);
    ck_assert_str_eq(wr_group_meta_member(meta), "member");
    ck_assert_str_eq(wr_group_meta_stamp(meta)->group, "group");
    ck_assert_ptr_null(wr_group_meta_stamp(meta)->instance);
    ck_assert_ptr_eq(wr_group_meta_ref(meta), meta);
    wr_group_meta_unref(meta);
    ck_assert_str_eq(wr_group_meta_member(meta), "member");
    wr_group_meta_unref(meta);
    wr_group_meta_unref(NULL);
}
END_TEST

static const struct wr_group_stamp unfenced[] = {
    {"group", -1, "", NULL},  {"group", -1, "member", NULL}, {"group", 3, "", NULL},
    {"group", 3, NULL, NULL}, {"group", -1, "", "instance"},
};

START_TEST(membership_that_fences_nothing_makes_no_metadata)
{
    ck_assert_ptr_null(wr_group_meta_new(&unfenced[_i]));
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    bool good;
    struct wr_group_stamp m;
} forms[] = {
#define FORM(s) s, sizeof(s) - 1
    {FORM("CGMDv2:\x05\0\0\0g\0m\0\1"), true, {"g", 5, "m", NULL}},
    {FORM("CGMDv2:\x05\0\0\0g\0m\0\0inst\0"), true, {"g", 5, "m", "inst"}},
    {FORM("CGMDv2:\xff\xff\xff\xffg\0\0\1"), true, {"g", -1, "", NULL}},
    {FORM("CGMDv2:\x05\0\0\0g\0m\0"), true, {"g", 5, "m", NULL}},
    {FORM("CGMDv3:\x05\0\0\0g\0m\0\1"), false, {0}},
    {FORM("CGMDv2:\x05\0\0"), false, {0}},
    {FORM("CGMDv2:\x05\0\0\0g"), false, {0}},
    {FORM("CGMDv2:\x05\0\0\0g\0m"), false, {0}},
    {FORM("CGMDv2:\x05\0\0\0g\0m\0\0inst"), false, {0}},
    {FORM(""), false, {0}},
};

START_TEST(serialised_form_is_read_or_refused)
{
    struct wr_group_stamp m = {0};
    ck_assert_int_eq(wr_rdk_parse_metadata(forms[_i].bytes, forms[_i].len, &m), forms[_i].good);
    if (forms[_i].good) {
        ck_assert_str_eq(m.group, forms[_i].m.group);
        ck_assert_int_eq(m.generation, forms[_i].m.generation);
        ck_assert_str_eq(m.member, forms[_i].m.member);
        ck_assert_pstr_eq(m.instance, forms[_i].m.instance);
    }
}
END_TEST

START_TEST(what_the_loaded_library_writes_is_read)
{
    rd_kafka_consumer_group_metadata_t *md =
        rd_kafka_consumer_group_metadata_new_with_genid("group", 42, "member", "instance");
    void *bytes;
    size_t len;
    struct wr_group_stamp m;
    ck_assert_ptr_null(rd_kafka_consumer_group_metadata_write(md, &bytes, &len));
    ck_assert(wr_rdk_parse_metadata(bytes, len, &m));
    ck_assert_str_eq(m.group, "group");
    ck_assert_int_eq(m.generation, 42);
    ck_assert_str_eq(m.member, "member");
    ck_assert_str_eq(m.instance, "instance");
    rd_kafka_mem_free(NULL, bytes);
    rd_kafka_consumer_group_metadata_destroy(md);
}
END_TEST

Suite *group_meta_suite(void)
{
    Suite *s = suite_create("group_meta");
    TCase *t = tcase_create("group_meta");
    tcase_add_test(t, metadata_is_an_independent_copy);
    tcase_add_loop_test(t, membership_that_fences_nothing_makes_no_metadata, 0,
                        WR_ARRAY_LEN(unfenced));
    tcase_add_loop_test(t, serialised_form_is_read_or_refused, 0, WR_ARRAY_LEN(forms));
    tcase_add_test(t, what_the_loaded_library_writes_is_read);
    suite_add_tcase(s, t);
    return s;
}
