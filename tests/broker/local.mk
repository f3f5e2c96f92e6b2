# Tests of `weir dev` with real clients. The runner of sessions against two brokers
# (scripts/differential):

check_PROGRAMS += tests/broker/session
tests_broker_session_CFLAGS = $(AM_CFLAGS) $(RDKAFKA_CFLAGS)
tests_broker_session_SOURCES = \
	tests/broker/session.c tests/broker/session.h \
	tests/broker/session_admin.c \
	tests/broker/session_clients.c \
	tests/broker/session_members.c
tests_broker_session_LDADD = libwr_base.la $(RDKAFKA_LIBS)

# Clients while their broker is killed.
TESTS += tests/broker/crash.tap
check_PROGRAMS += tests/broker/crash_client
tests_broker_crash_client_CFLAGS = $(AM_CFLAGS) $(RDKAFKA_CFLAGS)
tests_broker_crash_client_SOURCES = tests/broker/crash_client.c
tests_broker_crash_client_LDADD = $(RDKAFKA_LIBS)

EXTRA_DIST += \
	tests/broker/DIFFERENCES.md \
	tests/broker/README.md \
	tests/broker/crash.tap \
	tests/broker/dev_broker.sh \
	tests/broker/java/SessionAnswer.java \
	tests/broker/java/SessionClients.java \
	tests/broker/java/SessionGroups.java \
	tests/broker/java/SessionMembers.java \
	tests/broker/java/SessionProducers.java \
	tests/broker/java/SessionReads.java \
	tests/broker/java/SessionRunner.java \
	tests/broker/java/SessionStep.java \
	tests/broker/java/SessionTopics.java \
	tests/broker/run-dev \
	tests/broker/run-streams \
	tests/broker/run-tools \
	tests/broker/sessions/compaction.session \
	tests/broker/sessions/compression.session \
	tests/broker/sessions/groups.session \
	tests/broker/sessions/positions.session \
	tests/broker/sessions/raw-groups.raw \
	tests/broker/sessions/raw-records.raw \
	tests/broker/sessions/raw-topics.raw \
	tests/broker/sessions/raw-transactions.raw \
	tests/broker/sessions/records.session \
	tests/broker/sessions/topics.session \
	tests/broker/sessions/transactions.session \
	tests/broker/streams/WordCount.java
