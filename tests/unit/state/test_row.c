/* test_row.c -- cells are read back, and nothing else is. */
#include "src/base/base.h"

#include "src/base/endian.h"
#include "src/kproto/crc32c.h"
#include "state/row.h"
#include "tests/unit/state/state_help.h"

static const size_t value_len[] = {0, 1, 8, 100, 4096, 70000};
static const int64_t times[] = {0, 1, 1700000000000, INT64_MAX, -1};

static struct wr_buf cell;

static void put_row(struct weir_bytes key, struct weir_bytes value, int64_t time)
{
    wr_buf_reset(&cell);
    wr_row_encode(&cell, key, (struct wr_row){value, time});
}

START_TEST(row_is_read_back)
{
    struct wr_row row;
    struct weir_bytes value = filled(value_len[_i], 'v');
    for (size_t t = 0; t < WR_ARRAY_LEN(times); t++) {
        put_row(str("key"), value, times[t]);
        ck_assert_ok(wr_row_decode(str("key"), wr_buf_view(&cell), &row, &test_err));
        ck_assert(weir_equal(row.value, value));
        ck_assert_int_eq(row.time, times[t]);
    }
    wr_buf_free(&cell);
}
END_TEST

START_TEST(cell_has_the_documented_bytes)
{
    static const unsigned char head[] = {0x10, 0, 0, 0, 0, 0, 0, 1, 2, 'v'};
    put_row(str("k"), str("v"), 258);
    ck_assert_uint_eq(cell.len, sizeof head + 4);
    ck_assert_mem_eq(cell.data, head, sizeof head);
    uint32_t crc = wr_crc32c(wr_crc32c(0, "k", 1), head, sizeof head);
    ck_assert_uint_eq(wr_get_be32(cell.data + sizeof head), crc);
    wr_buf_free(&cell);
}
END_TEST

START_TEST(any_flipped_bit_is_noticed)
{
    struct wr_row row;
    put_row(str("key"), str("value"), 7);
    for (size_t bit = 0; bit < cell.len * 8; bit++) {
        cell.data[bit / 8] ^= (char)(1 << bit % 8);
        ck_assert_code(wr_row_decode(str("key"), wr_buf_view(&cell), &row, &test_err),
                       WEIR_ECORRUPT);
        cell.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    ck_assert_code(wr_row_decode(str("kez"), wr_buf_view(&cell), &row, &test_err), WEIR_ECORRUPT);
    ck_assert_ok(wr_row_decode(str("key"), wr_buf_view(&cell), &row, &test_err));
    wr_buf_free(&cell);
}
END_TEST

START_TEST(cut_cell_is_refused)
{
    struct wr_row row;
    put_row(str("key"), str("value"), 7);
    for (size_t len = 0; len < cell.len; len++) {
        ck_assert_code(wr_row_decode(str("key"), weir_view(cell.data, len), &row, &test_err),
                       WEIR_ECORRUPT);
    }
    wr_buf_free(&cell);
}
END_TEST

static void put_raw(unsigned char flags, size_t len)
{
    unsigned char bytes[64] = {flags};
    bytes[len - 1] = 'v';
    wr_buf_reset(&cell);
    wr_buf_append(&cell, bytes, len);
    wr_buf_u32(&cell, wr_crc32c(wr_crc32c(0, "k", 1), bytes, len));
}

START_TEST(unknown_format_is_refused)
{
    static const unsigned char flags[] = {0x00, 0x12, 0x20, 0x90};
    struct wr_row row;
    for (size_t i = 0; i < WR_ARRAY_LEN(flags); i++) {
        put_raw(flags[i], 20);
        ck_assert_code(wr_row_decode(str("k"), wr_buf_view(&cell), &row, &test_err), WEIR_ECORRUPT);
        ck_assert_ptr_nonnull(strstr(test_err.text, "format"));
    }
    wr_buf_free(&cell);
}
END_TEST

START_TEST(expiry_slot_is_skipped)
{
    struct wr_row row;
    put_raw(WR_ROW_FORMAT | WR_ROW_EXPIRY, 18);
    ck_assert_ok(wr_row_decode(str("k"), wr_buf_view(&cell), &row, &test_err));
    ck_assert_bytes_eq(row.value, "v");
    put_raw(WR_ROW_FORMAT | WR_ROW_EXPIRY, 16); /* no room for the slot */
    ck_assert_code(wr_row_decode(str("k"), wr_buf_view(&cell), &row, &test_err), WEIR_ECORRUPT);
    wr_buf_free(&cell);
}
END_TEST

Suite *row_suite(void)
{
    Suite *s = suite_create("row");
    TCase *tc = tcase_create("row");
    tcase_add_loop_test(tc, row_is_read_back, 0, WR_ARRAY_LEN(value_len));
    tcase_add_test(tc, cell_has_the_documented_bytes);
    tcase_add_test(tc, any_flipped_bit_is_noticed);
    tcase_add_test(tc, cut_cell_is_refused);
    tcase_add_test(tc, unknown_format_is_refused);
    tcase_add_test(tc, expiry_slot_is_skipped);
    suite_add_tcase(s, tc);
    return s;
}
