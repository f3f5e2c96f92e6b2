# unit tests of broker

check_PROGRAMS += tests/unit/broker/broker.tap
TESTS += tests/unit/broker/broker.tap
tests_unit_broker_broker_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_broker_broker_tap_LDADD = libwr_broker.la libwr_kproto.la libwr_base.la $(UNIT_LIBS)
tests_unit_broker_broker_tap_SOURCES = \
	tests/unit/broker/broker_kit.c \
	tests/unit/broker/broker_kit.h \
	tests/unit/broker/broker_tests.c \
	tests/unit/broker/group_kit.c \
	tests/unit/broker/group_kit.h \
	tests/unit/broker/log_kit.c \
	tests/unit/broker/log_kit.h \
	tests/unit/broker/test_broker.c \
	tests/unit/broker/test_group_join.c \
	tests/unit/broker/test_group_offsets.c \
	tests/unit/broker/test_group_sessions.c \
	tests/unit/broker/test_group_static.c \
	tests/unit/broker/test_journal.c \
	tests/unit/broker/test_log_clean.c \
	tests/unit/broker/test_log_model.c \
	tests/unit/broker/test_log_producers.c \
	tests/unit/broker/test_log_time.c \
	tests/unit/broker/test_partition_log.c \
	tests/unit/broker/test_topic_configs.c \
	tests/unit/broker/test_topics.c \
	tests/unit/broker/test_txn_coordinator.c
