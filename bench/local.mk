# bench: what single parts cost; built by make, run by hand.

noinst_PROGRAMS += bench/json_bench
bench_json_bench_LDADD = libwr_data.la libwr_base.la
bench_json_bench_SOURCES = bench/json_bench.c

noinst_PROGRAMS += bench/weir_bench
bench_weir_bench_SOURCES = bench/weir_bench.c
bench_weir_bench_CFLAGS = $(AM_CFLAGS) $(RDKAFKA_CFLAGS)
bench_weir_bench_LDADD = $(WEIR_LAYERS) $(WEIR_LIBS)

noinst_PROGRAMS += bench/state_bench
bench_state_bench_SOURCES = bench/state_bench.c
bench_state_bench_LDADD = libwr_state.la libwr_kproto.la libwr_base.la $(LMDB_LIBS) -lpthread -lm

noinst_PROGRAMS += bench/driver_bench
bench_driver_bench_SOURCES = bench/driver_bench.c
bench_driver_bench_LDADD = $(WEIR_LAYERS) $(WEIR_LIBS)

# Loaded into weir_bench by LD_PRELOAD; -rpath is what makes libtool build a shared object.
if !SANITIZED
noinst_LTLIBRARIES += bench/own_calls.la
bench_own_calls_la_SOURCES = bench/own_calls.c
bench_own_calls_la_LDFLAGS = -module -avoid-version -rpath /nowhere
bench_own_calls_la_LIBADD = -ldl
endif

include bench/peers/local.mk
