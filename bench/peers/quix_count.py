#!/usr/bin/env python3
"""quix_count.py -- the keyed count in Quix Streams (Python, librdkafka and RocksDB).

usage: quix_count.py IN OUT N GUARANTEE COMMIT_SECONDS STATE_DIR; prints a line of JSON, as
peer_floor.c does. The broker is named by PEERS_BROKERS.
"""

import json
import os
import resource
import sys
import time

START = time.time()  # before the import, whose time belongs to the program

from quixstreams import Application


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Progress:
    """When the first record, a third of the records and the last one had been counted."""

    def __init__(self, records):
        self.records = records
        self.seen = 0
        self.marks = {}

    def count(self, _value, state):
        self.seen += 1
        if self.seen in (1, self.records // 3, self.records):
            self.marks[self.seen] = (time.time(), cpu())
        total = state.get("count", 0) + 1
        state.set("count", total)
        return total


def main():
    source, out, records, guarantee, commit_s, state_dir = sys.argv[1:7]
    n = int(records)
    progress = Progress(n)
    app = Application(broker_address=os.environ["PEERS_BROKERS"], consumer_group=out,
                      processing_guarantee=guarantee, commit_interval=float(commit_s),
                      state_dir=state_dir, auto_offset_reset="earliest", loglevel="ERROR")
    source_topic = app.topic(source, value_deserializer="bytes", key_deserializer="str")
    stream = app.dataframe(source_topic).apply(progress.count, stateful=True)
    stream.to_topic(app.topic(out, value_serializer="int", key_serializer="str"))
    app.run(count=n)

    first, (steady_at, steady_cpu) = progress.marks[1][0], progress.marks[n // 3]
    end_at, end_cpu = progress.marks[n]
    wall, rest = time.time() - first, n - n // 3
    print(json.dumps({
        "records": n,
        "wall_total": round(wall, 2),
        "cpu_total": round(cpu(), 2),
        "rps_total": round(n / wall),
        "rpcs_total": round(n / cpu()),
        "rps_steady": round(rest / (end_at - steady_at)),
        "rpcs_steady": round(rest / (end_cpu - steady_cpu)),
        "rss_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "t_first": round(first - START, 2),
    }))


if __name__ == "__main__":
    main()
