/* test_struct.c -- structures of an application as values. */
#include "src/base/base.h"

#include <string.h>

#include "src/data/codecs.h"
#include "tests/unit/suite.h"

struct stats {
    int64_t count;
    double sum;
};

struct wide {
    _Alignas(64) char bytes[64];
};

static const struct wr_struct_shape shape = {"stats", 1, sizeof(struct stats),
                                             _Alignof(struct stats)};
static struct wr_arena arena;
static struct weir_error err;

static void setup(void)
{
    wr_arena_init(&arena, 1024);
}

static void teardown(void)
{
    wr_arena_free(&arena);
}

static struct weir_bytes seven(void)
{
    struct weir_bytes b;
    struct stats *s = wr_struct_edit(&shape, WEIR_NULL, &arena, &b, &err);
    s->count = 7;
    return b;
}

START_TEST(new_structure_is_zero_and_has_version_and_size_before_it)
{
    struct weir_bytes b;
    struct stats *s = wr_struct_edit(&shape, WEIR_NULL, &arena, &b, &err);
    ck_assert_int_eq(s->count, 0);
    ck_assert(s->sum == 0);
    ck_assert_uint_eq(b.len, 24);
    ck_assert_mem_eq(b.data, "\0\0\0\1\0\0\0\20", 8);
}
END_TEST

START_TEST(edited_copy_leaves_the_original_alone)
{
    struct weir_bytes old = seven();
    struct weir_bytes b;
    struct stats *s = wr_struct_edit(&shape, old, &arena, &b, &err);
    s->count++;
    const struct stats *before = wr_struct_view(&shape, old, &arena, &err);
    const struct stats *after = wr_struct_view(&shape, b, &arena, &err);
    ck_assert_int_eq(before->count, 7);
    ck_assert_int_eq(after->count, 8);
}
END_TEST

START_TEST(structure_is_aligned_wherever_its_bytes_lie)
{
    const struct wr_struct_shape wide = {"wide", 1, sizeof(struct wide), _Alignof(struct wide)};
    char room[sizeof(struct wide) + 16];
    struct weir_bytes b;
    struct wide *w = wr_struct_edit(&wide, WEIR_NULL, &arena, &b, &err);
    ck_assert_uint_eq((uintptr_t)w % 64, 0);
    w->bytes[63] = 'x';
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(room + shift, b.data, b.len);
        const struct wide *v = wr_struct_view(&wide, weir_view(room + shift, b.len), &arena, &err);
        ck_assert_uint_eq((uintptr_t)v % 64, 0);
        ck_assert_int_eq(v->bytes[63], 'x');
    }
}
END_TEST

START_TEST(aligned_structure_is_viewed_without_a_copy)
{
    struct weir_bytes b = seven();
    ck_assert_ptr_eq(wr_struct_view(&shape, b, &arena, &err), (const char *)b.data + 8);
}
END_TEST

START_TEST(another_version_or_size_is_refused_and_both_are_named)
{
    struct wr_struct_shape other = shape;
    struct weir_bytes b = seven();
    struct weir_bytes out = WEIR_NULL;
    other.version = 2;
    ck_assert_ptr_null(wr_struct_view(&other, b, &arena, &err));
    ck_assert_int_eq(err.code, WEIR_EDECODE);
    ck_assert_str_eq(err.text, "struct stats: the value is version 1 with 16 bytes, this program "
                               "has version 2 with 16 bytes");
    other = shape;
    other.size = 8;
    ck_assert_ptr_null(wr_struct_edit(&other, b, &arena, &out, &err));
    ck_assert(weir_is_null(out));
}
END_TEST

START_TEST(bytes_of_the_wrong_length_are_refused)
{
    struct weir_bytes b = seven();
    ck_assert_ptr_null(wr_struct_view(&shape, weir_view(b.data, 7), &arena, &err));
    ck_assert_ptr_null(wr_struct_view(&shape, weir_view(b.data, b.len - 1), &arena, &err));
    ck_assert_ptr_null(wr_struct_view(&shape, WEIR_NULL, &arena, &err));
}
END_TEST

START_TEST(codec_knows_its_structure)
{
    const struct weir_codec *c = wr_codec_struct(&arena, &shape);
    struct wr_buf out = {0};
    struct weir_field *f;
    struct weir_scalar v;
    struct weir_bytes b = seven();
    ck_assert_str_eq(c->name, "struct stats v1");
    ck_assert_int_eq(c->ops->validate(c, b, &err), WEIR_OK);
    ck_assert_int_eq(c->ops->validate(c, weir_str("other"), &err), WEIR_EDECODE);
    ck_assert_int_eq(wr_field_compile(&arena, c, "", &f, &err), WEIR_OK);
    ck_assert_int_eq(c->ops->get(f, b, &arena, &v, &err), WEIR_OK);
    ck_assert(weir_equal(v.u.s, b));
    ck_assert_int_eq(c->ops->get(f, WEIR_NULL, &arena, &v, &err), WEIR_ENOTFOUND);
    c->ops->to_json(c, b, &out);
    ck_assert_str_eq(wr_buf_cstr(&out), "\"AAAAAQAAABAHAAAAAAAAAAAAAAAAAAAA\"");
    wr_buf_reset(&out);
    ck_assert_int_eq(
        c->ops->from_json(c, weir_str("\"AAAAAQAAABAHAAAAAAAAAAAAAAAAAAAA\""), &out, &err),
        WEIR_OK);
    ck_assert(weir_equal(wr_buf_view(&out), b));
    wr_buf_reset(&out);
    ck_assert_int_eq(c->ops->from_json(c, weir_str("\"AAAAAgAAABA=\""), &out, &err), WEIR_EDECODE);
    ck_assert_uint_eq(out.len, 0);
    wr_buf_free(&out);
}
END_TEST

Suite *struct_suite(void)
{
    Suite *s = suite_create("struct");
    TCase *t = tcase_create("struct");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, new_structure_is_zero_and_has_version_and_size_before_it);
    tcase_add_test(t, edited_copy_leaves_the_original_alone);
    tcase_add_test(t, structure_is_aligned_wherever_its_bytes_lie);
    tcase_add_test(t, aligned_structure_is_viewed_without_a_copy);
    tcase_add_test(t, another_version_or_size_is_refused_and_both_are_named);
    tcase_add_test(t, bytes_of_the_wrong_length_are_refused);
    tcase_add_test(t, codec_knows_its_structure);
    suite_add_tcase(s, t);
    return s;
}
