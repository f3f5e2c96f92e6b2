# Tests against Apache Kafka: built by make check, run by tests/kafka/run-port.

KAFKA_TEST_LIBS = libwr_kafka_util.la libwr_kafka.la libwr_conf.la libwr_kproto.la libwr_base.la $(UNIT_LIBS) $(RDKAFKA_LIBS)

check_PROGRAMS += tests/kafka/port_test tests/kafka/port_bench
tests_kafka_port_test_CFLAGS = $(UNIT_CFLAGS) $(RDKAFKA_CFLAGS)
tests_kafka_port_test_SOURCES = \
	tests/kafka/port_test.c \
	tests/kafka/test_cluster.c \
	tests/kafka/test_groups.c \
	tests/kafka/test_transactions.c
tests_kafka_port_test_LDADD = $(KAFKA_TEST_LIBS)
tests_kafka_port_bench_CFLAGS = $(UNIT_CFLAGS)
tests_kafka_port_bench_SOURCES = tests/kafka/port_bench.c
tests_kafka_port_bench_LDADD = $(KAFKA_TEST_LIBS)

# What scripts/exact runs, kills and looks into.
noinst_PROGRAMS += tests/kafka/exact_app tests/kafka/state_dump
tests_kafka_exact_app_SOURCES = tests/kafka/exact_app.c
tests_kafka_exact_app_LDADD = libweir.la
tests_kafka_state_dump_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
tests_kafka_state_dump_SOURCES = tests/kafka/state_dump.c
tests_kafka_state_dump_LDADD = libwr_state.la libwr_kproto.la libwr_base.la $(LMDB_LIBS) $(XXHASH_LIBS)

# What tests/kafka/run-bad-input runs.
check_PROGRAMS += tests/kafka/bad_input_app tests/kafka/cluster_admin
tests_kafka_bad_input_app_SOURCES = tests/kafka/bad_input_app.c
tests_kafka_bad_input_app_LDADD = libweir.la
tests_kafka_cluster_admin_CFLAGS = $(AM_CFLAGS) $(RDKAFKA_CFLAGS)
tests_kafka_cluster_admin_SOURCES = tests/kafka/cluster_admin.c
tests_kafka_cluster_admin_LDADD = $(RDKAFKA_LIBS)

EXTRA_DIST += tests/kafka/run-bad-input tests/kafka/run-demo tests/kafka/run-port tests/kafka/run-reset \
	scripts/kafka-local scripts/kafka-local.pom.xml scripts/fetch-rdkafka-new
