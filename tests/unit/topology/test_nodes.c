/* test_nodes.c -- nodes at work: who is blamed for a failure, what goes on after it, the life of
 * nodes, commits and watermarks. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/topology/rig.h"

static struct weir_node named(const char *name)
{
    struct weir_node o = WEIR_NODE_INIT;
    o.name = name;
    return o;
}

/* ---- failures -------------------------------------------------------------------------------- */

/* What the function of node "p" does with its record. */
enum behaviour {
    FORWARD,          /* forward it */
    SKIP,             /* WEIR_SKIP without a reason */
    SKIP_WITH_REASON, /* weir_fail(WEIR_SKIP, ...) */
    OTHER_REASON,     /* a reason for one code, then another code */
    STOP,             /* a failure that no policy excuses */
    NOT_FOUND,        /* a code that is no failure */
    SWALLOW,          /* forward it, and say all went well */
    TRANSLATE,        /* forward it, and make another code of a failure */
    LATE_SKIP,        /* forward it, then fail */
    FAIL_WITH_OK,     /* weir_fail(WEIR_OK, ...) */
    RECOVERED,        /* a reason was given, but all went well */
};

static enum behaviour behaviour;

static enum weir_code p(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    enum weir_code code;
    switch (behaviour) {
    case SKIP:
        return WEIR_SKIP;
    case SKIP_WITH_REASON:
        return weir_fail(c, WEIR_SKIP, "amount is %d", 7);
    case OTHER_REASON:
        weir_fail(c, WEIR_EDECODE, "stale");
        return WEIR_SKIP;
    case STOP:
        return weir_fail(c, WEIR_EINVAL, "no such currency");
    case NOT_FOUND:
        return WEIR_ENOTFOUND;
    case SWALLOW:
        code = weir_forward(c, r);
        WR_UNUSED(code);
        return WEIR_OK;
    case TRANSLATE:
        code = weir_forward(c, r);
        return code == WEIR_OK ? WEIR_OK : weir_fail(c, WEIR_SKIP, "children!");
    case LATE_SKIP:
        code = weir_forward(c, r);
        return code == WEIR_OK ? WEIR_SKIP : code;
    case FAIL_WITH_OK:
        return weir_fail(c, WEIR_OK, "well");
    case RECOVERED:
        weir_fail(c, WEIR_SKIP, "not so bad");
        return weir_forward(c, r);
    case FORWARD:
        break;
    }
    return weir_forward(c, r);
}

static enum weir_code child_code; /* what the function of "child" answers */

static enum weir_code child(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    return child_code == WEIR_OK ? weir_forward(c, r) : weir_fail(c, child_code, "child failed");
}

/* in -> p -> child -> first, and p -> sibling, and in -> beside */
static void tree(weir_topology *t)
{
    struct weir_node o = named("p");
    struct weir_node below = named("child");
    weir_stream *in = weir_from(t, "in", NULL);
    weir_stream *out = weir_process(in, p, &o);
    weir_to(weir_process(out, child, &below), "first", NULL);
    weir_to(out, "sibling", NULL);
    weir_to(in, "beside", NULL);
}

static const struct {
    enum behaviour behaviour;
    enum weir_code child;
    bool excuse;
    enum weir_code result;
    const char *log;
    const char *failed; /* the node blamed at the end; NULL: none */
} failures[] = {
    {FORWARD, WEIR_OK, true, WEIR_OK, "first k=v@1\nsibling k=v@1\nbeside k=v@1\n", NULL},
    /* An excused record is lost to the node that failed only. */
    {SKIP, WEIR_OK, true, WEIR_OK,
     "bad p WEIR_SKIP record skipped by the application\nbeside k=v@1\n", NULL},
    {SKIP_WITH_REASON, WEIR_OK, true, WEIR_OK, "bad p WEIR_SKIP amount is 7\nbeside k=v@1\n", NULL},
    {OTHER_REASON, WEIR_OK, true, WEIR_OK,
     "bad p WEIR_SKIP record skipped by the application\nbeside k=v@1\n", NULL},
    {FORWARD, WEIR_SKIP, true, WEIR_OK,
     "bad child WEIR_SKIP child failed\nsibling k=v@1\nbeside k=v@1\n", NULL},
    {LATE_SKIP, WEIR_OK, true, WEIR_OK,
     "first k=v@1\nsibling k=v@1\nbad p WEIR_SKIP record skipped by the application\n"
     "beside k=v@1\n",
     NULL},
    {LATE_SKIP, WEIR_SKIP, true, WEIR_OK,
     "bad child WEIR_SKIP child failed\nsibling k=v@1\n"
     "bad p WEIR_SKIP record skipped by the application\nbeside k=v@1\n",
     NULL},
    {RECOVERED, WEIR_OK, true, WEIR_OK, "first k=v@1\nsibling k=v@1\nbeside k=v@1\n", NULL},
    /* One that is not excused ends everything, and the deepest node is asked alone. */
    {SKIP, WEIR_OK, false, WEIR_SKIP, "bad p WEIR_SKIP record skipped by the application\n", "p"},
    {FORWARD, WEIR_SKIP, false, WEIR_SKIP, "bad child WEIR_SKIP child failed\n", "child"},
    {SWALLOW, WEIR_SKIP, false, WEIR_SKIP, "bad child WEIR_SKIP child failed\n", "child"},
    {TRANSLATE, WEIR_EPROCESS, false, WEIR_EPROCESS, "bad child WEIR_EPROCESS child failed\n",
     "child"},
    /* What no policy can excuse is not asked about. */
    {STOP, WEIR_OK, true, WEIR_EINVAL, "", "p"},
    {FORWARD, WEIR_EABORT, true, WEIR_EABORT, "", "child"},
    {SWALLOW, WEIR_EABORT, true, WEIR_EABORT, "", "child"},
    {NOT_FOUND, WEIR_OK, true, WEIR_EINVAL, "", "p"},
    {FAIL_WITH_OK, WEIR_OK, true, WEIR_EINVAL, "", "p"},
};

START_TEST(the_node_that_failed_is_blamed) /* runs once per row of failures */
{
    struct rig r;
    behaviour = failures[_i].behaviour;
    child_code = failures[_i].child;
    rig_build(&r, tree);
    rig_open(&r);
    r.excuse = failures[_i].excuse;
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), failures[_i].result);
    ck_assert_str_eq(rig_log(&r), failures[_i].log);
    if (failures[_i].failed == NULL) {
        ck_assert_ptr_null(r.host.failed);
    } else {
        ck_assert_ptr_nonnull(r.host.failed);
        ck_assert_str_eq(r.host.failed->spec->name, failures[_i].failed);
        ck_assert_int_eq(r.err.code, failures[_i].result);
    }
    rig_free(&r);
}
END_TEST

START_TEST(after_an_excused_record_the_next_one_is_processed)
{
    struct rig r;
    behaviour = SKIP;
    child_code = WEIR_OK;
    rig_build(&r, tree);
    rig_open(&r);
    r.excuse = true;
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), WEIR_OK);
    behaviour = FORWARD;
    rig_log(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "w", 2), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "first k=w@2\nsibling k=w@2\nbeside k=w@2\n");
    rig_free(&r);
}
END_TEST

START_TEST(an_abort_clears_the_failure)
{
    struct rig r;
    behaviour = FORWARD;
    child_code = WEIR_EABORT;
    rig_build(&r, tree);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), WEIR_EABORT);
    child_code = WEIR_OK;
    wr_nodes_aborted(&r.nodes);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "first k=v@1\nsibling k=v@1\nbeside k=v@1\n");
    rig_free(&r);
}
END_TEST

START_TEST(what_the_host_says_about_a_failed_send_is_the_reason)
{
    struct rig r;
    behaviour = FORWARD;
    child_code = WEIR_OK;
    rig_build(&r, tree);
    rig_open(&r);
    r.send_code = WEIR_ETOOLARGE;
    r.excuse = true;
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 1), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "bad KSTREAM-SINK-0000000001 WEIR_ETOOLARGE the cluster is on "
                                  "fire\nsibling k=v@1\nbeside k=v@1\n");
    rig_free(&r);
}
END_TEST

/* ---- life ------------------------------------------------------------------------------------ */

static struct wr_buf life; /* what was called */
static bool open_fails;

static enum weir_code open_p(weir_ctx *c, const void *arg, void **task_state)
{
    *task_state = (void *)arg;
    wr_buf_printf(&life, "open %s; ", (const char *)arg);
    return open_fails ? weir_fail(c, WEIR_ECONFIG, "no rates") : WEIR_OK;
}

static void close_p(weir_ctx *c, void *task_state)
{
    WR_UNUSED(c);
    wr_buf_printf(&life, "close %s; ", (const char *)task_state);
}

static void two_with_state(weir_topology *t)
{
    struct weir_node one = named("one");
    struct weir_node two = named("two");
    one.open = two.open = open_p;
    one.close = two.close = close_p;
    one.arg = "1";
    two.arg = "2";
    weir_process(weir_process(weir_from(t, "in", NULL), p, &one), p, &two);
}

START_TEST(nodes_are_opened_in_order_and_closed_in_reverse)
{
    struct rig r;
    open_fails = false;
    rig_build(&r, two_with_state);
    rig_open(&r);
    rig_free(&r);
    ck_assert_str_eq(wr_buf_cstr(&life), "open 1; open 2; close 2; close 1; ");
    wr_buf_free(&life);
}
END_TEST

START_TEST(a_node_that_could_not_be_opened_is_closed_and_named)
{
    struct rig r;
    open_fails = true;
    rig_build(&r, two_with_state);
    ck_assert_int_eq(rig_try_open(&r), WEIR_ECONFIG);
    ck_assert_str_eq(r.err.text, "node \"one\" could not be opened: no rates");
    rig_free(&r);
    ck_assert_str_eq(wr_buf_cstr(&life), "open 1; close 1; ");
    wr_buf_free(&life);
}
END_TEST

static void with_store(weir_topology *t)
{
    weir_to_table(weir_from(t, "in", NULL), "rows", NULL);
}

START_TEST(a_store_that_the_task_lacks_is_named)
{
    struct rig r;
    rig_build(&r, with_store);
    r.has_no_stores = true;
    ck_assert_int_eq(rig_try_open(&r), WEIR_EINTERNAL);
    ck_assert_ptr_nonnull(strstr(r.err.text, "the task has no store \"rows\""));
    rig_free(&r);
}
END_TEST

/* ---- commit and time ------------------------------------------------------------------------- */

/* in -> table (emits at commit) -> filter -> out */
static void held_table(weir_topology *t)
{
    struct weir_table_options o = WEIR_TABLE_INIT;
    struct weir_sink sink = WEIR_SINK_INIT;
    o.emit = WEIR_EMIT_COMMIT;
    o.name = "table";
    sink.name = "sink";
    weir_to(weir_changes(weir_to_table(weir_from(t, "in", NULL), "rows", &o)), "out", &sink);
}

START_TEST(the_watermark_stays_below_what_is_held_and_follows_it_at_commit)
{
    struct rig r;
    rig_build(&r, held_table);
    rig_open(&r);
    ck_assert_int_eq(wr_nodes_advance(&r.nodes, 10), WEIR_OK);
    ck_assert_int_eq(rig_node(&r, "sink")->w_in, 10);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 15), WEIR_OK);
    ck_assert_int_eq(rig_feed(&r, "in", "l", "v", 12), WEIR_OK);
    ck_assert_int_eq(wr_nodes_advance(&r.nodes, 20), WEIR_OK);
    ck_assert_int_eq(rig_node(&r, "table")->w_in, 20);
    ck_assert_int_eq(rig_node(&r, "sink")->w_in, 11);
    ck_assert_str_eq(rig_log(&r), "");
    ck_assert_int_eq(rig_commit(&r), WEIR_OK);
    ck_assert_str_eq(rig_log(&r), "out k=v@15\nout l=v@12\ncommit\n");
    ck_assert_int_eq(rig_node(&r, "sink")->w_in, 20);
    rig_free(&r);
}
END_TEST

START_TEST(the_watermark_never_goes_back)
{
    struct rig r;
    rig_build(&r, held_table);
    rig_open(&r);
    ck_assert_int_eq(wr_nodes_advance(&r.nodes, 10), WEIR_OK);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "late", 3), WEIR_OK);
    ck_assert_int_eq(wr_nodes_advance(&r.nodes, 8), WEIR_OK);
    ck_assert_int_eq(rig_node(&r, "sink")->w_in, 10);
    rig_free(&r);
}
END_TEST

START_TEST(an_abort_forgets_what_was_held_and_the_watermark)
{
    struct rig r;
    rig_build(&r, held_table);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 5), WEIR_OK);
    ck_assert_int_eq(wr_nodes_advance(&r.nodes, 20), WEIR_OK);
    ck_assert_int_eq(rig_node(&r, "sink")->w_in, 4);
    wr_nodes_aborted(&r.nodes);
    ck_assert_int_eq(wr_nodes_advance(&r.nodes, 7), WEIR_OK);
    ck_assert_int_eq(rig_node(&r, "sink")->w_in, 7);
    rig_free(&r);
}
END_TEST

START_TEST(a_failure_at_commit_ends_it)
{
    struct rig r;
    rig_build(&r, held_table);
    rig_open(&r);
    ck_assert_int_eq(rig_feed(&r, "in", "k", "v", 5), WEIR_OK);
    ck_assert_int_eq(rig_feed(&r, "in", "l", "v", 5), WEIR_OK);
    r.send_code = WEIR_EPRODUCER;
    ck_assert_int_eq(rig_commit(&r), WEIR_EPRODUCER);
    ck_assert_str_eq(rig_log(&r), "commit\n");
    ck_assert_str_eq(r.host.failed->spec->name, "sink");
    rig_free(&r);
}
END_TEST

Suite *nodes_suite(void)
{
    Suite *s = suite_create("nodes");
    TCase *c = tcase_create("nodes");
    tcase_add_loop_test(c, the_node_that_failed_is_blamed, 0, (int)WR_ARRAY_LEN(failures));
    tcase_add_test(c, after_an_excused_record_the_next_one_is_processed);
    tcase_add_test(c, an_abort_clears_the_failure);
    tcase_add_test(c, what_the_host_says_about_a_failed_send_is_the_reason);
    tcase_add_test(c, nodes_are_opened_in_order_and_closed_in_reverse);
    tcase_add_test(c, a_node_that_could_not_be_opened_is_closed_and_named);
    tcase_add_test(c, a_store_that_the_task_lacks_is_named);
    tcase_add_test(c, the_watermark_stays_below_what_is_held_and_follows_it_at_commit);
    tcase_add_test(c, the_watermark_never_goes_back);
    tcase_add_test(c, an_abort_forgets_what_was_held_and_the_watermark);
    tcase_add_test(c, a_failure_at_commit_ends_it);
    suite_add_tcase(s, c);
    return s;
}
