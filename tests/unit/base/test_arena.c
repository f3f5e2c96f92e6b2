/* test_arena.c -- memory that is freed all at once. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/arena.h"
#include "tests/unit/suite.h"

static struct wr_arena arena;

static void setup(void)
{
    wr_arena_init(&arena, 256);
}

static void teardown(void)
{
    wr_arena_free(&arena);
}

static const size_t sizes[] = {0, 1, 15, 16, 17, 255, 256, 257, 100000};

START_TEST(allocation_of_any_size_is_aligned_and_apart_from_others)
{
    char *a = wr_arena_alloc(&arena, sizes[_i]);
    char *b = wr_arena_alloc(&arena, sizes[_i]);
    ck_assert_ptr_nonnull(a);
    ck_assert_uint_eq((uintptr_t)a % 16, 0);
    ck_assert_uint_eq((uintptr_t)b % 16, 0);
    memset(a, 'a', sizes[_i]);
    memset(b, 'b', sizes[_i]);
    ck_assert(a != b);
    ck_assert(sizes[_i] == 0 || a[sizes[_i] - 1] == 'a');
}
END_TEST

START_TEST(cleared_allocation_is_zero_also_in_used_memory)
{
    memset(wr_arena_alloc(&arena, 64), 0xff, 64);
    wr_arena_reset(&arena);
    const char zeros[64] = {0};
    ck_assert_mem_eq(wr_arena_zalloc(&arena, 64), zeros, 64);
}
END_TEST

START_TEST(steady_load_uses_the_same_memory_after_reset)
{
    void *first = wr_arena_alloc(&arena, 200);
    for (int i = 0; i < 100; i++) {
        wr_arena_reset(&arena);
        ck_assert_ptr_eq(wr_arena_alloc(&arena, 200), first);
    }
}
END_TEST

START_TEST(chunks_are_kept_up_to_the_limit)
{
    for (int run = 0; run < 3; run++) {
        for (int i = 0; i < 40; i++) {
            memset(wr_arena_alloc(&arena, 200), run, 200);
        }
        wr_arena_reset(&arena);
        ck_assert_ptr_null(arena.chunks);
    }
    ck_assert_ptr_nonnull(arena.spare);
}
END_TEST

START_TEST(huge_chunk_is_not_kept)
{
    wr_arena_alloc(&arena, arena.kept_max + 1);
    wr_arena_reset(&arena);
    ck_assert_ptr_null(arena.chunks);
    ck_assert_ptr_null(arena.spare);
}
END_TEST

START_TEST(copies_are_equal_and_their_own)
{
    char text[] = "text";
    char *copy = wr_arena_strdup(&arena, text);
    struct weir_bytes bytes = wr_arena_bytes(&arena, weir_str(text));
    text[0] = 'n';
    ck_assert_str_eq(copy, "text");
    ck_assert(weir_equal(bytes, weir_str("text")));
    ck_assert_str_eq(wr_arena_printf(&arena, "%d and %s", 7, text), "7 and next");
}
END_TEST

START_TEST(copies_keep_null_and_empty_apart)
{
    ck_assert_ptr_null(wr_arena_strdup(&arena, NULL));
    ck_assert(weir_is_null(wr_arena_bytes(&arena, WEIR_NULL)));
    struct weir_bytes empty = wr_arena_bytes(&arena, weir_str(""));
    ck_assert(!weir_is_null(empty));
    ck_assert_uint_eq(empty.len, 0);
}
END_TEST

Suite *arena_suite(void)
{
    Suite *s = suite_create("arena");
    TCase *t = tcase_create("arena");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, allocation_of_any_size_is_aligned_and_apart_from_others, 0,
                        WR_ARRAY_LEN(sizes));
    tcase_add_test(t, cleared_allocation_is_zero_also_in_used_memory);
    tcase_add_test(t, steady_load_uses_the_same_memory_after_reset);
    tcase_add_test(t, chunks_are_kept_up_to_the_limit);
    tcase_add_test(t, huge_chunk_is_not_kept);
    tcase_add_test(t, copies_are_equal_and_their_own);
    tcase_add_test(t, copies_keep_null_and_empty_apart);
    suite_add_tcase(s, t);
    return s;
}
