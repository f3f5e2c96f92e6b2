/* port_test.c -- the port against Apache Kafka, as a TAP program. BOOTSTRAP names the broker;
 * tests/kafka/run-port starts one. */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/kafka/kafka_util.h"
#include "tests/unit/suite.h"

Suite *cluster_suite(void);
Suite *transactions_suite(void);
Suite *groups_suite(void);

int main(void)
{
    static Suite *(*const suites[])(void) = {cluster_suite, transactions_suite, groups_suite, NULL};
    kt_bootstrap = getenv("BOOTSTRAP");
    if (kt_bootstrap == NULL) {
        fputs("BOOTSTRAP is not set: use tests/kafka/run-port\n", stderr);
        return 77;
    }
    setenv("CK_TAP_LOG_FILE_NAME", "-", 0);
    setenv("CK_VERBOSITY", "silent", 0);
    return wr_run_suites(suites);
}
