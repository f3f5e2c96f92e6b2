# unit tests of kafka

noinst_LTLIBRARIES += libwr_kafka_util.la
libwr_kafka_util_la_CFLAGS = $(UNIT_CFLAGS)
libwr_kafka_util_la_SOURCES = tests/unit/kafka/kafka_util.c tests/unit/kafka/kafka_util.h

