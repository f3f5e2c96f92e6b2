#!/usr/bin/env python3
"""Makes click events, one "KEY<TAB>JSON" line each, the same for the same seed.

  generate.py [--events N] [--seed S] [--pages P] [--users U] [--rate PER_SECOND]

Pages are visited by Zipf's law; event time moves 1 ms per event and is up to 1 s out of order. With --rate the lines
are paced, otherwise they come as fast as they are read."""
import argparse
import bisect
import itertools
import json
import random
import sys
import time

START_MS = 1_700_000_000_000


def events(count, seed, pages, users):
    rng = random.Random(seed)
    weights = list(itertools.accumulate(1 / (i + 1) for i in range(pages)))
    for i in range(count):
        page = bisect.bisect_left(weights, rng.random() * weights[-1])
        user = f"user-{rng.randrange(users):06d}"
        click = {"id": i, "user": user, "page": f"/page/{page}", "timestamp": START_MS + i - rng.randrange(1000)}
        yield f"{user}\t{json.dumps(click, separators=(',', ':'))}\n"


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--events", type=int, default=100_000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--pages", type=int, default=500)
    p.add_argument("--users", type=int, default=10_000)
    p.add_argument("--rate", type=float, default=0)
    a = p.parse_args()
    started = time.monotonic()
    for i, line in enumerate(events(a.events, a.seed, a.pages, a.users)):
        if a.rate:
            ahead = i / a.rate - (time.monotonic() - started)
            if ahead > 0:
                sys.stdout.flush()
                time.sleep(ahead)
        sys.stdout.write(line)


if __name__ == "__main__":
    main()
