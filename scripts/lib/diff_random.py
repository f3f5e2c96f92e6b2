"""diff_random.py -- random sessions for the differential test: same seed, same script.

The generator keeps as much of a model as it needs to ask sensible questions most of the time: which
producers are in a transaction, how long logs are at most. What the answers should be it does not
know; two brokers are to give the same.
"""

import random

PARTITIONS = 2
SETTINGS = (
    ("retention.ms", ("60000", "-1", "-2", "86400000", "x")),
    ("cleanup.policy", ("delete", "compact,delete", "purge", "delete,compact")),
    ("segment.ms", ("1000", "0", "600000")),
    ("max.message.bytes", ("100", "2000", "1048588", "-1")),
    ("min.cleanable.dirty.ratio", ("0.1", "1", "1.1")),
    ("preallocate", ("true", "False", "2")),
    ("no.such.config", ("1",)),
)


class Script:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.prefix = f"rnd{seed}"
        self.topics = {}  # name: partitions
        self.lengths = {}  # (topic, partition): an upper bound
        self.made = 0
        self.plain = []
        self.transactional = {}  # producer: [transactional id, in a transaction]
        self.lines = [f"# seed {seed}"]

    def add(self, *words):
        self.lines.append(" ".join(str(w) for w in words))

    def pick(self, things):
        return self.random.choice(sorted(things))

    def name(self, kind):
        self.made += 1
        return f"{self.prefix}-{kind}{self.made}"

    def place(self):
        topic = self.pick(self.topics)
        return topic, self.random.randrange(self.topics[topic])

    def offset(self, topic, partition):
        return self.random.randrange(self.lengths.get((topic, partition), 0) + 2)

    # ---- steps: each returns without a line where it makes no sense

    def create(self):
        if len(self.topics) >= 4:
            return
        name = self.name("t")
        self.topics[name] = self.random.randint(1, PARTITIONS)
        self.add("create", name, self.topics[name])

    def delete(self):
        if len(self.topics) < 3 or any(on for _, on in self.transactional.values()):
            return
        name = self.pick(self.topics)
        del self.topics[name]
        self.lengths = {at: n for at, n in self.lengths.items() if at[0] != name}
        self.add("delete", name)

    def grow(self):
        name = self.pick(self.topics)
        count = self.topics[name] + self.random.randint(-1, 1)
        self.topics[name] = max(count, self.topics[name])
        self.add("grow", name, max(count, 1))

    def alter(self):
        changes = (f"{setting}={self.random.choice(values)}"
                   for setting, values in self.random.sample(SETTINGS[:-1], 2))
        if self.random.random() < 0.1:
            changes = ("no.such.config=1",)
        name = self.pick(self.topics)
        self.add("alter", name, *changes)
        self.add("config", name, *(setting for setting, _ in SETTINGS))
        # What follows is to find room for records again.
        self.add("alter", name, "retention.ms=-1")

    def new_producer(self):
        name = self.name("p")
        if self.random.random() < 0.5:
            self.plain.append(name)
            self.add("producer", name, *(["idempotent"] if self.random.random() < 0.5 else []))
            return
        identity = f"{self.prefix}-id{self.random.randrange(3)}"
        for other in [p for p, state in self.transactional.items() if state[0] == identity]:
            if self.random.random() < 0.5:  # it finds out that it is fenced
                self.add("begin" if not self.transactional[other][1] else "commit", other)
            self.add("close", other)
            del self.transactional[other]
        self.transactional[name] = [identity, False]
        self.add("producer", name, f"txn={identity}")

    def fence(self):
        """A second producer while the first is in a transaction, which then notices."""
        running = [p for p, state in self.transactional.items() if state[1]]
        if not running:
            return
        old, new = self.pick(running), self.name("p")
        identity = self.transactional.pop(old)[0]
        topic, partition = self.place()
        self.add("producer", new, f"txn={identity}")
        self.add("produce", old, topic, partition, "zombie", self.made)
        self.add("commit", old)
        self.add("close", old)
        self.transactional[new] = [identity, False]

    def produce(self):
        producers = self.plain + [p for p, state in self.transactional.items() if state[1]]
        if not producers:
            return
        name = self.pick(producers)
        for _ in range(self.random.randint(1, 4)):
            topic, partition = self.place()
            at = (topic, partition)
            self.lengths[at] = self.lengths.get(at, 0) + 1
            key = self.random.choice("abcdef")
            time = [f"time={self.random.randint(-20, 0) * 1000}"]
            self.made += 1
            self.add("produce", name, topic, partition, key, f"v{self.made}", *time)

    def transaction(self):
        if not self.transactional:
            return
        name = self.pick(self.transactional)
        state = self.transactional[name]
        if not state[1]:
            self.add("begin", name)
            state[1] = True
            return
        self.add(self.random.choice(("commit", "commit", "abort")), name)
        state[1] = False
        for at in self.lengths:
            self.lengths[at] += 1

    def offsets(self):
        running = [p for p, state in self.transactional.items() if state[1]]
        if not running:
            return
        topic, partition = self.place()
        self.add("offsets", self.pick(running), f"{self.prefix}-g{self.random.randrange(2)}",
                 f"{topic}:{partition}:{self.offset(topic, partition)}:m{self.made}")

    def positions(self):
        group = f"{self.prefix}-g{self.random.randrange(3)}"
        topic, partition = self.place()
        where = f"{topic}:{partition}"
        self.random.choice((
            lambda: self.add("positions", group),
            lambda: self.add("positions", group, where),
            lambda: self.add("positions", group, where, "stable"),
            lambda: self.add("set-positions", group, f"{where}:{self.offset(topic, partition)}"),
            lambda: self.add("forget-positions", group, where),
            lambda: self.add("describe", group),
            lambda: self.add("groups", f"{self.prefix}-"),
            lambda: self.add("delete-group", group),
        ))()

    def read(self):
        topic, partition = self.place()
        start = self.random.choice(("earliest", "latest", self.offset(topic, partition)))
        words = self.random.choice(((), ("committed",), ("committed",), ("times",)))
        self.add("read", topic, partition, start, *words)

    def look(self):
        topic, partition = self.place()
        words = self.random.choice(((), ("committed",)))
        if self.random.random() < 0.5:
            self.add("watermarks", topic, partition, *words)
        else:
            self.add("time", topic, partition, self.random.randint(-22, 1) * 1000, *words)

    def delete_records(self):
        topic, partition = self.place()
        self.add("delete-records", topic, partition,
                 self.random.choice((-1, self.offset(topic, partition) // 2)))

    def finish(self):
        for name, state in sorted(self.transactional.items()):
            if state[1]:
                self.add("abort", name)
        for topic, partitions in sorted(self.topics.items()):
            for partition in range(partitions):
                self.add("read", topic, partition, "earliest", "times")
                self.add("read", topic, partition, "earliest", "committed")
                self.add("watermarks", topic, partition)
        for group in range(3):
            self.add("positions", f"{self.prefix}-g{group}", "stable")


WEIGHTS = (
    (Script.produce, 22), (Script.transaction, 18), (Script.read, 14), (Script.offsets, 8),
    (Script.positions, 10), (Script.look, 8), (Script.new_producer, 4), (Script.fence, 4),
    (Script.delete_records, 3), (Script.create, 3), (Script.alter, 2), (Script.grow, 2),
    (Script.delete, 1),
)


def script(seed, steps):
    """The text of a session of at least so many steps."""
    s = Script(seed)
    s.create()
    s.new_producer()
    s.new_producer()
    while len(s.lines) < steps:
        step, = s.random.choices([f for f, _ in WEIGHTS], [w for _, w in WEIGHTS])
        step(s)
    s.finish()
    return "\n".join(s.lines) + "\n"
