"""exact_check.py -- the recount: what must have come out, from the input topic alone.

Every checker reads events and outputs and says how many results are missing (lost), are there more
than once (duplicated), or are wrong in another way (problems, texts). Of an application that runs
at least once, duplicates are counted and no problem: a record may be there several times, but what
follows from it is written for each of them. The stores are compared with the fold of their
changelogs up to the position that each store claims.
"""

import subprocess
from array import array
from collections import defaultdict

SHOWN = 10  # texts of one kind


class Result:
    def __init__(self, at_least_once=False):
        self.at_least_once = at_least_once
        self.lost = 0
        self.duplicated = 0
        self.results = 0
        self.problems = []

    def problem(self, text):
        if len(self.problems) < SHOWN:
            self.problems.append(text)

    def sequence(self, what, numbers, count):
        """numbers must be 1..count in order; at least once, all of 1..n for an n from count on."""
        self.results += len(numbers)
        if self.at_least_once:
            self.repeated(what, numbers, count)
            return
        if len(numbers) == count and all(n == i + 1 for i, n in enumerate(numbers)):
            return
        seen = set(numbers)
        lost = sum(1 for n in range(1, count + 1) if n not in seen)
        duplicated = len(numbers) - len(seen) + sum(1 for n in seen if n < 1 or n > count)
        self.lost += lost
        self.duplicated += duplicated
        first = next((i for i, n in enumerate(numbers) if n != i + 1), len(numbers))
        self.problem(f"{what}: {count} expected, {lost} lost, {duplicated} duplicated; at position "
                     f"{first + 1} comes {list(numbers[first:first + 5])}")

    def repeated(self, what, numbers, count):
        seen = set(numbers)
        missing = [n for n in range(1, max(seen | {count}) + 1) if n not in seen]
        self.lost += len(missing)
        self.duplicated += len(numbers) - count + sum(1 for n in missing if n <= count)
        if missing:
            self.problem(f"{what}: {count} expected, up to {max(seen, default=0)} seen, without "
                         f"{missing[:5]}")


class Words:
    """One output per word, its count so far: 1..n for a word that comes n times."""

    def __init__(self, at_least_once=False):
        self.at_least_once = at_least_once
        self.expected = defaultdict(int)
        self.counts = defaultdict(lambda: array("q"))
        self.total = 0

    def take_event(self, partition, offset, time, key, value):
        for word in value.split(b" ")[2:]:
            self.expected[word] += 1
            self.total += 1

    def take_output(self, partition, offset, time, key, value):
        self.counts[key].append(int.from_bytes(value, "big", signed=True))

    def result(self):
        r = Result(self.at_least_once)
        for word in sorted(self.expected.keys() | self.counts.keys()):
            r.sequence(f"word {word.decode()}", self.counts[word], self.expected[word])
        return r


class Chain:
    """One output per event, for the bucket of its user: how many changes of users so far, and sums
    of the users' counts and of the ids, whose differences name each single event."""

    BUCKETS = 32

    def __init__(self, at_least_once=False):
        self.at_least_once = at_least_once
        self.users = defaultdict(lambda: defaultdict(int))  # bucket: user: count
        self.ids = defaultdict(set)
        self.changes = defaultdict(lambda: array("q"))
        self.steps = defaultdict(lambda: array("q"))  # ids as the outputs have them
        self.last = {}
        self.sums = defaultdict(dict)  # at least once, bucket: change: (counts, ids)
        self.differing = 0
        self.total = 0

    def take_event(self, partition, offset, time, key, value):
        number, user = map(int, value.split(b" ")[:2])
        bucket = b"b%d" % (user % self.BUCKETS)
        self.users[bucket][user] += 1
        self.ids[bucket].add(number)
        self.total += 1

    def take_output(self, partition, offset, time, key, value):
        changes, counts, ids = map(int, value.split(b" "))
        self.changes[key].append(changes)
        if self.at_least_once:
            self.differing += self.sums[key].setdefault(changes, (counts, ids)) != (counts, ids)
            return
        self.steps[key].append(ids - self.last.get(key, (0, 0))[1])
        self.last[key] = (counts, ids)

    def result(self):
        r = Result(self.at_least_once)
        if self.differing:
            r.problem(f"{self.differing} outputs differ from another one of the same change")
        for bucket in sorted(self.users.keys() | self.changes.keys()):
            name = f"bucket {bucket.decode()}"
            users = self.users[bucket]
            r.sequence(name, self.changes[bucket], sum(users.values()))
            if self.at_least_once:
                self.follow(r, name, bucket)
                continue
            counts = sum(n * (n + 1) // 2 for n in users.values())
            sums = (counts, sum(self.ids[bucket]))
            if self.last.get(bucket) != sums:
                r.problem(f"{name}: sums are {self.last.get(bucket)}, not {sums}")
            steps = self.steps[bucket]
            lost = self.ids[bucket] - set(steps)
            twice = len(steps) - len(set(steps)) + len(set(steps) - self.ids[bucket])
            if lost or twice:
                r.problem(f"{name}: events {sorted(lost)[:5]} are missing in its sums, "
                          f"{twice} are there twice or strange")
                r.lost = max(r.lost, len(lost))
                r.duplicated = max(r.duplicated, twice)
        return r

    def follow(self, r, name, bucket):
        """At least once: from change to change, each event comes in at some time."""
        ids = [0] + [sums[1] for _, sums in sorted(self.sums[bucket].items())]
        steps = {after - before for before, after in zip(ids, ids[1:])}
        lost, strange = self.ids[bucket] - steps, steps - self.ids[bucket]
        if lost or strange:
            r.problem(f"{name}: events {sorted(lost)[:5]} are missing in its sums, "
                      f"{sorted(strange)[:5]} are strange")
            r.lost += len(lost)


class Pass:
    """Each event comes out once, as it is."""

    def __init__(self, at_least_once=False):
        self.at_least_once = at_least_once
        self.events = defaultdict(int)
        self.outputs = defaultdict(int)
        self.total = 0

    def take_event(self, partition, offset, time, key, value):
        self.events[value] += 1
        self.total += 1

    def take_output(self, partition, offset, time, key, value):
        self.outputs[value] += 1

    def result(self):
        r = Result(self.at_least_once)
        r.results = sum(self.outputs.values())
        for value in self.events.keys() | self.outputs.keys():
            more = self.outputs[value] - self.events[value]
            r.lost += max(-more, 0)
            r.duplicated += max(more, 0)
            if more < 0 or (more and not self.at_least_once):
                r.problem(f"event \"{value.decode()}\" came out {self.outputs[value]} times")
        return r


CHECKERS = {"words": Words, "other": Words, "chain": Chain, "pass": Pass}


# ---- stores ---------------------------------------------------------------------------------

def dump(build, folder):
    """The stores in the folder of a task: (name, changelog, restore_from, flush_until, rows)."""
    done = subprocess.run([f"{build}/tests/kafka/state_dump", folder], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{folder}: {done.stderr.strip()}")
    stores = []
    for line in done.stdout.splitlines():
        kind, *fields = line.split(" ")
        if kind == "store":
            stores.append((fields[0], fields[1], int(fields[2]), int(fields[3]), {}))
        else:
            key, time, value = fields
            stores[-1][4][unhex(key)] = (int(time), unhex(value))
    return stores


def unhex(text):
    return b"" if text == "-" else bytes.fromhex(text)


class Changelogs:
    """The committed records of changelog partitions, read once."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.read = {}

    def records(self, topic, partition):
        if (topic, partition) not in self.read:
            records = []

            def take(_, offset, time, key, value):
                records.append((offset, time, key, value))

            self.cluster.log(topic).read(take, [partition])
            self.read[topic, partition] = records
        return self.read[topic, partition]


def compare_store(store, records):
    """What is wrong with a store, given the whole changelog partition; None if nothing."""
    name, _, restore_from, flush_until, rows = store
    fold, later = {}, defaultdict(list)
    for offset, time, key, value in records:
        if offset < restore_from:
            if value is None:
                fold.pop(key, None)
            else:
                fold[key] = (time, value)
        elif offset < flush_until:  # between two chunks of one apply
            later[key].append(None if value is None else (time, value))
    for key in fold.keys() | rows.keys():
        if rows.get(key) != fold.get(key) and rows.get(key) not in later[key]:
            return (f"store {name} at {restore_from}: key {key!r} is {rows.get(key)}, "
                    f"the changelog says {fold.get(key)}")
    return None


def check_stores(app, changelogs, result):
    """Compare every folder of every instance, also old copies; the number of stores compared. For
    each task at least one copy must have come to the end."""
    compared, ends, complete = 0, {}, set()
    for instance in app.instances:
        for folder in instance.task_folders():
            partition = int(folder.rsplit("_", 1)[1])
            for store in dump(app.build, folder):
                if store[1] == "-":
                    continue
                records = changelogs.records(store[1], partition)
                wrong = compare_store(store, records)
                if wrong is not None:
                    result.problem(f"{instance.name} {folder.rsplit('/', 1)[1]}: {wrong}")
                compared += 1
                ends[store[1], partition] = records[-1][0] + 1 if records else 0
                if store[2] >= ends[store[1], partition]:
                    complete.add((store[1], partition))
    for changelog, partition in sorted(set(ends) - complete):
        result.problem(f"no copy of {changelog}-{partition} has come to its end")
    return compared
