#!/usr/bin/python3
"""lisrun's engine against pandas, SciPy and scikit-learn: same inputs, same machine, turn by turn.
Prints a Markdown table: median seconds of each, rows/s, ratio of the medians.
usage: race_engine.py LISRUN [--tasks csv,auc,...] [--rounds 3] [--scale 1.0] [--work FOLDER]
needs: python3-pandas python3-scipy python3-sklearn, and 4 GB of memory at scale 1"""
import argparse
import os
import statistics
import sys
import tempfile

from racing import environment_of, last_line

ROWS = {"csv": 10_000_000, "cache": 10_000_000, "auc": 10_000_000, "gauc": 10_000_000, "cooc": 2_000_000, "svd": 2_000_000}
HERE = os.path.dirname(os.path.abspath(__file__))
RECIPE = os.path.join(HERE, "..", "..", "recipes", "bench_engine.lua")


def run(command):
    return last_line(command, environment)


def race(options, task):
    rows = max(1000, int(ROWS[task] * options.scale))
    inputs = os.path.join(options.work, f"{task}-{rows}")
    os.makedirs(inputs, exist_ok=True)
    events = os.path.join(options.work, f"events-{rows}.csv")
    ours = [options.lisrun, RECIPE, "--task", task, "--rows", str(rows), "--json", "--quiet"]
    ours += ["--file", events] if task in ("csv", "cache") else ["--inputs", inputs]
    peer = [sys.executable, os.path.join(HERE, "bench_engine.py")]
    # pandas has no cache of its own: the peer of a cache is reading the text again.
    peer += ["csv", events] if task in ("csv", "cache") else [task, inputs]
    seconds, figures = {1: [], 2: [], "peer": []}, {}
    for _ in range(options.rounds):
        for threads in (1, 2):
            one = run(ours + ["--threads", str(threads)])
            seconds[threads].append(one["seconds"])
        figures["ours"], counted = one["figure"], one["rows"]
        other = run(peer)
        seconds["peer"].append(other["seconds"])
        figures["peer"] = other["figure"]
    one, two, peer = (statistics.median(seconds[k]) for k in (1, 2, "peer"))
    print(f"| {task} | {counted:,} | {one:.3f} | {two:.3f} | {counted / two:,.0f} | {one / two:.2f} | {peer:.3f} | "
          f"{peer / two:.1f} | {figures['ours']:.9g} | {figures['peer']:.9g} |", flush=True)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("lisrun")
parser.add_argument("--tasks", default=",".join(ROWS))
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--scale", type=float, default=1.0)
parser.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "lisrun-race"))
options = parser.parse_args()
environment = environment_of(options.lisrun)
print("| task | rows | 1 thread, s | 2 threads, s | rows/s | 2 over 1 | peer, s | times the peer | figure | peer's |")
print("|---|---|---|---|---|---|---|---|---|---|")
for task in options.tasks.split(","):
    race(options, task)
