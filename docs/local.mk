# docs

EXTRA_DIST += \
	docs/ARCHITECTURE.md \
	docs/BENCHMARKS.md \
	docs/adr/0000-template.md \
	docs/adr/0001-xxhash.md \
	docs/adr/0002-one-automake-build.md \
	docs/settings.md
