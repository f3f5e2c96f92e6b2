"""topics.py -- how the examples' loaders and recounts reach Kafka: through the program kcat."""

import struct
import subprocess
import time


def paced(lines, per_second):
    """The lines, not faster than so many a second; 0 is as fast as they come."""
    started = time.monotonic()
    for number, line in enumerate(lines):
        ahead = number / per_second - (time.monotonic() - started) if per_second else 0
        if ahead > 0.02:  # the clock is not worth a sleep for each line
            time.sleep(ahead)
        yield line


def produce(servers, topic, lines):
    """Write lines KEY<TAB>VALUE, to the partitions that Java clients and Weir would choose."""
    command = ["kcat", "-P", "-b", servers, "-t", topic, "-K", "\t",
               "-X", "partitioner=murmur2_random", "-X", "enable.idempotence=true"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, bufsize=1 << 16) as kcat:
        kcat.stdin.writelines(lines)
        kcat.stdin.close()
    if kcat.returncode != 0:
        raise SystemExit(f"kcat could not write topic {topic} at {servers}")


def consume(servers, topic):
    """(key, value) of each committed record, as bytes or None, each partition in its order."""
    # The lengths come first, on a line of their own: keys and values may hold any byte.
    command = ["kcat", "-C", "-q", "-e", "-b", servers, "-t", topic, "-o", "beginning",
               "-X", "isolation.level=read_committed", "-f", "%K %S\\n%k%s"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=1 << 20) as kcat:
        while lengths := kcat.stdout.readline():
            yield tuple(kcat.stdout.read(n) if n >= 0 else None for n in map(int, lengths.split()))
    if kcat.returncode != 0:
        raise SystemExit(f"kcat could not read topic {topic} at {servers}")


def i64(value):
    """The number in a value of Weir's codec i64."""
    return struct.unpack(">q", value)[0]
