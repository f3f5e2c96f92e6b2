# Fuzz targets: make check replays their corpora; how to run one under libFuzzer its source says.

check_PROGRAMS += tests/fuzz/partition_log.tap
TESTS += tests/fuzz/partition_log.tap
tests_fuzz_partition_log_tap_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_partition_log_tap_LDADD = libwr_broker.la libwr_kproto.la libwr_base.la
tests_fuzz_partition_log_tap_SOURCES = \
	tests/fuzz/fuzz_partition_log.c \
	tests/fuzz/replay.c

EXTRA_DIST += \
	tests/fuzz/corpus/partition_log/append_time \
	tests/fuzz/corpus/partition_log/both \
	tests/fuzz/corpus/partition_log/compacted \
	tests/fuzz/corpus/partition_log/compacted_transactions \
	tests/fuzz/corpus/partition_log/compressed \
	tests/fuzz/corpus/partition_log/cut \
	tests/fuzz/corpus/partition_log/idempotent \
	tests/fuzz/corpus/partition_log/plain \
	tests/fuzz/corpus/partition_log/retention \
	tests/fuzz/corpus/partition_log/transactions
