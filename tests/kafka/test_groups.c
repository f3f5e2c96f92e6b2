#include "src/base/base.h"

#include "tests/unit/kafka/kafka_util.h"

Suite *groups_suite(void);
Suite *groups_suite(void)
{
    return suite_create("groups");
}
