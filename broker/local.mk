# broker: one Kafka broker as a model, without sockets, threads or a clock. Not part of libweir.

noinst_LTLIBRARIES += libwr_broker.la
libwr_broker_la_CFLAGS = $(AM_CFLAGS)
libwr_broker_la_SOURCES = \
	broker/broker.c \
	broker/broker.h \
	broker/broker_journal.c \
	broker/group_coordinator.c \
	broker/group_coordinator.h \
	broker/group_describe.c \
	broker/group_expiry.c \
	broker/group_internal.h \
	broker/group_journal.c \
	broker/group_join.c \
	broker/group_members.c \
	broker/group_move.c \
	broker/group_offsets.c \
	broker/group_offsets.h \
	broker/group_protocols.c \
	broker/group_rebalance.c \
	broker/group_sessions.c \
	broker/journal.c \
	broker/journal.h \
	broker/log_batches.c \
	broker/log_checks.c \
	broker/log_clean.c \
	broker/log_fates.c \
	broker/log_internal.h \
	broker/log_journal.c \
	broker/log_keys.c \
	broker/log_producers.c \
	broker/log_time.c \
	broker/partition_log.c \
	broker/partition_log.h \
	broker/topic_configs.c \
	broker/topic_configs.def \
	broker/topic_configs.h \
	broker/topics.c \
	broker/topics.h \
	broker/txn_coordinator.c \
	broker/txn_coordinator.h \
	broker/txn_describe.c \
	broker/txn_internal.h \
	broker/txn_journal.c \
	broker/txn_markers.c
