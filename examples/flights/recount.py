#!/usr/bin/env python3
"""recount.py -- computes what flights.c computes, from the package's own files, and compares.

It takes from load.py only where the files are. The last line says how many flights both sides
counted; the exit code is 1 if anything differs.
"""

import argparse
import collections
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))
import compare
import load
import topics


def recount(cache):
    """({route: flights}, {carrier: (name, flights, mean delay)}, {maker: flights})."""
    names = {row["carrier"]: row["name"] for row in load.rows(cache, "airlines")}
    makers = {row["tailnum"]: row["manufacturer"] for row in load.rows(cache, "planes")}
    routes, by_maker = collections.Counter(), collections.Counter()
    flights, delays = collections.Counter(), collections.defaultdict(list)
    for row in load.rows(cache, "flights"):
        carrier = row["carrier"]
        routes[f"{carrier} {row['origin']}"] += 1
        flights[carrier] += 1
        if row["dep_delay"] != "NA":  # it was not cancelled
            delays[carrier].append(int(row["dep_delay"]))
        if row["tailnum"] != "NA":
            by_maker[makers.get(row["tailnum"], "unknown")] += 1
    means = {carrier: sum(of_one) / len(of_one) for carrier, of_one in delays.items()}
    carriers = {carrier: (names[carrier], flights[carrier], f"{means[carrier]:.4f}")
                for carrier in flights}
    return routes, carriers, by_maker


def carrier(value):
    fields = json.loads(value, parse_float=str)
    return fields["name"], fields["flights"], fields["mean_delay"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", required=True)
    parser.add_argument("--cache", default=load.CACHE, help="folder of the downloaded package")
    a = parser.parse_args()
    routes, carriers, makers = recount(a.cache)
    different, flights = 0, 0
    for topic, expected, read, count in (
            ("flights-per-route", routes, topics.i64, topics.i64),
            ("flights-per-maker", makers, topics.i64, topics.i64),
            ("delay-per-carrier", carriers, carrier, lambda value: carrier(value)[1])):
        last, wrong = compare.last_values(a.servers, topic, count)
        found = {key: read(value) for key, value in last.items()}
        different += compare.differences(topic, expected, found, wrong)
        flights += sum(found.values()) if topic == "flights-per-route" else 0
    compare.conclude("flights", flights, sum(routes.values()), different)


if __name__ == "__main__":
    main()
