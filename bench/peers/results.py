#!/usr/bin/env python3
"""results.py -- prints build/bench/results.jsonl.

usage: results.py runs|summary [FILE ...]; runs: one line a run; summary: one line a configuration.
"""

import json
import statistics
import sys

sys.dont_write_bytecode = True
from peers import RESULTS

OTHER_FIGURES = ("error", "p50", "p90", "p99", "p999", "max", "gap_ms", "t_running", "cpu_running",
                 "restored", "state_mb", "changelog", "cpu_app", "rss_peak_mb")


def read(paths):
    for path in paths:
        with open(path, encoding="utf-8") as f:
            yield from map(json.loads, f)


def others(run):
    """CPUs that were busy with something else during a run."""
    return run.get("cpu_others", 0) / max(run.get("wall_run", 1), 0.1)


def outputs_per_record(run):
    topics = run.get("topics")
    out = topics["out"] if topics else run.get("produced", 0)
    return out / run["records"]


def print_runs(runs):
    print(f"{'label':52} {'k/s':>7} {'k/cpu-s':>8} {'(total)':>8} {'RSS MB':>7}"
          f" {'broker us/rec':>13} {'others CPUs':>11} {'out/in':>7}")
    for run in runs:
        if "rpcs_steady" not in run:
            figures = (f"{name}={run[name]}" for name in OTHER_FIGURES if name in run)
            print(f"{run['label']:52} " + " ".join(figures))
            continue
        broker_us = 1e6 * run.get("cpu_broker", 0) / run["records"]
        print(f"{run['label']:52} {run['rps_steady'] / 1e3:7.1f} {run['rpcs_steady'] / 1e3:8.1f}"
              f" {run['rpcs_total'] / 1e3:8.1f} {run['rss_peak_mb']:7} {broker_us:13.2f}"
              f" {others(run):11.2f} {outputs_per_record(run):7.2f}")


def print_summary(runs):
    by_label = {}
    for run in runs:
        if "rpcs_steady" in run:
            by_label.setdefault(run["label"], []).append(run)
    print(f"{'configuration':52} runs {'k/cpu-s: median (min..max)':>28} {'total':>7}"
          f" {'wall k/s':>9} {'RSS MB':>11} {'others':>7} {'out/in':>7}")
    for label, of_label in by_label.items():
        steady = [run["rpcs_steady"] / 1e3 for run in of_label]
        memory = [run["rss_peak_mb"] for run in of_label]
        spread = f"{statistics.median(steady):.1f} ({min(steady):.1f}..{max(steady):.1f})"
        total = statistics.median(run["rpcs_total"] for run in of_label) / 1e3
        wall = statistics.median(run["rps_steady"] for run in of_label) / 1e3
        ratio = statistics.median(outputs_per_record(run) for run in of_label)
        print(f"{label:52} {len(of_label):4} {spread:>28} {total:7.1f} {wall:9.1f}"
              f" {f'{min(memory)}-{max(memory)}':>11}"
              f" {statistics.median(map(others, of_label)):7.2f} {ratio:7.2f}")


def main():
    kinds = {"runs": print_runs, "summary": print_summary}
    if len(sys.argv) < 2 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]](read(sys.argv[2:] or [RESULTS]))


if __name__ == "__main__":
    main()
