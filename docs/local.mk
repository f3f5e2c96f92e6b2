# docs

EXTRA_DIST += \
	docs/ARCHITECTURE.md \
	docs/BENCHMARKS.md \
	docs/EXACTNESS.md \
	docs/QUALITY.md \
	docs/adr/0000-template.md \
	docs/adr/0001-xxhash.md \
	docs/adr/0002-one-automake-build.md \
	docs/adr/0003-leaves-are-not-read-at-open.md \
	docs/adr/0004-tasks-without-an-owner.md \
	docs/adr/0005-testkit-in-the-library.md \
	docs/adr/0006-a-simulator-for-the-real-code.md \
	docs/adr/0007-at-least-once.md \
	docs/adr/0008-a-journal-for-weir-dev.md \
	docs/operations.md \
	docs/settings.md \
	docs/testing.md
