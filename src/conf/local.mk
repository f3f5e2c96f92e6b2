# conf: the settings machinery and the core table.

noinst_LTLIBRARIES += libwr_conf.la
libwr_conf_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
libwr_conf_la_LIBADD = $(JANSSON_LIBS)
libwr_conf_la_SOURCES = \
	src/conf/conf.c src/conf/conf.h src/conf/conf_internal.h \
	src/conf/conf_env.c \
	src/conf/conf_file.c \
	src/conf/conf_show.c \
	src/conf/conf_value.c \
	src/conf/core_settings.c src/conf/core_settings.h src/conf/core_settings.def \
	src/conf/foreign_names.c src/conf/foreign_names.h \
	src/conf/explained.def src/conf/passthrough.def \
	src/conf/nearest.c src/conf/nearest.h
