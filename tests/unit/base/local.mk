# unit tests of base

check_PROGRAMS += tests/unit/base/base.tap
TESTS += tests/unit/base/base.tap
tests_unit_base_base_tap_CFLAGS = $(UNIT_CFLAGS) $(XXHASH_CFLAGS)
tests_unit_base_base_tap_LDADD = libwr_base.la $(UNIT_LIBS)
tests_unit_base_base_tap_SOURCES = \
	tests/unit/base/base_tests.c \
	tests/unit/base/test_actor.c \
	tests/unit/base/test_arena.c \
	tests/unit/base/test_base64.c \
	tests/unit/base/test_broken.c \
	tests/unit/base/test_buf.c \
	tests/unit/base/test_clock.c \
	tests/unit/base/test_endian.c \
	tests/unit/base/test_err.c \
	tests/unit/base/test_failpoint.c \
	tests/unit/base/test_fs.c \
	tests/unit/base/test_fsm.c \
	tests/unit/base/test_hash.c \
	tests/unit/base/test_linkmap.c \
	tests/unit/base/test_mailbox.c \
	tests/unit/base/test_mem.c \
	tests/unit/base/test_num.c \
	tests/unit/base/test_options.c \
	tests/unit/base/test_ptrs.c \
	tests/unit/base/test_rng.c \
	tests/unit/base/test_strmap.c \
	tests/unit/base/test_thread.c \
	tests/unit/base/test_timers.c \
	tests/unit/base/test_timestamp.c \
	tests/unit/base/test_utf8.c \
	tests/unit/base/test_wake.c
