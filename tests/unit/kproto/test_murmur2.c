/* test_murmur2.c -- partitions as Kafka's Java client chooses them. */
#include "src/base/base.h"

#include "src/kproto/murmur2.h"
#include "tests/unit/suite.h"

static const int32_t counts[] = {1, 2, 3, 4, 7, 12, 50, 128};

/* Answers of Kafka's own code: the hash, and the partition for each of counts. */
static const struct {
    const char *key;
    size_t len;
    int32_t hash;
    int32_t partition[WR_ARRAY_LEN(counts)];
} facts[] = {
    {"", 0, 275646681, {0, 1, 0, 1, 2, 9, 31, 89}},
    {"a", 1, -1563381124, {0, 0, 1, 0, 5, 4, 24, 124}},
    {"b", 1, -1853091852, {0, 0, 2, 0, 6, 8, 46, 116}},
    {"ab", 2, 316155434, {0, 0, 2, 2, 0, 2, 34, 42}},
    {"abc", 3, 479470107, {0, 1, 0, 3, 4, 3, 7, 27}},
    {"abcd", 4, -1323649548, {0, 0, 2, 0, 5, 8, 0, 116}},
    {"abcde", 5, 461995741, {0, 1, 1, 1, 4, 1, 41, 93}},
    {"key", 3, -1079937367, {0, 1, 1, 1, 4, 1, 31, 41}},
    {"\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87", 8, 2122343024, {0, 0, 2, 0, 4, 8, 24, 112}},
    {"\xe9\x8d\xb5", 3, 1131375336, {0, 0, 0, 0, 0, 0, 36, 104}},
    {"user-1", 6, 1404122828, {0, 0, 2, 0, 3, 8, 28, 76}},
    {"user-2", 6, -324981792, {0, 0, 2, 0, 0, 8, 6, 96}},
    {"user-3", 6, 1141442267, {0, 1, 2, 3, 0, 11, 17, 91}},
    {"0", 1, 971027396, {0, 0, 2, 0, 3, 8, 46, 68}},
    {"1", 1, -1993445489, {0, 1, 0, 3, 2, 3, 9, 15}},
    {"10", 2, 1164287326, {0, 0, 1, 2, 6, 10, 26, 94}},
    {"100", 3, 627947253, {0, 1, 0, 1, 3, 9, 3, 117}},
    {"The quick brown fox jumps over the lazy dog", 43, 495243318, {0, 0, 0, 2, 3, 6, 18, 54}},
    {"\x00\x00\x00\x00\x00\x00\x00\x00", 8, -522759933, {0, 1, 2, 3, 6, 11, 15, 3}},
    {"\x00\x00\x00\x00\x00\x00\x00\x01", 8, 2100486060, {0, 0, 0, 0, 1, 0, 10, 44}},
    {"\xff\xff\xff\xff\xff\xff\xff\xff", 8, 185950397, {0, 1, 2, 1, 3, 5, 47, 61}},
    {"\x00\x00\x00\x00\x00\x00\x00\x2a", 8, 506863552, {0, 0, 1, 0, 6, 4, 2, 64}},
    {"\x00\x00\x01\x8b\xcf\xe5\x68\x00", 8, -1823250289, {0, 1, 1, 3, 2, 7, 9, 15}},
};

START_TEST(key_has_the_hash_and_the_partitions_it_has_in_kafka)
{
    struct weir_bytes key = weir_view(facts[_i].key, facts[_i].len);
    ck_assert_int_eq(wr_murmur2(key), facts[_i].hash);
    for (size_t n = 0; n < WR_ARRAY_LEN(counts); n++) {
        ck_assert_int_eq(wr_partition_of(key, counts[n]), facts[_i].partition[n]);
    }
}
END_TEST

START_TEST(null_key_has_no_partition)
{
    (void)wr_partition_of(WEIR_NULL, 1);
}
END_TEST

Suite *murmur2_suite(void)
{
    Suite *s = suite_create("murmur2");
    TCase *t = tcase_create("murmur2");
    tcase_add_loop_test(t, key_has_the_hash_and_the_partitions_it_has_in_kafka, 0,
                        WR_ARRAY_LEN(facts));
    tcase_add_test_raise_signal(t, null_key_has_no_partition, 6);
    suite_add_tcase(s, t);
    return s;
}
