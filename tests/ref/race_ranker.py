#!/usr/bin/python3
"""lisrun's rankers against PyTorch: same shapes, same machine, turn by turn, the training loops alone.
Prints Markdown tables: medians over the rounds, ours beside the best of PyTorch's batches and threads,
and the memory that is resident over a longer run of ours.
usage: race_ranker.py LISRUN [--models din,deepfm] [--rows 40000] [--rounds 3]
needs: python3-torch, and for the default about 4 minutes on 2 processors"""
import argparse
import os
import statistics
import sys

from racing import environment_of, last_line

HERE = os.path.dirname(os.path.abspath(__file__))
RECIPE = os.path.join(HERE, "..", "..", "recipes", "bench_ranker.lua")
SHAPES = [(batch, threads) for batch in (1024, 4096) for threads in (1, 2)]
PRECISIONS = ("f32", "bf16")
EPOCHS, LONG = 5, 25  # of ours: as many rows again, so that both sides train for a second or more


def run(command):
    return last_line(command, environment)


def ours(options, model, precision, batch, threads, epochs):
    return run([options.lisrun, RECIPE, "--json", "--quiet", "--model", model, "--precision", precision,
                "--rows", str(options.rows), "--epochs", str(epochs), "--batch", str(batch), "--threads", str(threads)])


def pytorch(options, model, batch, threads):
    return run([sys.executable, os.path.join(HERE, "bench_torch.py"), "--model", model,
                "--rows", str(max(options.rows, batch)), "--batch", str(batch), "--threads", str(threads)])


def race(options, model):
    """Runs of ours by (precision, batch, threads), of PyTorch's by ("peer", batch, threads)."""
    runs = {}
    for _ in range(options.rounds):
        for batch, threads in SHAPES:
            for precision in PRECISIONS:
                one = ours(options, model, precision, batch, threads, EPOCHS)
                runs.setdefault((precision, batch, threads), []).append(one)
            runs.setdefault(("peer", batch, threads), []).append(pytorch(options, model, batch, threads))
    return runs


def median(runs, field):
    return statistics.median(one[field] for one in runs)


def report(model, runs):
    rate = {key: median(some, "rows_per_s") for key, some in runs.items()}
    best = max((key for key in rate if key[0] == "peer"), key=rate.get)
    for precision in PRECISIONS:
        for batch, threads in SHAPES:
            key = precision, batch, threads
            gflops, peak = median(runs[key], "gflops"), median(runs[key], "sgemm_peak_gflops")
            gain = f"{rate[key] / rate[precision, batch, 1]:.2f}" if threads == 2 else ""
            print(f"| {model} | {precision} | {batch:,} | {threads} | {rate[key]:,.0f} | {gain} | {gflops:.1f} | {peak:.1f} | "
                  f"{gflops / peak:.2f} | {rate[best]:,.0f} | {rate[key] / rate[best]:.1f} |", flush=True)
    return [f"| {model} | " + " | ".join(f"{rate['peer', batch, threads]:,.0f}" for batch, threads in SHAPES) + " |"]


def heading(columns):
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|", flush=True)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("lisrun")
parser.add_argument("--models", default="din,deepfm")
parser.add_argument("--rows", type=int, default=40_000)
parser.add_argument("--rounds", type=int, default=3)
options = parser.parse_args()
environment = environment_of(options.lisrun)
models, peers = options.models.split(","), []
heading(["model", "precision", "batch", "threads", "rows/s", "2 threads over 1", "GFLOP/s", "sgemm peak", "of the peak",
         "PyTorch's best, rows/s", "times PyTorch"])
for model in models:
    peers += report(model, race(options, model))
print()
heading(["PyTorch, rows/s"] + [f"batch {batch:,}, threads {threads}" for batch, threads in SHAPES])
print("\n".join(peers) + "\n")
heading(["resident, MB", "after warming up", "after 1 epoch", f"after {EPOCHS}", f"after {LONG}"])
for model in models:
    seen = [ours(options, model, "f32", 1024, 2, epochs) for epochs in (1, EPOCHS, LONG)]
    print(f"| {model} | " + " | ".join(f"{b / 1e6:.1f}" for b in [seen[0]["rss_start"]] + [s["rss_end"] for s in seen]) + " |")
