# http: a small server for health and metrics.

noinst_LTLIBRARIES += libwr_http.la
libwr_http_la_CFLAGS = $(AM_CFLAGS) $(MICROHTTPD_CFLAGS)
libwr_http_la_SOURCES = \
	src/http/server.c src/http/server.h
