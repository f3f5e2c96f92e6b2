# unit tests of kafka

check_LTLIBRARIES += libwr_kafka_util.la
libwr_kafka_util_la_CFLAGS = $(UNIT_CFLAGS)
libwr_kafka_util_la_SOURCES = tests/unit/kafka/kafka_util.c tests/unit/kafka/kafka_util.h

check_PROGRAMS += tests/unit/kafka/kafka.tap
TESTS += tests/unit/kafka/kafka.tap
tests_unit_kafka_kafka_tap_CFLAGS = $(UNIT_CFLAGS) $(RDKAFKA_CFLAGS)
tests_unit_kafka_kafka_tap_SOURCES = \
	tests/unit/kafka/kafka_test.c \
	tests/unit/kafka/mock.c tests/unit/kafka/mock.h \
	tests/unit/kafka/test_kafka_errors.c \
	tests/unit/kafka/test_mock_consumer.c \
	tests/unit/kafka/test_mock_group.c \
	tests/unit/kafka/test_mock_producer.c \
	tests/unit/kafka/test_group_gate.c \
	tests/unit/kafka/test_group_meta.c \
	tests/unit/kafka/test_kafka_settings.c \
	tests/unit/kafka/test_kafka_worker.c
tests_unit_kafka_kafka_tap_LDADD = $(KAFKA_TEST_LIBS)
