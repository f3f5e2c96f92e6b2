/* conformance.c -- runs the conformance cases on the driver and compares with the answers of Kafka
 * Streams (SPEC.md), or with what Weir answers on purpose (DIVERGENCES.md, overrides.jsonl).
 *
 *     conformance [-v] [PATH]     a directory or file of cases; none: the project's own
 *
 * Prints each failure, the operators and layouts that Weir does not have with the number of cases
 * left out for them, and as last line "N passed, N failed, N skipped". A case is counted at the
 * first operator that is not there; "-v" names it. Ends with 1 if anything failed.
 */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/obs/log.h"
#include "tests/conformance/case_compare.h"
#include "tests/conformance/case_files.h"
#include "tests/conformance/case_formats.h"
#include "tests/conformance/case_overrides.h"
#include "tests/conformance/case_run.h"

struct conformance {
    struct case_overrides overrides;
    struct wr_strmap own;     /* "area/name" of the project's own cases */
    struct wr_strmap missing; /* what is not built -> how many cases, as a pointer-sized integer */
    size_t passed;
    size_t failed;
    size_t skipped;
    bool verbose;
};

static const char *member(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static char *id_of(const json_t *json)
{
    return wr_asprintf("%s/%s", member(json, "area"), member(json, "name"));
}

static void fail(struct conformance *c, const char *id, const char *what)
{
    c->failed++;
    printf("FAIL %s\n%s%s", id, what, what[strlen(what) - 1] == '\n' ? "" : "\n");
}

static void skip(struct conformance *c, const char *id, const char *what)
{
    c->skipped++;
    uintptr_t cases = (uintptr_t)wr_strmap_get(&c->missing, what);
    wr_strmap_put(&c->missing, what, (void *)(cases + 1));
    if (c->verbose) {
        printf("SKIP %s: %s\n", id, what);
    }
}

/* ---- one case -------------------------------------------------------------------------------- */

/* Blanks between and around names. */
static const char case_members[] =
    " name area doc tags config describe raw topology steps facts expect expect_weir ";
static const char config_members[] =
    " wall_clock_ms optimize default_key default_value on_processing_error "
    "on_deserialization_error dead_letter_topic explicit_names ";

/* A member that this program does not know may change what the case means. */
static const char *unknown_member(json_t *json, const char *known)
{
    char word[80];
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        snprintf(word, sizeof word, " %s ", name);
        if (strstr(known, word) == NULL) {
            return name;
        }
    }
    return NULL;
}

static void judge(struct conformance *c, const char *id, char *difference)
{
    if (difference == NULL) {
        c->passed++;
    } else {
        fail(c, id, difference);
    }
    wr_free(difference);
}

static void run_formats(struct conformance *c, const char *id, const json_t *json)
{
    if (case_format_is_built(json)) {
        judge(c, id, case_format_check(json));
    } else {
        char *layout = wr_asprintf("layout %s", member(json, "name"));
        skip(c, id, layout);
        wr_free(layout);
    }
}

/* An override that Weir does not need any more says something untrue. */
static char *needless(const json_t *json, const json_t *got)
{
    char *difference = case_compare(json_object_get(json, "expect"), got);
    bool same = difference == NULL;
    wr_free(difference);
    return same ? wr_strdup("Weir answers as the case says: its line in overrides.jsonl must go")
                : NULL;
}

static void run_topology(struct conformance *c, const char *id, json_t *json)
{
    struct case_topology *ct = case_topology_new(json);
    if (case_topology_not_built(ct) != NULL) {
        skip(c, id, case_topology_not_built(ct));
    } else {
        bool overridden = case_overrides_apply(&c->overrides, json);
        json_t *wanted = case_expected(json);
        json_t *got = case_run(json, wanted, ct);
        char *difference = case_compare(wanted, got);
        judge(c, id, difference == NULL && overridden ? needless(json, got) : difference);
        json_decref(got);
        json_decref(wanted);
    }
    case_topology_free(ct);
}

static void run(json_t *json, void *arg)
{
    struct conformance *c = arg;
    char *id = id_of(json);
    const char *unknown = unknown_member(json, case_members);
    if (unknown == NULL) {
        unknown = unknown_member(json_object_get(json, "config"), config_members);
    }
    if (unknown != NULL) {
        char *what = wr_asprintf("member \"%s\" is not known", unknown);
        fail(c, id, what);
        wr_free(what);
    } else if (json_object_get(json, "facts") != NULL) {
        run_formats(c, id, json);
    } else {
        run_topology(c, id, json);
    }
    wr_free(id);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void note_own(json_t *json, void *arg)
{
    struct conformance *c = arg;
    char *id = id_of(json);
    wr_strmap_put(&c->own, id, c);
    wr_free(id);
}

static void check_overrides(struct conformance *c)
{
    for (size_t i = 0; i < c->overrides.items.count; i++) {
        const char *id = c->overrides.items.entries[i].name;
        if (!wr_strmap_has(&c->own, id)) {
            fail(c, id, "overrides.jsonl names it, but there is no such case");
        }
    }
}

static int by_cases(const void *a, const void *b)
{
    const struct wr_strmap_entry *x = a;
    const struct wr_strmap_entry *y = b;
    return ((uintptr_t)x->value < (uintptr_t)y->value) -
           ((uintptr_t)x->value > (uintptr_t)y->value);
}

static void report(struct conformance *c)
{
    struct wr_strmap *m = &c->missing;
    struct wr_strmap_entry *list = wr_memdup(m->entries, m->count * sizeof *list);
    qsort(list, m->count, sizeof *list, by_cases);
    for (size_t i = 0; i < m->count; i++) {
        printf("not built: %-32s %5zu cases\n", list[i].name, (size_t)(uintptr_t)list[i].value);
    }
    wr_free(list);
    printf("%zu passed, %zu failed, %zu skipped\n", c->passed, c->failed, c->skipped);
}

int main(int argc, char **argv)
{
    const char *top = getenv("WEIR_SRCDIR");
    char *home = wr_asprintf("%s/tests/conformance", top != NULL ? top : CONFORMANCE_SRCDIR);
    char *cases = wr_asprintf("%s/cases", home);
    char *overrides = wr_asprintf("%s/overrides.jsonl", home);
    struct conformance c = {.verbose = argc > 1 && strcmp(argv[1], "-v") == 0};
    int first = c.verbose ? 2 : 1;
    wr_log_start(&(struct wr_logger){.level = WR_LOG_ERROR}); /* records are skipped on purpose */
    bool read = case_overrides_read(&c.overrides, overrides) &&
                case_files_each(cases, note_own, &c) &&
                case_files_each(argc > first ? argv[first] : cases, run, &c);
    check_overrides(&c);
    report(&c);
    case_overrides_free(&c.overrides);
    wr_strmap_free(&c.own);
    wr_strmap_free(&c.missing);
    wr_free(overrides);
    wr_free(cases);
    wr_free(home);
    return read && c.failed == 0 && c.passed > 0 ? 0 : 1;
}
