# The simulator: schedules of whole instances under faults, one seed each.

check_PROGRAMS += tests/sim/sim
tests_sim_sim_LDADD = libwr_sim.la libwr_broker.la $(WEIR_LAYERS) $(WEIR_LIBS)
tests_sim_sim_SOURCES = tests/sim/sim_main.c tests/sim/sim_options.c tests/sim/sim_options.h

TESTS += tests/sim/command.tap
EXTRA_DIST += tests/sim/command.tap
