/* test_crash.c -- a process that is killed at any moment leaves rows, positions and inputs that
 * belong together.
 *
 * A child applies numbered transactions; everything about transaction n follows from n, so that the
 * parent, which kills it after a random while, can work out what the stores must hold at the
 * position it finds.
 */
#include "src/base/base.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "state/task_internal.h"
#include "tests/unit/state/state_help.h"

enum { STORES = 2, KEYS = 1200, TOUCHED = 60 };

static const struct wr_store_spec specs[STORES] = {
    {.name = "left", .changelog = "left-log"},
    {.name = "right", .changelog = "right-log"},
};

/* The model: which transaction wrote a key last (0: none), as of one position. */
struct model {
    int64_t position;
    uint64_t writer[STORES][KEYS];
};

static struct model model;
static size_t chunk_rows;

static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

/* The j-th key that transaction n touches in a store. */
static unsigned nth_key(uint64_t n, unsigned store, unsigned j)
{
    return (unsigned)(mix(n * 1000003 + store * 1009 + j) % KEYS);
}

static struct weir_bytes key_text(unsigned k, char out[64])
{
    return weir_view(out, (size_t)snprintf(out, 64, "key-%u", k * 7919 % KEYS));
}

/* Null: transaction n deletes the key. */
static struct weir_bytes value_text(uint64_t n, unsigned k, char out[256])
{
    if (mix(n + k) % 5 == 0) {
        return weir_null();
    }
    int pad = (int)(mix(n ^ k) % 150);
    return weir_view(
        out, (size_t)snprintf(out, 256, "%llu of %u %*s", (unsigned long long)n, k, pad, "."));
}

static struct wr_task_state *open_state(struct wr_state_dir *dir)
{
    struct wr_task_state_options o = test_options(dir, specs, STORES);
    struct wr_task_state *s = test_open(&o, WR_QUARANTINE_NONE);
    s->chunk_rows = chunk_rows;
    return s;
}

static void advance(struct model *m, int64_t to)
{
    while (m->position < to) {
        m->position++;
        for (unsigned s = 0; s < STORES; s++) {
            for (unsigned j = 0; j < TOUCHED; j++) {
                m->writer[s][nth_key((uint64_t)m->position, s, j)] = (uint64_t)m->position;
            }
        }
    }
}

static bool row_is_of(struct weir_kv *kv, unsigned k, uint64_t n)
{
    char key[64];
    char value[256];
    struct weir_row row = {0};
    struct weir_bytes expected = n == 0 ? weir_null() : value_text(n, k, value);
    enum weir_code code = weir_kv_get(kv, key_text(k, key), &row);
    ck_assert(code == WEIR_OK || code == WEIR_ENOTFOUND);
    return weir_equal(row.value, expected);
}

/* Every row is as of the model's position or as of `until`. */
static void check_rows(struct wr_task_state *s, int64_t until)
{
    struct model later = model;
    advance(&later, until);
    for (unsigned store = 0; store < STORES; store++) {
        struct weir_kv *kv = wr_task_state_store(s, store);
        for (unsigned k = 0; k < KEYS; k++) {
            ck_assert_msg(row_is_of(kv, k, model.writer[store][k]) ||
                              row_is_of(kv, k, later.writer[store][k]),
                          "store %u, key %u is neither of position %lld nor of %lld", store, k,
                          (long long)model.position, (long long)until);
        }
    }
}

/* ---- what children do ------------------------------------------------------------------------ */

static void must(enum weir_code code)
{
    if (code != WEIR_OK) {
        fprintf(stderr, "%s: %s\n", weir_code_name(code), test_err.text);
        _exit(1);
    }
}

static void process(struct wr_task_state *s)
{
    bool again = false;
    for (int64_t n = wr_task_state_position(s, 0) + 1;; n++) {
        char key[64];
        char value[256];
        char inputs[32];
        int64_t positions[STORES] = {n, n};
        for (unsigned store = 0; store < STORES; store++) {
            struct weir_kv *kv = wr_task_state_store(s, store);
            for (unsigned j = 0; j < TOUCHED; j++) {
                unsigned k = nth_key((uint64_t)n, store, j);
                must(weir_kv_put_at(kv, key_text(k, key), value_text((uint64_t)n, k, value), n));
            }
        }
        again = !again && mix((uint64_t)n) % 7 == 0;
        if (again) {
            wr_task_state_aborted(s); /* as if Kafka had; the same work is done again */
            n--;
            continue;
        }
        snprintf(inputs, sizeof inputs, "%lld", (long long)n);
        must(wr_task_state_committed(s, positions, str(inputs), &test_err));
    }
}

static void restore(struct wr_task_state *s, int64_t n)
{
    char key[64];
    char value[256];
    for (unsigned store = 0; store < STORES; store++) {
        for (unsigned j = 0; j < TOUCHED; j++) {
            unsigned k = nth_key((uint64_t)n, store, j);
            must(wr_restore_record(s, store, key_text(k, key), value_text((uint64_t)n, k, value), n,
                                   &test_err));
        }
    }
}

static void restore_for_ever(struct wr_task_state *s)
{
    for (int64_t n = wr_task_state_position(s, 0) + 1;; n++) {
        restore(s, n);
        if (n % 3 == 0) {
            must(wr_restore_flush(s, (int64_t[STORES]){n, n}, &test_err));
        }
    }
}

static void sleep_us(uint64_t us)
{
    struct timespec t = {(time_t)(us / 1000000), (long)(us % 1000000 * 1000)};
    nanosleep(&t, NULL);
}

/* Run a child and kill it after a random while, mostly once it is at work, sometimes while it opens
 * the stores. */
static void run_and_kill(void (*work)(struct wr_task_state *s), struct wr_rng *rng)
{
    int status;
    int working[2];
    char byte;
    ck_assert_int_eq(pipe(working), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct wr_task_state *s = open_state(test_state_dir());
        must(write(working[1], "w", 1) == 1 ? WEIR_OK : WEIR_EIO);
        work(s);
        _exit(1);
    }
    close(working[1]);
    if (wr_rng_below(rng, 4) != 0) {
        ck_assert_int_eq(read(working[0], &byte, 1), 1);
    }
    sleep_us(wr_rng_below(rng, test_is_slow() ? 300000 : 10000));
    kill(pid, SIGKILL);
    close(working[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child ended by itself");
}

/* ---- tests ----------------------------------------------------------------------------------- */

static const size_t chunks[] = {WR_ENGINE_CHUNK, WR_APPLY_ROWS, 5};

/* Open what the child left and compare. Returns whether it died between the chunks of an apply. */
static bool check_after_kill(void)
{
    char inputs[32];
    struct wr_state_dir *dir = test_state_dir();
    struct wr_task_state *s = open_state(dir);
    int64_t now = wr_task_state_position(s, 0);
    int64_t until = s->stores[0].flush_until;
    snprintf(inputs, sizeof inputs, "%lld", (long long)now);
    ck_assert_int_ge(now, model.position);
    ck_assert(until == now || until == now + 1);
    ck_assert_int_eq(wr_task_state_position(s, 1), now);
    ck_assert_int_eq(s->stores[1].flush_until, until);
    ck_assert(now == 0 || weir_equal(wr_task_state_inputs(s), str(inputs)));
    advance(&model, now);
    check_rows(s, until);
    if (until > now) { /* the changelog has it: replaying it makes the rows one image again */
        int64_t positions[STORES] = {until, until};
        restore(s, until);
        ck_assert_ok(wr_restore_flush(s, positions, &test_err));
        snprintf(inputs, sizeof inputs, "%lld", (long long)until);
        ck_assert_ok(wr_task_state_committed(s, positions, str(inputs), &test_err));
        advance(&model, until);
        check_rows(s, until);
    }
    wr_task_state_close(s, now % 2 == 0);
    wr_state_dir_close(dir);
    return until > now;
}

/* At least so many kills, and on until so many of them (`moved`) came after some progress: a busy
 * machine gives children less to do before they die. */
static bool goes_on(int kills, int64_t moved, int kills_min, int64_t moved_min)
{
    int parts = test_is_slow() ? 4 : 1;
    return kills < kills_min / parts ||
           (moved < moved_min / parts && kills < 20 * kills_min / parts);
}

START_TEST(killed_while_processing)
{
    struct wr_rng rng;
    int64_t between = 0; /* times it died between the chunks of an apply */
    int64_t moved = 0;
    int64_t enough = 0;
    chunk_rows = chunks[_i];
    model = (struct model){0};
    wr_rng_seed(&rng, 77);
    for (int kills = 0; goes_on(kills, enough, 70, 36); kills++) {
        int64_t before = model.position;
        run_and_kill(process, &rng);
        between += check_after_kill();
        moved += model.position > before;
        enough = chunk_rows == WR_ENGINE_CHUNK ? moved : wr_min_i64(moved, between * 12);
    }
    ck_assert_int_gt(enough, 8);
    ck_assert(chunk_rows != WR_ENGINE_CHUNK || between == 0);
}
END_TEST

START_TEST(killed_while_restoring)
{
    struct wr_rng rng;
    int64_t moved = 0;
    chunk_rows = chunks[_i];
    model = (struct model){0};
    wr_rng_seed(&rng, 79);
    for (int kills = 0; goes_on(kills, moved, 30, 13); kills++) {
        int64_t before = model.position;
        run_and_kill(restore_for_ever, &rng);
        struct wr_state_dir *dir = test_state_dir();
        struct wr_task_state *s = open_state(dir);
        int64_t now = wr_task_state_position(s, 1);
        int64_t other = wr_task_state_position(s, 0);
        ck_assert_int_ge(now, model.position);
        ck_assert_int_eq(other, now);
        advance(&model, now);
        check_rows(s, s->stores[1].flush_until);
        moved += now > before;
        wr_task_state_close(s, false);
        wr_state_dir_close(dir);
    }
    ck_assert_int_gt(moved, 2);
}
END_TEST

Suite *crash_suite(void)
{
    Suite *s = suite_create("crash");
    TCase *tc = tcase_create("crash");
    tcase_set_timeout(tc, 180);
    tcase_add_checked_fixture(tc, test_dir_make, test_dir_remove);
    tcase_add_loop_test(tc, killed_while_processing, 0, WR_ARRAY_LEN(chunks));
    tcase_add_loop_test(tc, killed_while_restoring, 0, WR_ARRAY_LEN(chunks));
    suite_add_tcase(s, tc);
    return s;
}
