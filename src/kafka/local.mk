# kafka: the port to a cluster, and librdkafka behind it.

noinst_LTLIBRARIES += libwr_kafka.la
libwr_kafka_la_CFLAGS = $(AM_CFLAGS) $(RDKAFKA_CFLAGS)
libwr_kafka_la_SOURCES = \
	src/kafka/group_gate.c src/kafka/group_gate.h \
	src/kafka/group_meta.c \
	src/kafka/kafka.c src/kafka/kafka.h src/kafka/kafka_ops.h \
	src/kafka/rdk.h \
	src/kafka/rdk_admin.c \
	src/kafka/rdk_call.c \
	src/kafka/rdk_consumer.c \
	src/kafka/rdk_errors.c \
	src/kafka/rdk_group.c \
	src/kafka/rdk_group_gate.c \
	src/kafka/rdk_handle.c \
	src/kafka/rdk_kafka.c \
	src/kafka/rdk_messages.c \
	src/kafka/rdk_newer.c \
	src/kafka/rdk_offsets.c \
	src/kafka/rdk_producer.c \
	src/kafka/rdk_settings.c \
	src/kafka/rdk_topics.c \
	src/kafka/rdk_txn.c \
	src/kafka/rdk_worker.c src/kafka/rdk_worker.h
