#!/usr/bin/python3
"""The engine's tasks as pandas, SciPy and scikit-learn do them, on the inputs that
recipes/bench_engine.lua --inputs DIR kept. Prints one line of JSON: seconds, rows, figure.
usage: bench_engine.py csv FILE | auc DIR | gauc DIR | cooc DIR | svd DIR
needs: python3-pandas python3-scipy python3-sklearn"""
import json
import sys
import time

import numpy as np


def interactions(folder, binary):
    """User x item counts of the kept events."""
    import scipy.sparse as sp

    user, item = np.load(f"{folder}/user.npy"), np.load(f"{folder}/item.npy")
    ones = np.ones(len(user), np.float32)
    met = sp.csr_matrix((ones, (user, item)), shape=(len(user) // 20, 20_000))
    if binary:
        met.data[:] = 1
    return met


def csv(path):
    import pandas as pd

    def work():
        table = pd.read_csv(path)
        users = pd.factorize(table.user_id)[1]
        pd.factorize(table.item_id)
        return len(users), len(table)

    return work


def auc(folder):
    from sklearn.metrics import roc_auc_score

    score, label = np.load(f"{folder}/a.npy"), np.load(f"{folder}/label.npy")
    return lambda: (roc_auc_score(label, score), len(score))


def gauc(folder):
    """Mean by users' rows of the Mann-Whitney AUC inside each user; users of one class are skipped."""
    import pandas as pd

    user, score, label = (np.load(f"{folder}/{name}.npy") for name in ("user", "a", "label"))
    label = label.astype(np.int64)  # sums of a u8 column stay u8, and p * (p + 1) overflows

    def work():
        table = pd.DataFrame({"user": user, "score": score, "label": label})
        rank_of_positive = table.groupby("user").score.rank() * table.label
        users = table.groupby("user").label.agg(["sum", "size"])
        users["ranks"] = rank_of_positive.groupby(table.user).sum()
        users = users[(users["sum"] > 0) & (users["sum"] < users["size"])]
        positives, rows = users["sum"], users["size"]
        wins = users["ranks"] - positives * (positives + 1) / 2
        return np.average(wins / (positives * (rows - positives)), weights=rows), len(score)

    return work


def cooc(folder):
    """Top 50 companions of each item; SciPy's product keeps the diagonal, which is left out here."""

    def work():
        met = interactions(folder, binary=True)
        pair = (met.T @ met).tocsr()
        kept = 0
        for row in range(pair.shape[0]):
            begin, end = pair.indptr[row], pair.indptr[row + 1]
            value = pair.data[begin:end]
            most = np.argpartition(value, -50)[-50:] if end - begin > 50 else np.arange(end - begin)
            kept += len(pair.indices[begin:end][most])
        return kept, int(met.sum())

    return work


def svd(folder):
    from sklearn.utils.extmath import randomized_svd

    met = interactions(folder, binary=False)
    pair = (met.T @ met).tocsr().astype(np.float32)
    return lambda: (
        float(randomized_svd(pair, 64, n_oversamples=10, n_iter=4, random_state=0)[1][-1]),
        pair.nnz,
    )


task = sys.argv[1]
work = {"csv": csv, "auc": auc, "gauc": gauc, "cooc": cooc, "svd": svd}[task](sys.argv[2])
begun = time.perf_counter()
figure, rows = work()
seconds = time.perf_counter() - begun
print(json.dumps({"task": task, "rows": rows, "seconds": seconds, "rows_per_s": rows / seconds, "figure": float(figure)}))
