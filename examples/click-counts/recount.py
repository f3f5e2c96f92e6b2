#!/usr/bin/env python3
"""recount.py -- counts the clicks again, with nothing of Weir, and compares every page.

The last line says how many events both sides counted; the exit code is 1 if anything differs.
"""

import argparse
import collections
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))
import compare
import topics


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", required=True)
    servers = parser.parse_args().servers
    clicks = topics.consume(servers, "clicks")
    expected = collections.Counter(json.loads(value)["page"] for _, value in clicks)
    last, wrong = compare.last_values(servers, "page-views", topics.i64)
    found = {key: topics.i64(value) for key, value in last.items()}
    different = compare.differences("page-views", expected, found, wrong)
    compare.conclude("events", sum(found.values()), sum(expected.values()), different)


if __name__ == "__main__":
    main()
