# unit tests of state

check_PROGRAMS += tests/unit/state/state.tap
TESTS += tests/unit/state/state.tap
tests_unit_state_state_tap_CFLAGS = $(UNIT_CFLAGS) $(LMDB_CFLAGS)
tests_unit_state_state_tap_LDADD = libwr_state.la libwr_kproto.la libwr_base.la $(UNIT_LIBS) \
	$(LMDB_LIBS)
tests_unit_state_state_tap_SOURCES = \
	tests/unit/state/state_help.c tests/unit/state/state_help.h \
	tests/unit/state/state_tests.c \
	tests/unit/state/test_changelog.c \
	tests/unit/state/test_crash.c \
	tests/unit/state/test_engines.c \
	tests/unit/state/test_full_disk.c \
	tests/unit/state/test_key_codec.c \
	tests/unit/state/test_key_sort.c \
	tests/unit/state/test_kv_scan.c \
	tests/unit/state/test_kv_store.c \
	tests/unit/state/test_lmdb_check.c \
	tests/unit/state/test_lmdb_env.c \
	tests/unit/state/test_memory_tree.c \
	tests/unit/state/test_model.c \
	tests/unit/state/test_row.c \
	tests/unit/state/test_slab.c \
	tests/unit/state/test_state_dir.c \
	tests/unit/state/test_state_view.c \
	tests/unit/state/test_table.c \
	tests/unit/state/test_task_state.c
