# broker/wire: Kafka's protocol on loopback over the model of broker/. Not part of libweir.

noinst_LTLIBRARIES += libwr_wire.la
libwr_wire_la_CFLAGS = $(AM_CFLAGS)
libwr_wire_la_SOURCES = \
	broker/wire/req_cluster.c \
	broker/wire/req_configs.c \
	broker/wire/req_fetch.c \
	broker/wire/req_group_offsets.c \
	broker/wire/req_groups.c \
	broker/wire/req_log_dirs.c \
	broker/wire/req_metadata.c \
	broker/wire/req_offsets.c \
	broker/wire/req_produce.c \
	broker/wire/req_topics.c \
	broker/wire/req_txn.c \
	broker/wire/req_txn_admin.c \
	broker/wire/wire_apis.def \
	broker/wire/wire_call.c broker/wire/wire_call.h \
	broker/wire/wire_conn.c broker/wire/wire_conn.h \
	broker/wire/wire_server.c broker/wire/wire_server.h
