# unit tests of broker/disk

check_PROGRAMS += tests/unit/disk/disk.tap
TESTS += tests/unit/disk/disk.tap
tests_unit_disk_disk_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_disk_disk_tap_LDADD = libwr_disk.la libwr_broker.la libwr_kproto.la libwr_base.la \
	$(UNIT_LIBS)
tests_unit_disk_disk_tap_SOURCES = \
	tests/unit/broker/broker_kit.c tests/unit/broker/broker_kit.h \
	tests/unit/disk/disk_tests.c \
	tests/unit/disk/test_broker_dir.c
