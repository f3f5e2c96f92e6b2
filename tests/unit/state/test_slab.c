/* test_slab.c -- blocks do not overlap and come back. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "state/slab.h"
#include "tests/unit/state/state_help.h"

START_TEST(block_is_little_larger_than_asked_for)
{
    size_t before = 0;
    for (size_t n = 1; n <= WR_SLAB_BLOCK_MAX + 100; n++) {
        size_t room = wr_slab_room(n);
        ck_assert_uint_ge(room, n);
        ck_assert_uint_ge(room, before);
        ck_assert_uint_le(room, n + n / 4 + 15);
        ck_assert(n > WR_SLAB_BLOCK_MAX || room % 16 == 0);
        before = room;
    }
}
END_TEST

enum { BLOCKS = 3000, STEPS = 100000 };

START_TEST(blocks_keep_what_is_written_into_them)
{
    static struct {
        unsigned char *p;
        size_t n;
    } blocks[BLOCKS];
    struct wr_slab s = {0};
    struct wr_rng rng;
    size_t bytes = 0;
    wr_rng_seed(&rng, 5);
    for (int step = 0; step < STEPS; step++) {
        size_t i = wr_rng_below(&rng, BLOCKS);
        if (blocks[i].p != NULL) {
            for (size_t b = 0; b < blocks[i].n; b += 97) {
                ck_assert_uint_eq(blocks[i].p[b], i % 251);
            }
            bytes -= wr_slab_room(blocks[i].n);
            wr_slab_give(&s, blocks[i].p, blocks[i].n);
            blocks[i].p = NULL;
            continue;
        }
        blocks[i].n = 1 + wr_rng_below(&rng, wr_rng_below(&rng, 50) == 0 ? 20000 : 300);
        blocks[i].p = wr_slab_take(&s, blocks[i].n);
        ck_assert_uint_eq((uintptr_t)blocks[i].p % 16, 0);
        memset(blocks[i].p, (int)(i % 251), blocks[i].n);
        bytes += wr_slab_room(blocks[i].n);
        ck_assert_uint_eq(s.bytes, bytes);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        if (blocks[i].p != NULL) {
            wr_slab_give(&s, blocks[i].p, blocks[i].n);
        }
    }
    ck_assert_uint_eq(s.bytes, 0);
    ck_assert_ptr_null(s.full);
    for (unsigned c = 0; c < WR_SLAB_CLASSES; c++) {
        ck_assert_ptr_null(s.open[c]);
    }
    wr_slab_free(&s);
}
END_TEST

Suite *slab_suite(void)
{
    Suite *s = suite_create("slab");
    TCase *tc = tcase_create("slab");
    tcase_set_timeout(tc, 30);
    tcase_add_test(tc, block_is_little_larger_than_asked_for);
    tcase_add_test(tc, blocks_keep_what_is_written_into_them);
    suite_add_tcase(s, tc);
    return s;
}
