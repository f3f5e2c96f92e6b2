/* conf_tests.c -- the unit tests of src/conf. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *conf_suite(void);
Suite *conf_env_suite(void);
Suite *conf_file_suite(void);
Suite *conf_show_suite(void);
Suite *conf_value_suite(void);
Suite *core_settings_suite(void);
Suite *foreign_names_suite(void);
Suite *nearest_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        conf_suite,          conf_env_suite,   conf_file_suite,
        conf_show_suite,     conf_value_suite, core_settings_suite,
        foreign_names_suite, nearest_suite,    NULL,
    };
    return wr_run_suites(make);
}
