# app: the life of a process: commands, signals, health.

noinst_LTLIBRARIES += libwr_app.la
libwr_app_la_SOURCES = \
	src/app/app.c src/app/app_impl.h \
	src/app/commands.c src/app/commands.h \
	src/app/health.c src/app/health.h \
	src/app/run_command.c \
	src/app/weir_main.c
