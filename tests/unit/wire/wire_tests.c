/* wire_tests.c -- the unit tests of broker/wire. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *wire_conn_suite(void);
Suite *req_cluster_suite(void);
Suite *req_metadata_suite(void);
Suite *req_records_suite(void);
Suite *req_groups_suite(void);
Suite *req_group_offsets_suite(void);
Suite *req_txn_suite(void);
Suite *req_log_dirs_suite(void);
Suite *req_topics_suite(void);
Suite *req_configs_suite(void);
Suite *wire_server_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        wire_conn_suite,  req_cluster_suite,       req_metadata_suite, req_records_suite,
        req_groups_suite, req_group_offsets_suite, req_txn_suite,      req_log_dirs_suite,
        req_topics_suite, req_configs_suite,       wire_server_suite,  NULL};
    return wr_run_suites(make);
}
