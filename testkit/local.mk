# testkit: any topology in one process, without a broker.

noinst_LTLIBRARIES += libwr_testkit.la
libwr_testkit_la_SOURCES = \
	testkit/driver.c testkit/driver.h
