/* test_key_codec.c -- keys of any length keep their order in 511 bytes. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "state/key_codec.h"
#include "state/key_sort.h"
#include "tests/unit/state/state_help.h"

static const size_t key_len[] = {0, 1, 17, 493, 494, 495, 510, 511, 512, 4096, 70000};

static struct weir_bytes stored(const struct wr_stored_key *k)
{
    return weir_view(k->data, k->len);
}

START_TEST(key_of_any_length_is_read_back)
{
    struct wr_stored_key k;
    struct wr_buf value = {0};
    struct weir_bytes key = filled(key_len[_i], 'k');
    struct weir_bytes got_key;
    struct weir_bytes got_cell;
    wr_key_store(key, &k);
    ck_assert_uint_le(k.len, WR_STORED_KEY_MAX);
    ck_assert_int_eq(wr_stored_key_is_long(stored(&k)), key.len > 494);
    ck_assert_int_eq(wr_key_is_long(key), key.len > 494);
    if (wr_key_is_long(key)) {
        wr_long_value_encode(&value, key, str("cell"));
    } else {
        wr_buf_str(&value, "cell");
    }
    ck_assert_ok(
        wr_stored_pair_decode(stored(&k), wr_buf_view(&value), &got_key, &got_cell, &test_err));
    ck_assert(weir_equal(got_key, key));
    ck_assert_bytes_eq(got_cell, "cell");
    wr_buf_free(&value);
}
END_TEST

/* A key with many common prefixes around the length where keys stop to fit. */
static size_t random_key(struct wr_rng *rng, unsigned char out[600])
{
    static const size_t around[] = {0, 3, 490, 494, 495, 520};
    size_t len = around[wr_rng_below(rng, WR_ARRAY_LEN(around))] + wr_rng_below(rng, 5);
    memset(out, 'a', len);
    for (int i = 0; i < 2 && len != 0; i++) {
        size_t at = wr_rng_below(rng, 2) == 0 ? wr_rng_below(rng, len) : len - 1;
        out[at] = (unsigned char)wr_rng_below(rng, 256);
    }
    return len;
}

START_TEST(stored_keys_compare_as_keys_do)
{
    unsigned char a[600];
    unsigned char b[600];
    struct wr_stored_key ka;
    struct wr_stored_key kb;
    struct wr_rng rng;
    size_t groups = 0;
    wr_rng_seed(&rng, 42);
    for (int i = 0; i < (test_is_slow() ? 20000 : 200000); i++) {
        struct weir_bytes x = weir_view(a, random_key(&rng, a));
        struct weir_bytes y = weir_view(b, random_key(&rng, b));
        wr_key_store(x, &ka);
        wr_key_store(y, &kb);
        int order = wr_key_compare(x, y);
        int stored_order = wr_key_compare(stored(&ka), stored(&kb));
        if (wr_stored_key_same_group(stored(&ka), stored(&kb))) {
            groups++;
            ck_assert_int_eq(order == 0, stored_order == 0);
        } else {
            ck_assert_int_eq((order > 0) - (order < 0), (stored_order > 0) - (stored_order < 0));
        }
    }
    ck_assert_uint_gt(groups, 20);
}
END_TEST

START_TEST(group_bounds_enclose_its_members)
{
    struct weir_bytes key = filled(600, 'g');
    struct wr_stored_key k;
    struct wr_stored_key first;
    struct wr_stored_key last;
    wr_key_store(key, &k);
    wr_key_group_first(key, &first);
    wr_key_group_last(key, &last);
    ck_assert_int_le(wr_key_compare(stored(&first), stored(&k)), 0);
    ck_assert_int_ge(wr_key_compare(stored(&last), stored(&k)), 0);
    wr_key_store(weir_view(key.data, 494), &k); /* the longest key that fits comes before */
    ck_assert_int_lt(wr_key_compare(stored(&k), stored(&first)), 0);
}
END_TEST

START_TEST(damaged_pair_is_refused)
{
    struct weir_bytes key = filled(600, 'd');
    struct wr_stored_key k;
    struct wr_buf value = {0};
    struct weir_bytes a;
    struct weir_bytes b;
    wr_key_store(key, &k);
    wr_long_value_encode(&value, key, str("cell"));
    for (size_t len = 0; len < 602; len++) {
        ck_assert_code(
            wr_stored_pair_decode(stored(&k), weir_view(value.data, len), &a, &b, &test_err),
            WEIR_ECORRUPT);
    }
    for (size_t at = 0; at < 602; at++) { /* the length and the key */
        value.data[at] ^= 1;
        ck_assert_code(wr_stored_pair_decode(stored(&k), wr_buf_view(&value), &a, &b, &test_err),
                       WEIR_ECORRUPT);
        value.data[at] ^= 1;
    }
    k.data[0] ^= 1;
    ck_assert_code(wr_stored_pair_decode(stored(&k), wr_buf_view(&value), &a, &b, &test_err),
                   WEIR_ECORRUPT);
    k.data[0] ^= 1;
    for (size_t len = 496; len < 511; len++) { /* no key is stored in so many bytes */
        ck_assert_code(
            wr_stored_pair_decode(weir_view(k.data, len), str("cell"), &a, &b, &test_err),
            WEIR_ECORRUPT);
    }
    ck_assert_code(wr_stored_pair_decode(weir_view("", 0), str("cell"), &a, &b, &test_err),
                   WEIR_ECORRUPT);
    wr_buf_free(&value);
}
END_TEST

Suite *key_codec_suite(void)
{
    Suite *s = suite_create("key_codec");
    TCase *tc = tcase_create("key_codec");
    tcase_add_loop_test(tc, key_of_any_length_is_read_back, 0, WR_ARRAY_LEN(key_len));
    tcase_add_test(tc, stored_keys_compare_as_keys_do);
    tcase_add_test(tc, group_bounds_enclose_its_members);
    tcase_add_test(tc, damaged_pair_is_refused);
    suite_add_tcase(s, tc);
    return s;
}
