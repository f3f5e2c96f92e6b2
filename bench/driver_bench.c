/* driver_bench.c -- what a record costs on the driver (weir/testkit.h).
 *
 *   driver_bench [-k KEYS] [-r RECORDS] [-n ROUNDS]
 *
 * A keyed count, every change written: RECORDS records (1,000,000) of 16 byte keys, of which there
 * are KEYS (100,000), and 100 byte values are piped, once with a transaction for each record and
 * once with a commit for each 10,000. Prints thousand records per CPU-second of each of ROUNDS (5)
 * rounds and their median; a round is a test of its own, from its start to its end.
 */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <weir/testkit.h>
#include <weir/weir.h>

#include "src/base/clock.h"
#include "src/base/mem.h"
#include "src/base/rng.h"

enum { ROUNDS_MAX = 99, COMMIT_EVERY = 10000, KEY_LEN = 16, KEY_ROOM = 32, VALUE_LEN = 100 };

struct load {
    char (*keys)[KEY_ROOM];
    uint64_t key_count;
    uint64_t records;
    bool on_request;
};

static void build(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_table_options each = WEIR_TABLE_INIT;
    each.emit = WEIR_EMIT_EACH;
    weir_grouped *by_key = weir_group_by_key(weir_from(t, "in", NULL), NULL);
    weir_to(weir_changes(weir_count(by_key, "counts", &each)), "out", NULL);
}

static void need(enum weir_code code, const struct weir_error *err)
{
    if (code != WEIR_OK) {
        fprintf(stderr, "driver_bench: %s\n", err->text);
        exit(1);
    }
}

static void work(weir_test *t, const struct load *l)
{
    struct weir_error err;
    struct wr_rng rng;
    char value[VALUE_LEN];
    memset(value, 'v', sizeof value);
    wr_rng_seed(&rng, 1);
    for (uint64_t i = 0; i < l->records; i++) {
        struct weir_record r = {.key =
                                    weir_view(l->keys[wr_rng_below(&rng, l->key_count)], KEY_LEN),
                                .value = weir_view(value, sizeof value),
                                .time = (int64_t)i};
        need(weir_test_pipe(t, "in", &r, &err), &err);
        if (l->on_request && (i + 1) % COMMIT_EVERY == 0) {
            need(weir_test_commit(t, &err), &err);
        }
    }
    need(weir_test_commit(t, &err), &err);
    if (weir_test_unread(t, "out") != l->records) {
        fprintf(stderr, "driver_bench: %zu of %" PRIu64 " changes came out\n",
                weir_test_unread(t, "out"), l->records);
        exit(1);
    }
}

/* Thousand records per CPU-second. */
static double round_of(const struct load *l)
{
    weir_test *t;
    struct weir_error err;
    struct weir_test_options o = WEIR_TEST_INIT;
    o.commit_on_request = l->on_request;
    int64_t start = wr_cpu_us();
    need(weir_test_new(&t, build, NULL, &o, &err), &err);
    work(t, l);
    weir_test_free(t);
    return (double)l->records * 1000 / (double)(wr_cpu_us() - start);
}

static void make_keys(struct load *l)
{
    l->keys = wr_calloc(l->key_count, sizeof *l->keys);
    for (uint64_t i = 0; i < l->key_count; i++) {
        snprintf(l->keys[i], sizeof *l->keys, "user-%011" PRIu64, i);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const struct load *l, size_t rounds)
{
    double results[ROUNDS_MAX];
    printf("%-20s", l->on_request ? "commit every 10,000" : "commit each record");
    for (size_t i = 0; i < rounds; i++) {
        results[i] = round_of(l);
        printf(" %.0f", results[i]);
        fflush(stdout);
    }
    qsort(results, rounds, sizeof results[0], by_size);
    printf("  median %.0f k records per CPU-second\n", results[rounds / 2]);
}

int main(int argc, char **argv)
{
    struct load l = {.key_count = 100000, .records = 1000000};
    size_t rounds = 5;
    int option;
    while ((option = getopt(argc, argv, "k:r:n:")) != -1) {
        uint64_t n = option == '?' ? 0 : strtoull(optarg, NULL, 10);
        if (n == 0 || (option == 'n' && n > ROUNDS_MAX)) {
            fprintf(stderr, "usage: driver_bench [-k KEYS] [-r RECORDS] [-n ROUNDS]\n");
            return 2;
        }
        *(option == 'k' ? &l.key_count : option == 'r' ? &l.records : &rounds) = n;
    }
    make_keys(&l);
    measure(&l, rounds);
    l.on_request = true;
    measure(&l, rounds);
    wr_free(l.keys);
    return 0;
}
