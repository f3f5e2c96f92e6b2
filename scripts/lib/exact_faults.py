"""exact_faults.py -- carries out the plan of one application: kills, pauses and restarts.

Each application has its driver, a thread. A step that cannot be brought about is tried again with
other instances, and if that fails too it is missed, and the run has failed.
"""

import random
import threading
import time

SESSION_S = 6
PAUSE_S = (11.5, 16)  # longer than session.timeout.ms and transaction.timeout.ms
HIT_LIMIT_S = 40
SETTLE_S = 60
ATTEMPTS = 5
TICK_S = 0.1
DOWN_S = (0, 1.5)
DOWN_LONG_S = (SESSION_S + 1, SESSION_S + 4)  # the tasks move
LONG_SHARE, WIPE_SHARE = 0.3, 0.15


class Driver(threading.Thread):
    def __init__(self, app, steps, seed, say):
        super().__init__(name=app.name, daemon=True)
        self.app = app
        self.steps = steps
        self.rng = random.Random(f"{seed}-{app.name}")
        self.say = say
        self.resume_at = {}
        self.done = 0
        self.missed = []
        self.problems = []
        self.error = None

    # ---- watching

    def tick(self):
        """Wake those whose pause is over, and notice those who ended unasked."""
        now = time.monotonic()
        for i in self.app.instances:
            if i.stopped and now >= self.resume_at.get(i, 0):
                i.resume()
            code = i.ended()
            if code is not None:
                self.problems.append(f"{i.name} ended by itself with code {code}: "
                                     f"{i.log_text()[-1500:]}")
                self.say(f"{i.name} ended by itself with code {code}")
                i.start()

    def wait(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.tick()
            time.sleep(TICK_S)

    def choose(self, with_stores=False):
        """An instance that is not paused, with tasks that have stores if there is one."""
        while True:
            awake = [i for i in self.app.instances if not i.stopped]
            better = [i for i in awake if with_stores and i.runs_stores()]
            if awake:
                return self.rng.choice(better or awake)
            self.wait(0.5)

    # ---- steps

    def run(self):
        try:
            self.begin()
            for step in self.steps:
                self.say(f"{self.app.name} {self.done + 1}/{len(self.steps)}: {step}")
                if getattr(self, "do_" + step.kind)(step):
                    self.done += 1
                else:
                    self.missed.append(str(step))
                    self.say(f"{self.app.name}: {step} could not be brought about")
                self.wait(self.rng.uniform(0.2, 1.5))
            while any(i.stopped for i in self.app.instances):
                self.wait(0.5)
        except Exception as e:  # the main thread reports it
            self.error = e

    def begin(self):
        for i in self.app.instances:
            if not (self.steps and self.steps[0].how == "create"):
                i.start()

    def down(self, instance, wipe=False):
        """A dead instance stays so for a while, and comes back."""
        long = self.rng.random() < LONG_SHARE
        self.wait(self.rng.uniform(*(DOWN_LONG_S if long else DOWN_S)))
        if wipe:
            instance.wipe()
        instance.start()

    def do_kill(self, _):
        i = self.choose()
        i.kill()
        self.down(i, wipe=self.rng.random() < WIPE_SHARE)
        return True

    def do_pause(self, _):
        i = self.choose()
        i.pause()
        self.resume_at[i] = time.monotonic() + self.rng.uniform(*PAUSE_S)
        return True

    def do_restart(self, _):
        i = self.choose()
        code = i.stop()
        if code != 0:
            self.problems.append(f"{i.name} ended a planned stop with code {code}: "
                                 f"{i.log_text()[-1500:]}")
        self.down(i)
        return True

    def settle(self, step):
        """Wait for the stores that a step needs, a while: on a busy machine tasks start slowly."""
        until = time.monotonic() + SETTLE_S
        while (step.how not in ("create", "start") and time.monotonic() < until and
               not any(i.runs_stores() for i in self.app.instances)):
            self.wait(0.5)

    def do_aim(self, step):
        for _ in range(ATTEMPTS):
            self.settle(step)
            if self.try_aim(step):
                return True
            self.wait(2)
        return False

    def prepare(self, i, step):
        """Bring about what the point needs; False if this instance will not do."""
        i.kill()
        if step.how == "empty":
            i.wipe()
        if step.how == "damaged" and i.damage() == 0:
            i.start()
            return False
        return True

    def try_aim(self, step):
        if step.how == "create":
            i = self.app.instances[0]
        else:
            i = self.choose(with_stores=step.how != "start")
            if step.how == "revoke" and not self.others(i):
                self.wait(3)
                return False
            if not self.prepare(i, step):
                return False
        before = len(i.hit_lines())
        if step.how != "revoke":
            i.start(step.failpoints())
            hit = self.wait_hit(i, step, before)
        else:
            hit = self.hand_over(i, step, before)
        if not hit:
            if not i.alive():
                i.ended()
            else:
                i.kill()
            i.start()
            return False
        self.after_hit(i, step)
        return True

    def others(self, i):
        return [o for o in self.app.instances if o is not i and not o.stopped]

    def hand_over(self, i, step, before):
        """The tasks of another instance come to this one, and are taken back."""
        other = self.rng.choice(self.others(i))
        other.kill()
        i.start(step.failpoints())
        self.wait(SESSION_S + 4)
        other.start()
        return self.wait_hit(i, step, before)

    def wait_hit(self, i, step, before):
        until = time.monotonic() + HIT_LIMIT_S
        while time.monotonic() < until:
            if [step.point, step.action] in [h[:2] for h in i.hit_lines()[before:]]:
                return True
            if not i.alive():
                time.sleep(0.2)
                return [step.point, step.action] in [h[:2] for h in i.hit_lines()[before:]]
            for o in self.app.instances:
                if o is not i:
                    self.tick_one(o)
            time.sleep(TICK_S)
        return False

    def tick_one(self, o):
        if o.stopped and time.monotonic() >= self.resume_at.get(o, 0):
            o.resume()

    def after_hit(self, i, step):
        if step.action == "stop":
            i.stopped = True
            i.pauses += 1
            self.resume_at[i] = time.monotonic() + self.rng.uniform(*PAUSE_S)
        elif step.action == "kill":
            i.process.wait(timeout=60)
            i.process = None
            i.kills += 1
            if step.how == "create":
                for each in self.app.instances:
                    each.start()
            else:
                self.down(i)


class Brokers(threading.Thread):
    """Kills brokers one at a time, and waits until each is back."""

    def __init__(self, cluster, kills, seed, say):
        super().__init__(name="brokers", daemon=True)
        self.cluster = cluster
        self.wanted = kills
        self.kills = 0
        self.rng = random.Random(f"{seed}-brokers")
        self.say = say
        self.error = None

    def run(self):
        try:
            while self.kills < self.wanted:
                time.sleep(self.rng.uniform(15, 25))
                node = self.rng.randint(1, self.cluster.nodes)
                self.say(f"broker {node} is killed")
                self.cluster.kill(node)
                time.sleep(self.rng.uniform(3, 12))
                self.cluster.restart(node)
                self.kills += 1
                time.sleep(self.rng.uniform(10, 15))
        except Exception as e:  # the main thread reports it
            self.error = e
