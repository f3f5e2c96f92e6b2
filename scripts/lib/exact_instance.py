"""exact_instance.py -- one process of an application: its settings, signals and failpoints."""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request

SETTINGS = {
    "num.stream.threads": 2,
    "commit.interval.ms": 100,
    "session.timeout.ms": 6000,
    "heartbeat.interval.ms": 1500,
    "transaction.timeout.ms": 10000,
    "repartition.purge.interval.ms": 5000,
    "weir.state.check.rows": "true",
    "weir.state.allow.temporary": "true",
}
STOP_LIMIT_S = 60


class Application:
    """What the instances of one application have in common."""

    def __init__(self, cluster, folder, build, name, topology, topics, settings=None,
                 rdkafka=None):
        self.cluster = cluster
        self.folder = os.path.join(folder, name)
        self.build = build
        self.name = name
        self.topology = topology
        self.topics = topics  # in, out
        self.settings = {**SETTINGS, **(settings or {})}
        self.env = {"LD_LIBRARY_PATH": rdkafka} if rdkafka else {}
        self.instances = []

    def add(self, http_port):
        self.instances.append(Instance(self, len(self.instances), http_port))
        return self.instances[-1]


class Instance:
    def __init__(self, app, number, http_port):
        self.app = app
        self.name = f"{app.name}-{number}"
        self.http_port = http_port
        self.folder = os.path.join(app.folder, str(number))
        self.state = os.path.join(self.folder, "state")
        self.log = os.path.join(self.folder, "log")
        self.hits = os.path.join(self.folder, "hits")  # lines of failpoints
        self.process = None
        self.stopped = False
        self.kills = 0
        self.pauses = 0
        os.makedirs(self.folder, exist_ok=True)

    # ---- life

    def start(self, failpoints="", build=None, topology=None):
        app = self.app
        build = build or app.build
        config = os.path.join(self.folder, "config")
        settings = {**app.settings, "application.id": app.name, "state.dir": self.state,
                    "bootstrap.servers": app.cluster.servers,
                    "weir.http.listen": f"127.0.0.1:{self.http_port}"}
        with open(config, "w") as f:
            f.writelines(f"{k}={v}\n" for k, v in settings.items())
        env = {**os.environ, **app.env, "WEIR_FAILPOINTS": failpoints,
               "WEIR_FAILPOINT_LOG": self.hits}
        with open(self.log, "a") as log:
            log.write(f"---- start failpoints={failpoints}\n")
            log.flush()
            self.process = subprocess.Popen(
                [os.path.join(build, "tests/kafka/exact_app"), topology or app.topology,
                 *app.topics, "-c", config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        self.stopped = False

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def ended(self):
        """The exit code of a process that ended by itself; None while it runs, and once seen."""
        if self.process is None or self.process.poll() is None:
            return None
        code = self.process.returncode
        self.process = None
        self.stopped = False
        return code

    def kill(self):
        """SIGKILL; False if it was dead already."""
        if not self.alive():
            return False
        self.process.kill()
        self.process.wait()
        self.process = None
        self.stopped = False
        self.kills += 1
        return True

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)
        self.stopped = True
        self.pauses += 1

    def resume(self):
        if self.alive():
            self.process.send_signal(signal.SIGCONT)
        self.stopped = False

    def stop(self):
        """SIGTERM; the exit code, or None if it did not end in time."""
        if not self.alive():
            return self.ended()
        self.process.terminate()
        try:
            code = self.process.wait(timeout=STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        self.process = None
        return code

    # ---- what it left behind

    def wipe(self):
        shutil.rmtree(self.state, ignore_errors=True)

    def task_folders(self):
        own = os.path.join(self.state, self.app.name)
        names = sorted(os.listdir(own)) if os.path.isdir(own) else []
        return [os.path.join(own, n) for n in names
                if not n.startswith(".") and os.path.exists(os.path.join(own, n, "data.mdb"))]

    def damage(self):
        """Make the stores of each task unusable; how many there were."""
        folders = self.task_folders()
        for folder in folders:
            with open(os.path.join(folder, "owner"), "r+b") as f:
                f.seek(0)
                f.write(b"\xff" * 16)
        return len(folders)

    def hit_lines(self):
        try:
            with open(self.hits) as f:
                return [line.split() for line in f if line.count(" ") == 2]
        except FileNotFoundError:
            return []

    def log_text(self):
        try:
            with open(self.log, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def runs_stores(self):
        """Whether it has had a task with stores since it was started."""
        return re.search(r"event=task.running task=[1-9]",
                         self.log_text().rsplit("---- start", 1)[-1]) is not None

    def wait_log(self, text, since, limit_s):
        """Wait for text in the log behind the position `since`."""
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            if text in self.log_text()[since:]:
                return True
            time.sleep(0.2)
        return False

    def metric(self, name):
        """The sum of a metric over its labels."""
        url = f"http://127.0.0.1:{self.http_port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith(name + "{") or line.startswith(name + " "))
