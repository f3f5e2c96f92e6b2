"""exact_feed.py -- writes the events of a run: numbered, generated from the seed, at a steady rate.

An event is "ID USER WORD WORD"; its key is its id, so that neighbours lie in different partitions.
The feed is at least as long as it was asked to be, and goes on slowly until nobody needs it any
more, because a fault that is aimed at a commit needs commits.
"""

import random
import subprocess
import threading
import time

USERS, WORDS = 2000, 600
TICK_S = 0.05
BURST = 500
SLOW = 100  # a second, after as many as were asked for


def two_words(rng, _):
    return " ".join(f"w{int(WORDS * rng.random() ** 2)}" for _ in range(2))


class Feed(threading.Thread):
    def __init__(self, cluster, topic, seed, records, per_second, words=two_words):
        super().__init__(name="feed", daemon=True)
        self.words = words
        self.rng = random.Random(f"{seed}-feed")
        self.wanted = records
        self.per_second = per_second
        self.written = 0
        self.hurry = threading.Event()  # faults are over: the rest at once
        self.error = None
        self.kcat = subprocess.Popen(
            ["kcat", "-P", "-E", "-b", cluster.servers, "-t", topic, "-K", "|",
             "-X", "enable.idempotence=true", "-X", "message.timeout.ms=0", "-X", "linger.ms=20",
             "-X", "partitioner=murmur2_random"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def event(self):
        rng = self.rng
        words = self.words(rng, self.written)
        return f"{self.written}|{self.written} {rng.randrange(USERS)} {words}\n"

    def write(self, count):
        if count == 0:
            return
        lines = []
        for _ in range(count):
            lines.append(self.event())
            self.written += 1
        self.kcat.stdin.write("".join(lines).encode())
        self.kcat.stdin.flush()

    def run(self):
        try:
            due = 0.0
            last = time.monotonic()
            while not self.hurry.is_set():
                now = time.monotonic()
                due += (now - last) * (self.per_second if self.written < self.wanted else SLOW)
                last = now
                self.write(int(due))
                due -= int(due)
                self.hurry.wait(TICK_S)
            while self.written < self.wanted:
                self.write(min(BURST, self.wanted - self.written))
            self.kcat.stdin.close()
            if self.kcat.wait(timeout=120) != 0:
                self.error = f"kcat: {self.kcat.stderr.read().decode().strip()}"
        except (OSError, subprocess.TimeoutExpired) as e:
            self.error = str(e)

    def finish(self):
        self.hurry.set()
        self.join(timeout=600)
        if self.is_alive():
            self.error = "the events could not be written within ten minutes"
            self.kcat.kill()
        if self.error is not None:
            raise RuntimeError(f"feed: {self.error}")


def write_all(cluster, topic, lines):
    """Write records "KEY|VALUE" and wait until they are there."""
    subprocess.run(["kcat", "-P", "-b", cluster.servers, "-t", topic, "-K", "|",
                    "-X", "enable.idempotence=true", "-X", "partitioner=murmur2_random"],
                   input="".join(line + "\n" for line in lines).encode(), check=True, timeout=300)
