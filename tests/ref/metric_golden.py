#!/usr/bin/python3
"""Goldens of the metric room, from scikit-learn, SciPy and the definitions written out.

    python3 metric_golden.py            writes golden/{metric,quantile}_golden.h
    python3 metric_golden.py bootstrap  also prints a user bootstrap beside the clustered variances
    python3 metric_golden.py coverage   prints how often 95 % intervals hold the truth (minutes)

Needs python3-numpy, python3-scipy, python3-sklearn. Every variance here is written from its
definition in O(n^2); nothing is shared with the C code.
"""
import sys
import numpy as np
from pathlib import Path
from scipy import stats
from sklearn.metrics import log_loss, roc_auc_score

USERS, ABSENT = 30, 17  # user 17 has no rows: its influence must be 0 and it must not count in K


def rows(seed=4):
    """240 rows of 29 users: repeats, ties (scores rounded), one-class users, both signs of zero."""
    g = np.random.default_rng(seed)
    user = np.minimum((USERS ** g.random(240)).astype(np.int64), USERS - 1)
    user[user == ABSENT] = 0
    taste = g.normal(0, 1, USERS)
    truth = taste[user] + g.normal(0, 1, 240)
    label = (truth + g.normal(0, 1, 240) > 0.3).astype(np.int64)
    label[user == 3] = 1  # one-class users
    label[user == 5] = 0
    a = np.round(truth + g.normal(0, 1, 240), 1).astype(np.float32)
    b = np.round(0.4 * truth + g.normal(0, 1, 240), 1).astype(np.float32)
    a[0], a[1] = 0.0, -0.0  # must tie
    return user, label, a, b


def wins(score, label):
    """[P, N] of 1 where the positive outscores the negative, 1/2 where they tie."""
    pos, neg = score[label == 1], score[label == 0]
    return (pos[:, None] > neg[None]) + 0.5 * (pos[:, None] == neg[None])


def influence(score, label):
    """By row: (V10 - auc)/P for a positive, (V01 - auc)/N for a negative (DeLong 1988)."""
    w = wins(score, label)
    phi = np.empty(len(score))
    phi[label == 1] = (w.mean(1) - w.mean()) / w.shape[0]
    phi[label == 0] = (w.mean(0) - w.mean()) / w.shape[1]
    return phi


def by_user(phi, user):
    return np.bincount(user, phi, USERS)


def plain(phi, label):
    """DeLong's variance: covariance matrices of V10 and V01 with n - 1 below, over P and N."""
    p, n = (label == 1).sum(), (label == 0).sum()
    return np.var(phi[label == 1] * p, ddof=1) / p + np.var(phi[label == 0] * n, ddof=1) / n


def clustered(phi, user):
    k = len(np.unique(user))
    return k / (k - 1) * (by_user(phi, user) ** 2).sum()


def obuchowski(score, label, user):
    """The 1997 formula as printed, with its three cluster counts; within 1/K of clustered()."""
    w = wins(score, label)
    theta, (m, n) = w.mean(), w.shape
    up, un = user[label == 1], user[label == 0]
    ids = np.unique(user)
    x = np.array([(w.mean(1)[up == u] - theta).sum() for u in ids])
    y = np.array([(w.mean(0)[un == u] - theta).sum() for u in ids])
    i10, i01, i = len(np.unique(up)), len(np.unique(un)), len(ids)
    s10 = i10 / ((i10 - 1) * m) * (x ** 2).sum()
    s01 = i01 / ((i01 - 1) * n) * (y ** 2).sum()
    s11 = i / (i - 1) * (x * y).sum()
    return s10 / m + s01 / n + 2 * s11 / (m * n)


def gauc(score, label, user, weight, one_class):
    value, weights = np.zeros(USERS), np.zeros(USERS)
    for u in np.unique(user):
        y, s = label[user == u], score[user == u]
        p, q = y.sum(), (1 - y).sum()
        mixed = p > 0 and q > 0
        value[u] = roc_auc_score(y, s) if mixed else 0.5
        weights[u] = dict(rows=p + q, positives=p, equal=1, pairs=p * q)[weight]
        if not mixed and one_class == 'skip':
            weights[u] = 0
    g = np.average(value, weights=weights)
    phi = weights * (value - g) / weights.sum()
    k = (weights > 0).sum()
    return g, k / (k - 1) * (phi ** 2).sum(), k


def losses(logit, label):
    return np.logaddexp(0, np.where(label == 1, -1.0, 1.0) * logit.astype(np.float64))


def loss_variance(loss, user):
    k = len(np.unique(user))
    phi = by_user((loss - loss.mean()) / len(loss), user)
    return k / (k - 1) * (phi ** 2).sum()


def satterthwaite(row_variance, clusters, seed_variance, seeds, estimate, level=0.95):
    a, b = row_variance, seed_variance / seeds
    dof = (a + b) ** 2 / (a * a / (clusters - 1) + (b * b / (seeds - 1) if seeds > 1 else 0))
    low, high = stats.t.interval(level, dof, estimate, np.sqrt(a + b))
    return dof, low, high, 2 * stats.t.sf(abs(estimate) / np.sqrt(a + b), dof)


def c_array(kind, name, values):
    text = [f'{float(v)!r}f' if kind == 'float' else repr(v.item() if hasattr(v, 'item') else v)
            for v in values]
    lines, line = [], '   '
    for t in text:
        if len(line) + len(t) > 95:
            lines.append(line)
            line = '   '
        line += f' {t},'
    return f'static const {kind} {name}[{len(text)}] = {{\n' + '\n'.join(lines + [line]) + '\n};\n'


HEAD = '/* Written by tests/ref/metric_golden.py: do not edit. */\n'


def save(name, parts):
    (Path(__file__).parent / 'golden' / name).write_text('\n'.join(parts))


def quantile_cases():
    ps = [1e-12, 1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999]
    dofs = [0.5, 1, 2, 2.7, 5, 29.5, 120, 9999, 1e5, 1e7]
    z = [-30, -8, -1.96, 0, 0.3, 2.5, 6]
    out = [c_array('double', 'golden_normal_p', [v for p in ps for v in (p, stats.norm.ppf(p))]),
           c_array('double', 'golden_normal_z', [v for x in z for v in (x, stats.norm.cdf(x))])]
    out.append(c_array('double', 'golden_student_p',
                       [v for d in dofs for p in ps for v in (d, p, stats.t.ppf(p, d))]))
    out.append(c_array('double', 'golden_student_t',
                       [v for d in dofs for x in (-12, -3, -1.7, -0.01, 0, 0.8, 1.8, 4)
                        for v in (d, x, stats.t.cdf(x, d))]))
    return out


def golden():
    user, label, a, b = rows()
    pa, pb = influence(a, label), influence(b, label)
    auc = [roc_auc_score(label, a), roc_auc_score(label, b)]
    delta = auc[0] - auc[1]
    out = [HEAD,
           f'enum {{ GOLDEN_ROWS = {len(user)}, GOLDEN_USERS = {USERS}, '
           f'GOLDEN_ABSENT = {ABSENT}, GOLDEN_CLUSTERS = {len(np.unique(user))} }};\n',
           c_array('int32_t', 'golden_user', user), c_array('uint8_t', 'golden_label', label),
           c_array('float', 'golden_a', a), c_array('float', 'golden_b', b)]

    def pack(name, comment, values):
        out.append(f'/* {comment} */\n' + c_array('double', name, values))
    pack('golden_auc', 'scikit-learn: a, b', auc)
    vs = [plain(pa, label), plain(pb, label), plain(pa - pb, label)]
    pack('golden_delong', 'plain: variance of a, of b, of a - b; low, high, p of a - b',
         vs + list(stats.norm.interval(0.95, delta, np.sqrt(vs[2])))
         + [2 * stats.norm.sf(abs(delta) / np.sqrt(vs[2]))])
    pack('golden_clustered', 'by user: variance of a, of b, of a - b',
         [clustered(pa, user), clustered(pb, user), clustered(pa - pb, user)])
    pack('golden_influence', 'of a, by user', by_user(pa, user))
    kinds = [(w, o) for w in ('rows', 'positives', 'equal', 'pairs') for o in ('skip', 'half')]
    pack('golden_gauc', 'value, variance, users; weight (rows, positives, equal, pairs) x '
         'one class (skip, half)', [v for k in kinds for v in gauc(a, label, user, *k)])
    prob = (1 / (1 + np.exp(-a.astype(np.float64)))).astype(np.float32)
    out.append(c_array('float', 'golden_probability', prob))
    pack('golden_logloss', 'of logits a: value, variance by user; scikit-learn on probabilities',
         [losses(a, label).mean(), loss_variance(losses(a, label), user),
          log_loss(label, prob.astype(np.float64))])
    sets = [(1e-6, 500, 4e-6, 3, 0.004), (2e-6, 2000, 0.0, 1, -0.001), (1e-7, 30, 9e-6, 2, 0.01)]
    pack('golden_combine', 'row variance, users, seed variance, seeds, estimate -> dof, low, high, p',
         [v for s in sets for v in s + satterthwaite(*s)])
    save('metric_golden.h', out)
    save('quantile_golden.h', [HEAD] + quantile_cases())
    print(f'AUC {auc[0]:.4f} {auc[1]:.4f}, se of the difference plain '
          f'{vs[2] ** 0.5:.4f}, clustered {clustered(pa - pb, user) ** 0.5:.4f}')


def bootstrap(replicates=4000):
    user, label, a, b = rows()
    g = np.random.default_rng(0)
    ids = np.unique(user)
    of = {u: np.flatnonzero(user == u) for u in ids}
    draws = []
    for _ in range(replicates):
        r = np.concatenate([of[u] for u in g.choice(ids, len(ids))])
        l = losses(a, label)[r].mean()
        draws.append((roc_auc_score(label[r], a[r]), roc_auc_score(label[r], b[r]), l))
    x = np.array(draws)
    pa, pb = influence(a, label), influence(b, label)
    sd = x.std(0, ddof=1)
    print(f'se over {replicates} user bootstraps | influence: '
          f'AUC a {sd[0]:.4f} | {clustered(pa, user) ** 0.5:.4f} '
          f'(Obuchowski as printed {obuchowski(a, label, user) ** 0.5:.4f}); '
          f'a - b {(x[:, 0] - x[:, 1]).std(ddof=1):.4f} | {clustered(pa - pb, user) ** 0.5:.4f}; '
          f'log loss {sd[2]:.4f} | {loss_variance(losses(a, label), user) ** 0.5:.4f}')


def coverage(replicates=2000, users=300):
    """Two scores of unequal quality on rows that share a user's taste and a user's shift of scores;
    truth by one large draw. How often does each 95 % interval of the difference hold it?"""
    g = np.random.default_rng(1)

    def draw(k):
        n = g.poisson(8, k) + 1
        u = np.repeat(np.arange(k), n)
        taste, fit_a, fit_b = g.normal(0, 1, (3, k))
        truth = g.normal(0, 1, len(u))
        label = g.random(len(u)) < 1 / (1 + np.exp(1.5 - truth - 1.2 * taste[u]))
        a = truth + 0.6 * fit_a[u] + g.normal(0, 0.7, len(u))
        b = truth + 0.6 * fit_b[u] + g.normal(0, 0.7, len(u))
        return u, label.astype(int), a, b + 0.3 * g.normal(0, 1, len(u))
    u, y, a, b = draw(300_000)
    true = roc_auc_score(y, a) - roc_auc_score(y, b)
    hit, width = np.zeros(3), np.zeros(3)
    for _ in range(replicates):
        u, y, a, b = draw(users)
        pa, pb = influence(a, y), influence(b, y)
        d = roc_auc_score(y, a) - roc_auc_score(y, b)
        group = lambda phi: users / (users - 1) * (np.bincount(u, phi, users) ** 2).sum()
        ses = np.sqrt([group(pa - pb), plain(pa - pb, y), plain(pa, y) + plain(pb, y)])
        hit += np.abs(d - true) < 1.959964 * ses
        width += ses
    for name, h, w in zip(('clustered by user', 'plain DeLong', 'unpaired'), hit, width):
        print(f'{name}: 95 % interval holds the true difference {true:+.4f} in '
              f'{100 * h / replicates:.1f} % of {replicates} draws, mean se {w / replicates:.4f}')


if __name__ == '__main__':
    golden()
    for task in sys.argv[1:]:
        {'bootstrap': bootstrap, 'coverage': coverage}[task]()
