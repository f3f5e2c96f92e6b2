# tests: what programs print (golden.tap says how)

TESTS += tests/cli/golden.tap
EXTRA_DIST += \
	tests/cli/golden.tap \
	tests/cli/dev-help.cmd tests/cli/dev-help.exp \
	tests/cli/dev-stages.cmd tests/cli/dev-stages.exp \
	tests/cli/dev-totals.cmd tests/cli/dev-totals.exp \
	tests/cli/dev-unknown.cmd tests/cli/dev-unknown.exp
