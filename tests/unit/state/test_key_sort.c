/* test_key_sort.c -- sorting by key, against the textbook. */
#include "src/base/base.h"

#include <stdlib.h>

#include "src/base/mem.h"
#include "state/key_sort.h"
#include "tests/unit/state/state_help.h"

static const size_t counts[] = {0, 1, 2, 12, 13, 63, 64, 65, 1000, 5000};

enum { KEY_ROOM = 40 };

struct keys {
    unsigned char bytes[5000][KEY_ROOM];
    size_t len[5000];
};

static struct weir_bytes key_of(const void *ctx, uint32_t ref)
{
    const struct keys *k = ctx;
    return weir_view(k->bytes[ref], k->len[ref]);
}

/* Few different bytes and a shared prefix, so that there are equal keys and equal heads. */
static void fill(struct keys *k, size_t count, uint64_t seed)
{
    struct wr_rng rng;
    wr_rng_seed(&rng, seed);
    size_t prefix = wr_rng_below(&rng, 20);
    unsigned alphabet = 2 + (unsigned)wr_rng_below(&rng, 254);
    for (size_t i = 0; i < count; i++) {
        memset(k->bytes[i], 'p', prefix);
        k->len[i] = prefix + wr_rng_below(&rng, KEY_ROOM - prefix);
        for (size_t b = prefix; b < k->len[i]; b++) {
            k->bytes[i][b] = (unsigned char)wr_rng_below(&rng, alphabet);
        }
    }
}

START_TEST(keys_come_in_order_and_equal_ones_as_they_were)
{
    size_t count = counts[_i];
    struct keys *k = WR_NEW(struct keys);
    uint32_t *refs = wr_calloc(count, sizeof *refs);
    struct wr_key_sorter sorter = {0};
    for (uint64_t seed = 0; seed < 20; seed++) {
        fill(k, count, seed);
        for (uint32_t i = 0; i < count; i++) {
            refs[i] = i;
        }
        wr_key_sort(&sorter, refs, count, key_of, k);
        for (size_t i = 1; i < count; i++) {
            int order = wr_key_compare(key_of(k, refs[i - 1]), key_of(k, refs[i]));
            ck_assert_int_le(order, 0);
            ck_assert(order != 0 || refs[i - 1] < refs[i]);
        }
        for (size_t i = 0; i < count; i++) { /* each one is still there: marked by its length */
            ck_assert_uint_ne(k->len[refs[i]], SIZE_MAX);
            k->len[refs[i]] = SIZE_MAX;
        }
    }
    wr_key_sorter_free(&sorter);
    wr_free(refs);
    wr_free(k);
}
END_TEST

Suite *key_sort_suite(void)
{
    Suite *s = suite_create("key_sort");
    TCase *tc = tcase_create("key_sort");
    tcase_set_timeout(tc, 30);
    tcase_add_loop_test(tc, keys_come_in_order_and_equal_ones_as_they_were, 0,
                        WR_ARRAY_LEN(counts));
    suite_add_tcase(s, tc);
    return s;
}
