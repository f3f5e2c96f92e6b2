"""peers.py -- running one peer once: topics for it, the program, its CPU time, one line of results.

Results go to build/bench/results.jsonl, one JSON object a line. The environment says where
things are:

PEERS_BROKERS     bootstrap.servers, default 127.0.0.1:19092
PEERS_BROKER_PID  process of the broker, for its CPU time (optional)
PEERS_STATE       directory for state of the peers, default a temporary one
PEERS_REPEAT      runs of each configuration, default 1
PEERS_PIN         CPU for the program under test, default 0; empty: any
KAFKA_LIBS        folder with Kafka's jars, default where scripts/kafka-local puts them
RDKAFKA_NEW       folder with a newer librdkafka.so.1 (optional; some suites need it)
"""

import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(ROOT, "build/bench")
RESULTS = os.path.join(OUT, "results.jsonl")
PROGRAMS = os.path.join(ROOT, "build/gcc/bench/peers")
CLASSES = os.path.join(OUT, "classes")

os.environ.setdefault("PEERS_BROKERS", "127.0.0.1:19092")
STATE = os.environ.get("PEERS_STATE") or tempfile.mkdtemp(prefix="peers-")
BROKER_PID = os.environ.get("PEERS_BROKER_PID", "").split(" ")[0]
REPEAT = int(os.environ.get("PEERS_REPEAT", "1"))
PIN = os.environ.get("PEERS_PIN", "0")

ALO = "at_least_once"
EOS = "exactly_once_v2"


def libs():
    """The folder with Kafka's jars."""
    named = os.environ.get("KAFKA_LIBS")
    found = sorted(glob.glob(os.path.expanduser("~/.cache/kafka-local/*/.complete")))
    if named is None and not found:
        sys.exit("peers: there are no jars of Kafka; scripts/dev kafka start fetches them")
    return named or os.path.dirname(found[-1])


def compile_java():
    """Compile the Java sources unless the classes are newer."""
    sources = glob.glob(os.path.join(HERE, "*.java"))
    compiled = os.path.join(CLASSES, "Peers.class")
    newest = max(map(os.path.getmtime, sources))
    if os.path.exists(compiled) and os.path.getmtime(compiled) >= newest:
        return
    os.makedirs(CLASSES, exist_ok=True)
    subprocess.run(["javac", "-nowarn", "-d", CLASSES, "-cp", libs() + "/*", *sources], check=True)


def pinned(command, cpu=PIN):
    return (["taskset", "-c", cpu] if cpu else []) + command


def program(name, *arguments):
    """A command line of one of the C programs."""
    path = os.path.join(PROGRAMS, name)
    if not os.path.exists(path):
        sys.exit(f"peers: there is no {path}; scripts/dev build makes it")
    return [path, *arguments]


def java(heap, arguments, flags=(), cpu=PIN):
    """A command line of Peers.java."""
    compile_java()
    command = ["java", f"-Xmx{heap}", "-XX:+UseG1GC", *flags, "-cp", f"{CLASSES}:{libs()}/*"]
    return pinned([*command, "Peers", *arguments], cpu)


def topics(*arguments):
    command = program("topics", *arguments)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


_serial = int(time.time())


def new_id(name):
    """A name for a run, its group and its topics, that no run before it had."""
    global _serial
    _serial += 1
    return f"{name}-{_serial}"


def record(**result):
    line = json.dumps(result)
    print(line, flush=True)
    os.makedirs(OUT, exist_ok=True)
    with open(RESULTS, "a", encoding="utf-8") as f:
        f.write(line + "\n")


def process_cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_cpu():
    """CPU seconds of the whole machine since it started, without idling."""
    with open("/proc/stat", encoding="utf-8") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return (sum(fields) - fields[3]) / os.sysconf("SC_CLK_TCK")


def measured(command, env=None, timeout=600):
    """Run a program; its line of JSON with the broker's CPU time and that of everything else."""
    broker = process_cpu(BROKER_PID) if BROKER_PID else 0
    busy, start = machine_cpu(), time.time()
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=timeout,
                             env={**os.environ, **(env or {})})
    except subprocess.TimeoutExpired as expired:
        return {"error": "timeout", "stderr": (expired.stderr or b"").decode()[-2000:]}
    busy = machine_cpu() - busy
    lines = [line for line in run.stdout.splitlines() if line.startswith("{")]
    if run.returncode != 0 or not lines:
        return {"error": run.returncode, "stderr": run.stderr[-2000:]}
    result = json.loads(lines[-1])
    result["wall_run"] = round(time.time() - start, 2)
    if BROKER_PID:
        result["cpu_broker"] = round(process_cpu(BROKER_PID) - broker, 2)
    others = busy - result.get("cpu_total", 0) - result.get("cpu_broker", 0)
    result["cpu_others"] = round(others, 1)
    return result


def drop_state(app):
    shutil.rmtree(f"{STATE}/{app}", ignore_errors=True)


def settings(**named):
    """NAME=VALUE arguments; a double underscore stands for a dot."""
    return [f"{name.replace('__', '.')}={value}" for name, value in named.items()]


def ks(label, w, n, heap="2g", counts=True, guarantee=EOS, commit=100, cache=None, threads=1,
       cpu=PIN, **more):
    """Kafka Streams: workload `w` over `n` records."""
    for _ in range(REPEAT):
        app = new_id("ks")
        topics("create", app + "-out", "4")
        arguments = settings(w=w, n=n, app=app, out=app + "-out", processing__guarantee=guarantee,
                             commit__interval__ms=commit, num__stream__threads=threads,
                             state__dir=STATE, **more)
        if cache is not None:
            arguments += settings(statestore__cache__max__bytes=cache)
        result = measured(java(heap, arguments, cpu=cpu))
        made = topics("list", app + "-").split()
        if counts and "error" not in result:
            result["topics"] = {t[len(app) + 1:]: int(topics("count", t).split()[0]) for t in made}
        record(label=label, w=w, heap=heap, guarantee=guarantee, commit=commit, cache=cache,
               threads=threads, pin=cpu, **more, **result)
        topics("delete", *made)
        drop_state(app)


def floor(label, *arguments, n=2000000, new=False, source="clicks-z100", log=False):
    """The C loop of peer_floor.c; `new`: with the librdkafka in RDKAFKA_NEW."""
    for _ in range(REPEAT):
        app = new_id("floor")
        made = [app + "-out"]
        topics("create", app + "-out", "4")
        if log:
            made.append(app + "-log")
            topics("create", app + "-log", "4", "cleanup.policy=compact")
        env = {"LD_LIBRARY_PATH": os.environ["RDKAFKA_NEW"]} if new else None
        changelog = ["-c", made[1]] if log else []
        command = program("floor", "-i", source, "-o", made[0], "-n", str(n), "-g", app,
                          *changelog, *arguments)
        result = measured(pinned(command), env)
        record(label=label, w="floor", args=" ".join(arguments), inp=source, **result)
        topics("delete", *made)


def raw(label, n=2000000, **more):
    """Java's plain clients, without Kafka Streams."""
    for _ in range(REPEAT):
        app = new_id("raw")
        topics("create", app + "-out", "4")
        result = measured(java("2g", settings(w="raw", n=n, app=app, out=app + "-out", **more)))
        record(label=label, w="raw", **more, **result)
        topics("delete", app + "-out")


def quix(label, n, guarantee, commit):
    """Quix Streams; quixstreams has to be on PYTHONPATH."""
    for _ in range(REPEAT):
        app = new_id("quix")
        topics("create", app + "-out", "4")
        command = ["python3", os.path.join(HERE, "quix_count.py"), "clicks-z100", app + "-out",
                   str(n), guarantee, str(commit), f"{STATE}/{app}"]
        record(label=label, w="quix", guarantee=guarantee, commit=commit,
               **measured(pinned(command)))
        topics("delete", app + "-out")
        drop_state(app)


def own(label, command, n, source):
    """A program of one's own, in which {in}, {out}, {n} and {id} are replaced. It ends by itself
    after n records and prints a line of JSON with the members of peer_floor.c's."""
    for _ in range(REPEAT):
        app = new_id("own")
        topics("create", app + "-out", "4")
        text = command
        for name, value in (("in", source), ("out", app + "-out"), ("n", str(n)), ("id", app)):
            text = text.replace("{" + name + "}", value)
        record(label=label, w="own", **measured(["sh", "-c", "exec " + text]))
        topics("delete", app + "-out")


def test_driver(label, w, n):
    """The engine of Kafka Streams alone, in its TopologyTestDriver."""
    for _ in range(REPEAT):
        arguments = settings(w="ttd", topology=w, n=n, state__dir=f"{STATE}/ttd")
        record(label=label, w="ttd", **measured(java("2g", arguments)))


def start(command, log):
    """A program that runs until it is stopped, writing to a file in build/bench."""
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, log), "a", encoding="utf-8") as f:
        return subprocess.Popen(command, stdout=f, stderr=f)


def latency(label, w, rate=5000, seconds=20, warm=12, floor_arguments=(), **more):
    """Latency of workload `w` of Kafka Streams, or of the C loop ("floor"), at a steady rate."""
    for _ in range(REPEAT):
        app = new_id("lat")
        source, out = app + "-in", app + "-out"
        topics("create", source, "4")
        topics("create", out, "4")
        if w == "floor":
            command = program("floor", "-w", "pass", "-i", source, "-o", out, "-n", str(10**12),
                              "-g", app, *floor_arguments)
        else:
            command = java("2g", [f"in={source}", *settings(w=w, app=app, out=out,
                                                           state__dir=STATE, **more)], cpu="")
        under_test = start(command, "latency-app.log")
        time.sleep(5)
        result = measured(program("latency", "-i", source, "-o", out, "-r", str(rate),
                                  "-s", str(seconds), "-W", str(warm)))
        result["cpu_app"] = round(process_cpu(under_test.pid), 2)
        under_test.send_signal(signal.SIGTERM)
        under_test.wait()
        record(label=label, w=w, rate=rate, **more, **result)
        topics("delete", *topics("list", app + "-").split())
        drop_state(app)


RESTORE_APP = "peers-restore"


def restore_arguments(guarantee=EOS):
    return ["in=bigstate", *settings(app=RESTORE_APP, out=RESTORE_APP + "-out", w="last",
                                     processing__guarantee=guarantee, commit__interval__ms=100,
                                     state__dir=STATE)]


def state_mb():
    out = subprocess.run(["du", "-sm", f"{STATE}/{RESTORE_APP}"], stdout=subprocess.PIPE, text=True)
    return int(out.stdout.split()[0])


def build_state(n=5000000):
    """Build the large state that restart() and kill() work with."""
    old = topics("list", RESTORE_APP + "-").split()
    if old:
        topics("delete", *old)
        time.sleep(2)
    drop_state(RESTORE_APP)
    topics("create", RESTORE_APP + "-out", "4")
    record(label="restore: build", w="last",
           **measured(java("2g", [*restore_arguments(), f"n={n}"])))
    changelog = [t for t in topics("list", RESTORE_APP + "-").split() if "changelog" in t][0]
    record(label="restore: sizes", changelog=topics("count", changelog).split(),
           state_mb=state_mb())


def restart(label, wipe):
    """Start with the state or without it, until everything is restored."""
    if wipe:
        drop_state(RESTORE_APP)
    command = java("2g", [*restore_arguments(), "n=0", "stop=running"], cpu="")
    record(label="restore: " + label, **measured(command))


def kill(guarantee):
    """kill -9 in the middle of work, state kept, started again at once."""
    # A short session time-out, so that the wait for the dead member does not hide the restore.
    quiet = ["-Dorg.apache.logging.log4j.level=WARN"]
    command = java("2g", [*restore_arguments(guarantee), "n=0", "verbose=1",
                          "consumer.session.timeout.ms=6000",
                          "consumer.heartbeat.interval.ms=2000"], quiet, cpu="")
    log = f"kill-{guarantee}-{int(time.time())}.log"
    victim = start(command, log)
    load = subprocess.Popen(program("latency", "-i", "bigstate", "-o", RESTORE_APP + "-out",
                                    "-r", "1000", "-s", "150", "-W", "1", "-k", "5000000", "-v"),
                            stdout=subprocess.PIPE, text=True)
    wait_for(os.path.join(OUT, log), "first record", 120)
    time.sleep(10)
    kept, killed_at = state_mb(), time.time()
    victim.kill()
    victim.wait()
    again = start(command, log)
    out = load.communicate()[0]
    again.terminate()
    again.wait()
    record(label=f"kill -9: {guarantee}", t_kill=killed_at, state_mb=kept,
           **json.loads(out.splitlines()[-1]))


def wait_for(path, text, seconds):
    """Until a file contains a text."""
    for _ in range(seconds * 2):
        with open(path, encoding="utf-8") as f:
            if text in f.read():
                return
        time.sleep(0.5)
    sys.exit(f"peers: no \"{text}\" in {path} after {seconds} s")
