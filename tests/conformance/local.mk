# conformance: cases with answers from Kafka Streams (SPEC.md, DIVERGENCES.md).

check_PROGRAMS += tests/conformance/conformance
TESTS += tests/conformance/conformance tests/conformance/planted.tap
tests_conformance_conformance_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS) \
	-DCONFORMANCE_SRCDIR='"$(abs_top_srcdir)"'
tests_conformance_conformance_LDADD = $(WEIR_LAYERS) $(WEIR_LIBS)
tests_conformance_conformance_SOURCES = \
	tests/conformance/case_compare.c tests/conformance/case_compare.h \
	tests/conformance/case_files.c tests/conformance/case_files.h \
	tests/conformance/case_formats.c tests/conformance/case_formats.h \
	tests/conformance/case_functions.c tests/conformance/case_functions.h \
	tests/conformance/case_overrides.c tests/conformance/case_overrides.h \
	tests/conformance/case_processors.c \
	tests/conformance/case_run.c tests/conformance/case_run.h \
	tests/conformance/case_topology.c tests/conformance/case_topology.h \
	tests/conformance/case_value.c tests/conformance/case_value.h \
	tests/conformance/conformance.c

EXTRA_DIST += \
	tests/conformance/DIVERGENCES.md \
	tests/conformance/SPEC.md \
	tests/conformance/cases \
	tests/conformance/overrides.jsonl \
	tests/conformance/planted.tap
