# bench: what single parts cost; built by make, run by hand.

noinst_PROGRAMS += bench/json_bench
bench_json_bench_LDADD = libwr_data.la libwr_base.la
bench_json_bench_SOURCES = bench/json_bench.c

include bench/peers/local.mk
