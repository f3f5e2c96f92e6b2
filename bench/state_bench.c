/* state_bench.c -- what a store costs: thousand events (or records) per CPU-second of the process.
 *
 *     state_bench [-w count|restore|refill|open] [-d zipf|uniform] [-k KEYS] [-l KEY_BYTES]
 *                 [-v VALUE_BYTES] [-n EVENTS] [-c EVENTS_PER_COMMIT] [-m CACHE_MIB]
 *                 [-r RESTORE_BUFFER_MIB] [-p] [-M]
 *                 [-D DIRECTORY]
 *
 * count: get and put per event over a store that is filled beforehand, with a commit every so many
 * events, which applies the touched rows. restore: KEYS changelog records into an empty store.
 * refill: EVENTS of them into the store that restore has filled. open: open that store again, with
 * the quick check and with the one of all rows; what is counted is rows. -p: prefetch in runs
 * of 64. -M: the memory engine. Keys and the order of events are made beforehand and not counted.
 */
#include "src/base/base.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/endian.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "state/task_state.h"

enum { RUN = 64, KEY_MAX = 64 };

struct bench {
    const char *work;
    const char *directory;
    bool zipf, prefetch, memory;
    size_t keys, key_len, value_len, events, per_commit, cache_mib, restore_mib;
    unsigned char *key_bytes; /* keys * key_len, in no order */
    unsigned char *stream;    /* the key of each event, one behind the other as they would arrive */
    char *value;
    struct wr_state_dir *dir;
    struct wr_task_state *state;
    int64_t position;
};

static void check(enum weir_code code, const struct weir_error *err)
{
    if (code != WEIR_OK) {
        fprintf(stderr, "state_bench: %s\n", err->text);
        exit(1);
    }
}

static struct weir_bytes nth(const struct bench *b, const unsigned char *keys, size_t i)
{
    return weir_view(keys + i * b->key_len, b->key_len);
}

static void put_event(struct bench *b, size_t i, size_t key)
{
    memcpy(b->stream + i * b->key_len, b->key_bytes + key * b->key_len, b->key_len);
}

static void make_keys(struct bench *b)
{
    struct wr_rng rng;
    wr_rng_seed(&rng, 1);
    b->key_bytes = wr_alloc(b->keys * b->key_len);
    for (size_t i = 0; i < b->keys * b->key_len; i++) {
        b->key_bytes[i] = (unsigned char)wr_rng_next(&rng);
    }
}

/* Exponent 0.99, by bisection in the cumulated weights; the keys have no order, so rank is key. */
static void make_zipf(struct bench *b, struct wr_rng *rng)
{
    double *sums = wr_alloc(b->keys * sizeof *sums);
    double sum = 0;
    for (size_t i = 0; i < b->keys; i++) {
        sum += pow((double)i + 1, -0.99);
        sums[i] = sum;
    }
    for (size_t i = 0; i < b->events; i++) {
        double u = (double)(wr_rng_next(rng) >> 11) * 0x1p-53 * sum;
        size_t low = 0;
        size_t high = b->keys - 1;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (sums[middle] < u) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        put_event(b, i, low);
    }
    wr_free(sums);
}

static void make_stream(struct bench *b)
{
    struct wr_rng rng;
    wr_rng_seed(&rng, 2);
    b->stream = wr_alloc(b->events * b->key_len);
    if (b->zipf) {
        make_zipf(b, &rng);
        return;
    }
    for (size_t i = 0; i < b->events; i++) {
        put_event(b, i, wr_rng_below(&rng, b->keys));
    }
}

static void open_state(struct bench *b, bool check_all_rows)
{
    struct weir_error err;
    struct weir_error detail;
    enum wr_quarantine_reason reason;
    struct wr_store_spec store = {.name = "counts", .memory = b->memory, .changelog = "counts"};
    struct wr_task_state_options options = {
        .dir = b->dir,
        .task_id = "0_0",
        .identity = "bench",
        .stores = &store,
        .store_count = 1,
        .cache_bytes = b->cache_mib << 20,
        .restore_bytes = b->restore_mib << 20,
        .check_all_rows = check_all_rows,
    };
    check(wr_task_state_open(&b->state, &options, &reason, &detail, &err), &err);
}

static void open_dir(struct bench *b)
{
    struct weir_error err;
    struct wr_state_dir_options dir = {
        .path = b->directory,
        .application_id = "bench",
        .fs = wr_fs_posix(),
        .clock = wr_clock_system(),
        .allow_temporary = true,
    };
    check(wr_fs_posix()->remove(wr_fs_posix(), b->directory, &err), &err);
    check(wr_state_dir_open(&b->dir, &dir, &err), &err);
    open_state(b, false);
}

static void restore(struct bench *b, const unsigned char *keys, size_t count)
{
    struct weir_error err;
    for (size_t i = 0; i < count; i++) {
        check(wr_restore_record(b->state, 0, nth(b, keys, i), weir_view(b->value, b->value_len),
                                (int64_t)i, &err),
              &err);
        b->position++;
        if (i + 1 == count || wr_restore_is_full(b->state)) {
            check(wr_restore_flush(b->state, &b->position, &err), &err);
        }
    }
}

static void count_events(struct bench *b, const unsigned char *keys, size_t count)
{
    struct weir_error err;
    struct weir_kv *kv = wr_task_state_store(b->state, 0);
    for (size_t i = 0; i < count; i++) {
        struct weir_row row;
        uint64_t number = 0;
        if (b->prefetch && i % RUN == 0) {
            for (size_t k = i; k < i + RUN && k < count; k++) {
                wr_kv_prefetch(kv, nth(b, keys, k));
            }
        }
        struct weir_bytes key = nth(b, keys, i);
        enum weir_code code = weir_kv_get(kv, key, &row);
        if (code == WEIR_OK && row.value.len >= sizeof number) {
            number = wr_get_be64(row.value.data);
        }
        wr_put_be64(b->value, number + 1);
        if (code == WEIR_OK || code == WEIR_ENOTFOUND) {
            code = weir_kv_put_at(kv, key, weir_view(b->value, b->value_len), (int64_t)i);
        }
        check(code, wr_kv_error(kv));
        b->position++;
        if (i + 1 == count || (i + 1) % b->per_commit == 0) {
            check(wr_task_state_committed(b->state, &b->position, weir_null(), &err), &err);
        }
    }
}

static void open_quick(struct bench *b, const unsigned char *keys, size_t count)
{
    WR_UNUSED(keys);
    WR_UNUSED(count);
    wr_task_state_close(b->state, false);
    open_state(b, false);
}

static void open_full(struct bench *b, const unsigned char *keys, size_t count)
{
    WR_UNUSED(keys);
    WR_UNUSED(count);
    wr_task_state_close(b->state, false);
    open_state(b, true);
}

static void report(const struct bench *b, const char *what, size_t count, int64_t cpu_us,
                   int64_t wall_us)
{
    struct wr_task_state_stats stats;
    wr_task_state_stats(b->state, &stats);
    printf("%-8s %s %s keys=%zu value=%zu commit=%zu cache=%zuMiB: %.0f k/cpu-s, %.3f us CPU "
           "(%.3f us wall) each, %.0f MB on disk\n",
           what, b->memory ? "memory" : "lmdb", b->zipf ? "zipf" : "uniform", b->keys, b->value_len,
           b->per_commit, b->cache_mib, (double)count * 1000 / (double)cpu_us,
           (double)cpu_us / (double)count, (double)wall_us / (double)count,
           (double)stats.disk_bytes / 1e6);
}

static void measure(struct bench *b, const char *what,
                    void (*run)(struct bench *b, const unsigned char *keys, size_t count),
                    const unsigned char *keys, size_t count)
{
    int64_t cpu = wr_cpu_us();
    int64_t wall = wr_mono_us();
    run(b, keys, count);
    report(b, what, count, wr_cpu_us() - cpu, wr_mono_us() - wall);
}

static void parse(struct bench *b, int argc, char **argv)
{
    size_t *const numbers[128] = {
        ['k'] = &b->keys,       ['l'] = &b->key_len,   ['v'] = &b->value_len,  ['n'] = &b->events,
        ['c'] = &b->per_commit, ['m'] = &b->cache_mib, ['r'] = &b->restore_mib};
    for (int c; (c = getopt(argc, argv, "w:d:k:l:v:n:c:m:r:pMD:")) != -1;) {
        if (c == '?') {
            exit(2);
        } else if (c == 'w') {
            b->work = optarg;
        } else if (c == 'd') {
            b->zipf = strcmp(optarg, "zipf") == 0;
        } else if (c == 'p') {
            b->prefetch = true;
        } else if (c == 'M') {
            b->memory = true;
        } else if (c == 'D') {
            b->directory = optarg;
        } else {
            *numbers[c] = strtoul(optarg, NULL, 10);
        }
    }
    if (b->key_len < 8 || b->key_len > KEY_MAX || b->keys == 0 || b->per_commit == 0) {
        fprintf(stderr, "state_bench: keys have 8 to %d bytes; there is at least one\n", KEY_MAX);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct bench b = {
        .work = "count",
        .directory = "state_bench.tmp",
        .zipf = true,
        .keys = 1000000,
        .key_len = 16,
        .value_len = 8,
        .events = 2000000,
        .per_commit = 25000,
        .cache_mib = 16,
    };
    parse(&b, argc, argv);
    b.value = wr_calloc(1, b.value_len + sizeof(uint64_t));
    make_keys(&b);
    make_stream(&b);
    open_dir(&b);
    if (strcmp(b.work, "restore") == 0) {
        measure(&b, "restore", restore, b.key_bytes, b.keys);
    } else if (strcmp(b.work, "refill") == 0) {
        restore(&b, b.key_bytes, b.keys);
        measure(&b, "refill", restore, b.stream, b.events);
    } else if (strcmp(b.work, "open") == 0) {
        restore(&b, b.key_bytes, b.keys);
        measure(&b, "open", open_quick, NULL, b.keys);
        measure(&b, "open all", open_full, NULL, b.keys);
    } else {
        restore(&b, b.key_bytes, b.keys);
        measure(&b, "count", count_events, b.stream, b.events);
    }
    wr_task_state_close(b.state, false);
    wr_state_dir_close(b.dir);
    wr_fs_posix()->remove(wr_fs_posix(), b.directory, NULL);
    wr_free(b.key_bytes);
    wr_free(b.stream);
    wr_free(b.value);
    return 0;
}
