# unit tests of testkit

check_PROGRAMS += tests/unit/testkit/testkit.tap
TESTS += tests/unit/testkit/testkit.tap
tests_unit_testkit_testkit_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_testkit_testkit_tap_LDADD = libwr_testkit.la $(WEIR_LAYERS) $(UNIT_LIBS) $(WEIR_LIBS)
tests_unit_testkit_testkit_tap_SOURCES = \
	tests/unit/testkit/kit.c tests/unit/testkit/kit.h \
	tests/unit/testkit/test_driver.c \
	tests/unit/testkit/test_driver_commit.c \
	tests/unit/testkit/test_driver_errors.c \
	tests/unit/testkit/testkit_tests.c
