# conformance: cases with answers from Kafka Streams (SPEC.md, DIVERGENCES.md).

check_PROGRAMS += tests/conformance/describe_conformance
TESTS += tests/conformance/describe_conformance
tests_conformance_describe_conformance_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
tests_conformance_describe_conformance_LDADD = libwr_topology.la libwr_data.la libwr_base.la $(JANSSON_LIBS)
tests_conformance_describe_conformance_SOURCES = \
	tests/conformance/case_files.c tests/conformance/case_files.h \
	tests/conformance/case_functions.c tests/conformance/case_functions.h \
	tests/conformance/case_processors.c \
	tests/conformance/case_topology.c tests/conformance/case_topology.h \
	tests/conformance/describe_conformance.c \
	tests/unit/topology/fake_kv.c

EXTRA_DIST += tests/conformance/SPEC.md tests/conformance/DIVERGENCES.md tests/conformance/cases
