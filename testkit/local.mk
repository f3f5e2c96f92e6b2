# testkit: any topology in one process, without a broker. What include/weir/testkit.h offers is part
# of the library (docs/adr/0005).

noinst_LTLIBRARIES += libwr_testkit.la
libwr_testkit_la_SOURCES = \
	testkit/driver.c testkit/driver.h \
	testkit/testkit.c \
	testkit/testkit_read.c \
	testkit/testkit_text.c
