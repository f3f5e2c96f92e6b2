"""exact_scenarios.py -- single situations, each brought about on purpose and then recounted.

Each has its own topics and application on one cluster. Four of them are what one rule of the commit
protocol is for; with that rule broken on purpose they must find something.
"""

import json
import os
import random
import re
import time

from exact_check import CHECKERS, Changelogs, check_stores
from exact_cluster import ROOT
from exact_feed import Feed, write_all
from exact_instance import Application

PARTITIONS = 4
LIMIT_S = 90
QUIET_S = 3
# The situation that a rule is for, and the rule whose being kept mends the breach: who takes a task
# over fences its former writer (R12), so that it does no harm even with R2 or R4 broken.
RULES = {"R1": ("unapplied", None), "R2": ("zombie", "R12"), "R4": ("orphan", "R12"),
         "R13": ("repeated", None)}
SESSION_S = 6
# A zombie must not be helped by the time-out of its transaction.
LONG = {"transaction.timeout.ms": 120000}
LATE = {"processing.guarantee": "at_least_once", "producer.linger.ms": 500}
LARGE_KEYS, WORDS_PER_EVENT = 1000000, 40
REPLAY_MAX = 20000  # records of a bounded tail


class Wrong(Exception):
    """What was to be shown was not."""


class Found(Wrong):
    """The recount says so."""


def need(ok, what, kind=Wrong):
    if not ok:
        raise kind(what)


class Stage:
    """One application with its topics, and what it must come to."""

    def __init__(self, all_of_it, name, topology, count, build, settings=None):
        self.cluster = all_of_it.cluster
        self.name = name
        topics = (f"{name}-events", f"{name}-out")
        for t in topics:
            self.cluster.create_topic(t, PARTITIONS)
        settings = {"processing.guarantee": all_of_it.args.guarantee, **(settings or {})}
        self.at_least_once = settings["processing.guarantee"] == "at_least_once"
        self.app = Application(self.cluster, all_of_it.folder, build, f"exact-{name}", topology,
                               topics, settings, all_of_it.args.rdkafka)
        for i in range(count):
            self.app.add(self.cluster.base + 60 + i)
        self.checker = CHECKERS[topology](self.at_least_once)
        self.events = self.cluster.log(topics[0])
        self.outputs = self.cluster.log(topics[1])
        self.rng = random.Random(name)
        self.written = 0
        self.seen = 0
        all_of_it.stages.append(self)

    def feed(self, count, words=lambda rng, n: f"w{rng.randrange(300)} w{rng.randrange(300)}"):
        lines = []
        for _ in range(count):
            n = self.written
            lines.append(f"{n}|{n} {self.rng.randrange(200)} {words(self.rng, n)}")
            self.written += 1
        write_all(self.cluster, self.app.topics[0], lines)

    def wait(self, what, condition, limit_s=LIMIT_S):
        until = time.monotonic() + limit_s
        while not condition():
            need(time.monotonic() < until, f"waited {limit_s} s for {what}")
            time.sleep(0.1)

    def read(self):
        self.seen += self.outputs.read(self.checker.take_output)
        return self.seen

    def drain(self, limit_s=LIMIT_S):
        """Read events, then outputs until all are there. What is not there in time is lost."""
        self.events.read(self.checker.take_event)
        until = time.monotonic() + limit_s
        while self.read() < self.checker.total and time.monotonic() < until:
            time.sleep(0.1)
        while self.at_least_once:  # repeated ones have been counted too
            before = self.seen
            time.sleep(QUIET_S)
            if self.read() == before:
                break

    def hit(self, i, point, action):
        self.wait(f"{point}={action}", lambda: [point, action] in
                  [h[:2] for h in i.hit_lines()])

    def running(self, i, tasks, waits=None):
        def there():
            text = i.log_text().rsplit("---- start", 1)[-1]
            return (len(set(re.findall(r"event=task.running task=(\S+)", text))) >= tasks
                    or waits is not None and waits in text)
        self.wait(f"{tasks} tasks of {i.name}", there)

    def recount(self):
        """Stop everything; the result with all problems."""
        for i in self.app.instances:
            if i.alive():
                code = i.stop()
                need(code == 0, f"{i.name} ended with code {code}")
        self.read()
        result = self.checker.result()
        check_stores(self.app, Changelogs(self.cluster), result)
        return result

    def exact(self):
        r = self.recount()
        repeated = r.duplicated and not self.at_least_once
        need(not (r.lost or repeated or r.problems),
             f"{r.lost} lost, {r.duplicated} duplicated; " + "; ".join(r.problems[:3]), Found)
        return f"{r.results} results, 0 lost, {r.duplicated} duplicated"

    def end(self):
        for i in self.app.instances:
            i.kill()


def overslept(all_of_it, name, build, point):
    """Stopped at a point of its commit, woken when another instance has its tasks or waits for the
    end of its transaction."""
    s = Stage(all_of_it, name, "pass", 2, build, LONG)
    a, b = s.app.instances
    s.feed(400)
    a.start()
    s.drain()
    a.kill()
    a.start(f"{point}=stop@4")  # the first commit of each thread may be its claim, without records
    s.running(a, PARTITIONS)
    for _ in range(3):
        s.feed(100)
        time.sleep(0.3)
    s.hit(a, point, "stop")
    a.stopped = True
    b.start()
    s.running(b, PARTITIONS, waits="event=task.waiting")
    time.sleep(2)  # b commits
    a.resume()
    time.sleep(3)
    s.feed(100)
    s.drain()
    return s


def zombie(all_of_it, name, build):
    """R2: stopped before its positions are sent, woken when another instance has its tasks."""
    return overslept(all_of_it, name, build, "commit.prepared")


def orphan(all_of_it, name, build):
    """R4: stopped with its positions in an open transaction, woken when another has its tasks."""
    return overslept(all_of_it, name, build, "commit.offsets_sent")


def unanswered(all_of_it, name, build):
    """Stopped before a revoke is answered, woken when another instance has all tasks."""
    s = Stage(all_of_it, name, "words", 2, build, LONG)
    a, b = s.app.instances
    a.start("revoke.received=stop@1")
    s.running(a, 2 * PARTITIONS)
    feed = Feed(s.cluster, s.app.topics[0], name, 2000, 100)
    feed.start()
    b.start()
    s.hit(a, "revoke.received", "stop")
    a.stopped = True
    s.running(b, 2 * PARTITIONS)
    time.sleep(2)  # b commits
    a.resume()
    time.sleep(6)
    feed.finish()
    s.drain()
    return s


def killed_at(s, failpoints):
    """The only instance is started and killed, once for each of the failpoints."""
    a = s.app.instances[0]
    for failpoint in failpoints:
        a.start(failpoint)
        until = time.monotonic() + LIMIT_S
        while a.alive():
            need(time.monotonic() < until, "the failpoint was not reached")
            s.feed(50)
            time.sleep(0.1)
        a.process = None
    a.start()
    s.drain()


def unapplied(all_of_it, name, build):
    """R1: killed, several times, when rows have been written: their transaction must be over."""
    s = Stage(all_of_it, name, "words", 1, build)
    killed_at(s, [f"apply.done=kill@{4 + n}" for n in range(6)])
    return s


def repeated(all_of_it, name, build):
    """R13: at least once, killed around its commits: outputs are written again, and none is lost
    that would leave late."""
    s = Stage(all_of_it, name, "words", 1, build, LATE)
    killed_at(s, [f"{point}=kill@{12 + n}" for n in range(2)  # behind the claims of the tasks
                  for point in ("commit.prepared", "commit.offsets_sent", "apply.done")])
    result = s.checker.result()
    need(result.lost or result.duplicated, "the kills have repeated nothing")
    return s


def handover(all_of_it, name, build):
    """A planned hand-over beside a thread that is slow, under steady commits, costs no abort."""
    s = Stage(all_of_it, name, "words", 3, build)
    a, b, c = s.app.instances

    def words(rng, n):
        return "~700" if n % 400 == 0 else f"w{rng.randrange(300)}"

    a.start()
    s.running(a, 2 * PARTITIONS)
    feed = Feed(s.cluster, s.app.topics[0], name, 2000, 200, words)
    feed.start()
    for joining in (b, c):
        time.sleep(1)
        joining.start()
        s.running(joining, 1)
    time.sleep(1)
    feed.finish()
    s.drain()
    need(re.search(r"event=group.revoked count=[1-9]", a.log_text()), "nothing was handed over")
    aborts = {i.name: i.metric("weir_aborts_total") for i in s.app.instances}
    need(not any(aborts.values()), f"hand-overs cost aborts: {aborts}")
    return s


def large(all_of_it, name, build):
    """SIGKILL with a large store: the same directory is used again."""
    s = Stage(all_of_it, name, "words", 1, build)
    a = s.app.instances[0]
    s.feed(LARGE_KEYS // WORDS_PER_EVENT, lambda rng, n: " ".join(
        f"k{n * WORDS_PER_EVENT + i}" for i in range(WORDS_PER_EVENT)))
    a.start()
    s.drain(600)
    for _ in range(3):
        s.feed(200)
        a.kill()
        s.feed(1)
        before = s.read()
        began = time.monotonic()
        a.start()
        s.wait("a new output", lambda: s.read() > before)
        seconds = time.monotonic() - began
        s.drain()
        restored = int(a.metric("weir_restored_records_total"))
        all_of_it.say(f"large: {len(s.checker.expected)} keys, first new output read "
                      f"{seconds:.2f} s after the start, {restored} changelog records replayed")
        need(restored <= REPLAY_MAX, f"{restored} records were replayed after SIGKILL")
    return s


def upgrade(all_of_it, name, build):
    """Two builds with the same identity in turn; one with another identity is refused."""
    other = os.path.join(ROOT, "build/gcc")
    need(os.path.exists(f"{other}/tests/kafka/exact_app"), "scripts/dev build gcc comes first")
    s = Stage(all_of_it, name, "words", 3, build)
    a, b, c = s.app.instances
    a.start()
    b.start()
    s.running(a, 1)
    s.running(b, 1)
    s.feed(500)
    for i in (a, b):
        need(i.stop() == 0, f"{i.name} did not stop")
        s.feed(300)
        i.start(build=other)
        s.running(i, 1)
        s.feed(300)
    s.drain()
    c.start(topology="other")
    s.wait("the end of the other build", lambda: not c.alive())
    code, text = c.ended(), c.log_text()
    need(code == 78, f"the build with another identity ended with code {code}, not 78")
    need("event=instance.failed" in text, "the build with another identity said nothing")
    all_of_it.say("upgrade: refused with: " + re.search(
        r"event=instance.failed.*", text).group(0)[:600])
    need(a.alive() and b.alive(), "the refused one took the others with it")
    return s


SCENARIOS = {f.__name__: f for f in (zombie, orphan, unanswered, unapplied, repeated, handover,
                                     large, upgrade)}


class Scenarios:
    def __init__(self, args, folder, say, cluster):
        self.args = args
        self.folder = folder
        self.say = say
        self.cluster = cluster
        self.stages = []
        self.passed = self.failed = 0

    def play(self, name, label, build, broken=None):
        """None and a text, or what was wrong."""
        if broken is not None:
            os.environ["WEIR_BROKEN_RULE"] = broken
        try:
            return None, SCENARIOS[name](self, label, os.path.join(ROOT, build)).exact()
        except Wrong as e:
            return e, str(e)
        finally:
            os.environ.pop("WEIR_BROKEN_RULE", None)
            while self.stages:
                self.stages.pop().end()

    def play_broken(self, rule, name, mender):
        """With the rule kept it must be exact, with the rule broken something must be found."""
        wrong, text = self.play(name, f"{name}-kept", self.args.build)
        self.report(wrong is None, f"{rule} kept, {name}: {text}")
        broken = rule
        if mender is not None:
            broken = f"{rule},{mender}"
            wrong, text = self.play(name, f"{name}-{mender}", "build/broken", mender)
            self.report(wrong is None, f"{rule} kept, {mender} broken, {name}: {text}")
        wrong, text = self.play(name, f"{name}-broken", "build/broken", broken)
        self.report(isinstance(wrong, Found), f"{broken} broken, {name}: {text}")

    def report(self, ok, text):
        self.passed += ok
        self.failed += not ok
        self.say(("ok: " if ok else "not ok: ") + text)

    def go(self):
        if self.args.scenario == []:
            for name, f in SCENARIOS.items():
                print(f"{name:10} {f.__doc__}")
            return True
        self.cluster.start()
        for name in self.args.scenario or []:
            wrong, text = self.play(name, name, self.args.build)
            self.report(wrong is None, f"{name}: {text}")
        for rule in self.args.broken or []:
            self.play_broken(rule, *RULES[rule])
        print(f"{self.passed} passed, {self.failed} failed")
        print(json.dumps({"scenarios": self.args.scenario or [], "broken": self.args.broken or [],
                          "passed": self.passed, "failed": self.failed,
                          "cluster": self.cluster.version()}))
        return self.failed == 0

    def end(self):
        for stage in self.stages:
            stage.end()
        self.cluster.stop()
