# unit tests of conf

check_PROGRAMS += tests/unit/conf/conf.tap
TESTS += tests/unit/conf/conf.tap
tests_unit_conf_conf_tap_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_conf_conf_tap_LDADD = libwr_conf.la libwr_obs.la libwr_kproto.la libwr_base.la $(UNIT_LIBS)
tests_unit_conf_conf_tap_SOURCES = \
	tests/unit/conf/conf_fixture.c tests/unit/conf/conf_fixture.h \
	tests/unit/conf/conf_tests.c \
	tests/unit/conf/test_conf.c \
	tests/unit/conf/test_conf_env.c \
	tests/unit/conf/test_conf_file.c \
	tests/unit/conf/test_conf_show.c \
	tests/unit/conf/test_conf_value.c \
	tests/unit/conf/test_core_settings.c \
	tests/unit/conf/test_foreign_names.c \
	tests/unit/conf/test_nearest.c
