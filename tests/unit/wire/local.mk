# unit tests of broker/wire

check_PROGRAMS += tests/unit/wire/wire.tap
TESTS += tests/unit/wire/wire.tap
tests_unit_wire_wire_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_wire_wire_tap_LDADD = libwr_wire.la libwr_broker.la libwr_kproto.la libwr_base.la \
	$(UNIT_LIBS)
tests_unit_wire_wire_tap_SOURCES = \
	tests/unit/wire/test_req_cluster.c \
	tests/unit/wire/test_req_configs.c \
	tests/unit/wire/test_req_group_offsets.c \
	tests/unit/wire/test_req_groups.c \
	tests/unit/wire/test_req_log_dirs.c \
	tests/unit/wire/test_req_metadata.c \
	tests/unit/wire/test_req_records.c \
	tests/unit/wire/test_req_topics.c \
	tests/unit/wire/test_req_txn.c \
	tests/unit/wire/test_wire_conn.c \
	tests/unit/wire/test_wire_server.c \
	tests/unit/wire/wire_kit.c tests/unit/wire/wire_kit.h \
	tests/unit/wire/wire_tests.c
