# Tests: Check programs that speak TAP, counted by automake's driver.

TEST_EXTENSIONS = .tap
TAP_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = \
	CK_TAP_LOG_FILE_NAME=-; export CK_TAP_LOG_FILE_NAME; \
	CK_VERBOSITY=silent; export CK_VERBOSITY; \
	WEIR_SRCDIR='$(abs_top_srcdir)'; export WEIR_SRCDIR; \
	WEIR_BUILDDIR='$(abs_top_builddir)'; export WEIR_BUILDDIR; \
	WEIR_PROGRAMS='$(bin_PROGRAMS)'; export WEIR_PROGRAMS; \
	CC='$(CC)'; export CC; \
	CXX='$(CXX)'; export CXX;

EXTRA_DIST += tests/tsan.supp tests/valgrind.supp
check_LTLIBRARIES += libwr_suite.la
libwr_suite_la_CFLAGS = $(UNIT_CFLAGS)
libwr_suite_la_SOURCES = tests/unit/suite.c tests/unit/suite.h

# What every unit test program needs beside the layer it tests.
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) -Wno-missing-prototypes -Wno-conversion
UNIT_LIBS = libwr_suite.la $(CHECK_LIBS)

include tests/unit/base/local.mk
include tests/unit/kproto/local.mk
include tests/unit/broker/local.mk
include tests/unit/disk/local.mk
include tests/unit/wire/local.mk
include tests/unit/obs/local.mk
include tests/unit/conf/local.mk
include tests/unit/data/local.mk
include tests/unit/state/local.mk
include tests/unit/kafka/local.mk
include tests/unit/topology/local.mk
include tests/unit/run/local.mk
include tests/unit/http/local.mk
include tests/unit/app/local.mk
include tests/unit/testkit/local.mk
include tests/unit/tools/local.mk
include tests/unit/sim/local.mk
include tests/sim/local.mk
include tests/conformance/local.mk
include tests/fuzz/local.mk
include tests/kafka/local.mk
include tests/examples/local.mk
include tests/cli/local.mk
include tests/api/local.mk
include tests/broker/local.mk
