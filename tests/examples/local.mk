# the examples on the driver: each test includes the file that a user would write

check_PROGRAMS += tests/examples/examples.tap
TESTS += tests/examples/examples.tap
tests_examples_examples_tap_CFLAGS = $(UNIT_CFLAGS)
tests_examples_examples_tap_LDADD = $(WEIR_LAYERS) $(UNIT_LIBS) $(WEIR_LIBS)
tests_examples_examples_tap_SOURCES = \
	tests/examples/examples_tests.c \
	tests/examples/test_click_counts.c \
	tests/examples/test_flights.c \
	tests/examples/test_word_count.c \
	tests/unit/testkit/kit.c tests/unit/testkit/kit.h
