# examples: applications as a user writes them, against the public headers and the library only.

noinst_PROGRAMS += \
	examples/word-count/word-count \
	examples/flights/flights
# The one that `weir demo` runs.
pkglibexec_PROGRAMS = examples/click-counts/click-counts
examples_word_count_word_count_SOURCES = examples/word-count/word_count.c
examples_word_count_word_count_LDADD = libweir.la
examples_click_counts_click_counts_SOURCES = examples/click-counts/click_counts.c
examples_click_counts_click_counts_LDADD = libweir.la
examples_flights_flights_SOURCES = examples/flights/flights.c
examples_flights_flights_LDADD = libweir.la
check_PROGRAMS += examples/testing/testing
TESTS += examples/testing/testing
examples_testing_testing_SOURCES = examples/testing/testing.c
examples_testing_testing_LDADD = libweir.la
EXTRA_DIST += \
	examples/compare.py \
	examples/topics.py \
	examples/click-counts/README.md \
	examples/click-counts/generate.py \
	examples/click-counts/recount.py \
	examples/flights/README.md \
	examples/flights/load.py \
	examples/flights/recount.py \
	examples/word-count/README.md
