# unit tests of app

check_PROGRAMS += tests/unit/app/app.tap
TESTS += tests/unit/app/app.tap
tests_unit_app_app_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_app_app_tap_LDADD = $(WEIR_LAYERS) $(UNIT_LIBS) $(WEIR_LIBS)
tests_unit_app_app_tap_SOURCES = \
	tests/unit/app/app_tests.c \
	tests/unit/app/test_app.c \
	tests/unit/app/test_health.c \
	tests/unit/app/test_settings.c
