"""bench_report.py -- what scripts/bench found, as text and as Markdown for docs/BENCHMARKS.md."""

import glob
import os
import platform
import re
import statistics
import subprocess

BEGIN = "<!-- figures: begin (scripts/dev bench --publish) -->"
END = "<!-- figures: end -->"
DEV_BEGIN = "<!-- weir dev: begin (scripts/dev bench --only dev --publish) -->"
DEV_END = "<!-- weir dev: end -->"
QUIET = 0.3  # CPUs; the measuring itself takes some of it
NAMES = {"floor": "bare loop", "ks": "Kafka Streams", "weir": "Weir"}


def machine():
    """Processor, cores and memory; the name of the machine is nobody's business."""
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    with open("/proc/meminfo", encoding="utf-8") as f:
        total = int(re.search(r"MemTotal:\s*(\d+)", f.read()).group(1))
    return {"cpu": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "memory_gb": round(total / 1e6)}


def output_of(*command):
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except OSError:
        return ""
    return (run.stdout + run.stderr).strip()


def versions():
    kafka = sorted(glob.glob(os.path.expanduser("~/.cache/kafka-local/*/.complete")))
    java = re.search(r'version "([^"]+)"', output_of("java", "-version"))
    return {"weir": output_of("git", "describe", "--always", "--dirty") or "from an archive",
            "kafka": os.path.basename(os.path.dirname(kafka[-1])) if kafka else "?",
            "librdkafka": output_of("pkg-config", "--modversion", "rdkafka"),
            "lmdb": output_of("pkg-config", "--modversion", "lmdb"),
            "java": java.group(1) if java else "?",
            "compiler": output_of("gcc", "-dumpfullversion"), "kernel": platform.release()}


# ---- tables: rows of cells, the first one is the head ----


def median(runs, name):
    values = [r[name] for r in runs if name in r]
    return statistics.median(values) if values else None


def number(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def ratio(a, b):
    return "-" if not a or not b else f"{a / b:.2f}"


def throughput(found):
    rows = [["workload", "program", "k/cpu-s", "all runs", "k/s wall", "commit share",
             "peak RSS MB", "Weir/this, CPU", "Weir/this, wall", "others' CPUs"]]
    for workload, runs in found.items():
        weir_cpu = median(runs["weir"], "k_per_cpu_s")
        weir_wall = median(runs["weir"], "k_per_s")
        for who in ("floor", "ks", "weir"):
            mine = runs[who]
            cpu, wall = median(mine, "k_per_cpu_s"), median(mine, "k_per_s")
            others = [others_cpus(r) for r in mine]
            rows.append([workload, NAMES[who], number(cpu),
                         " ".join(number(r["k_per_cpu_s"]) for r in mine), number(wall),
                         number(median(mine, "commit_share"), 2),
                         number(max((r.get("rss_peak_mb", 0) for r in mine), default=None)),
                         "" if who == "weir" else ratio(weir_cpu, cpu),
                         "" if who == "weir" else ratio(weir_wall, wall),
                         number(statistics.median(others) if others else None, 2)])
    return rows


def latency(found):
    rows = [["program", "guarantee", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "records", "CPU-s"]]
    for name, r in found.items():
        who, guarantee = name.split(" ", 1)
        rows.append([NAMES[who], guarantee,
                     *(number(r.get(p), 1) for p in ("p50", "p90", "p99", "p999")),
                     number(r.get("measured")), number(r.get("cpu_app"), 1)])
    return rows


def calls(found):
    rows = [["workload", "malloc, calloc, realloc", "mutexes locked", "clock readings", "write",
             "librdkafka's and others' malloc"]]
    for workload, r in found.items():
        rows.append([workload, *(number(r[f"own_{kind}"], 5)
                                 for kind in ("malloc", "lock", "clock", "write")),
                     number(r["foreign_malloc"], 1)])
    return rows


def idle(found):
    rows = [["program and workload", "resident MB"]]
    for name, mb in found.items():
        who, workload = name.split(" ", 1)
        rows.append([f"{NAMES[who]}, {workload}", number(mb, 1)])
    return rows


def restart(found):
    rows = [["keys", "state MB", "start to first commit, median s", "all runs s",
             "changelog records replayed, median"]]
    for keys, r in found.items():
        rows.append([number(int(keys)), number(r["state_mb"]), number(r["seen_s"], 2),
                     " ".join(number(x["seen_s"], 2) for x in r["runs"]), number(r["restored"])])
    return rows


def restore(found):
    rows = [["program", "keys", "records/s wall, median", "all runs", "peak RSS MB"]]
    for name, r in found.items():
        who, keys = name.split()
        rows.append([NAMES[who], number(int(keys)), number(r["per_s"]),
                     " ".join(number(x["restored"] / max(x["restore_s"], 0.001))
                              for x in r["runs"]), number(median(r["runs"], "rss_mb"))])
    return rows


def outage(found):
    rows = [["program", "start to first new output s", "silence at the output s",
             "changelog records replayed"]]
    for who, r in found.items():
        rows.append([NAMES[who], number(r["to_output_s"], 2), number(r["silence_s"], 2),
                     number(r.get("restored"))])
    return rows


BROKERS = {"kafka": "Apache Kafka", "memory": "weir dev", "directory": "weir dev --dir"}
CLIENTS = {"produce": "produce", "consume": "consume",
           "consume_no_stall": "consume, queued.min.messages=1000000"}


def dev(found):
    rows = [["client", "broker", "k/s wall, median", "all runs", "MB/s", "of Apache Kafka's",
             "CPU-s of the broker"]]
    kafka = found["runs"]["kafka"]
    for client, title in CLIENTS.items():
        for broker, runs in found["runs"].items():
            rate = median(runs, client)
            rows.append([title, BROKERS[broker], number(rate / 1000),
                         " ".join(number(r[client] / 1000) for r in runs),
                         number(rate * found["record_bytes"] / 1e6),
                         ratio(rate, median(kafka, client)),
                         number(median(runs, f"{client}_cpu"), 2)])
    return rows


def dev_process(found):
    r = found["resident"]
    memory, directory = (statistics.median(found["start_ms"][kind])
                         for kind in ("memory", "directory"))
    return [["weir dev", ""],
            ["process to address, in memory, ms", number(memory, 1)],
            ["the same with a new directory, ms", number(directory, 1)],
            ["resident, without records, MB", number(r["empty_mb"], 1)],
            [f"resident, with {found['records']:,} records, MB", number(r["rss_mb"])],
            ["these records in the journal, MB", number(r["data_mb"])],
            ["load average after each round", " ".join(number(x) for x in found["load"])]]


PARTS = (
    ("throughput", "Throughput", throughput),
    ("latency", "Latency at 5,000 records/s", latency),
    ("calls", "Calls per record from Weir's own code", calls),
    ("idle", "Idle instance", idle),
    ("restart", "SIGKILL with the state kept", restart),
    ("outage", "The same kill seen from outside", outage),
    ("restore", "Restore of an empty store", restore),
)
DEV_PARTS = (("dev", "Throughput", dev), ("dev", "The process", dev_process))


def others_cpus(run):
    """CPUs that were busy with neither the program nor the broker."""
    return run.get("cpu_others", 0) / max(run.get("wall_run", 1), 1)


def disturbance(result):
    """A sentence for a machine that was not quiet."""
    runs = [r for found in result.get("throughput", {}).values() for mine in found.values()
            for r in mine]
    worst = max(map(others_cpus, runs), default=0)
    return "" if worst <= QUIET else (
        f" **Other work kept up to {worst:.1f} CPUs busy meanwhile**: trust k/cpu-s only, and of "
        "it rather the ratio to the bare loop; wall rates and tails of latency say nothing.")


def head(result, seconds=True):
    m, v = result["machine"], result["versions"]
    return (f"{result['date']}, {m['cpu']}, {m['cores']} cores, {m['memory_gb']} GB. "
            f"Weir {v['weir']} (gcc {v['compiler']}), librdkafka {v['librdkafka']}, "
            f"LMDB {v['lmdb']}, Kafka and Kafka Streams {v['kafka']} on Java {v['java']}, "
            f"Linux {v['kernel']}."
            + (f" {result['seconds']:.0f} s of load per program and workload." if seconds else "")
            + (" A quick run that proves nothing." if result["quick"] else "")
            + disturbance(result))


def text_table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(w) if i else cell.ljust(w)
                               for i, (cell, w) in enumerate(zip(row, widths))).rstrip()
                     for row in rows)


def markdown_table(rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def render(result, parts, title, table):
    """The tables of those parts that were measured, "" if none was."""
    found = [(t, make(result[name])) for name, t, make in parts if name in result]
    if not found:
        return ""
    tables = (f"{title}{t}\n\n{table(rows)}" for t, rows in found)
    return "\n\n".join([head(result, parts is PARTS), *tables]) + "\n"


def write(result, folder):
    text, page = ("\n".join(filter(None, (render(result, parts, title, table)
                                          for parts in (PARTS, DEV_PARTS))))
                  for title, table in (("", text_table), ("### ", markdown_table)))
    for name, content in (("bench.txt", text), ("bench.md", page)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(content)
    print(text)


def publish(result, path):
    """Replace what stands between the markers of a page, where something was measured."""
    with open(path, encoding="utf-8") as f:
        page = f.read()
    for parts, begin, end in ((PARTS, BEGIN, END), (DEV_PARTS, DEV_BEGIN, DEV_END)):
        figures = render(result, parts, "### ", markdown_table)
        if figures:
            before, rest = page.split(begin, 1)
            page = f"{before}{begin}\n\n{figures}\n{end}{rest.split(end, 1)[1]}"
    with open(path, "w", encoding="utf-8") as f:
        f.write(page)
