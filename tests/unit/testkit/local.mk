# unit tests of testkit

check_PROGRAMS += tests/unit/testkit/testkit.tap
TESTS += tests/unit/testkit/testkit.tap
tests_unit_testkit_testkit_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_testkit_testkit_tap_LDADD = $(WEIR_LAYERS) $(UNIT_LIBS) $(WEIR_LIBS)
tests_unit_testkit_testkit_tap_SOURCES = \
	tests/unit/testkit/kit.c tests/unit/testkit/kit.h \
	tests/unit/testkit/test_driver.c \
	tests/unit/testkit/test_driver_commit.c \
	tests/unit/testkit/test_driver_errors.c \
	tests/unit/testkit/test_testkit_new.c \
	tests/unit/testkit/test_testkit_partitions.c \
	tests/unit/testkit/test_testkit_stores.c \
	tests/unit/testkit/test_testkit_text.c \
	tests/unit/testkit/testkit_tests.c
