#!/usr/bin/env python3
"""generate.py -- makes click events, one line KEY<TAB>JSON each, the same for the same seed.

Pages are visited by Zipf's law; event time moves 1 ms per event and is up to 1 s out of order.
"""

import argparse
import bisect
import itertools
import json
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))
import topics

START_MS = 1_700_000_000_000


def events(count, seed, pages, users):
    rng = random.Random(seed)
    weights = list(itertools.accumulate(1 / (i + 1) for i in range(pages)))
    for i in range(count):
        click = {
            "id": i,
            "user": f"user-{rng.randrange(users):06d}",
            "page": f"/page/{bisect.bisect_left(weights, rng.random() * weights[-1])}",
            "timestamp": START_MS + i - rng.randrange(1000),
        }
        yield f"{click['user']}\t{json.dumps(click, separators=(',', ':'))}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=0, help="events a second; 0: no limit")
    parser.add_argument("--servers", help="write to topic clicks there, not to standard output")
    a = parser.parse_args()
    lines = topics.paced(events(a.events, a.seed, a.pages, a.users), a.rate)
    if a.servers:
        topics.produce(a.servers, "clicks", lines)
    else:
        sys.stdout.writelines(lines)


if __name__ == "__main__":
    main()
