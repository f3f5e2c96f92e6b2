# tests: what programs print (golden.tap says how)

TESTS += tests/cli/golden.tap
EXTRA_DIST += \
	tests/cli/golden.tap \
	tests/cli/config-reference.cmd tests/cli/config-reference.exp \
	tests/cli/dev-help.cmd tests/cli/dev-help.exp \
	tests/cli/dev-stages.cmd tests/cli/dev-stages.exp \
	tests/cli/dev-totals.cmd tests/cli/dev-totals.exp \
	tests/cli/dev-unknown.cmd tests/cli/dev-unknown.exp \
	tests/cli/weir-help.cmd tests/cli/weir-help.exp \
	tests/cli/weir-topology.cmd tests/cli/weir-topology.exp \
	tests/cli/weir-topology-errors.cmd tests/cli/weir-topology-errors.exp \
	tests/cli/weir-topology-kafka.cmd tests/cli/weir-topology-kafka.exp \
	tests/cli/weir-topology-shapes.cmd tests/cli/weir-topology-shapes.exp \
	tests/cli/weir-topology-usage.cmd tests/cli/weir-topology-usage.exp
