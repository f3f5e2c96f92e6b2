# tests: the public headers, the examples of the documentation, and the installed library

EXTRA_DIST += \
	tests/api/api.tap \
	tests/api/check-installed \
	tests/api/installed.c \
	tests/api/uses.c

# A program without sanitizers cannot load a library with them.
if !SANITIZED
TESTS += tests/api/api.tap
endif

installcheck-local:
	$(AM_V_at)CC='$(CC)' CXX='$(CXX)' PKG_CONFIG='$(PKG_CONFIG)' \
		$(top_srcdir)/tests/api/check-installed '$(DESTDIR)' '$(prefix)' '$(libdir)' \
		'$(pkglibexecdir)'
