"""exact_plan.py -- which faults a run has, from its seed: a list of steps for each application.

Aimed faults come from src/base/failpoints.def: each point kills the process at least once, some
stop it for longer than all time-outs, and those that can pretend a failure do. How a process is
brought to a point is said by HOW; a new point that is not in it is an error, so that nobody
forgets.
"""

import os
import random
import re

from exact_cluster import ROOT

# How to get there:
#   create   the application has no topics yet
#   start    any start of an instance that has tasks
#   empty    the state directory is gone: full restore, a new process id, so a new owner
#   damaged  the stores cannot be used
#   commit   an instance that has records to process
#   abort    a pretended abort; rebuild: a pretended dead producer
#   revoke   another instance takes tasks back
HOW = {
    "start.locked": "start", "start.topic_created": "create", "start.joining": "start",
    "task.assigned": "start",
    "restore.offsets_known": "start", "restore.store_opened": "start",
    "restore.target_known": "start", "restore.batch_applied": "empty", "restore.done": "start",
    "state.quarantined": "damaged",
    "claim.sent": "empty", "claim.known": "empty",
    "commit.begun": "commit", "commit.prepared": "commit", "commit.offsets_sent": "commit",
    "commit.endtxn_sent": "commit", "commit.known": "commit",
    "apply.written": "commit", "apply.chunk": "commit", "apply.done": "commit",
    "abort.begun": "abort", "abort.done": "abort", "rebuild.begun": "rebuild",
    "revoke.received": "revoke", "revoke.committed": "revoke", "revoke.closed": "revoke",
    "revoke.acknowledged": "revoke",
}
BEFORE = {"abort": "commit.prepared=fail@3;", "rebuild": "commit.offsets_sent=fail@3;"}

# Where a pretended failure means something, and where a pause is most dangerous.
FAIL = ["commit.prepared", "commit.offsets_sent", "commit.known", "apply.written", "apply.chunk",
        "restore.batch_applied", "state.quarantined"]
STOP = ["commit.prepared", "commit.offsets_sent", "apply.written", "commit.known", "claim.sent",
        "commit.begun", "commit.endtxn_sent", "restore.target_known", "apply.done",
        "revoke.received", "restore.batch_applied"]

# Points of the dangerous moments, for kills beyond the first of each.
AGAIN = ["commit.begun", "commit.prepared", "commit.offsets_sent", "commit.endtxn_sent",
         "commit.known", "apply.written", "apply.chunk", "apply.done", "claim.sent",
         "restore.batch_applied", "abort.begun", "rebuild.begun"]

MANY = 12  # the N of a point that is passed in every transaction is up to this


def points():
    with open(os.path.join(ROOT, "src/base/failpoints.def")) as f:
        names = re.findall(r'^WR_FAILPOINT_NAME\(\w+, "([^"]+)"\)', f.read(), re.MULTILINE)
    unknown = sorted(set(names) ^ set(HOW))
    if unknown:
        raise RuntimeError(f"exact_plan.py and failpoints.def do not agree about {unknown}")
    return names


class Step:
    def __init__(self, kind, point=None, action=None, at=1, how=None):
        self.kind = kind  # aim, kill, pause, restart
        self.point = point
        self.action = action
        self.at = at
        self.how = how

    def __str__(self):
        return f"{self.point}={self.action}@{self.at}" if self.kind == "aim" else self.kind

    def failpoints(self):
        return BEFORE.get(self.how, "") + str(self)


def aim(rng, point, action):
    how = HOW[point]
    often = how == "commit"
    return Step("aim", point, action, rng.randint(1, MANY) if often else 1, how)


def make_plan(seed, kills, pauses, names):
    """Steps for each of the applications `names`; revokes need the one with two instances, which is
    the last."""
    rng = random.Random(f"{seed}-plan")
    aims = [aim(rng, p, "kill") for p in points()]
    first = [a for a in aims if a.how == "create"]
    steps = [a for a in aims if a.how != "create"]
    more = max(kills - len(aims), 0)
    steps += [aim(rng, rng.choice(AGAIN), "kill") for _ in range(more // 2)]
    steps += [Step("kill") for _ in range(more - more // 2)]
    steps += [aim(rng, p, "fail") for p in FAIL]
    aimed_pauses = min((pauses + 1) // 2, len(STOP))
    steps += [aim(rng, p, "stop") for p in STOP[:aimed_pauses]]
    steps += [Step("pause") for _ in range(pauses - aimed_pauses)]
    steps += [Step("restart") for _ in names]
    rng.shuffle(steps)
    plan = {name: list(first) if i == 0 else [] for i, name in enumerate(names)}
    for step in steps:
        shortest = min(names, key=lambda n: sum(cost(s) for s in plan[n]))
        plan[names[-1] if step.how == "revoke" else shortest].append(step)
    return plan


def cost(step):
    """Seconds, roughly, so that the applications are busy for the same time."""
    if step.kind == "pause" or step.action == "stop":
        return 16
    return {"revoke": 20, "empty": 10}.get(step.how, 4)
