# unit tests of http

check_PROGRAMS += tests/unit/http/http.tap
TESTS += tests/unit/http/http.tap
tests_unit_http_http_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_http_http_tap_LDADD = libwr_http.la libwr_base.la $(UNIT_LIBS) $(MICROHTTPD_LIBS)
tests_unit_http_http_tap_SOURCES = \
	tests/unit/http/http_tests.c \
	tests/unit/http/test_server.c
