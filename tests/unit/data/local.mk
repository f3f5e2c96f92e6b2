# unit tests of data

EXTRA_DIST += tests/fuzz/fuzz_json.c

check_PROGRAMS += tests/unit/data/data.tap
TESTS += tests/unit/data/data.tap
tests_unit_data_data_tap_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_data_data_tap_LDADD = libwr_data.la libwr_conf.la libwr_obs.la libwr_kproto.la libwr_base.la \
	$(UNIT_LIBS) $(JANSSON_LIBS)
tests_unit_data_data_tap_SOURCES = \
	tests/unit/data/data_tests.c \
	tests/unit/data/test_codecs.c \
	tests/unit/data/test_field_path.c \
	tests/unit/data/test_json_get.c \
	tests/unit/data/test_json_number.c \
	tests/unit/data/test_json_random.c \
	tests/unit/data/test_json_scan.c \
	tests/unit/data/test_json_text.c \
	tests/unit/data/test_struct.c
