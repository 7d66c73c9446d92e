#!/usr/bin/python3
"""DIN and DeepFM in PyTorch: the shapes and the long tails of recipes/bench_ranker.lua, tables by sparse Adagrad,
layers by Adam. The training loop alone is timed, after a few steps to warm up; on a GPU all columns lie there
before, and no step waits for its loss.
The last line is JSON: model, rows_per_s, threads, batch, device, torch.
usage: bench_torch.py --model din|deepfm [--rows 200000] [--batch 1024] [--threads 1] [--device cpu|cuda]
needs: python3-torch"""
import argparse
import json
import time

import numpy as np
import torch
from torch import nn

DIM, LENGTH, CONTENT, DENSE, WARM = 16, 50, 64, 13, 5
VOCAB = {"user": 100_000, "item": 50_000, "cat": 500, "author": 10_000, "hour": 24}
FIELDS, FIELD_VOCAB = 26, 40_000


def zipf(chance, shape, vocab):
    """Ids as a long tail: vocab ^ u, u uniform."""
    return torch.from_numpy(np.minimum(vocab ** chance.random(shape), vocab - 1).astype(np.int64))


def normal(chance, *shape):
    return torch.from_numpy(chance.standard_normal(shape, dtype=np.float32))


def table(vocab, width, deviation):
    it = nn.Embedding(vocab, width, sparse=True)
    nn.init.normal_(it.weight, std=deviation)
    return it


def perceptron(width):
    layers = []
    for units in (256, 128, 64):
        layers += [nn.Linear(width, units), nn.ReLU()]
        width = units
    return nn.Sequential(*layers, nn.Linear(width, 1))


class Din(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList(table(v, DIM, 0.01) for v in VOCAB.values())
        self.unit = nn.Sequential(nn.Linear(4 * DIM, 36), nn.ReLU(), nn.Linear(36, 1))
        self.deep = perceptron((len(VOCAB) + 1) * DIM + CONTENT)

    def forward(self, ids, past, length, content):
        vectors = [t(ids[:, k]) for k, t in enumerate(self.tables)]
        keys = self.tables[1](past)
        query = vectors[1].unsqueeze(1).expand_as(keys)
        weight = self.unit(torch.cat((query, keys, query - keys, query * keys), 2))
        weight = weight * (torch.arange(LENGTH, device=past.device) < length.unsqueeze(1)).unsqueeze(2)
        return self.deep(torch.cat((*vectors, (weight * keys).sum(1), content), 1)).squeeze(1)

    @staticmethod
    def columns(chance, rows):
        ids = torch.stack([zipf(chance, rows, v) for v in VOCAB.values()], 1)
        length = torch.from_numpy(chance.integers(1, LENGTH + 1, rows))
        return ids, zipf(chance, (rows, LENGTH), VOCAB["item"]), length, normal(chance, rows, CONTENT)


class DeepFm(nn.Module):
    """All fields lie in one table, so that a batch reads it at once: PyTorch's quicker way."""

    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList([table(FIELDS * FIELD_VOCAB, DIM, 0.01), table(FIELDS * FIELD_VOCAB, 1, 0.0)])
        self.first, self.deep = nn.Linear(DENSE, 1), perceptron(FIELDS * DIM + DENSE)

    def forward(self, ids, dense):
        v = self.tables[0](ids)
        pairs = 0.5 * (v.sum(1).square() - v.square().sum(1)).sum(1)
        shallow = self.tables[1](ids).sum((1, 2)) + self.first(dense).squeeze(1) + pairs
        return shallow + self.deep(torch.cat((v.flatten(1), dense), 1)).squeeze(1)

    @staticmethod
    def columns(chance, rows):
        first_of = torch.arange(FIELDS) * FIELD_VOCAB
        return zipf(chance, (rows, FIELDS), FIELD_VOCAB) + first_of, normal(chance, rows, DENSE)


def trainer(net, columns, label):
    tables = list(net.tables.parameters())
    layers = [p for name, p in net.named_parameters() if not name.startswith("tables")]
    optimisers = torch.optim.Adagrad(tables, lr=0.05), torch.optim.Adam(layers, lr=1e-3)
    loss_of = nn.BCEWithLogitsLoss()

    def step(rows):
        loss = loss_of(net(*(c[rows] for c in columns)), label[rows])
        for o in optimisers:
            o.zero_grad(set_to_none=True)
        loss.backward()
        for o in optimisers:
            o.step()
        return loss.item() if on_processor else loss

    return step


def settle():
    if not on_processor:
        torch.cuda.synchronize()


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", choices=("din", "deepfm"), default="din")
parser.add_argument("--rows", type=int, default=200_000)
parser.add_argument("--batch", type=int, default=1024)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
options = parser.parse_args()
if options.rows < options.batch:
    parser.error("--rows must hold a batch at least")
torch.set_num_threads(options.threads)
torch.manual_seed(1)
chance = np.random.default_rng(1)
on_processor = options.device == "cpu"
model = {"din": Din, "deepfm": DeepFm}[options.model]()
label = torch.from_numpy(chance.random(options.rows) < 0.3).float()
columns = [c.to(options.device) for c in model.columns(chance, options.rows)]
step = trainer(model.to(options.device), columns, label.to(options.device))
batches = [slice(a, a + options.batch) for a in range(0, options.rows - options.batch + 1, options.batch)]
for k in range(WARM):
    step(batches[k % len(batches)])
settle()
begun = time.perf_counter()
for rows in batches:
    step(rows)
settle()
seconds = time.perf_counter() - begun
print(json.dumps({"model": options.model, "rows_per_s": len(batches) * options.batch / seconds,
                  "threads": options.threads, "batch": options.batch, "device": options.device,
                  "torch": torch.__version__}))
