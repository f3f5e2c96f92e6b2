/* data_tests.c -- the unit tests of src/data. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *codecs_suite(void);
Suite *field_path_suite(void);
Suite *json_get_suite(void);
Suite *json_number_suite(void);
Suite *json_random_suite(void);
Suite *json_scan_suite(void);
Suite *json_text_suite(void);
Suite *struct_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        codecs_suite,      field_path_suite,  json_get_suite,
        json_number_suite, json_random_suite, json_scan_suite,
        json_text_suite,   struct_suite,      NULL,
    };
    return wr_run_suites(make);
}
