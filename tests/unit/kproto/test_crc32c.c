/* test_crc32c.c -- both ways of computing CRC-32C. */
#include "src/base/base.h"

#include "src/base/rng.h"
#include "src/kproto/crc32c.h"
#include "tests/unit/suite.h"

static unsigned char zeros[32];
static unsigned char ones[32];
static unsigned char rising[32];

/* RFC 3720, B.4, and the check value of the catalogue of CRCs. */
static const struct {
    const void *data;
    size_t len;
    uint32_t crc;
} vectors[] = {
    {"", 0, 0},
    {"123456789", 9, 0xe3069283},
    {zeros, 32, 0x8a9136aa},
    {ones, 32, 0x62a8ab43},
    {rising, 32, 0x46dd794e},
};

static void fill(void)
{
    for (size_t i = 0; i < 32; i++) {
        ones[i] = 0xff;
        rising[i] = (unsigned char)i;
    }
}

START_TEST(known_vector_has_its_checksum_in_both_ways)
{
    ck_assert_uint_eq(wr_crc32c(0, vectors[_i].data, vectors[_i].len), vectors[_i].crc);
    ck_assert_uint_eq(wr_crc32c_portable(0, vectors[_i].data, vectors[_i].len), vectors[_i].crc);
}
END_TEST

START_TEST(both_ways_agree_at_every_length_and_alignment_and_in_pieces)
{
    unsigned char data[300];
    struct wr_rng rng;
    wr_rng_seed(&rng, 1);
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)wr_rng_next(&rng);
    }
    for (size_t len = 0; len <= 280; len++) {
        const unsigned char *p = data + len % 16;
        uint32_t crc = wr_crc32c(0, p, len);
        size_t cut = wr_rng_below(&rng, len + 1);
        ck_assert_uint_eq(crc, wr_crc32c_portable(0, p, len));
        ck_assert_uint_eq(crc, wr_crc32c(wr_crc32c_portable(0, p, cut), p + cut, len - cut));
    }
}
END_TEST

Suite *crc32c_suite(void)
{
    Suite *s = suite_create("crc32c");
    TCase *t = tcase_create("crc32c");
    tcase_add_checked_fixture(t, fill, NULL);
    tcase_add_loop_test(t, known_vector_has_its_checksum_in_both_ways, 0, WR_ARRAY_LEN(vectors));
    tcase_add_test(t, both_ways_agree_at_every_length_and_alignment_and_in_pieces);
    suite_add_tcase(s, t);
    return s;
}
