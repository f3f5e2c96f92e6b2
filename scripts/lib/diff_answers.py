"""diff_answers.py -- comparing the answers of two brokers to one session."""

import re


class Row:
    """A difference that is expected: patterns of the step and of the answers."""

    def __init__(self, step, first, second):
        self.step = step
        self.patterns = [re.compile(p) for p in (step, first, second)]
        self.seen = False

    def fits(self, *texts):
        return all(p.fullmatch(t) for p, t in zip(self.patterns, texts))


def known(path, client):
    """A client's rows of DIFFERENCES.md: | client | `step` | `Kafka` | `Weir` | why |"""
    rows = []
    with open(path) as f:
        for line in f:
            cells = re.findall(r"`([^`]*)`", line)
            if line.startswith(f"| {client} | `") and len(cells) >= 3:
                rows.append(Row(*cells[:3]))
    return rows


class Comparison:
    def __init__(self):
        self.same = 0
        self.skipped = 0  # the client cannot do it
        self.expected = []
        self.different = []


def split(line):
    """number, step, answer"""
    head, _, answer = line.partition(" -> ")
    number, _, step = head.partition(" ")
    return number, step, answer


def compare(first, second, rows):
    found = Comparison()
    for i in range(max(len(first), len(second))):
        a = split(first[i]) if i < len(first) else ("", "(nothing)", "")
        b = split(second[i]) if i < len(second) else ("", "(nothing)", "")
        # A runner that ended early has not been through the session.
        broken = any(x[1] in ("end", "(nothing)") for x in (a, b))
        if a == b and not broken:
            found.same += a[2] != "skipped"
            found.skipped += a[2] == "skipped"
            continue
        row = next((r for r in rows if a[1] == b[1] and r.fits(a[1], a[2], b[2])), None)
        if row is not None and not broken:
            row.seen = True
            found.expected.append(row)
        else:
            found.different.append(f"  {a[0]} {a[1]}\n    first:  {a[2]}\n    second: {b[2]}"
                                   + (f"  (step: {b[1]})" if a[1] != b[1] else ""))
    return found
