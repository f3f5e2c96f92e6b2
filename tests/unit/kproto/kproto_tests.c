/* kproto_tests.c -- the unit tests of src/kproto. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *crc32c_suite(void);
Suite *kafka_error_suite(void);
Suite *murmur2_suite(void);
Suite *proto_suite(void);
Suite *offset_metadata_suite(void);
Suite *record_batch_suite(void);
Suite *topic_name_suite(void);
Suite *varint_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        crc32c_suite,          kafka_error_suite, murmur2_suite,
        offset_metadata_suite, proto_suite,       record_batch_suite,
        topic_name_suite,      varint_suite,      NULL,
    };
    return wr_run_suites(make);
}
