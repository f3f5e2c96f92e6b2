# testkit: any topology in one process, without a broker, which include/weir/testkit.h offers as a part
# of the library (docs/adr/0005); and whole instances in a simulated world, for our own tests.

noinst_LTLIBRARIES += libwr_testkit.la
libwr_testkit_la_SOURCES = \
	testkit/driver.c testkit/driver.h \
	testkit/testkit.c \
	testkit/testkit_read.c \
	testkit/testkit_text.c

noinst_LTLIBRARIES += libwr_sim.la
libwr_sim_la_SOURCES = \
	testkit/sim.c testkit/sim.h \
	testkit/sim_assignor.c \
	testkit/sim_calls.c \
	testkit/sim_check.c \
	testkit/sim_check_group.c \
	testkit/sim_check_store.c \
	testkit/sim_consumer.c \
	testkit/sim_disk.c testkit/sim_disk.h \
	testkit/sim_group.c \
	testkit/sim_image.c testkit/sim_image.h \
	testkit/sim_impl.h \
	testkit/sim_kafka.c testkit/sim_kafka.h \
	testkit/sim_load.c \
	testkit/sim_load_chain.c \
	testkit/sim_load_counts.c \
	testkit/sim_load_lists.c \
	testkit/sim_load_order.c \
	testkit/sim_load_pass.c \
	testkit/sim_load_table.c \
	testkit/sim_machine.c \
	testkit/sim_net.c testkit/sim_net.h \
	testkit/sim_producer.c \
	testkit/sim_read.c \
	testkit/sim_txn.c \
	testkit/sim_workload.c testkit/sim_workload.h \
	testkit/sim_world.c testkit/sim_world.h testkit/sim_world_impl.h
