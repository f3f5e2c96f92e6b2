# broker/disk: what keeps the model of broker/ in a directory. Not part of libweir.

noinst_LTLIBRARIES += libwr_disk.la
libwr_disk_la_CFLAGS = $(AM_CFLAGS)
libwr_disk_la_SOURCES = \
	broker/disk/broker_dir.c broker/disk/broker_dir.h \
	broker/disk/journal_file.c broker/disk/journal_file.h
