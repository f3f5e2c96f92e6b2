# unit tests of run

check_PROGRAMS += tests/unit/run/run.tap
TESTS += tests/unit/run/run.tap
tests_unit_run_run_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_run_run_tap_LDADD = libwr_run.la libwr_kafka.la libwr_topology.la libwr_state.la \
	libwr_data.la libwr_obs.la libwr_kproto.la libwr_base.la $(UNIT_LIBS) \
	$(RDKAFKA_LIBS) $(LMDB_LIBS) $(JANSSON_LIBS)
tests_unit_run_run_tap_SOURCES = \
	tests/unit/run/fake_impl.h \
	tests/unit/run/fake_kafka.c tests/unit/run/fake_kafka.h \
	tests/unit/run/fake_producer.c \
	tests/unit/run/run_rig.c tests/unit/run/run_rig.h \
	tests/unit/run/run_tests.c \
	tests/unit/run/test_collector.c \
	tests/unit/run/test_control.c \
	tests/unit/run/test_group_watch.c \
	tests/unit/run/test_guarantees.c \
	tests/unit/run/test_plan.c \
	tests/unit/run/test_restore.c \
	tests/unit/run/test_spared.c \
	tests/unit/run/test_startup.c \
	tests/unit/run/test_stream_thread.c \
	tests/unit/run/test_task.c \
	tests/unit/run/test_task_input.c \
	tests/unit/run/test_task_map.c \
	tests/unit/run/test_task_metadata.c \
	tests/unit/run/test_txn.c \
	tests/unit/run/test_watchdog.c
