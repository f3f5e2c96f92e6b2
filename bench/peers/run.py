#!/usr/bin/env python3
"""run.py -- runs suites of the peers against a running broker; README.md says what is needed.

usage: run.py SUITE [SUITE ...]; without one, lists them. Results: build/bench/results.jsonl.
"""

import os
import sys

sys.dont_write_bytecode = True
from peers import (ALO, EOS, build_state, floor, kill, ks, latency, own, quix, raw, restart,
                   test_driver)

WINDOWED = {"in": "clicks-w"}
LINES = {"in": "lines"}

# Without these the consumer stops for up to a second whenever its queue is full: the first for the
# librdkafka of Debian 12, the second for newer ones.
NO_STALL = ("-X", "queued.min.messages=1000000")
NO_STALL_NEW = ("-X", "fetch.queue.backoff.ms=1")

PER_RECORD = "C count, log+out per record EOS 100"
PER_COMMIT = "C count, log+out per key and commit EOS 100"


def suite_smoke():
    """Every workload once, with few records: does everything still run?"""
    for w in ("pass", "mapfilter", "count", "ssjoin", "stjoin"):
        ks("smoke", w, 200000)
    for w in ("tumbling", "hopping", "session"):
        ks("smoke", w, 200000, **WINDOWED)
    ks("smoke", "wordcount", 800000, **LINES)
    floor("smoke", "-w", "pass", n=200000)
    raw("smoke", n=200000)


def suite_main():
    """One run of each workload under EOS with commits every 100 ms, the floors beside it."""
    floor("C pass EOS 100 2.0.2", "-w", "pass")
    raw("Java clients pass EOS 100")
    ks("pass EOS 100", "pass", 2000000, counts=False)
    ks("mapfilter EOS 100", "mapfilter", 2000000)
    floor(PER_RECORD + " 2.0.2", "-w", "count", log=True)
    floor(PER_COMMIT + " 2.0.2", "-w", "count", "-u", log=True)
    ks("count zipf EOS 100", "count", 1200000)
    ks("count zipf EOS 100 cache 0", "count", 1000000, cache=0)
    ks("tumbling EOS 100", "tumbling", 1000000, **WINDOWED)
    ks("hopping EOS 100", "hopping", 200000, **WINDOWED)
    ks("session EOS 100", "session", 500000, **WINDOWED)
    ks("stream-stream join EOS 100", "ssjoin", 800000)
    ks("stream-table join EOS 100", "stjoin", 1500000)
    ks("wordcount EOS 100", "wordcount", 800000, **LINES)


def suite_quiet():
    """The pairs that set the goals; short, for a machine without other work."""
    floor("C pass EOS 100 2.0.2, no stall", "-w", "pass", *NO_STALL)
    floor("C pass EOS 100 new, no stall", "-w", "pass", *NO_STALL_NEW, new=True)
    floor("C pass ALOS 100 2.0.2, no stall", "-w", "pass", "-e", "0", *NO_STALL)
    raw("Java clients pass EOS 100")
    ks("pass EOS 100", "pass", 2000000, counts=False)
    ks("mapfilter ALOS 100", "mapfilter", 2000000, guarantee=ALO, counts=False)
    floor(PER_RECORD + " 2.0.2, no stall", "-w", "count", *NO_STALL, log=True)
    floor(PER_COMMIT + " 2.0.2, no stall", "-w", "count", "-u", *NO_STALL, log=True)
    floor(PER_COMMIT + " new, no stall", "-w", "count", "-u", *NO_STALL_NEW, new=True, log=True)
    ks("count zipf EOS 100", "count", 1200000, counts=False)
    ks("count zipf EOS 100 cache 0", "count", 1000000, cache=0, counts=False)
    ks("count zipf EOS 100 cache 0 in-memory store", "count", 1000000, cache=0, store="in_memory",
       counts=False)
    ks("count zipf EOS 100 2 threads", "count", 1200000, threads=2, counts=False)
    ks("tumbling EOS 100", "tumbling", 1000000, counts=False, **WINDOWED)
    ks("tumbling EOS 100 cache 0", "tumbling", 800000, cache=0, **WINDOWED)
    ks("hopping EOS 100 cache 0", "hopping", 150000, cache=0, **WINDOWED)
    ks("session EOS 100 cache 0", "session", 400000, cache=0, **WINDOWED)


def suite_long():
    """Runs that are long enough for a warm JVM: take the ratios from these."""
    ks("pass EOS 100, 6 M records", "pass", 6000000, counts=False)
    raw("Java clients pass EOS 100, 6 M records", n=6000000)
    ks("mapfilter EOS 100, 6 M records", "mapfilter", 6000000, counts=False)
    ks("count zipf EOS 100 cache 0, 4 M records", "count", 4000000, cache=0, counts=False)
    ks("count zipf EOS 100, 4 M records", "count", 4000000, counts=False)
    ks("tumbling EOS 100, 3 M records", "tumbling", 3000000, counts=False, **WINDOWED)
    ks("hopping EOS 100, 500 k records", "hopping", 500000, counts=False, **WINDOWED)
    ks("session EOS 100, 1.2 M records", "session", 1200000, counts=False, **WINDOWED)
    ks("stream-stream join EOS 100, 3 M records", "ssjoin", 3000000, counts=False)
    ks("stream-table join EOS 100, 5 M records", "stjoin", 5000000, counts=False)
    # Take the total: the two halves of a word count do not run in step.
    ks("wordcount EOS 100, 4 M words", "wordcount", 4000000, **{"in": "lines-long"})


def suite_floor():
    """The C loop in its variants, with the librdkafka of Debian 12 and with a newer one."""
    for version, new in (("2.0.2", False), ("new", True)):
        floor(f"C consume only {version}", "-w", "consume", new=new)
        floor(f"C pass EOS 100 {version}", "-w", "pass", new=new)
        floor(f"{PER_RECORD} {version}", "-w", "count", new=new, log=True)
        floor(f"{PER_COMMIT} {version}", "-w", "count", "-u", new=new, log=True)
    floor("C pass EOS 100 2.0.2 queue API", "-w", "pass", "-a", "queue")
    floor("C pass EOS 100 2.0.2 batch API", "-w", "pass", "-a", "batch")
    floor("C pass EOS 1000 2.0.2", "-w", "pass", "-I", "1000")
    floor("C pass ALOS 100 2.0.2", "-w", "pass", "-e", "0")
    floor("C pass EOS 100 2.0.2 linger 100", "-w", "pass", "-l", "100")


def suite_count():
    """Kafka Streams' keyed count under other settings."""
    uniform = {"in": "clicks-u100"}
    ks("count zipf EOS 1000", "count", 1200000, commit=1000)
    ks("count zipf EOS 1000 cache 256M", "count", 1200000, commit=1000, cache=256 << 20)
    ks("count uniform EOS 100", "count", 1000000, **uniform)
    ks("count uniform EOS 100 cache 0", "count", 1000000, cache=0, **uniform)
    ks("count zipf ALOS 100", "count", 1200000, guarantee=ALO)
    ks("count zipf ALOS 1000", "count", 1200000, guarantee=ALO, commit=1000)
    ks("count zipf ALOS 1000 cache 0", "count", 1000000, guarantee=ALO, commit=1000, cache=0)
    ks("count zipf EOS 100 in-memory store", "count", 1200000, store="in_memory")
    ks("count zipf EOS 100 -Xmx256m", "count", 1200000, heap="256m", counts=False)
    ks("count zipf EOS 100 1 thread, both CPUs", "count", 1200000, cpu="", counts=False)
    ks("count zipf EOS 100 2 threads, both CPUs", "count", 1200000, threads=2, cpu="",
       counts=False)
    ks("count zipf 300 B EOS 100", "count", 1000000, **{"in": "clicks-z300"})


def suite_windows():
    """Kafka Streams' windows under other settings."""
    ks("tumbling ALOS 1000", "tumbling", 1200000, guarantee=ALO, commit=1000, **WINDOWED)
    ks("tumbling EOS 100 final (suppress)", "tumbling", 1000000, final=1, **WINDOWED)
    ks("hopping EOS 100 cache 0", "hopping", 200000, cache=0, **WINDOWED)
    ks("session EOS 100 cache 0", "session", 600000, cache=0, **WINDOWED)


def suite_joins():
    """Kafka Streams' joins under other settings."""
    ks("stream-stream join ALOS 1000", "ssjoin", 900000, guarantee=ALO, commit=1000)
    ks("stream-table join uniform EOS 100", "stjoin", 1500000, **{"in": "clicks-u100"})


def suite_quix():
    """The keyed count in Quix Streams."""
    quix("Quix Streams count EOS 100", 300000, "exactly-once", 0.1)
    quix("Quix Streams count ALOS 1000", 300000, "at-least-once", 1.0)


def suite_driver():
    """Kafka Streams' TopologyTestDriver."""
    for w, n in (("pass", 2000000), ("count", 1200000), ("tumbling", 1000000), ("hopping", 200000)):
        test_driver(f"TopologyTestDriver {w}", w, n)


def suite_latency():
    """Latency at 5,000 records a second under EOS and at least once."""
    once, least = {"processing__guarantee": EOS}, {"processing__guarantee": ALO}
    for commit in (100, 20):
        timing = {**once, "commit__interval__ms": commit}
        latency(f"latency C floor EOS {commit}", "floor", floor_arguments=("-I", str(commit)))
        latency(f"latency mapfilter EOS {commit}", "mapfilter", **timing)
        latency(f"latency count EOS {commit}", "count", statestore__cache__max__bytes=0, **timing)
    latency("latency C floor ALOS 100, linger 0", "floor", floor_arguments=("-e", "0", "-l", "0"))
    latency("latency mapfilter ALOS 100", "mapfilter", commit__interval__ms=100, **least)
    latency("latency mapfilter ALOS 100, linger 0", "mapfilter", commit__interval__ms=100,
            producer__linger__ms=0, **least)


def suite_restore():
    """Build a large state, stop cleanly, start again without it and with it."""
    build_state()
    for _ in range(2):
        restart("state deleted", wipe=True)
    for _ in range(2):
        restart("state kept after a clean stop", wipe=False)


def suite_kill():
    """kill -9 with the state of suite restore, which has to be run before."""
    kill(EOS)
    kill(ALO)


def suite_own():
    """A program of one's own: PEERS_CMD, and PEERS_N, PEERS_IN, PEERS_LABEL."""
    own(os.environ.get("PEERS_LABEL", "own"), os.environ["PEERS_CMD"],
        int(os.environ.get("PEERS_N", "3000000")), os.environ.get("PEERS_IN", "clicks-z100"))


SUITES = {name[len("suite_"):]: f for name, f in list(globals().items())
          if name.startswith("suite_")}


def main():
    unknown = [name for name in sys.argv[1:] if name not in SUITES]
    if unknown or len(sys.argv) == 1:
        for name, suite in SUITES.items():
            print(f"{name:10} {suite.__doc__}")
        sys.exit(2 if unknown else 0)
    for name in sys.argv[1:]:
        SUITES[name]()


if __name__ == "__main__":
    main()
