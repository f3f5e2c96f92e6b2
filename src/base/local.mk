# base: errors, memory, bytes, buffers, maps, queues, clock, random, threads, files.

noinst_LTLIBRARIES += libwr_base.la
libwr_base_la_CFLAGS = $(AM_CFLAGS) $(XXHASH_CFLAGS)
libwr_base_la_SOURCES = \
	src/base/actor.c src/base/actor.h \
	src/base/arena.c src/base/arena.h \
	src/base/base.h \
	src/base/base64.c src/base/base64.h \
	src/base/broken.c src/base/broken.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/endian.h \
	src/base/err.c src/base/err.h \
	src/base/failpoint.c src/base/failpoint.h src/base/failpoints.def \
	src/base/fs.c src/base/fs.h \
	src/base/fsm.c src/base/fsm.h \
	src/base/hash.h \
	src/base/linkmap.c src/base/linkmap.h \
	src/base/mailbox.c src/base/mailbox.h \
	src/base/mem.c src/base/mem.h \
	src/base/num.c src/base/num.h \
	src/base/options.c src/base/options.h \
	src/base/ptrs.c src/base/ptrs.h \
	src/base/rng.c src/base/rng.h \
	src/base/strmap.c src/base/strmap.h \
	src/base/thread.c src/base/thread.h \
	src/base/timers.c src/base/timers.h \
	src/base/timestamp.c src/base/timestamp.h \
	src/base/utf8.c src/base/utf8.h \
	src/base/wake.c src/base/wake.h
