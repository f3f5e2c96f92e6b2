# kproto: Kafka's bytes, without a socket.

noinst_LTLIBRARIES += libwr_kproto.la
libwr_kproto_la_CFLAGS = $(AM_CFLAGS)
libwr_kproto_la_SOURCES = \
	src/kproto/crc32c.c src/kproto/crc32c.h \
	src/kproto/kafka_error.c src/kproto/kafka_error.h \
	src/kproto/murmur2.c src/kproto/murmur2.h \
	src/kproto/offset_metadata.c src/kproto/offset_metadata.h \
	src/kproto/proto_read.c src/kproto/proto_read.h \
	src/kproto/proto_write.c src/kproto/proto_write.h \
	src/kproto/record_batch.c src/kproto/record_batch.h \
	src/kproto/topic_name.c src/kproto/topic_name.h \
	src/kproto/varint.c src/kproto/varint.h
