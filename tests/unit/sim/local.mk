# unit tests of the simulator

check_PROGRAMS += tests/unit/sim/sim.tap
TESTS += tests/unit/sim/sim.tap
tests_unit_sim_sim_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_sim_sim_tap_LDADD = libwr_sim.la libwr_broker.la $(WEIR_LAYERS) $(UNIT_LIBS) $(WEIR_LIBS)
tests_unit_sim_sim_tap_SOURCES = \
	tests/unit/sim/sim_kit.c tests/unit/sim/sim_kit.h \
	tests/unit/sim/sim_tests.c \
	tests/unit/sim/test_sim.c \
	tests/unit/sim/test_sim_assignor.c \
	tests/unit/sim/test_sim_check.c \
	tests/unit/sim/test_sim_disk.c \
	tests/unit/sim/test_sim_workload.c \
	tests/unit/sim/test_sim_world.c
