# unit tests of topology

check_PROGRAMS += tests/unit/topology/topology.tap
TESTS += tests/unit/topology/topology.tap
tests_unit_topology_topology_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_topology_topology_tap_LDADD = libwr_topology.la libwr_state.la libwr_data.la \
	libwr_kproto.la libwr_base.la $(UNIT_LIBS) $(LMDB_LIBS)
tests_unit_topology_topology_tap_SOURCES = \
	tests/unit/topology/rig.c tests/unit/topology/rig.h \
	tests/unit/topology/test_ctx.c \
	tests/unit/topology/test_graph.c \
	tests/unit/topology/test_key_field.c \
	tests/unit/topology/test_language.c \
	tests/unit/topology/test_mistakes.c \
	tests/unit/topology/test_nodes.c \
	tests/unit/topology/test_operators.c \
	tests/unit/topology/topology_tests.c
