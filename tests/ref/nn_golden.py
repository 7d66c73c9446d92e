#!/usr/bin/python3
"""Golden of the nn room: the first 100 losses of DIN and DeepFM rankers trained by PyTorch.

    python3 nn_golden.py      writes golden/nn_golden.h

Data and initial values come from one stream of numbers (draw) that the C test repeats, in the order
of the code below, so that the golden holds the losses alone. Needs python3-torch.
"""
from pathlib import Path
import torch
from torch import nn

STEPS, BATCH, DIM, HIDDEN, DENSE, LENGTH = 100, 64, 8, 12, 6, 10
VOCAB = {"user": 50, "item": 40, "hour": 24}
LAYERS = [32, 16]
ROWS = STEPS * BATCH
state = 12345


def draw(low, high):
    """One number in [low, high) from a 32-bit linear congruential stream (Numerical Recipes)."""
    global state
    state = (1664525 * state + 1013904223) % 2**32
    return low + (high - low) * (state / 2**32)


def table(rows, columns, scale):
    return torch.tensor([[draw(-scale, scale) for _ in range(columns)] for _ in range(rows)])


def log():
    rows = []
    for _ in range(ROWS):
        ids = [int(draw(0, v)) for v in VOCAB.values()]
        length = int(draw(0, LENGTH + 1))
        history = [int(draw(0, VOCAB["item"])) for _ in range(length)]
        dense = [draw(-1, 1) for _ in range(DENSE)]
        taste = (ids[0] % 3 - 1) + (1 if ids[1] % 4 == 0 else -0.5) + sum(i == ids[1] for i in history)
        rows.append((ids, history, dense, float(draw(-1, 1) + 0.7 * taste + dense[0] > 0)))
    return rows


def linear(inputs, units):
    """weight [inputs, units] then bias [1, units], both drawn in that order."""
    layer, scale = nn.Linear(inputs, units), (6 / (inputs + units)) ** 0.5
    layer.weight.data = table(inputs, units, scale).T.contiguous()
    layer.bias.data = table(1, units, 0.1)[0]
    return layer


def perceptron(width):
    layers = []
    for units in LAYERS:
        layers += [linear(width, units), nn.ReLU()]
        width = units
    return nn.Sequential(*layers, linear(width, 1))


class Din(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList()
        for vocab in VOCAB.values():
            self.tables.append(nn.Embedding(vocab, DIM, sparse=True))
            self.tables[-1].weight.data = table(vocab, DIM, 0.3)
        self.first, self.second = linear(4 * DIM, HIDDEN), linear(HIDDEN, 1)
        self.deep = perceptron(4 * DIM + DENSE)

    def forward(self, ids, history, mask, dense):
        vectors = [t(ids[:, k]) for k, t in enumerate(self.tables)]
        keys = self.tables[1](history)
        query = vectors[1][:, None].expand_as(keys)
        unit = torch.cat([query, keys, query - keys, query * keys], 2)
        weight = self.second(torch.relu(self.first(unit))) * mask[:, :, None]
        return self.deep(torch.cat(vectors + [(weight * keys).sum(1), dense], 1)).squeeze(1)


class DeepFm(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables, self.weights = nn.ModuleList(), nn.ModuleList()
        for vocab in VOCAB.values():
            for kind, width in ((self.tables, DIM), (self.weights, 1)):
                kind.append(nn.Embedding(vocab, width, sparse=True))
                kind[-1].weight.data = table(vocab, width, 0.3)
        self.deep = perceptron(3 * DIM + DENSE)

    def forward(self, ids, history, mask, dense):
        v = torch.stack([t(ids[:, k]) for k, t in enumerate(self.tables)], 1)
        first = sum(t(ids[:, k]) for k, t in enumerate(self.weights)).squeeze(1)
        pairs = 0.5 * (v.sum(1) ** 2 - (v * v).sum(1)).sum(1)
        return first + pairs + self.deep(torch.cat([v.flatten(1), dense], 1)).squeeze(1)


def curve(net, rows):
    sparse = [p for n, p in net.named_parameters() if n.startswith(("tables", "weights"))]
    dense = [p for n, p in net.named_parameters() if not n.startswith(("tables", "weights"))]
    optimisers = [torch.optim.Adagrad(sparse, lr=0.05), torch.optim.Adam(dense, lr=1e-3)]
    losses, loss_of = [], nn.BCEWithLogitsLoss()
    for step in range(STEPS):
        batch = rows[step * BATCH:(step + 1) * BATCH]
        ids = torch.tensor([r[0] for r in batch])
        history = torch.tensor([r[1] + [0] * (LENGTH - len(r[1])) for r in batch])
        mask = torch.tensor([[float(k < len(r[1])) for k in range(LENGTH)] for r in batch])
        loss = loss_of(net(ids, history, mask, torch.tensor([r[2] for r in batch])),
                       torch.tensor([r[3] for r in batch]))
        for o in optimisers:
            o.zero_grad()
        loss.backward()
        for o in optimisers:
            o.step()
        losses.append(loss.item())
    return losses


def write():
    torch.set_num_threads(1)
    rows = log()
    lines = ["/* Written by tests/ref/nn_golden.py: do not edit. */", "",
             f"enum {{ GOLDEN_STEPS = {STEPS}, GOLDEN_BATCH = {BATCH}, GOLDEN_DIM = {DIM}, "
             f"GOLDEN_HIDDEN = {HIDDEN},",
             f"       GOLDEN_DENSE = {DENSE}, GOLDEN_LENGTH = {LENGTH} }};"]
    for name, net in (("din", Din()), ("deepfm", DeepFm())):
        losses = [f"{x:.9g}" for x in curve(net, rows)]
        lines += ["", f"static const double golden_{name}_loss[{STEPS}] = {{"]
        lines += ["    " + ", ".join(losses[k:k + 8]) + "," for k in range(0, STEPS, 8)] + ["};"]
    (Path(__file__).parent / "golden" / "nn_golden.h").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write()
