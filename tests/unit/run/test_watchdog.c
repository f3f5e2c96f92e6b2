/* test_watchdog.c -- heartbeats, the statistics of threads, and where tasks are placed. */
#include "src/base/base.h"

#include <time.h>

#include "src/base/mem.h"
#include "src/run/task_registry.h"
#include "src/run/watchdog.h"
#include "tests/unit/run/run_rig.h"

static struct wr_stats stats[3];
static const struct wr_watched threads[] = {{"a", &stats[0]}, {"b", &stats[1]}, {"c", &stats[2]}};

static void beat(int64_t a, int64_t b, int64_t c)
{
    atomic_store(&stats[0].heartbeat_ms, a);
    atomic_store(&stats[1].heartbeat_ms, b);
    atomic_store(&stats[2].heartbeat_ms, c);
}

static const struct {
    int64_t beats[3];
    const char *hung; /* NULL: none, at 1000 with a limit of 100 */
} looks[] = {
    {{1000, 1000, 1000}, NULL}, {{900, 950, 1000}, NULL}, {{1000, 899, 1000}, "b"},
    {{0, 1000, 899}, "c"},      {{0, 0, 0}, NULL},        {{1, 1, 1}, "a"},
};

START_TEST(a_thread_whose_heartbeat_is_too_old_is_found)
{
    beat(looks[_i].beats[0], looks[_i].beats[1], looks[_i].beats[2]);
    const struct wr_watched *w = wr_watchdog_look(threads, 3, 1000, 100);
    ck_assert_pstr_eq(w != NULL ? w->name : NULL, looks[_i].hung);
}
END_TEST

/* ---- what a thread is doing ------------------------------------------------------------------ */

static struct run_rig busy;
static struct wr_buf places;

static void note_place(void)
{
    const struct wr_watched w = {"a", &busy.stats};
    const char *task;
    const char *node;
    wr_watched_at(&w, &task, &node);
    wr_buf_printf(&places, "%s/%s ", task != NULL ? task : "-", node != NULL ? node : "-");
}

static enum weir_code before_and_behind(weir_ctx *c, const struct weir_record *record, void *state)
{
    WR_UNUSED(state);
    note_place();
    enum weir_code code = weir_forward(c, record);
    note_place();
    return code;
}

static enum weir_code look_on(weir_ctx *c, const struct weir_record *record, void *state)
{
    WR_UNUSED(c);
    WR_UNUSED(record);
    WR_UNUSED(state);
    note_place();
    return WEIR_OK;
}

static void build_noting(weir_topology *t)
{
    struct weir_source s = WEIR_SOURCE_INIT;
    struct weir_node split = WEIR_NODE_INIT;
    struct weir_node look = WEIR_NODE_INIT;
    split.name = "split";
    look.name = "look";
    weir_stream *in = weir_flat_map_values(weir_from(t, "in", &s), before_and_behind, &split);
    weir_for_each(in, look_on, &look);
}

START_TEST(the_watchdog_can_tell_task_and_node)
{
    rr_init(&busy, build_noting, 1);
    rr_task(&busy, 0);
    note_place();
    rr_record(&busy, 0, "k", "v", 1);
    ck_assert_int_eq(rr_run(&busy), WEIR_OK);
    note_place();
    ck_assert_str_eq(wr_buf_cstr(&places), "-/- 0_0/split 0_0/look 0_0/split -/- ");
    wr_buf_free(&places);
    rr_free(&busy);
}
END_TEST

static _Atomic(const struct wr_watched *) barked_at;

static void bark(const struct wr_watched *w, int64_t silent_ms)
{
    ck_assert_int_gt(silent_ms, 50);
    atomic_store(&barked_at, w);
}

START_TEST(the_watchdog_barks_at_a_thread_that_hangs)
{
    struct wr_watchdog *w;
    int64_t now = wr_mono_ms(wr_clock_system());
    struct wr_watchdog_options o = {threads, 3, wr_clock_system(), 50, bark};
    beat(0, now - 60, 0);
    ck_assert_ok(wr_watchdog_start(&w, &o, &rr_err));
    for (int i = 0; i < 500 && atomic_load(&barked_at) == NULL; i++) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    wr_watchdog_stop(w);
    ck_assert_ptr_eq(atomic_load(&barked_at), &threads[1]);
}
END_TEST

START_TEST(the_watchdog_ends_at_once_and_may_be_missing)
{
    struct wr_watchdog *w;
    struct wr_watchdog_options o = {threads, 3, wr_clock_system(), 1000000, bark};
    int64_t before = wr_mono_ms(wr_clock_system());
    beat(0, 0, 0);
    ck_assert_ok(wr_watchdog_start(&w, &o, &rr_err));
    wr_watchdog_stop(w);
    wr_watchdog_stop(NULL);
    ck_assert_int_lt(wr_mono_ms(wr_clock_system()) - before, 900);
}
END_TEST

START_TEST(statistics_are_counted_per_thread)
{
    struct wr_metrics *m = wr_metrics_new();
    struct wr_stats one;
    struct wr_stats two;
    struct wr_buf text = {0};
    wr_stats_init(&one, m, "one");
    wr_stats_init(&two, m, "two");
    WR_STATS_ADD(&one, records, 5);
    WR_STATS_ADD(&one, records, 2);
    WR_STATS_ADD(&two, commit_us, 1500000);
    wr_metrics_render(m, &text);
    ck_assert_has(wr_buf_cstr(&text), "weir_records_total{thread=\"one\"} 7\n");
    ck_assert_has(wr_buf_cstr(&text), "weir_records_total{thread=\"two\"} 0\n");
    ck_assert_has(wr_buf_cstr(&text), "weir_commit_seconds_total{thread=\"two\"} 1.5");
    wr_buf_free(&text);
    wr_metrics_free(m);
}
END_TEST

/* ---- task_registry.c ------------------------------------------------------------------------- */

static struct run_rig r;
static struct wr_registry registry;

/* Tasks 0 and 1 are of sub-topology 0, 2 and 3 of 1. */
static void setup_registry(void)
{
    rr_init(&r, rr_words, 2);
    wr_registry_size(&registry, 4);
    for (int32_t i = 0; i < 4; i++) {
        registry.slots[i].task = rr_new_task(&r, i);
    }
}

static void teardown_registry(void)
{
    for (int32_t i = 0; i < registry.count; i++) {
        wr_task_free(registry.slots[i].task);
        registry.slots[i].task = NULL;
    }
    wr_registry_free(&registry);
    rr_free(&r);
}

static int place(int32_t i, int count)
{
    struct wr_slot *s = &registry.slots[i];
    s->thread = wr_registry_place(&registry, count, s->task);
    s->place = WR_PLACE_STREAM;
    s->assigned = true;
    return s->thread;
}

START_TEST(tasks_go_to_the_thread_with_the_fewest)
{
    ck_assert_int_eq(place(0, 3), 0);
    ck_assert_int_eq(place(1, 3), 1);
    ck_assert_int_eq(place(2, 3), 2);
    ck_assert_int_eq(place(3, 3), 0);
}
END_TEST

START_TEST(among_equals_the_thread_with_the_fewest_of_the_sub_topology_gets_a_task)
{
    ck_assert_int_eq(place(2, 2), 0);
    ck_assert_int_eq(place(0, 2), 1);
    ck_assert_int_eq(place(3, 2), 1);
    ck_assert_int_eq(place(1, 2), 0);
}
END_TEST

START_TEST(totals_say_what_is_ours_running_and_restoring)
{
    int assigned;
    int running;
    int restoring;
    place(0, 2);
    place(1, 2);
    registry.slots[2].assigned = true;
    registry.slots[2].place = WR_PLACE_RESTORE;
    wr_registry_totals(&registry, &assigned, &running, &restoring);
    ck_assert_int_eq(assigned, 3);
    ck_assert_int_eq(running, 2);
    ck_assert_int_eq(restoring, 1);
}
END_TEST

START_TEST(a_leaving_task_counts_until_it_is_gone)
{
    registry.slots[1].leaving = registry.slots[3].leaving = true;
    ck_assert_int_eq(wr_registry_leaving(&registry), 2);
    wr_task_free(registry.slots[1].task);
    registry.slots[1].task = NULL;
    ck_assert_int_eq(wr_registry_leaving(&registry), 1);
}
END_TEST

START_TEST(a_registry_grows_and_keeps_what_it_has)
{
    struct wr_task *t = registry.slots[3].task;
    wr_registry_size(&registry, 9);
    wr_registry_size(&registry, 2);
    ck_assert_int_eq(registry.count, 9);
    ck_assert_ptr_eq(registry.slots[3].task, t);
    ck_assert_ptr_null(registry.slots[8].task);
}
END_TEST

Suite *watchdog_suite(void)
{
    Suite *s = suite_create("watchdog");
    TCase *tc = tcase_create("watchdog");
    tcase_add_loop_test(tc, a_thread_whose_heartbeat_is_too_old_is_found, 0, WR_ARRAY_LEN(looks));
    tcase_add_test(tc, the_watchdog_can_tell_task_and_node);
    tcase_add_test(tc, the_watchdog_barks_at_a_thread_that_hangs);
    tcase_add_test(tc, the_watchdog_ends_at_once_and_may_be_missing);
    suite_add_tcase(s, tc);
    TCase *st = tcase_create("stats");
    tcase_add_test(st, statistics_are_counted_per_thread);
    suite_add_tcase(s, st);
    return s;
}

Suite *task_registry_suite(void)
{
    Suite *s = suite_create("task_registry");
    TCase *tc = tcase_create("task_registry");
    tcase_add_checked_fixture(tc, setup_registry, teardown_registry);
    tcase_add_test(tc, tasks_go_to_the_thread_with_the_fewest);
    tcase_add_test(tc, among_equals_the_thread_with_the_fewest_of_the_sub_topology_gets_a_task);
    tcase_add_test(tc, totals_say_what_is_ours_running_and_restoring);
    tcase_add_test(tc, a_leaving_task_counts_until_it_is_gone);
    tcase_add_test(tc, a_registry_grows_and_keeps_what_it_has);
    suite_add_tcase(s, tc);
    return s;
}
