# unit tests of obs

check_PROGRAMS += tests/unit/obs/obs.tap
TESTS += tests/unit/obs/obs.tap
tests_unit_obs_obs_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_obs_obs_tap_LDADD = libwr_obs.la libwr_base.la $(UNIT_LIBS)
tests_unit_obs_obs_tap_SOURCES = \
	tests/unit/obs/obs_tests.c \
	tests/unit/obs/test_log.c \
	tests/unit/obs/test_metrics.c
