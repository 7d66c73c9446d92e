#!/usr/bin/python3
"""What more cores, and a GPU, change: lisrun's rankers and studies by number of threads, beside PyTorch on the same
processor, each at its best of several batches, and PyTorch on a GPU where there is one. Prints Markdown tables of
rows a second, best of the rounds, and a study's seconds. The training loops alone are timed.
usage: race_cores.py LISRUN [--models din,deepfm] [--threads 1,2,4,8,16] [--batches 4096,16384] [--rounds 1] [--study 1,4,16]
needs: a Python with PyTorch"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

from racing import environment_of, last_line

HERE = os.path.dirname(os.path.abspath(__file__))
RECIPES = os.path.join(HERE, "..", "..", "recipes")
GPU_BATCHES = (4096, 16384, 65536)


def run(command):
    return last_line(command, environment)


def ours(model, precision, batch, threads):
    rows = max(100_000, 8 * batch)
    return run([options.lisrun, os.path.join(RECIPES, "bench_ranker.lua"), "--json", "--quiet", "--model", model,
                "--precision", precision, "--rows", str(rows), "--epochs", str(max(1, min(8, threads))),
                "--batch", str(batch), "--threads", str(threads)])["rows_per_s"]


def pytorch(model, batch, threads, device="cpu"):
    rows = max(40_000, 4 * batch) if device == "cpu" else 60 * batch
    return run([sys.executable, os.path.join(HERE, "bench_torch.py"), "--model", model, "--rows", str(rows),
                "--batch", str(batch), "--threads", str(threads), "--device", device])["rows_per_s"]


def best(rate_of, batches):
    """The most rows a second over batches and rounds, and the batch that gave it."""
    return max((rate_of(batch), batch) for _ in range(options.rounds) for batch in batches)


def row(cells):
    print("| " + " | ".join(str(c) for c in cells) + " |", flush=True)


def heading(cells):
    row(cells)
    row("---" for _ in cells)


def race(model):
    first = {}
    for threads in options.threads:
        cells, rates = [model, threads], {}
        for precision in ("f32", "bf16"):
            rates[precision], batch = best(lambda b, p=precision: ours(model, p, b, threads), options.batches)
            first.setdefault(precision, rates[precision])
            cells += [f"{rates[precision]:,.0f} ({batch:,})", f"{rates[precision] / first[precision]:.1f}"]
        rate, batch = best(lambda b: pytorch(model, b, threads), options.batches)
        row(cells + [f"{rate:,.0f} ({batch:,})", f"{rates['f32'] / rate:.1f}"])


def study():
    heading(["threads", "cold, s", "residual, s"])
    for threads in options.study:
        cells = [threads]
        for arms in ("cold", "residual"):
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run([options.lisrun, os.path.join(RECIPES, "quickstart.lua"), "--quiet", "--arms", arms,
                                "--threads", str(threads), "--out", folder], stdout=subprocess.DEVNULL, check=True)
                with open(os.path.join(folder, "results.json"), encoding="utf-8") as file:
                    cells.append(f"{json.load(file)['timing_s']['total']:.1f}")
        row(cells)


def on_gpu(models):
    import torch
    print(f"PyTorch {torch.__version__} on the processor, " + (torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"))
    if not torch.cuda.is_available():
        return
    print()
    heading(["PyTorch on the GPU, rows/s"] + [f"batch {batch:,}" for batch in GPU_BATCHES])
    for model in models:
        row([model] + [f"{max(pytorch(model, batch, 4, 'cuda') for _ in range(options.rounds)):,.0f}" for batch in GPU_BATCHES])


def numbers(text):
    return [int(part) for part in text.split(",")]


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("lisrun")
parser.add_argument("--models", default="din,deepfm")
parser.add_argument("--threads", type=numbers, default=[1, 2, 4, 8, 16])
parser.add_argument("--batches", type=numbers, default=[4096, 16384])
parser.add_argument("--rounds", type=int, default=1)
parser.add_argument("--study", type=numbers, default=[], metavar="THREADS", help="also the quickstart's study, on so many threads")
options = parser.parse_args()
environment = environment_of(options.lisrun)
heading(["model", "threads", "f32, rows/s (batch)", "over 1 thread", "bf16, rows/s (batch)", "over 1 thread",
         "PyTorch, rows/s (batch)", "f32 times PyTorch"])
for name in options.models.split(","):
    race(name)
print()
if options.study:
    study()
    print()
on_gpu(options.models.split(","))
