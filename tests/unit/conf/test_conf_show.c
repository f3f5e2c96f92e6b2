/* test_conf_show.c -- settings for people. */
#include "src/base/base.h"

#include <jansson.h>
#include <string.h>

#include "tests/unit/conf/conf_fixture.h"

static struct wr_buf out;
static struct weir_error err;

static void setup(void)
{
    conf_setup();
    out = (struct wr_buf){0};
}

static void teardown(void)
{
    conf_teardown();
    wr_buf_free(&out);
}

static const struct {
    const char *name;
    const char *text;
} explained[] = {
    {"threads", "threads\n  How many threads.\n\n  type:     number\n  allowed:  1 to 8\n"
                "  default:  1\n  value:    4 (env WEIR_THREADS)\n  variable: WEIR_THREADS\n"},
    {"app.name", "app.name (required)\n  The name.\n\n  type:     name\n  default:  (none)\n"
                 "  value:    (none)\n  variable: WEIR_APP_NAME\n"},
    {"weir.mode", "weir.mode\n  The mode.\n\n  type:     choice\n  allowed:  fast, slow\n"
                  "  default:  fast\n  value:    fast (default)\n  variable: WEIR_MODE\n"},
    {"key", "key\n  Opens it.\n\n  type:     text\n  default:  (none)\n"
            "  value:    ******** (file weir.conf:1)\n  variable: WEIR_KEY\n"},
    {"old", "old (deprecated)\n  use threads\n\n  type:     text\n  default:  (none)\n"
            "  value:    (none)\n  variable: WEIR_OLD\n"},
    {"linger.ms", "linger.ms\n  Passed untouched to the client library.\n\n"
                  "  value:    7 (flag --linger)\n"},
    {"sasl.password", "sasl.password\n  Passed untouched to the client library, for all clients."
                      "\n\n  value:    (none)\n"},
    {"topic.retention.ms", "topic.retention.ms\n  Passed untouched to internal topics.\n\n"
                           "  value:    (none)\n"},
    {"default.key.serde", "default.key.serde\n  Not used here: use weir.default.key.codec (bytes, "
                          "string, i32, i64, f64, json).\n"},
};

START_TEST(name_is_explained)
{
    wr_conf_set(conf, WR_CONF_ENV, "WEIR_THREADS", "threads", "4");
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:1", "key", "canary");
    wr_conf_set(conf, WR_CONF_FLAG, "--linger", "producer.linger.ms", "7");
    ck_assert_int_eq(wr_conf_explain(conf, explained[_i].name, &out, &err), WEIR_OK);
    ck_assert_str_eq(wr_buf_cstr(&out), explained[_i].text);
}
END_TEST

START_TEST(unknown_name_is_not_explained_but_the_nearest_is_named)
{
    ck_assert_int_eq(wr_conf_explain(conf, "threds", &out, &err), WEIR_ENOTFOUND);
    ck_assert_str_eq(err.text, "unknown setting \"threds\"; did you mean \"threads\"?");
    ck_assert_int_eq(wr_conf_explain(conf, "xyzzy", &out, &err), WEIR_ENOTFOUND);
    ck_assert_str_eq(err.text, "unknown setting \"xyzzy\"");
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(dump_shows_every_setting_with_its_origin)
{
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:3", "wait.ms", "10s");
    wr_conf_set(conf, WR_CONF_CODE, "", "consumer.fetch.min.bytes", "7");
    wr_conf_dump_text(conf, &out);
    ck_assert_str_eq(wr_buf_cstr(&out),
                     "app.name                  -                         default\n"
                     "some-text                 a text                    default\n"
                     "threads                   1                         default\n"
                     "weir.mode                 fast                      default\n"
                     "wait.ms                   10s                       file weir.conf:3\n"
                     "room.bytes                1KiB                      default\n"
                     "parts                     a                         default\n"
                     "dry                       false                     default\n"
                     "key                       -                         default\n"
                     "old                       -                         default\n"
                     "consumer.fetch.min.bytes  7                         code\n");
}
END_TEST

static void assert_json(json_t *settings, const char *name, const char *want)
{
    size_t i;
    json_t *one;
    json_t *expected = json_loads(want, 0, NULL);
    json_array_foreach(settings, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0) {
            ck_assert_msg(json_equal(one, expected), "%s", name);
            json_decref(expected);
            return;
        }
    }
    ck_abort_msg("%s is missing", name);
}

START_TEST(json_dump_has_values_in_their_types)
{
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:3", "wait.ms", "10s");
    wr_conf_set(conf, WR_CONF_FLAG, "--parts", "parts", "a, b");
    wr_conf_set(conf, WR_CONF_ENV, "WEIR_KEY", "key", "canary");
    wr_conf_set(conf, WR_CONF_ENV, "WEIR_SOME_TEXT", "some-text", "\xff");
    wr_conf_dump_json(conf, &out);
    json_t *all = json_loadb(out.data, out.len, 0, NULL);
    json_t *settings = json_object_get(all, "settings");
    ck_assert_uint_eq(json_array_size(settings), T_COUNT);
    assert_json(settings, "app.name",
                "{\"name\":\"app.name\",\"value\":null,\"origin\":"
                "\"default\"}");
    assert_json(settings, "wait.ms",
                "{\"name\":\"wait.ms\",\"value\":10000,\"origin\":\"file\","
                "\"where\":\"weir.conf:3\"}");
    assert_json(settings, "parts",
                "{\"name\":\"parts\",\"value\":[\"a\",\"b\"],\"origin\":"
                "\"flag\",\"where\":\"--parts\"}");
    assert_json(settings, "dry", "{\"name\":\"dry\",\"value\":false,\"origin\":\"default\"}");
    assert_json(settings, "key",
                "{\"name\":\"key\",\"value\":\"********\",\"origin\":\"env\","
                "\"where\":\"WEIR_KEY\"}");
    assert_json(settings, "some-text",
                "{\"name\":\"some-text\",\"value\":null,\"origin\":\"env\","
                "\"where\":\"WEIR_SOME_TEXT\"}");
    json_decref(all);
}
END_TEST

START_TEST(no_output_shows_a_secret)
{
    static const char *const names[] = {"key", "sasl.password", "consumer.ssl.key.password",
                                        "sasl.jaas.config", "saslpassword"};
    for (size_t i = 0; i < WR_ARRAY_LEN(names); i++) {
        wr_conf_set(conf, WR_CONF_FLAG, "--set", names[i], "canary");
        enum weir_code code = wr_conf_explain(conf, names[i], &out, &err);
        ck_assert(code == WEIR_OK || code == WEIR_ENOTFOUND);
    }
    wr_conf_dump_text(conf, &out);
    wr_conf_dump_json(conf, &out);
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_ECONFIG);
    for (size_t i = 0; i < findings(); i++) {
        wr_buf_str(&out, finding(i));
    }
    ck_assert_ptr_null(strstr(wr_buf_cstr(&out), "canary"));
    ck_assert_ptr_null(strstr(err.text, "canary"));
}
END_TEST

START_TEST(markdown_reference_is_a_table)
{
    static const struct wr_setting settings[] = {
        {"a.b", WR_SETTING_ENUM, 0, "x", 0, 0, "x|y", "Either x | or y."},
        {"c", WR_SETTING_STRING, WR_SETTING_REQUIRED, NULL, 0, 0, NULL, "Text."},
    };
    static const struct wr_conf_table table = {"Title", settings, 2, NULL};
    wr_conf_docs_markdown(&table, &out);
    ck_assert_str_eq(wr_buf_cstr(&out), "## Title\n\n"
                                        "| Setting | Type | Default | Meaning |\n"
                                        "|---|---|---|---|\n"
                                        "| `a.b` | choice: x, y | `x` | Either x \\| or y. |\n"
                                        "| `c` | text | required | Text. |\n");
}
END_TEST

START_TEST(man_reference_escapes_what_roff_would_take)
{
    static const struct wr_setting settings[] = {
        {"a-b", WR_SETTING_INT, 0, "1", 1, 2, NULL, ".dots and back\\slashes."},
        {"c", WR_SETTING_STRING, WR_SETTING_REQUIRED, NULL, 0, 0, NULL, "Text."},
    };
    static const struct wr_conf_table table = {"Title", settings, 2, NULL};
    wr_conf_docs_man(&table, &out);
    ck_assert_str_eq(wr_buf_cstr(&out), ".TP\n.B a\\-b\n\\&.dots and back\\eslashes.\n.br\n"
                                        "(number: 1 to 2; default 1)\n"
                                        ".TP\n.B c\nText.\n.br\n(text; required)\n");
}
END_TEST

Suite *conf_show_suite(void)
{
    Suite *s = suite_create("conf_show");
    TCase *t = tcase_create("conf_show");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, name_is_explained, 0, WR_ARRAY_LEN(explained));
    tcase_add_test(t, unknown_name_is_not_explained_but_the_nearest_is_named);
    tcase_add_test(t, dump_shows_every_setting_with_its_origin);
    tcase_add_test(t, json_dump_has_values_in_their_types);
    tcase_add_test(t, no_output_shows_a_secret);
    tcase_add_test(t, markdown_reference_is_a_table);
    tcase_add_test(t, man_reference_escapes_what_roff_would_take);
    suite_add_tcase(s, t);
    return s;
}
