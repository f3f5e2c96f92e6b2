"""bench_parts.py -- the parts of scripts/bench, one function each: measure and return figures.

Everything that is started here is ended here, also after an error, and nothing is waited for
without a limit. bench/peers/peers.py runs the programs; its environment is set by scripts/bench.
"""

import contextlib
import json
import os
import re
import select
import shutil
import statistics
import subprocess
import sys
import time

import peers
from dev_broker import DevBroker

WEIR = os.path.join(peers.ROOT, "build/gcc/bench/weir_bench")
OWN_CALLS = os.path.join(peers.ROOT, "build/gcc/bench/.libs/own_calls.so")
PARTITIONS = "4"
RECORDS_PER_SECOND = 550_000  # what the fastest peer that gets all its seconds in one run can read
LINES_PER_SECOND = 16_667  # words are counted to the topic's end, which takes that peer so long
NO_STALL = ("-X", "queued.min.messages=1000000")

# How each program is told of a workload. Kafka Streams has its better setting in each: the record
# cache costs it CPU time, but without it there is no such thing as one output per commit.
NO_CACHE = {"statestore__cache__max__bytes": 0}
WORK = {
    "pass": (("-w", "pass"), ("-w", "pass"), {"w": "pass"}),
    "mapfilter": (("-w", "mapfilter"), ("-w", "mapfilter"), {"w": "mapfilter"}),
    "count-updates": (("-w", "count"), ("-w", "count"), {"w": "count", **NO_CACHE}),
    "count-commit": (("-w", "count", "-u"), ("-w", "count", "-u"), {"w": "count"}),
    "wordcount": (("-w", "wordcount", "-u"), ("-w", "wordcount", "-u"), {"w": "wordcount"}),
}
EOS = {"processing__guarantee": peers.EOS, "commit__interval__ms": 100, "state__dir": peers.STATE}


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


# ---- topics ----


@contextlib.contextmanager
def topics_of(app, *suffixes):
    """Topics of one run; they and those that the application makes are deleted at the end."""
    try:
        for suffix in suffixes:
            compacted = ("cleanup.policy=compact",) if suffix == "log" else ()
            peers.topics("create", f"{app}-{suffix}", PARTITIONS, *compacted)
        wait_for_topics(f"{app}-{suffix}" for suffix in suffixes)
        yield
    finally:
        made = peers.topics("list", app + "-").split()
        if made:
            peers.topics("delete", *made)
        peers.drop_state(app)


def wait_for_topics(names):
    """Until the broker knows what its controller has created."""
    missing = set(names)
    for _ in range(100):
        missing -= set(peers.topics("list").split())
        if not missing:
            return
        time.sleep(0.1)
    raise TimeoutError(f"topics that were created do not appear: {missing}")


def fill(topic, *arguments):
    """Create and fill a topic unless it is there with as many records."""
    name = f"{topic}-{'-'.join(a for a in arguments if a[0] != '-')}"
    if name not in peers.topics("list").split():
        say(f"filling {name}")
        peers.topics("create", name, PARTITIONS)
        subprocess.run(peers.program("gen", "-t", name, *arguments), check=True, timeout=600,
                       stderr=subprocess.DEVNULL)
    return name


def clicks(options):
    records = int(RECORDS_PER_SECOND * options.seconds)
    return fill("clicks", "-n", str(records), "-k", "1000000", "-z", "0.99", "-s", "100")


def lines(options):
    count = int(LINES_PER_SECOND * options.seconds)
    return fill("lines", "-n", str(count), "-k", "50000", "-z", "0.99", "-m", "words"), count


def table(keys):
    return fill("table", "-n", str(keys), "-k", str(keys), "-m", "table", "-s", "100",
                "-r", "50000")


# ---- command lines ----


def weir(app, work, source, *more):
    return [WEIR, *work, "-i", source, "-o", f"{app}-out", "-a", app, "-b",
            os.environ["PEERS_BROKERS"], "-d", peers.STATE, *more]


def ks(app, settings, source, **more):
    return peers.java("2g", [f"in={source}", f"app={app}", f"out={app}-out",
                             *peers.settings(**{**EOS, **settings, **more})])


def floor(app, work, source, *more):
    kind = work[1]
    log = ("-c", f"{app}-log") if "count" in kind else ()
    middle = ("-m", f"{app}-middle") if kind == "wordcount" else ()
    return peers.program("floor", *work, "-i", source, "-o", f"{app}-out", "-g", app, *log, *middle,
                         *NO_STALL, *more)


# ---- throughput ----


def one_load(who, workload, options):
    """One run of one program, None if it failed. The C programs need no warming up: they get a
    third of the seconds each time, and three runs."""
    app = peers.new_id(who)
    to_weir, to_floor, to_ks = WORK[workload]
    seconds = options.seconds if who == "ks" else options.seconds / 3
    if workload == "wordcount":
        source, count = lines(options)
        n, limit = 8 * count, 10 * options.seconds
    else:
        source, n, limit = clicks(options), 10**12, seconds
    suffixes = ("out", "log", "middle") if who == "floor" else ("out",)
    with topics_of(app, *suffixes):
        command = {
            "weir": lambda: weir(app, to_weir, source, "-n", str(n), "-t", str(limit)),
            "floor": lambda: floor(app, to_floor, source, "-n", str(n), "-t", str(limit)),
            "ks": lambda: ks(app, to_ks, source, n=n, seconds=limit),
        }[who]()
        result = peers.measured(command, timeout=20 * options.seconds + 120)
    if "error" in result:
        say(f"{who} {workload} failed: {result['error']} {result['stderr'][-300:]}")
        return None
    # A word count's halves do not run in step: only the whole of it says something.
    part = "total" if workload == "wordcount" else "steady"
    result["k_per_cpu_s"] = result[f"rpcs_{part}"] / 1000
    result["k_per_s"] = result[f"rps_{part}"] / 1000
    return result


ORDER = ("floor", "weir", "ks", "floor", "weir", "floor", "weir")


def throughput(options):
    found = {}
    for workload in options.workloads:
        runs = found[workload] = {"floor": [], "weir": [], "ks": []}
        for who in ORDER:
            result = one_load(who, workload, options)
            if result is None:
                continue
            runs[who].append(result)
            say(f"{workload} {who}: {result['k_per_cpu_s']:.0f} k/cpu-s, "
                f"{result['k_per_s']:.0f} k/s, others {result.get('cpu_others', 0)} cpu-s")
    return found


# ---- latency ----


# What each program is told besides. Kafka Streams' producer lingers for 100 ms unless it is told
# not to.
GUARANTEES = {
    "exactly once": {"floor": (), "weir": (), "ks": {}},
    "at least once": {"floor": ("-e", "0", "-l", "0"),
                      "weir": ("-s", "processing.guarantee=at_least_once"),
                      "ks": {"processing__guarantee": peers.ALO, "producer__linger__ms": 0}},
}


def latency(options):
    """A steady 5,000 records a second; from when a record was due to its receipt."""
    found = {}
    for guarantee, told in GUARANTEES.items():
        for who, more in told.items():
            name = f"{who} {guarantee}"
            found[name] = one_latency(who, more, options)
            say(f"latency {name}: p50 {found[name].get('p50')} ms, p99 {found[name].get('p99')} ms")
    return found


def one_latency(who, more, options):
    seconds, warm = (4, 3) if options.quick else (30, 12)
    app = peers.new_id("lat")
    source = app + "-in"
    to_weir, to_floor, to_ks = WORK["mapfilter"]
    with topics_of(app, "in", "out"):
        command = {"weir": lambda: weir(app, to_weir, source, *more),
                   "floor": lambda: floor(app, to_floor, source, "-n", str(10**12), *more),
                   "ks": lambda: ks(app, {**to_ks, **more}, source)}[who]()
        with running(command) as under_test:
            time.sleep(5)
            result = peers.measured(
                peers.program("latency", "-i", source, "-o", f"{app}-out", "-r", "5000", "-s",
                              str(seconds), "-W", str(warm)), timeout=seconds + warm + 60)
            result["cpu_app"] = round(peers.process_cpu(under_test.pid), 2)
    return result


# ---- what Weir asks of the C library ----


def calls(options):
    """Calls from Weir's own code for each record; see bench/own_calls.c."""
    found = {}
    n = 200_000 if options.quick else 2_000_000
    for workload in ("pass", "count-updates", "count-commit"):
        app = peers.new_id("calls")
        with topics_of(app, "out"):
            run = subprocess.run(weir(app, WORK[workload][0], clicks(options), "-n", str(n)),
                                 env={**os.environ, "LD_PRELOAD": OWN_CALLS}, capture_output=True,
                                 text=True, timeout=300)
        counted = json.loads([x for x in run.stderr.splitlines() if x.startswith('{"own_')][-1])
        result = json.loads(run.stdout.splitlines()[-1])
        found[workload] = {name: value / result["records"] for name, value in counted.items()}
    return found


# ---- programs that run until they are told to stop ----


@contextlib.contextmanager
def running(command, **more):
    """A program in the background: SIGTERM at the end, and SIGKILL when that does not help."""
    log = open(os.path.join(peers.OUT, "background.log"), "a", encoding="utf-8")
    process = subprocess.Popen(command, **{"stdout": log, "stderr": log, **more})
    try:
        yield process
    finally:
        end(process)
        log.close()


def end(process):
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def kill(process):
    process.kill()
    process.wait()


@contextlib.contextmanager
def read_start(command, seconds):
    """Start a Weir whose output goes to a pipe; yields the process and what it says of its first
    commit and of its restore, with the time of the first commit since before it was started."""
    found = {}
    begun = time.time()
    with running([*command, "-r", PARTITIONS], stdout=subprocess.PIPE, bufsize=0) as process:
        while "first_commit_s" not in found or "restored" not in found:
            found.update(json.loads(read_line(process, seconds)))
            if "first_commit_s" in found:
                found.setdefault("seen_s", round(time.time() - begun, 3))
        yield process, found


def read_line(process, seconds):
    """The next line of a program; its pipe is not buffered, so that select sees all there is."""
    if not select.select([process.stdout], [], [], seconds)[0]:
        raise TimeoutError(f"nothing was said for {seconds} s: {process.args}")
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"ended too early: {process.args}; see background.log")
    return line


def memory_mb(pid, field="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return int([x for x in f if x.startswith(field)][0].split()[1]) / 1024


def idle(options):
    """Resident memory of an instance that has four tasks and nothing to do."""
    found = {}
    for who in ("weir", "ks"):
        for workload in ("pass", "count-updates"):
            app = peers.new_id("idle")
            to_weir, _, to_ks = WORK[workload]
            with topics_of(app, "in", "out"):
                source = app + "-in"
                command = weir(app, to_weir, source) if who == "weir" else ks(app, to_ks, source)
                with running(command) as process:
                    time.sleep(4 if options.quick else 10)
                    found[f"{who} {workload}"] = round(memory_mb(process.pid), 1)
    return found


# ---- states that are kept ----


def weir_state(app, keys):
    """Count every key of a table once, and stop."""
    source = table(keys)
    run = peers.measured(weir(app, WORK["count-commit"][0], source, "-n", str(keys)))
    if "error" in run:
        raise RuntimeError(f"could not build a state of {keys} keys: {run}")
    return source


def load(source, keys, seconds, rate=2000):
    return peers.program("latency", "-x", "-i", source, "-r", str(rate), "-s", str(seconds), "-W",
                         "0", "-k", str(keys))


def restart(options):
    """SIGKILL under load, start again at once: until the first commit."""
    sizes, times = ((10_000, 200_000), 2) if options.quick else ((10_000, 1_000_000, 5_000_000), 9)
    found = {}
    for keys in sizes:
        app = peers.new_id("kill")
        with topics_of(app, "out"):
            source = weir_state(app, keys)
            command = weir(app, WORK["count-commit"][0], source)
            runs = []
            with running(load(source, keys, 600)):
                for _ in range(times + 1):
                    with read_start(command, 60) as (process, start):
                        time.sleep(2)
                        kill(process)
                    runs.append(start)
            runs = runs[1:]  # the first one followed no kill
            found[str(keys)] = {"runs": runs, "state_mb": state_mb(app),
                                "seen_s": statistics.median(r["seen_s"] for r in runs),
                                "restored": statistics.median(r["restored"] for r in runs)}
            say(f"restart with {keys} keys: {found[str(keys)]['seen_s']} s")
    return found


def state_mb(app):
    out = subprocess.run(["du", "-sm", f"{peers.STATE}/{app}"], stdout=subprocess.PIPE, text=True)
    return int(out.stdout.split()[0])


def drop_stores(app):
    """The stores of every task, but not who the instance is."""
    folder = f"{peers.STATE}/{app}"
    for name in os.listdir(folder):
        if name[0].isdigit():
            shutil.rmtree(os.path.join(folder, name))


def ks_static(app, source, **more):
    """Kafka Streams as a static member, so that it need not wait for its own session's end."""
    return ks(app, WORK["count-updates"][2], source, **{"group__instance__id": app}, **more)


def restore(options):
    """Start without the stores: changelog records a second, until the last is applied."""
    sizes = (100_000,) if options.quick else (1_000_000, 5_000_000)
    found = {}
    for keys in sizes:
        app = peers.new_id("restore")
        with topics_of(app, "out"):
            source = weir_state(app, keys)
            runs = []
            with running(load(source, keys, 600, rate=200)):
                for _ in range(3):
                    drop_stores(app)
                    command = weir(app, WORK["count-commit"][0], source)
                    with read_start(command, 300) as (process, start):
                        start["rss_mb"] = round(memory_mb(process.pid, "VmHWM"), 1)
                    runs.append(start)
            found[f"weir {keys}"] = restored(runs)
    found[f"ks {sizes[0]}"] = restored(ks_restores(sizes[0]))
    return found


def restored(runs):
    rates = [r["restored"] / max(r["restore_s"], 0.001) for r in runs]
    say(f"restore: {[round(r) for r in rates]} records/s")
    return {"runs": runs, "per_s": statistics.median(rates)}


def ks_restores(keys):
    app = peers.new_id("restore")
    runs = []
    with topics_of(app, "out"):
        source = table(keys)
        build = peers.measured(ks_static(app, source, n=keys))
        if "error" in build:
            raise RuntimeError(f"could not build a state of {keys} keys: {build}")
        for _ in range(2):
            peers.drop_state(app)
            runs.append(peers.measured(ks_static(app, source, n=0, stop="running")))
    return [{"rss_mb": r.pop("rss_peak_mb"), **r} for r in runs]


def outage(options):
    """SIGKILL under load of a large state: how long a reader of the output sees nothing, and how
    long from the new start to the first new output. The same observer for both."""
    keys = 50_000 if options.quick else 1_000_000
    found = {}
    for who in ("weir", "ks"):
        app = peers.new_id("outage")
        with topics_of(app, "out"):
            source = table(keys)
            log = os.path.join(peers.STATE, f"{app}.log")
            command = (weir(app, WORK["count-updates"][0], source, "-r", PARTITIONS)
                       if who == "weir"
                       else ks_static(app, source, n=0, verbose=1))
            built = command + ([f"-n{keys}"] if who == "weir" else [f"n={keys}"])
            peers.measured(built)
            found[who] = killed_once(app, command, source, keys, log)
            if who == "ks":
                found[who]["restored"] = restored_by_log(log)
            say(f"outage {who}: {found[who]}")
    return found


def killed_once(app, command, source, keys, log):
    observer = peers.program("latency", "-i", source, "-o", f"{app}-out", "-r", "1000", "-s", "60",
                             "-W", "1", "-k", str(keys), "-v")
    with running(observer, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as watcher:
        with started(command, log) as victim:
            time.sleep(25)  # it runs for some time, whoever it is
            kill(victim)
            killed_at = time.time()
        with started(command, log):
            seen = watcher.communicate(timeout=180)[0].decode()
    return {**silence_at(killed_at, seen), **said(log)}


SILENCE = re.compile(r"silence of ([\d.]+) s until ([\d.]+)")


def silence_at(killed_at, seen):
    """The silence that a kill fell into, or began: the last outputs may be seen after it."""
    for length, until in (map(float, found) for found in SILENCE.findall(seen)):
        if until > killed_at and until - length < killed_at + 0.2:
            return {"silence_s": length, "to_output_s": round(until - killed_at, 3)}
    return {"silence_s": None, "to_output_s": None}


@contextlib.contextmanager
def started(command, log):
    """A program whose output goes to a file of its own."""
    with open(log, "a", encoding="utf-8") as f:
        process = subprocess.Popen(command, stdout=f, stderr=f)
    try:
        yield process
    finally:
        end(process)


def said(log):
    """The last of what a Weir said of its starts."""
    found = {}
    with open(log, encoding="utf-8") as f:
        for line in f:
            if line.startswith(('{"first_commit_s"', '{"restored"')):
                found.update(json.loads(line))
    return found


def restored_by_log(log):
    """What Kafka Streams says to have restored since it was started for the last time; its lines
    begin with the seconds since then."""
    total, before = 0, 0
    with open(log, encoding="utf-8") as f:
        for line in f:
            at = line.split(" ", 1)[0]
            if not at.replace(".", "", 1).isdigit():
                continue
            total = 0 if float(at) < before else total
            before = float(at)
            if " restored " in line:
                total += int(line.rsplit(":", 1)[1])
    return total


# ---- `weir dev` beside Apache Kafka ----

DEV = os.path.join(peers.ROOT, "build/gcc/tools/weir")
RECORD_BYTES = 113  # key and value of a click, as `gen` makes them
CONSUMERS = {"consume": (), "consume_no_stall": NO_STALL}


@contextlib.contextmanager
def weir_dev(*more):
    with open(os.path.join(peers.OUT, "background.log"), "a", encoding="utf-8") as log:
        broker = DevBroker(DEV, *more, complaints=log)
        try:
            broker.start()
            yield broker
        finally:
            end(broker.process)


@contextlib.contextmanager
def clients_of(address):
    before = os.environ["PEERS_BROKERS"]
    os.environ["PEERS_BROKERS"] = address
    try:
        yield
    finally:
        os.environ["PEERS_BROKERS"] = before


def produce_and_consume(address, pid, records):
    """One topic: written once, read once by a consumer with defaults and once by one that does not
    stall; records a second, and the CPU seconds of the broker."""
    app = peers.new_id("dev")
    with clients_of(address), topics_of(app, "in"):
        cpu = peers.process_cpu(pid)
        run = subprocess.run(peers.program("gen", "-t", f"{app}-in", "-n", str(records)),
                             check=True, timeout=600, stderr=subprocess.PIPE, text=True)
        found = {"produce": records / float(re.search(r"in ([0-9.]+) s", run.stderr).group(1)),
                 "produce_cpu": peers.process_cpu(pid) - cpu}
        for name, settings in CONSUMERS.items():
            cpu = peers.process_cpu(pid)
            command = peers.program("floor", "-w", "consume", "-i", f"{app}-in", "-o", f"{app}-in",
                                    "-g", f"{app}-{name}", "-n", str(records), "-t", "60",
                                    *settings)
            result = peers.measured(command, timeout=120)
            if "error" in result:
                raise RuntimeError(f"could not consume from {address}: {result}")
            found[name] = result["rps_total"]
            found[f"{name}_cpu"] = peers.process_cpu(pid) - cpu
        return found


def start_times(folder):
    found = {"memory": [], "directory": []}
    for number in range(10):
        for kind, more in (("memory", ()), ("directory", ("--dir", f"{folder}/{number}"))):
            with weir_dev(*more) as broker:
                found[kind].append(round(broker.start_ms, 1))
    return found


def resident(folder, records):
    """What the broker has in memory with so many records, and what these take in its journal."""
    app = peers.new_id("dev")
    with weir_dev("--dir", folder) as broker, clients_of(broker.address):
        peers.topics("create", f"{app}-in", PARTITIONS)
        empty = memory_mb(broker.process.pid)
        subprocess.run(peers.program("gen", "-t", f"{app}-in", "-n", str(records)), check=True,
                       timeout=600, stderr=subprocess.DEVNULL)
        return {"empty_mb": round(empty, 1), "rss_mb": round(memory_mb(broker.process.pid), 1),
                "data_mb": round(os.path.getsize(f"{folder}/journal") / 2**20, 1)}


def dev(options):
    """In turns: Apache Kafka, `weir dev` in memory, `weir dev` with a directory."""
    records, rounds = (200_000, 2) if options.quick else (2_000_000, 5)
    kafka = os.environ["PEERS_BROKERS"]
    runs = {"kafka": [], "memory": [], "directory": []}
    folder = os.path.join(peers.STATE, peers.new_id("dev"))
    try:
        found = {"start_ms": start_times(f"{folder}/starts"), "runs": runs, "records": records,
                 "record_bytes": RECORD_BYTES, "load": [],
                 "resident": resident(f"{folder}/resident", records)}
        for number in range(rounds):
            runs["kafka"].append(produce_and_consume(kafka, peers.BROKER_PID, records))
            for kind, more in (("memory", ()), ("directory", ("--dir", f"{folder}/{number}"))):
                with weir_dev(*more) as broker:
                    runs[kind].append(
                        produce_and_consume(broker.address, broker.process.pid, records))
                    say(f"dev {kind}: " + ", ".join(
                        f"{name} {runs[kind][-1][name] / runs['kafka'][-1][name]:.2f} of Kafka's"
                        for name in ("produce", *CONSUMERS)))
            shutil.rmtree(f"{folder}/{number}", ignore_errors=True)
            found["load"].append(round(os.getloadavg()[0], 1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found
