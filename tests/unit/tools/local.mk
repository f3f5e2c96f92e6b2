# unit tests of the tools: what has no command line of its own

check_PROGRAMS += tests/unit/tools/tools.tap
TESTS += tests/unit/tools/tools.tap
tests_unit_tools_tools_tap_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_tools_tools_tap_LDADD = libwr_data.la libwr_kproto.la libwr_base.la $(UNIT_LIBS) $(JANSSON_LIBS)
tests_unit_tools_tools_tap_SOURCES = \
	tests/unit/tools/tools_tests.c \
	tests/unit/tools/test_child.c \
	tests/unit/tools/test_demo_counts.c \
	tests/unit/tools/test_demo_progress.c \
	tests/unit/tools/test_demo_view.c \
	tests/unit/tools/test_reset_target.c \
	tests/unit/tools/test_value_form.c \
	tools/child.c \
	tools/demo_counts.c \
	tools/demo_progress.c \
	tools/demo_view.c \
	tools/reset_target.c \
	tools/value_form.c
