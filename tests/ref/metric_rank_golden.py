#!/usr/bin/python3
"""Goldens of top-k metrics, calibration and normalised entropy, on the rows of metric_golden.py.

    python3 metric_rank_golden.py        writes golden/metric_rank_golden.h

Ties: NDCG from scikit-learn, which averages over them; reciprocal rank and recall by going through
every order of the tied rows. Variances are of a numerical derivative: the influence of a user is how
fast the metric moves with the weight of that user's rows.
"""
from itertools import permutations
import numpy as np
from sklearn.metrics import ndcg_score
from metric_golden import HEAD, USERS, c_array, losses, rows, save

def ties(score, label):
    """From the top score down: the labels of its rows, in every order they can stand in."""
    return [list(permutations(label[score == s])) for s in sorted(set(score), reverse=True)]


def reciprocal_rank(score, label, k):
    above = 0
    for orders in ties(score, label):
        if any(orders[0]):
            ranks = [above + p.index(1) + 1 for p in orders]
            return np.mean([1 / r if r <= k else 0 for r in ranks])
        above += len(orders[0])


def recall(score, label, k):
    hits, above = 0.0, 0
    for orders in ties(score, label):
        hits += np.mean([sum(p[:max(0, k - above)]) for p in orders])
        above += len(orders[0])
    return hits / label.sum()


def ndcg(score, label, k):
    if len(label) == 1:
        return 1.0
    return ndcg_score([label], [score], k=k)


def of_lists(fn, score, label, lists, owner_of, k):
    value = {g: fn(score[lists == g], label[lists == g], k) for g in np.unique(lists)
             if label[lists == g].any()}
    mean = np.mean(list(value.values()))
    phi = np.zeros(USERS)
    for g, v in value.items():
        phi[owner_of[g]] += (v - mean) / len(value)
    users = len({owner_of[g] for g in value})
    return mean, users / (users - 1) * (phi ** 2).sum(), users


def derivative_variance(value, user):
    """K/(K-1) sum of squared central differences of value(weights by row)."""
    h, phi = 1e-5, np.zeros(USERS)
    for u in range(USERS):
        up, down = np.ones(len(user)), np.ones(len(user))
        up[user == u] += h
        down[user == u] -= h
        phi[u] = (value(up) - value(down)) / (2 * h)
    k = len(np.unique(user))
    return k / (k - 1) * (phi ** 2).sum()


def main():
    user, label, a, _ = rows()
    coarse = np.floor(2 * a) / 2  # many ties
    visit = np.random.default_rng(3).integers(0, 3, len(user))
    pages, page = np.unique(np.stack([user, visit]), axis=1, return_inverse=True)
    out = [HEAD.replace('metric_golden', 'metric_rank_golden'),
           f'enum {{ GOLDEN_PAGES = {pages.shape[1]} }};\n',
           c_array('int32_t', 'golden_page', page), c_array('float', 'golden_coarse', coarse)]
    figures = []
    for lists, owner in ((user, np.arange(USERS)), (page, pages[0])):
        for fn in (ndcg, reciprocal_rank, recall):
            for k in (1, 3, 10):
                figures += of_lists(fn, coarse, label, lists, owner, k)
    out.append('/* value, variance, users; lists (users, pages) x (NDCG, MRR, recall) x k (1, 3, 10) */\n'
               + c_array('double', 'golden_rank', figures))
    p, loss = 1 / (1 + np.exp(-a.astype(np.float64))), losses(a, label)
    ratio = lambda w: (w * p).sum() / (w * label).sum()

    def entropy(w):
        y = (w * label).sum() / w.sum()
        return (w * loss).sum() / w.sum() / (-y * np.log(y) - (1 - y) * np.log(1 - y))
    one = np.ones(len(user))
    out.append('/* of logits a: calibration and its variance, normalised entropy and its variance */\n'
               + c_array('double', 'golden_calibration',
                         [ratio(one), derivative_variance(ratio, user), entropy(one),
                          derivative_variance(entropy, user)]))
    save('metric_rank_golden.h', out)


main()
