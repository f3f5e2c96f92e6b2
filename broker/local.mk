# broker: one Kafka broker as a model, without sockets, threads or a clock. Not part of libweir.

noinst_LTLIBRARIES += libwr_broker.la
libwr_broker_la_CFLAGS = $(AM_CFLAGS)
libwr_broker_la_SOURCES = \
	broker/log_batches.c \
	broker/log_clean.c \
	broker/log_fates.c \
	broker/log_internal.h \
	broker/log_keys.c \
	broker/log_producers.c \
	broker/log_time.c \
	broker/partition_log.c \
	broker/partition_log.h \
	broker/txn_coordinator.c \
	broker/txn_coordinator.h \
	broker/txn_describe.c \
	broker/txn_internal.h \
	broker/txn_markers.c
