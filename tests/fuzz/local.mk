# Fuzz targets: make check replays their corpora, scripts/dev fuzz runs them under libFuzzer, which
# the variant that it builds links (FUZZER).

FUZZER =

check_PROGRAMS += tests/fuzz/json.tap
TESTS += tests/fuzz/json.tap
tests_fuzz_json_tap_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_json_tap_LDADD = libwr_data.la libwr_base.la
tests_fuzz_json_tap_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/replay.c
EXTRA_PROGRAMS += tests/fuzz/json
tests_fuzz_json_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_json_LDADD = $(tests_fuzz_json_tap_LDADD)
tests_fuzz_json_LDFLAGS = $(FUZZER)
tests_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c

check_PROGRAMS += tests/fuzz/journal.tap
TESTS += tests/fuzz/journal.tap
tests_fuzz_journal_tap_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_journal_tap_LDADD = libwr_broker.la libwr_kproto.la libwr_base.la
tests_fuzz_journal_tap_SOURCES = tests/fuzz/fuzz_journal.c tests/fuzz/replay.c
EXTRA_PROGRAMS += tests/fuzz/journal
tests_fuzz_journal_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_journal_LDADD = $(tests_fuzz_journal_tap_LDADD)
tests_fuzz_journal_LDFLAGS = $(FUZZER)
tests_fuzz_journal_SOURCES = tests/fuzz/fuzz_journal.c

check_PROGRAMS += tests/fuzz/partition_log.tap
TESTS += tests/fuzz/partition_log.tap
tests_fuzz_partition_log_tap_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_partition_log_tap_LDADD = libwr_broker.la libwr_kproto.la libwr_base.la
tests_fuzz_partition_log_tap_SOURCES = tests/fuzz/fuzz_partition_log.c tests/fuzz/replay.c
EXTRA_PROGRAMS += tests/fuzz/partition_log
tests_fuzz_partition_log_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_partition_log_LDADD = $(tests_fuzz_partition_log_tap_LDADD)
tests_fuzz_partition_log_LDFLAGS = $(FUZZER)
tests_fuzz_partition_log_SOURCES = tests/fuzz/fuzz_partition_log.c

check_PROGRAMS += tests/fuzz/wire.tap
TESTS += tests/fuzz/wire.tap
tests_fuzz_wire_tap_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_wire_tap_LDADD = libwr_wire.la libwr_broker.la libwr_kproto.la libwr_base.la
tests_fuzz_wire_tap_SOURCES = tests/fuzz/fuzz_wire.c tests/fuzz/replay.c
EXTRA_PROGRAMS += tests/fuzz/wire
tests_fuzz_wire_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_wire_LDADD = $(tests_fuzz_wire_tap_LDADD)
tests_fuzz_wire_LDFLAGS = $(FUZZER)
tests_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c

EXTRA_DIST += tests/fuzz/corpus
