# scripts: what developers and `make check` run

EXTRA_DIST += \
	scripts/bench \
	scripts/check-banned \
	scripts/check-docs \
	scripts/check-exports \
	scripts/check-format \
	scripts/check-hardening \
	scripts/check-layers \
	scripts/check-shell \
	scripts/check-sizes \
	scripts/checks.tap \
	scripts/dev \
	scripts/differential \
	scripts/exact \
	scripts/examples \
	scripts/layers.txt \
	scripts/lib/bench_parts.py \
	scripts/lib/bench_report.py \
	scripts/lib/build.sh \
	scripts/lib/csource.py \
	scripts/lib/deps.sh \
	scripts/lib/dev_broker.py \
	scripts/lib/diff_answers.py \
	scripts/lib/diff_random.py \
	scripts/lib/exact_check.py \
	scripts/lib/exact_cluster.py \
	scripts/lib/exact_faults.py \
	scripts/lib/exact_feed.py \
	scripts/lib/exact_instance.py \
	scripts/lib/exact_plan.py \
	scripts/lib/exact_scenarios.py \
	scripts/lib/markdown.py \
	scripts/lib/raw_kafka.py \
	scripts/lib/raw_session.py \
	scripts/lib/stages.sh \
	scripts/lib/tap.py \
	scripts/lib/tree.py \
	scripts/pack-cases \
	scripts/tests/planted.txt \
	scripts/tests/selftest.tap

# A sanitized library has other symbols and flags, and the source is the same.
if !SANITIZED
TESTS += scripts/checks.tap scripts/tests/selftest.tap
endif
