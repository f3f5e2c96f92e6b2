/* testing.c -- an application and its tests, which need no broker; docs/testing.md explains them.
 *
 * In a program of your own `build` is in a file that the program and its tests share. Any test
 * framework will do; here lines on standard error and the exit code are enough.
 */
#include <stdio.h>
#include <string.h>

#include <weir/testkit.h>
#include <weir/weir.h>

/* The application: clicks per page. */
static void build(weir_topology *t, void *arg)
{
    (void)arg;
    struct weir_source src = WEIR_SOURCE_INIT;
    src.key = weir_string(t);
    src.value = weir_json(t);
    src.time_field = "timestamp";
    weir_stream *clicks = weir_from(t, "clicks", &src);
    weir_grouped *by_page = weir_group_by_field(clicks, "by-page", "page", weir_string(t));
    weir_to(weir_changes(weir_count(by_page, "page-views", NULL)), "page-views", NULL);
}

static int failures;

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "this does not hold: %s\n", what);
        failures++;
    }
}

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Each test is given a fresh one, which has seen nothing yet. */
static void clicks_are_counted_by_page(weir_test *t)
{
    static const struct weir_test_text clicks[] = {
        {"ada", "{\"page\":\"/shop\",\"timestamp\":1000}", 0},
        {"bob", "{\"page\":\"/help\",\"timestamp\":1001}", 0},
        {"bob", "{\"page\":\"/shop\",\"timestamp\":1002}", 0},
    };
    struct weir_error err;
    if (weir_test_pipe_all(t, "clicks", clicks, 3, &err) != WEIR_OK) {
        check(false, err.text);
        return;
    }
    check(same(weir_test_read_text(t, "page-views"), "/shop=1@1000"), "the first click counts 1");
    check(same(weir_test_read_all(t, "page-views"), "/help=1@1001\n/shop=2@1002\n"),
          "each page has a count of its own");
    check(same(weir_test_row(t, "page-views", "/shop"), "2@1002"), "the store has the count");
    check(weir_test_row(t, "page-views", "/cart") == NULL, "nobody has seen this page");
    check(weir_test_dropped(t) == 0, "no click was dropped");
}

static void click_without_a_time_stops_the_application(weir_test *t)
{
    struct weir_error err;
    enum weir_code code = weir_test_pipe_text(t, "clicks", "ada", "{\"page\":\"/shop\"}", 0, &err);
    check(code == WEIR_ETIME, "a click needs a time");
    check(code == WEIR_OK || strstr(err.text, "no time in field \"timestamp\"") != NULL,
          "the message says what is missing");
    check(weir_test_unread(t, "page-views") == 0, "nothing comes out");
}

static void run(void (*test)(weir_test *t))
{
    weir_test *t;
    struct weir_error err;
    if (weir_test_new(&t, build, NULL, NULL, &err) != WEIR_OK) {
        check(false, err.text);
        return;
    }
    test(t);
    weir_test_free(t);
}

int main(void)
{
    run(clicks_are_counted_by_page);
    run(click_without_a_time_stops_the_application);
    return failures != 0;
}
