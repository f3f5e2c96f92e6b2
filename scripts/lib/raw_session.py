#!/usr/bin/env python3
"""raw_session.py SERVERS SCRIPT -- runs a session of requests that no client library sends, and
prints a line for each step, as tests/broker/session does. tests/broker/README.md has the language.
"""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import raw_kafka
from raw_kafka import Connection, Writer

RETRY_S = 10
SETTINGS_S = 0.4  # until the broker that is asked has heard of an alteration
PASSING = ("NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS", "COORDINATOR_NOT_AVAILABLE",
           "NOT_LEADER_OR_FOLLOWER")
TRANSACTIONAL = 0x10


class Step:
    """The words of a line; name=value words are options."""

    def __init__(self, line):
        words = line.split()
        self.verb = words[0]
        self.words = [w for w in words[1:] if "=" not in w]
        self.options = dict(w.split("=", 1) for w in words[1:] if "=" in w)

    def has(self, word):
        return word in self.words

    def number(self, name, otherwise):
        return int(self.options.get(name, otherwise))

    def near(self, name, present):
        """present, or what an option makes of it: +1 and -1 count from it."""
        text = self.options.get(name)
        if text is None:
            return present
        return present + int(text) if text[0] in "+-" else int(text)

    def places(self):
        """topic:partition[:offset[:metadata]]"""
        found = []
        for word in self.words:
            if ":" in word:
                topic, partition, *rest = word.split(":")
                found.append((topic, int(partition), int(rest[0]) if rest else -1,
                              rest[1] if len(rest) > 1 else ""))
        return found


class Producer:
    def __init__(self, transactional_id):
        self.transactional_id = transactional_id
        self.id = -1
        self.epoch = -1


class Member:
    def __init__(self, group):
        self.group = group
        self.id = ""
        self.generation = -1
        self.instance = None


class Session:
    def __init__(self, servers):
        self.address = servers.split(",")[0]
        self.connections = {}
        self.producers = {}
        self.members = {}
        self.waiting = {}  # connection name: what reads the answer
        self.now = int(time.time()) * 1000

    def connection(self, name):
        if name not in self.connections:
            self.connections[name] = Connection(self.address)
        return self.connections[name]

    def member_name(self, member_id):
        return next((n for n, m in self.members.items() if m.id == member_id), "?")

    def run(self, step):
        started = step.verb == "start"
        if started:
            step.verb = step.words.pop(0)
        if step.verb in LOCAL:
            return LOCAL[step.verb](self, step)
        until = time.time() + RETRY_S
        while True:
            (api, version, flexible), body, read = REQUESTS[step.verb](self, step)
            name = step.words[0] if step.words and step.words[0] in self.members else "-"
            try:
                self.connection(name).send(api, version, flexible, body)
                if started:
                    self.waiting[name] = read
                    return "sent"
                answer = read(self.connection(name).receive())
            except (ConnectionError, TimeoutError) as e:
                self.connections.pop(name).close()
                return f"connection {e}"
            again = step.has("retry") and ("CONCURRENT" in answer or "UNSTABLE" in answer)
            if time.time() > until or not (again or answer.startswith(PASSING)):
                break
            time.sleep(0.02)
        if step.verb in ("create", "grow") and answer == "ok" and not step.has("validate"):
            self.await_topic(step.words[0])
        if step.verb == "change" and answer == "ok":
            time.sleep(SETTINGS_S)
        return answer

    def await_topic(self, topic):
        """Until what was created is led."""
        for _ in range(500):
            if self.run(Step(f"list {topic}:0 earliest")).startswith("ok"):
                return
            time.sleep(0.02)

    def await_coordinators(self):
        for kind in (0, 1):
            w = Writer(False).text("x").i8(kind)
            for _ in range(1000):
                self.connection("-").send(10, 1, False, w.data)
                r = self.connection("-").receive()
                r.i32()
                if r.error() == "ok":
                    break
                time.sleep(0.02)


# ---- steps without a request

def wait(session, step):
    name = step.words[0]
    return session.waiting.pop(name)(session.connection(name).receive())


def sleep(_session, step):
    time.sleep(int(step.words[0]) / 1000)
    return "ok"


def drop(session, step):
    """The member's connection is gone; the member may not be."""
    session.connections.pop(step.words[0]).close()
    session.waiting.pop(step.words[0], None)
    return "ok"


LOCAL = {"wait": wait, "sleep": sleep, "drop": drop}


# ---- requests: (api, version, flexible), the body, and what reads the answer

def init(session, step):
    p = session.producers.setdefault(step.words[0], Producer(None))
    p.transactional_id = step.options.get("txn", p.transactional_id)
    held = session.producers.get(step.options.get("with"), Producer(None))
    w = Writer(True).text(p.transactional_id).i32(step.number("timeout", 60000))
    w.i64(step.near("id", held.id)).i16(step.near("epoch", held.epoch)).tags()

    def read(r):
        r.i32()
        error = r.error()
        known = {q.id for q in session.producers.values()}
        given, epoch = r.i64(), r.i16()
        if error != "ok":
            return error
        p.id, p.epoch = given, epoch
        return f"ok epoch {epoch} {'known' if given in known else 'new'} id"

    return (22, 4, True), w.data, read


def who(session, step, w):
    """The head that requests in transactions share."""
    p = session.producers[step.words[0]]
    return w.text(step.options.get("txn", p.transactional_id)).i64(step.near("id", p.id)).i16(
        step.near("epoch", p.epoch))


def add(session, step):
    places = step.places()
    w = who(session, step, Writer(False))
    w.array(places, lambda w, at: w.text(at[0]).array([at[1]], Writer.i32))

    def read(r):
        r.i32()
        topics = r.array(lambda r: (r.text(), r.array(lambda r: (r.i32(), r.error()))))
        return " ".join(sorted(f"{t}:{p} {e}" for t, ps in topics for p, e in ps))

    return (24, 2, False), w.data, read


def add_group(session, step):
    w = who(session, step, Writer(False)).text(step.words[1])
    return (25, 2, False), w.data, lambda r: (r.i32(), r.error())[1]


def end(session, step):
    w = who(session, step, Writer(False)).i8(step.has("commit"))
    return (26, 2, False), w.data, lambda r: (r.i32(), r.error())[1]


def mark(session, step):
    """WriteTxnMarkers, as an administrator sends it."""
    p = session.producers[step.words[0]]
    w = Writer(True).count(1).i64(step.near("id", p.id)).i16(step.near("epoch", p.epoch))
    w.i8(step.has("commit"))
    w.array(step.places(), lambda w, at: w.text(at[0]).array([at[1]], Writer.i32).tags())
    w.i32(step.number("coordinator", 0)).tags().tags()

    def read(r):
        markers = r.array(lambda r: (r.i64(), r.array(lambda r: (
            r.text(), r.array(lambda r: (r.i32(), r.error(), r.tags())), r.tags())), r.tags()))
        return " ".join(sorted(f"{t}:{p[0]} {p[1]}" for _, topics, _ in markers
                               for t, ps, _ in topics for p in ps))

    return (27, 1, True), w.data, read


def txn_commit(session, step):
    p = session.producers[step.words[0]]
    m = session.members.get(step.options.get("member"), Member(None))
    w = Writer(True).text(step.options.get("txn", p.transactional_id)).text(step.words[1])
    w.i64(step.near("id", p.id)).i16(step.near("epoch", p.epoch))
    w.i32(step.near("generation", m.generation)).text(step.options.get("name", m.id))
    w.text(step.options.get("instance", m.instance))

    def write(w, at):
        w.text(at[0]).array([at], lambda w, at: w.i32(at[1]).i64(at[2]).i32(-1).text(at[3]).tags())
        w.tags()

    w.array(step.places(), write).tags()

    def read(r):
        r.i32()
        topics = r.array(lambda r: (r.text(), r.array(
            lambda r: (r.i32(), r.error(), r.tags())), r.tags()))
        return " ".join(f"{t}:{p[0]} {p[1]}" for t, ps, _ in topics for p in ps)

    return (28, 3, True), w.data, read


def produce(session, step):
    p = session.producers.get(step.words[0], Producer(None))
    (topic, partition, *_), = step.places()
    values = step.words[2].split(",")
    data = bytearray(raw_kafka.batch(
        values, session.now, (step.near("id", p.id), step.near("epoch", p.epoch)),
        step.number("seq", -1), TRANSACTIONAL if step.has("txn") else 0))
    if step.has("corrupt"):
        data[-2] ^= 1
    if step.has("short"):
        data = data[:-3]
    if "magic" in step.options:
        data[16] = step.number("magic", 2)
    w = Writer(False).text(p.transactional_id).i16(step.number("acks", -1)).i32(30000)
    w.array([topic], lambda w, t: w.text(t).array(
        [partition], lambda w, n: w.i32(n).bytes(bytes(data))))

    def read(r):
        topics = r.array(lambda r: (r.text(), r.array(
            lambda r: (r.i32(), r.error(), r.i64(), r.i64(), r.i64()))))
        _, error, offset, _, start = topics[0][1][0]
        return f"{error} at {offset} start {start}" if error == "ok" else error

    return (0, 7, False), w.data, read


def fetch(session, step):
    (topic, partition, offset, _), = step.places()
    w = Writer(False).i32(-1).i32(100).i32(1).i32(1 << 20).i8(step.has("committed")).i32(
        step.number("session", 0)).i32(step.number("session-epoch", -1))
    w.array([topic], lambda w, t: w.text(t).array([partition], lambda w, n: w.i32(n).i32(
        step.number("leader-epoch", -1)).i64(offset).i64(-1).i32(1 << 20)))
    w.count(0).text("")

    def read(r):
        r.i32()
        whole = r.error()
        r.i32()
        topics = r.array(lambda r: (r.text(), r.array(lambda r: (
            r.i32(), r.error(), r.i64(), r.i64(), r.i64(),
            r.array(lambda r: (r.i64(), r.i64())), r.i32(), r.bytes()))))
        if not topics:
            return whole
        _, error, high, stable, start, aborted, _, data = topics[0][1][0]
        firsts = ",".join(str(first) for _, first in sorted(aborted, key=lambda a: a[1]))
        return (f"{error} high {high} stable {stable} start {start} aborted [{firsts}]"
                f" {'data' if data else 'nothing'}")

    return (1, 11, False), w.data, read


TIMES = {"earliest": -2, "latest": -1, "max": -3}


def list_offsets(session, step):
    topic, partition = step.words[0].split(":")
    word = step.words[1]
    at = TIMES[word] if word in TIMES else session.now + int(word)
    w = Writer(True).i32(-1).i8(step.has("committed"))
    w.array([topic], lambda w, t: w.text(t).array([int(partition)], lambda w, n: w.i32(n).i32(
        step.number("leader-epoch", -1)).i64(at).tags()).tags()).tags()

    def read(r):
        r.i32()
        topics = r.array(lambda r: (r.text(), r.array(lambda r: (
            r.i32(), r.error(), r.i64(), r.i64(), r.i32(), r.tags())), r.tags()))
        _, error, found, offset, *_ = topics[0][1][0]
        when = "" if found == -1 else f" time {found - session.now}"
        return f"{error} {offset}{when}"

    return (2, 7, True), w.data, read


# ---- groups

def join(session, step):
    group = "" if step.words[1] == "-" else step.words[1]
    m = session.members.setdefault(step.words[0], Member(group))
    m.instance = step.options.get("instance", m.instance)
    protocols = step.options.get("protocols", "range").split(",")
    w = Writer(False).text(group).i32(step.number("session", 6000)).i32(
        step.number("rebalance", 6000)).text(step.options.get("name", m.id)).text(m.instance)
    w.text(step.options.get("type", "consumer"))
    w.array([p for p in protocols if p], lambda w, p: w.text(p).bytes(b"x"))

    def read(r):
        r.i32()
        error, generation, protocol, leader, given = (r.error(), r.i32(), r.text(), r.text(),
                                                      r.text())
        others = r.array(lambda r: (r.text(), r.text(), r.bytes())[0])
        if given:
            m.id = given
        if error != "ok":
            return error
        m.generation = generation
        names = sorted(session.member_name(i) for i in others)
        role = f"leads {','.join(names)}" if leader == m.id else "follows"
        return f"ok generation {generation} {protocol} {role}"

    return (11, 5, False), w.data, read


def member_head(session, step, w):
    m = session.members[step.words[0]]
    w.text(step.options.get("group", m.group)).i32(step.near("generation", m.generation))
    return w.text(step.options.get("name", m.id)).text(step.options.get("instance", m.instance))


def sync(session, step):
    given = [(m.id, step.options[n]) for n, m in session.members.items() if n in step.options]
    w = member_head(session, step, Writer(False))
    w.array(given, lambda w, a: w.text(a[0]).bytes(a[1].encode()))

    def read(r):
        r.i32()
        return f"{r.error()} \"{r.bytes().decode()}\""

    return (14, 3, False), w.data, read


def heartbeat(session, step):
    return (12, 3, False), member_head(session, step, Writer(False)).data, lambda r: (
        r.i32(), r.error())[1]


def leave(session, step):
    m = session.members[step.words[0]]
    w = Writer(False).text(m.group)
    w.array([m], lambda w, m: w.text(step.options.get("name", m.id)).text(
        step.options.get("instance", m.instance)))

    def read(r):
        r.i32()
        whole = r.error()
        members = r.array(lambda r: (r.text(), r.text(), r.error())[2])
        return " ".join([whole, *members])

    return (13, 3, False), w.data, read


def offset_commit(session, step):
    w = member_head(session, step, Writer(False))
    w.array(step.places(), lambda w, at: w.text(at[0]).array(
        [at], lambda w, at: w.i32(at[1]).i64(at[2]).i32(-1).text(
            at[3] * step.number("times", 1))))

    def read(r):
        r.i32()
        topics = r.array(lambda r: (r.text(), r.array(lambda r: (r.i32(), r.error()))))
        return " ".join(f"{t}:{p} {e}" for t, ps in topics for p, e in ps)

    return (8, 7, False), w.data, read


def outsider_commit(session, step):
    """OffsetCommit of a client that is no member."""
    session.members["outsider"] = Member(step.words[0])
    step.words.insert(0, "outsider")
    try:
        return offset_commit(session, step)
    finally:
        step.words.pop(0)
        del session.members["outsider"]


def offset_fetch(session, step):
    places = step.places()
    w = Writer(True).text(step.words[0])
    if places:
        w.array(places, lambda w, at: w.text(at[0]).array([at[1]], Writer.i32).tags())
    else:
        w.uvarint(0)
    w.i8(step.has("stable")).tags()

    def read(r):
        r.i32()
        topics = r.array(lambda r: (r.text(), r.array(lambda r: (
            r.i32(), r.i64(), r.i32(), r.text(), r.error(), r.tags())), r.tags()))
        return " ".join([r.error(), *sorted(f"{t}:{p[0]} = {p[1]} \"{p[3]}\" {p[4]}"
                                            for t, ps, _ in topics for p in ps)])

    return (9, 7, True), w.data, read


def offset_delete(_session, step):
    w = Writer(False).text(step.words[0])
    w.array(step.places(), lambda w, at: w.text(at[0]).array([at[1]], Writer.i32))

    def read(r):
        whole = r.error()
        r.i32()
        topics = r.array(lambda r: (r.text(), r.array(lambda r: (r.i32(), r.error()))))
        return " ".join([whole, *(f"{t}:{p} {e}" for t, ps in topics for p, e in ps)])

    return (47, 0, False), w.data, read


# ---- topics

def create(_session, step):
    settings = [(k, v) for k, v in step.options.items() if k not in ("partitions", "replication")]
    w = Writer(True).array([step.words[0]], lambda w, t: w.text(t).i32(
        step.number("partitions", 1)).i16(step.number("replication", 1)).count(0).array(
            settings, lambda w, s: w.text(s[0]).text(None if s[1] == "null" else s[1]).tags())
        .tags())
    w.i32(30000).i8(step.has("validate")).tags()

    def setting(r):
        name, value, _, source, _, _ = r.text(), r.text(), r.i8(), r.i8(), r.i8(), r.tags()
        return f" {name}={value}" if source == 1 else ""

    def made(r):
        _, topic_id, error, _ = r.text(), r.raw(16), r.error(), r.text()
        partitions, replication = r.i32(), r.i16()
        own = "".join(sorted(r.array(setting)))
        r.tags()
        named = "" if any(topic_id) else " no id"
        return error if error != "ok" else f"ok {partitions} x {replication}{own}{named}"

    def read(r):
        r.i32()
        return " ".join(r.array(made))

    return (19, 7, True), w.data, read


def grow(_session, step):
    w = Writer(False).array([step.words[0]], lambda w, t: w.text(t).i32(int(step.words[1])).i32(
        -1)).i32(30000).i8(step.has("validate"))

    def read(r):
        r.i32()
        return " ".join(r.array(lambda r: (r.text(), r.error(), r.text())[1]))

    return (37, 1, False), w.data, read


OPS = {"set": 0, "delete": 1, "append": 2, "subtract": 3}


def change(_session, step):
    """change TOPIC op:name[:value] ..."""
    changes = [(w.split(":") + [None])[:3] for w in step.words[1:] if ":" in w]
    w = Writer(False).array([step.words[0]], lambda w, t: w.i8(2).text(t).array(
        changes, lambda w, c: w.text(c[1]).i8(OPS[c[0]]).text(c[2]))).i8(step.has("validate"))

    def read(r):
        r.i32()
        return " ".join(r.array(lambda r: (r.error(), r.text(), r.i8(), r.text())[0]))

    return (44, 0, False), w.data, read


def configs(_session, step):
    """The types of settings, which librdkafka does not show."""
    w = Writer(False).array([step.words[0]], lambda w, t: w.i8(2).text(t).array(
        step.words[1:], Writer.text) if step.words[1:] else w.i8(2).text(t).count(-1))
    w.i8(0).i8(0)

    def entry(r):
        name, value, read_only, source, sensitive = r.text(), r.text(), r.i8(), r.i8(), r.i8()
        r.array(lambda r: (r.text(), r.text(), r.i8()))
        kind = r.i8()
        r.text()
        return f"{name}={value} type {kind}{' own' if source == 1 else ''}" + (
            " read-only" if read_only else "") + (" sensitive" if sensitive else "")

    def read(r):
        r.i32()
        found = r.array(lambda r: (r.error(), r.text(), r.i8(), r.text(), r.array(entry)))
        return " ".join([found[0][0], *sorted(found[0][4])])

    return (32, 3, False), w.data, read


# ---- looking

def describe_producers(session, step):
    (topic, partition, *_), = step.places()
    w = Writer(True).array([topic], lambda w, t: w.text(t).array([partition], Writer.i32).tags())
    w.tags()

    def state(r):
        pid, epoch, sequence, _, coordinator, start = (r.i64(), r.i32(), r.i32(), r.i64(), r.i32(),
                                                       r.i64())
        r.tags()
        name = next((n for n, p in session.producers.items() if p.id == pid), "?")
        return f"{name} epoch {epoch} seq {sequence} coordinator {coordinator} txn {start}"

    def read(r):
        r.i32()
        topics = r.array(lambda r: (r.text(), r.array(lambda r: (
            r.i32(), r.error(), r.text(), r.array(state), r.tags())), r.tags()))
        found = topics[0][1][0]
        return " | ".join([found[1], *sorted(found[3])])

    return (61, 0, True), w.data, read


def log_dirs(_session, step):
    places = step.places()
    w = Writer(True).array(places, lambda w, at: w.text(at[0]).array([at[1]], Writer.i32).tags())
    w.tags()

    def read(r):
        r.i32()
        error = r.error()
        dirs = r.array(lambda r: (r.error(), r.text(), r.array(lambda r: (
            r.text(), r.array(lambda r: (r.i32(), r.i64(), r.i64(), r.i8(), r.tags())), r.tags())),
            r.tags()))
        found = sorted(f"{t}:{p} {size} bytes, lag {lag}, future {future}"
                       for _, _, topics, _ in dirs for t, ps, _ in topics
                       for p, size, lag, future, _ in ps)
        return " | ".join([error, *(d[0] for d in dirs), *found])

    return (35, 3, True), w.data, read


def describe_transaction(_session, step):
    w = Writer(True).array([step.words[0]], Writer.text).tags()

    def read(r):
        r.i32()
        found = r.array(lambda r: (
            r.error(), r.text(), r.text(), r.i32(), r.i64(), r.i64(), r.i16(),
            r.array(lambda r: (r.text(), r.array(lambda r: r.i32()), r.tags())), r.tags()))
        error, _, state, timeout, start, _, epoch, topics, _ = found[0]
        if error != "ok":
            return error
        # A group takes part as one of the partitions of its coordinator, whose number differs.
        parts = sorted({t if t == "__consumer_offsets" else f"{t}:{p}"
                        for t, ps, _ in topics for p in ps})
        return " ".join([f"{state} timeout {timeout} epoch {epoch}",
                         "begun" if start >= 0 else "", *parts])

    return (65, 0, True), w.data, read


def list_transactions(_session, step):
    w = Writer(True).count(0).count(0).i64(step.number("older", -1)).tags()

    def read(r):
        r.i32()
        error = r.error()
        r.array(lambda r: r.text())
        found = r.array(lambda r: (r.text(), r.i64(), r.text(), r.tags()))
        return " ".join([error, *sorted(f"{i} {state}" for i, _, state, _ in found
                                        if i.startswith(step.words[0]))])

    return (66, 1, True), w.data, read


def unknown(_session, step):
    """A request of a number and a version that may not be there."""
    return (int(step.words[0]), int(step.words[1]), step.has("flexible")), b"", lambda r: "answered"


REQUESTS = {
    "init": init, "add": add, "add-group": add_group, "end": end, "mark": mark,
    "txn-commit": txn_commit, "log-dirs": log_dirs,
    "produce": produce, "fetch": fetch, "list": list_offsets, "join": join, "sync": sync,
    "heartbeat": heartbeat, "leave": leave, "offset-commit": offset_commit,
    "outsider-commit": outsider_commit, "offset-fetch": offset_fetch,
    "offset-delete": offset_delete, "create": create, "grow": grow, "change": change,
    "configs": configs, "describe-producers": describe_producers,
    "describe-transaction": describe_transaction, "list-transactions": list_transactions,
    "unknown": unknown,
}


def main():
    session = Session(sys.argv[1])
    session.await_coordinators()
    with open(sys.argv[2]) as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if line and not line.startswith("#"):
                print(f"{number} {line} -> {session.run(Step(line))}", flush=True)


if __name__ == "__main__":
    main()
