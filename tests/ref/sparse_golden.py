#!/usr/bin/python3
"""Goldens of the sparse room, from SciPy and scikit-learn.

    python3 sparse_golden.py            writes golden/sparse_golden.h

A small log with planted tastes (so that its spectrum decays) -> counts of co-occurrence from SciPy's
sparse product -> PPMI written from its definition -> singular values and vectors from SciPy's svds
(ARPACK), which has nothing in common with the randomised method it checks. Item similarities from
scikit-learn's pairwise metrics (upper triangles).
Needs python3-numpy, python3-scipy, python3-sklearn.
"""
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import svds
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import cosine_similarity

USERS, ITEMS, TASTES, RANK = 90, 40, 5, 5


def log(seed=11):
    """Every user likes the items of two tastes, and now and then any item."""
    g = np.random.default_rng(seed)
    taste = np.arange(ITEMS) % TASTES
    user, item = [], []
    for u in range(USERS):
        mine = g.choice(TASTES, 2, replace=False, p=np.array([8, 6, 4, 3, 2]) / 23)
        weight = np.where(np.isin(taste, mine), 1.0, 0.03)
        chosen = g.choice(ITEMS, 12, replace=False, p=weight / weight.sum())
        user += [u] * len(chosen)
        item += chosen.tolist()
    return np.array(user), np.array(item)


def ppmi(counts, shift, smoothing):
    rows, columns = counts.sum(1), counts.sum(0)
    context = columns**smoothing / (columns**smoothing).sum()
    with np.errstate(divide='ignore'):
        pmi = np.log(counts / np.outer(rows, context)) - shift
    return np.maximum(pmi, 0)


def decompose(matrix):
    """Largest first; the largest |u| of each component positive."""
    u, s, vt = svds(sp.csr_matrix(matrix.astype(np.float64)), RANK, tol=1e-12, random_state=0)
    order = np.argsort(-s)
    u, s, vt = u[:, order], s[order], vt[order]
    sign = np.sign(u[np.abs(u).argmax(0), np.arange(RANK)])
    return u * sign, s, vt.T * sign


def table(name, values, kind, form):
    text = ', '.join(form % v for v in np.ravel(values))
    lines, line = [], '   '
    for word in text.split(' '):
        if len(line) + len(word) > 98:
            lines.append(line)
            line = '   '
        line += ' ' + word
    lines.append(line)
    return 'static const %s %s[] = {\n%s};\n' % (kind, name, '\n'.join(lines))


def golden_rating(user, item):
    """Ratings of 1 to 3 that the C test makes the same way."""
    return 1.0 + (7 * user + 3 * item) % 3


def similarity(ratings, kind):
    """Item against item of a user x item matrix, diagonal 0."""
    if kind in ('cosine', 'jaccard'):
        rows = ratings.T > 0 if kind == 'jaccard' else ratings.T
        m = 1 - pairwise_distances(rows, metric=kind)
    else:
        x = ratings.T  # an item is a document, a user a word
        idf = np.log(len(x)) - np.log1p((x > 0).sum(0))
        if kind == 'tfidf':
            m = cosine_similarity(np.sqrt(x) * idf)
        else:
            k1, b = 1.2, 0.75
            length = x.sum(1, keepdims=True)
            w = idf * x * (k1 + 1) / (x + k1 * (1 - b + b * length / length.mean()))
            m = w @ w.T
    np.fill_diagonal(m, 0)
    return m


def main():
    user, item = log()
    ratings = sp.csr_matrix((np.ones(len(user)), (user, item)), shape=(USERS, ITEMS))
    counts = (ratings.T @ ratings).toarray()
    np.fill_diagonal(counts, 0)
    parts = ['/* Written by tests/ref/sparse_golden.py; do not edit. */\n',
             'enum { GOLDEN_USERS = %d, GOLDEN_ITEMS = %d, GOLDEN_RANK = %d, GOLDEN_EVENTS = %d };\n'
             % (USERS, ITEMS, RANK, len(user)),
             table('golden_user', user, 'int32_t', '%d'), table('golden_item', item, 'int32_t', '%d')]
    for name, matrix in (('ppmi', ppmi(counts, 0, 1)), ('shifted', ppmi(counts, 0.3, 0.75)),
                         ('ratings', ratings.toarray())):
        u, s, v = decompose(matrix)
        if name != 'ratings':
            parts.append(table('golden_' + name, matrix, 'double', '%.5g'))
        for part, values in (('u', u), ('s', s), ('v', v)):
            parts.append(table('golden_%s_%s' % (name, part), values, 'double', '%.9g' if part == 's' else '%.5f'))
    rated = ratings.toarray() * golden_rating(*np.indices((USERS, ITEMS)))
    for kind in ('cosine', 'jaccard', 'tfidf', 'bm25'):
        parts.append(table('golden_' + kind, np.triu(similarity(rated, kind)), 'double', '%.5g'))
    path = Path(__file__).parent / 'golden' / 'sparse_golden.h'
    path.write_text('\n'.join(parts))
    print(path, path.stat().st_size, 'bytes; spectrum', np.round(np.linalg.svd(ppmi(counts, 0, 1))[1][:30], 2))


if __name__ == '__main__':
    main()
