# obs: what people and monitoring see of a running instance.

noinst_LTLIBRARIES += libwr_obs.la
libwr_obs_la_CFLAGS = $(AM_CFLAGS)
libwr_obs_la_SOURCES = \
	src/obs/log.c src/obs/log.h \
	src/obs/metrics.c src/obs/metrics.h
