# bench/peers: what Weir is compared with. The C programs need nothing of Weir but base.h.

noinst_LTLIBRARIES += libwr_peer.la
libwr_peer_la_CFLAGS = $(AM_CFLAGS) $(RDKAFKA_CFLAGS)
libwr_peer_la_SOURCES = bench/peers/peer_util.c bench/peers/peer_util.h

PEER_LIBS = libwr_peer.la $(RDKAFKA_LIBS) -lm

noinst_PROGRAMS += bench/peers/floor bench/peers/gen bench/peers/latency bench/peers/topics
bench_peers_floor_SOURCES = bench/peers/peer_floor.c
bench_peers_floor_LDADD = $(PEER_LIBS)
bench_peers_gen_SOURCES = bench/peers/peer_gen.c
bench_peers_gen_LDADD = $(PEER_LIBS)
bench_peers_latency_SOURCES = bench/peers/peer_latency.c
bench_peers_latency_LDADD = $(PEER_LIBS)
bench_peers_topics_SOURCES = bench/peers/peer_topics.c
bench_peers_topics_LDADD = $(PEER_LIBS)

EXTRA_DIST += \
	bench/peers/Figures.java \
	bench/peers/Peers.java \
	bench/peers/README.md \
	bench/peers/Workloads.java \
	bench/peers/fill \
	bench/peers/peers.py \
	bench/peers/quix_count.py \
	bench/peers/results.py \
	bench/peers/run.py
