# tests: what programs print (golden.tap says how)

TESTS += tests/cli/golden.tap

check_PROGRAMS += tests/cli/make_state
tests_cli_make_state_SOURCES = tests/cli/make_state.c
tests_cli_make_state_LDADD = libwr_state.la libwr_kproto.la libwr_base.la $(LMDB_LIBS) $(XXHASH_LIBS)

EXTRA_DIST += \
	tests/cli/golden.tap \
	tests/cli/app-config-dump.cmd tests/cli/app-config-dump.exp \
	tests/cli/app-config-explain.cmd tests/cli/app-config-explain.exp \
	tests/cli/app-config-file.cmd tests/cli/app-config-file.exp \
	tests/cli/app-config-usage.cmd tests/cli/app-config-usage.exp \
	tests/cli/app-describe.cmd tests/cli/app-describe.exp \
	tests/cli/app-describe-format.cmd tests/cli/app-describe-format.exp \
	tests/cli/app-describe-json.cmd tests/cli/app-describe-json.exp \
	tests/cli/app-environment.cmd tests/cli/app-environment.exp \
	tests/cli/app-help.cmd tests/cli/app-help.exp \
	tests/cli/app-missing-settings.cmd tests/cli/app-missing-settings.exp \
	tests/cli/app-set-usage.cmd tests/cli/app-set-usage.exp \
	tests/cli/app-stop.cmd tests/cli/app-stop.exp \
	tests/cli/app-unknown-command.cmd tests/cli/app-unknown-command.exp \
	tests/cli/app-unknown-option.cmd tests/cli/app-unknown-option.exp \
	tests/cli/app-unknown-setting.cmd tests/cli/app-unknown-setting.exp \
	tests/cli/app-version.cmd tests/cli/app-version.exp \
	tests/cli/config-reference.cmd tests/cli/config-reference.exp \
	tests/cli/dev-help.cmd tests/cli/dev-help.exp \
	tests/cli/dev-stages.cmd tests/cli/dev-stages.exp \
	tests/cli/dev-totals.cmd tests/cli/dev-totals.exp \
	tests/cli/dev-unknown.cmd tests/cli/dev-unknown.exp \
	tests/cli/recount.cmd tests/cli/recount.exp \
	tests/cli/weir-demo.cmd tests/cli/weir-demo.exp \
	tests/cli/weir-demo-ends.cmd tests/cli/weir-demo-ends.exp \
	tests/cli/weir-demo-lost.cmd tests/cli/weir-demo-lost.exp \
	tests/cli/weir-demo-usage.cmd tests/cli/weir-demo-usage.exp \
	tests/cli/weir-dev.cmd tests/cli/weir-dev.exp \
	tests/cli/weir-dev-dir.cmd tests/cli/weir-dev-dir.exp \
	tests/cli/weir-dev-usage.cmd tests/cli/weir-dev-usage.exp \
	tests/cli/weir-help.cmd tests/cli/weir-help.exp \
	tests/cli/weir-reset-app.cmd tests/cli/weir-reset-app.exp \
	tests/cli/weir-reset-usage.cmd tests/cli/weir-reset-usage.exp \
	tests/cli/weir-state.cmd tests/cli/weir-state.exp \
	tests/cli/weir-state-errors.cmd tests/cli/weir-state-errors.exp \
	tests/cli/weir-state-usage.cmd tests/cli/weir-state-usage.exp \
	tests/cli/weir-topology.cmd tests/cli/weir-topology.exp \
	tests/cli/weir-topology-errors.cmd tests/cli/weir-topology-errors.exp \
	tests/cli/weir-topology-kafka.cmd tests/cli/weir-topology-kafka.exp \
	tests/cli/weir-topology-shapes.cmd tests/cli/weir-topology-shapes.exp \
	tests/cli/weir-topology-usage.cmd tests/cli/weir-topology-usage.exp
