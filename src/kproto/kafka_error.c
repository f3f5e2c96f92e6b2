/* kafka_error.c -- names of the error codes of Kafka's protocol. Thread: any. */
#include "src/base/base.h"

#include "src/kproto/kafka_error.h"

const char *wr_kafka_error_name(int number)
{
    switch (number) {
#define WR_KAFKA_ERROR_NAME(name, n)                                                               \
    case (n):                                                                                      \
        return #name;
        WR_KAFKA_ERRORS(WR_KAFKA_ERROR_NAME)
#undef WR_KAFKA_ERROR_NAME
    default:
        return "?";
    }
}
