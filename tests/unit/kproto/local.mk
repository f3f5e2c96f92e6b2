# unit tests of kproto

check_PROGRAMS += tests/unit/kproto/kproto.tap
TESTS += tests/unit/kproto/kproto.tap
tests_unit_kproto_kproto_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_kproto_kproto_tap_LDADD = libwr_kproto.la libwr_base.la $(UNIT_LIBS)
tests_unit_kproto_kproto_tap_SOURCES = \
	tests/unit/kproto/kproto_tests.c \
	tests/unit/kproto/test_crc32c.c \
	tests/unit/kproto/test_kafka_error.c \
	tests/unit/kproto/test_murmur2.c \
	tests/unit/kproto/test_offset_metadata.c \
	tests/unit/kproto/test_proto.c \
	tests/unit/kproto/test_record_batch.c \
	tests/unit/kproto/test_topic_name.c \
	tests/unit/kproto/test_varint.c
