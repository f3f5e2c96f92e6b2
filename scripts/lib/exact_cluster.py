"""exact_cluster.py -- a cluster of its own for a run: nodes, topics, and reading a log.

It is an Apache Kafka, or the broker of `weir dev`.

Topics are made with the one request that needs, because a JVM for each takes seconds. Logs are read
by kcat in read_committed, so that nothing of Weir judges Weir.
"""

import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from dev_broker import DevBroker

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KAFKA_LOCAL = os.path.join(ROOT, "scripts", "kafka-local")

CREATE_TOPICS, CREATE_TOPICS_VERSION = 19, 2
TOPIC_EXISTS = 36
TOO_FEW_NODES = 38
START_LIMIT_S = 60
READ_LIMIT_S = 600


def answers(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


def free_base():
    """The first port of a block of hundred where nothing listens."""
    for base in range(21000, 29000, 100):
        if not any(answers(base + i) for i in (0, 1, 10, 11, 20, 21, *range(50, 63))):
            return base
    raise RuntimeError("no free ports from 21000 to 29000")


def text16(s):
    return struct.pack(">h", len(s)) + s.encode()


def receive(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise OSError("the broker closed the connection")
        data += more
    return data


class Cluster:
    def __init__(self, folder, nodes, heap="512m"):
        self.folder = os.path.join(folder, "kafka")
        self.nodes = nodes
        self.heap = heap
        self.base = free_base()
        self.servers = ""
        self.partitions = {}

    def local(self, *args):
        done = subprocess.run([KAFKA_LOCAL, *args], stdin=subprocess.DEVNULL, timeout=180,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"kafka-local {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def start(self):
        self.servers = self.local("start", self.folder, "--nodes", str(self.nodes), "--port",
                                  str(self.base), "--heap", self.heap)

    def stop(self):
        if os.path.isdir(self.folder):
            self.local("stop", self.folder)

    def kill(self, node):
        self.local("kill", self.folder, str(node))

    def restart(self, node):
        self.local("restart", self.folder, str(node))

    def version(self):
        with open(KAFKA_LOCAL + ".pom.xml") as f:
            return "Apache Kafka " + re.search(
                r"<artifactId>kafka_2.13</artifactId><version>(.*?)</version>", f.read()).group(1)

    def create_topic(self, name, partitions):
        self.partitions[name] = partitions
        body = struct.pack(">i", 1) + text16(name) + struct.pack(
            ">ihiiib", partitions, -1 if self.nodes < 3 else 3, 0, 0, 30000, 0)
        head = struct.pack(">hhi", CREATE_TOPICS, CREATE_TOPICS_VERSION, 1) + text16("exact")
        until = time.monotonic() + START_LIMIT_S
        while True:
            with socket.create_connection(("127.0.0.1", self.base), timeout=60) as s:
                s.sendall(struct.pack(">i", len(head + body)) + head + body)
                answer = receive(s, struct.unpack(">i", receive(s, 4))[0])
            at = 4 + 4 + 4  # correlation, throttle time, one topic
            at += 2 + struct.unpack_from(">h", answer, at)[0]
            code = struct.unpack_from(">h", answer, at)[0]
            if code in (0, TOPIC_EXISTS):
                return
            # A node listens before the controller counts on it.
            if code != TOO_FEW_NODES or time.monotonic() > until:
                raise RuntimeError(f"topic {name} could not be created: error {code}")
            time.sleep(0.5)

    def log(self, topic):
        return Log(self, topic)

    def kcat(self, *args):
        done = subprocess.run(["kcat", "-b", self.servers, *args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=READ_LIMIT_S)
        if done.returncode != 0:
            raise RuntimeError(f"kcat {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout

    def log_starts(self, suffix):
        """Of each topic whose name ends so, the first offset of each partition."""
        starts = {}
        for topic in json.loads(self.kcat("-L", "-J"))["topics"]:
            name = topic["topic"]
            if name.endswith(suffix):
                queries = (f"{name}:{p['partition']}:-2" for p in topic["partitions"])
                starts[name] = [int(self.kcat("-Q", "-t", q).split()[-1]) for q in queries]
        return starts


class DevCluster(Cluster):
    """`weir dev` in the place of a cluster."""

    def __init__(self, folder, build):
        super().__init__(folder, 1)
        self.program = os.path.join(ROOT, build, "tools/weir")
        self.broker = None

    def start(self):
        self.servers = f"127.0.0.1:{self.base}"
        os.makedirs(self.folder)
        self.broker = DevBroker(self.program, "--dir", os.path.join(self.folder, "data"),
                                address=self.servers,
                                complaints=open(os.path.join(self.folder, "log"), "a"))
        self.broker.start()

    def kill(self, node):
        self.broker.end(signal.SIGKILL)

    def restart(self, node):
        self.broker.start()

    def stop(self):
        if self.broker is not None:
            code = self.broker.end()
            self.broker = None
            if code != 0:
                raise RuntimeError(f"weir dev ended with code {code}")

    def version(self):
        return subprocess.run([self.program, "--version"], stdout=subprocess.PIPE, text=True,
                              check=True).stdout.strip()


class Log:
    """The committed records of a topic, from where the last read ended."""

    def __init__(self, cluster, topic):
        self.cluster = cluster
        self.topic = topic
        self.next = {}

    def read(self, take, partitions=None):
        """take(partition, offset, time, key, value) for each record that is new; returns how many.
        Records of one partition come in order."""
        if partitions is None:
            partitions = range(self.cluster.partitions[self.topic])
        texts, readers = {}, []

        def run(partition):
            texts[partition] = self.fetch(partition)

        for p in partitions:
            readers.append(threading.Thread(target=run, args=(p,)))
            readers[-1].start()
        for r in readers:
            r.join()
        return sum(self.parse(p, texts[p], take) for p in sorted(texts))

    def fetch(self, partition):
        done = subprocess.run(
            ["kcat", "-C", "-q", "-e", "-b", self.cluster.servers, "-t", self.topic,
             "-p", str(partition), "-o", str(self.next.get(partition, 0)),
             "-X", "isolation.level=read_committed", "-f", "%o %T %K %S %k%s\n"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=READ_LIMIT_S)
        if done.returncode != 0:
            raise RuntimeError(f"kcat could not read {self.topic}: {done.stderr.decode().strip()}")
        return done.stdout

    def parse(self, partition, text, take):
        at, count = 0, 0
        while at < len(text):
            fields_end = at
            for _ in range(4):
                fields_end = text.index(b" ", fields_end) + 1
            offset, time, key_len, value_len = map(int, text[at:fields_end].split())
            at = fields_end
            key = text[at:at + key_len] if key_len >= 0 else None
            at += max(key_len, 0)
            value = text[at:at + value_len] if value_len >= 0 else None
            at += max(value_len, 0) + 1
            take(partition, offset, time, key, value)
            self.next[partition] = offset + 1
            count += 1
        return count


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
