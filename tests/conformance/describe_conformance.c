/* describe_conformance.c -- builds the topology of every conformance case and compares what is
 * known without running it: the text of `describe`, internal topics, mistakes found when building.
 *
 *     describe_conformance [-v] [PATH...]     files or directories of cases; none: the project's
 *
 * One line for each case that fails; the last line counts. Cases with operators that Weir does not
 * have are skipped; "-v" says which and why. */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "tests/conformance/case_files.h"
#include "tests/conformance/case_topology.h"
#include "topology/dsl/blueprint.h"
#include "topology/graph/describe.h"
#include "topology/graph/internal_topics.h"

static struct {
    size_t passed;
    size_t failed;
    size_t skipped;
    bool verbose;
} counts;

static const char *member(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static void failed(const json_t *json, const char *what, const char *got, const char *wanted)
{
    counts.failed++;
    printf("FAIL %s/%s: %s\n--- got\n%s\n--- wanted\n%s\n", member(json, "area"),
           member(json, "name"), what, got, wanted);
}

static void skipped(const json_t *json, const char *why)
{
    counts.skipped++;
    if (counts.verbose) {
        printf("SKIP %s/%s: %s\n", member(json, "area"), member(json, "name"), why);
    }
}

static struct weir_topology *new_topology(const json_t *json)
{
    const json_t *config = json_object_get(json, "config");
    const char *optimize = member(config, "optimize");
    bool all = optimize != NULL && strcmp(optimize, "all") == 0;
    struct wr_topology_options options = {
        .application_id = "app",
        .explicit_names = json_is_true(json_object_get(config, "explicit_names")),
        .reuse_source_topics = all,
        .merge_repartitions = all,
    };
    return wr_topology_new(&options);
}

/* The internal topics as the cases have them. */
static json_t *topics_json(const struct weir_topology *t)
{
    struct wr_arena arena;
    struct wr_internal_topic *topics;
    json_t *out = json_array();
    wr_arena_init(&arena, 4096);
    size_t count = wr_internal_topics(&t->graph, t->options.application_id, &arena, &topics);
    for (size_t i = 0; i < count; i++) {
        json_t *config = json_object();
        for (size_t k = 0; k < topics[i].setting_count; k++) {
            json_object_set_new(config, topics[i].settings[k].name,
                                json_string(topics[i].settings[k].value));
        }
        bool changelog = topics[i].store != NULL;
        json_t *topic = json_pack("{s:s,s:s,s:o}", "name", topics[i].name, "kind",
                                  changelog ? "changelog" : "repartition", "config", config);
        if (!changelog && topics[i].topic->partitions > 0) {
            json_object_set_new(topic, "partitions", json_integer(topics[i].topic->partitions));
        }
        json_array_append_new(out, topic);
    }
    wr_arena_free(&arena);
    return out;
}

/* NULL if all is as wanted, else what is not; then *got and *wanted are texts for wr_free(). */
static const char *compare(const struct weir_topology *t, const json_t *expect, char **got,
                           char **wanted)
{
    struct wr_buf text = {0};
    const json_t *topics = json_object_get(expect, "topics");
    const char *describe = member(expect, "describe");
    if (describe != NULL) {
        wr_describe_text(&t->graph, &text);
        if (strcmp(wr_buf_cstr(&text), describe) != 0) {
            *got = wr_buf_steal(&text);
            *wanted = wr_strdup(describe);
            return "describe";
        }
        wr_buf_free(&text);
    }
    json_t *ours = topics_json(t);
    const char *result = NULL;
    if (topics != NULL && !json_equal(topics, ours)) {
        char *a = json_dumps(ours, JSON_INDENT(1));
        char *b = json_dumps(topics, JSON_INDENT(1));
        *got = wr_strdup(a);
        *wanted = wr_strdup(b);
        free(a);
        free(b);
        result = "topics";
    }
    json_decref(ours);
    return result;
}

static void judge(const json_t *json, const json_t *expect, const struct weir_topology *t,
                  enum weir_code code, const struct weir_error *err)
{
    char *got = NULL;
    char *wanted = NULL;
    const char *at = member(json_object_get(expect, "error"), "at");
    bool build_error = at != NULL && strcmp(at, "build") == 0;
    if (build_error != (code != WEIR_OK)) {
        failed(json, "mistakes found when building", code == WEIR_OK ? "none" : err->text,
               build_error ? member(json_object_get(expect, "error"), "message") : "none");
        return;
    }
    const char *what = code == WEIR_OK ? compare(t, expect, &got, &wanted) : NULL;
    if (what != NULL) {
        failed(json, what, got, wanted);
    } else {
        counts.passed++;
    }
    wr_free(got);
    wr_free(wanted);
}

static void run(const json_t *json, void *arg)
{
    struct weir_error err;
    const json_t *expect = json_object_get(json, "expect");
    WR_UNUSED(arg);
    if (json_object_get(json, "topology") == NULL) {
        skipped(json, "no topology");
        return;
    }
    struct case_topology *ct = case_topology_new(json);
    if (case_topology_not_built(ct) != NULL) {
        skipped(json, case_topology_not_built(ct));
    } else {
        struct weir_topology *t = new_topology(json);
        case_topology_build(t, ct);
        enum weir_code code = wr_topology_finish(t, &err);
        judge(json, expect, t, code, &err);
        wr_topology_free(t);
    }
    case_topology_free(ct);
}

static bool run_all(void)
{
    const char *top = getenv("WEIR_SRCDIR");
    char *path = wr_asprintf("%s/tests/conformance/cases", top != NULL ? top : ".");
    bool read = case_files_each(path, run, NULL);
    wr_free(path);
    return read;
}

int main(int argc, char **argv)
{
    bool read = true;
    int first = 1;
    if (argc > 1 && strcmp(argv[1], "-v") == 0) {
        counts.verbose = true;
        first = 2;
    }
    for (int i = first; i < argc && read; i++) {
        read = case_files_each(argv[i], run, NULL);
    }
    if (first == argc) {
        read = run_all();
    }
    printf("%zu passed, %zu failed, %zu skipped\n", counts.passed, counts.failed, counts.skipped);
    return read && counts.failed == 0 && counts.passed > 0 ? 0 : 1;
}
