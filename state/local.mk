# state: byte engines (LMDB, memory), stores over them, changelog bytes, the state directory.

noinst_LTLIBRARIES += libwr_state.la
libwr_state_la_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS) $(XXHASH_CFLAGS)
libwr_state_la_LIBADD = $(LMDB_LIBS)
libwr_state_la_SOURCES = \
	state/bytes_store.h \
	state/changelog.c state/changelog.h \
	state/checked_file.c state/checked_file.h \
	state/disk.h \
	state/key_codec.c state/key_codec.h \
	state/key_sort.c state/key_sort.h \
	state/kv_internal.h \
	state/kv_iter.c \
	state/kv_store.c state/kv_store.h \
	state/lmdb_check.c state/lmdb_check.h \
	state/lmdb_cursor.c \
	state/lmdb_disk.c \
	state/lmdb_engine.c state/lmdb_engine.h \
	state/lmdb_env.c state/lmdb_env.h \
	state/lmdb_format.h \
	state/lmdb_store.h \
	state/memory_engine.c state/memory_engine.h \
	state/memory_tree.c state/memory_tree.h \
	state/row.c state/row.h \
	state/slab.c state/slab.h \
	state/state_dir.c state/state_dir.h \
	state/state_view.c state/state_view.h \
	state/table.c state/table.h \
	state/task_apply.c \
	state/task_internal.h \
	state/task_meta.c state/task_meta.h \
	state/task_open.c \
	state/task_restore.c \
	state/task_state.c state/task_state.h
EXTRA_DIST += state/README.md
