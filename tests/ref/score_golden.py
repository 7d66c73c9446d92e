#!/usr/bin/python3
"""Goldens of lis.score: contrasts, attainment, Holm, Kendall, power, from NumPy and SciPy.

    python3 score_golden.py        writes golden/score_golden.lua

Three arms (base, crossfit, encoder) over three seeds: values and influences by user are drawn, and
every figure is computed here from its definition.
"""
from pathlib import Path
import numpy as np
from scipy import stats

USERS, SEEDS = 40, 3


def draw():
    g = np.random.default_rng(7)
    shared = g.normal(0, 0.002, USERS)
    arms = {}
    for name, level in (('base', 0.70), ('crossfit', 0.73), ('encoder', 0.722)):
        phi = shared + g.normal(0, 0.0006, (SEEDS, USERS))
        phi -= phi.mean(1, keepdims=True)
        arms[name] = (np.round(level + g.normal(0, 0.002, SEEDS), 6), np.round(phi, 9))
    return arms


def moments(a, b):
    """Row and seed parts of the covariance of two means over seeds; a, b = (values, influence)."""
    rows = USERS / (USERS - 1) * (a[1].mean(0) * b[1].mean(0)).sum()
    return rows, np.cov(a[0], b[0])[0, 1] / SEEDS


def minus(a, b):
    return a[0] - b[0], a[1] - b[1]


def contrast(c):
    rows, seeds = moments(c, c)
    dof = (rows + seeds) ** 2 / (rows ** 2 / (USERS - 1) + seeds ** 2 / (SEEDS - 1))
    se, delta = np.sqrt(rows + seeds), c[0].mean()
    low, high = stats.t.interval(0.95, dof, delta, se)
    return dict(delta=delta, row_variance=rows, seed_variance=seeds * SEEDS, se=se, dof=dof,
                low=low, high=high, p=2 * stats.t.sf(abs(delta) / se, dof))


def attainment(ais, lis):
    """Fieller: all r with (A - r L)^2 <= t^2 Var(A - r L), the roots of a quadratic in r."""
    a, l = ais[0].mean(), lis[0].mean()
    (ra, sa), (rb, sb), (rc, sc) = moments(ais, ais), moments(ais, lis), moments(lis, lis)
    r = a / l
    row, seed = ra - 2 * r * rb + r * r * rc, sa - 2 * r * sb + r * r * sc
    dof = (row + seed) ** 2 / (row ** 2 / (USERS - 1) + seed ** 2 / (SEEDS - 1))
    t2 = stats.t.ppf(0.975, dof) ** 2
    roots = np.roots([l * l - t2 * (rc + sc), -2 * (a * l - t2 * (rb + sb)), a * a - t2 * (ra + sa)])
    return dict(value=r, dof=dof, low=min(roots), high=max(roots))


def holm(p):
    order = np.argsort(p)
    adjusted = np.maximum.accumulate([min(1, (len(p) - i) * p[k]) for i, k in enumerate(order)])
    out = np.empty(len(p))
    out[order] = adjusted
    return list(out)


def kendall():
    cases = [([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4, 3, 6, 5, 8, 7], 'exact'),
             ([.021, .015, .009, .010, -.005, -.004, -.003, -.0045],
              [.026, .0255, .022, .017, -.003, -.006, -.0052, -.005], 'exact'),
             ([1, 2, 3, 4, 5, 6], [3, 1, 2, 6, 5, 4], 'exact'),
             ([1, 1, 2, 3, 3, 4, 5, 6, 7, 7], [1, 2, 2, 3, 3, 5, 4, 7, 7, 8], 'asymptotic')]
    out = []
    for a, b, method in cases:
        tau, p = stats.kendalltau(a, b, method=method)
        z, reach = np.arctanh(tau), stats.norm.ppf(0.975) * np.sqrt(0.437 / (len(a) - 4))
        out.append(dict(a=a, b=b, tau=tau, p=p, low=np.tanh(z - reach), high=np.tanh(z + reach)))
    return out


def lua(value, indent='  '):
    if isinstance(value, dict):
        parts = [f'{indent}{k} = {lua(v, indent + "  ")}' for k, v in value.items()]
        return '{\n' + ',\n'.join(parts) + f',\n{indent[:-2]}}}'
    if isinstance(value, (list, tuple, np.ndarray)):
        parts = [lua(v, indent + '  ') for v in value]
        lines, line = [], ''
        for part in parts:
            if len(line) + len(part) > 90 and line:
                lines.append(line)
                line = ''
            line += part + ', '
        return '{ ' + f'\n{indent}'.join(lines + [line.rstrip(', ')]) + ' }'
    return repr(float(value)) if not isinstance(value, (int, np.integer)) else repr(int(value))


def main():
    arms = draw()
    lis, ais = minus(arms['crossfit'], arms['base']), minus(arms['encoder'], arms['base'])
    pvalues = [0.01, 0.04, 0.03, 0.005, 0.6]
    golden = dict(
        arms={k: dict(values=v[0], influence=v[1]) for k, v in arms.items()},
        lis=contrast(lis), ais=contrast(ais), arm=contrast(arms['crossfit']),
        attainment=attainment(ais, lis), pvalues=pvalues, holm=holm(pvalues), kendall=kendall(),
        power=(stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * 0.001)
    path = Path(__file__).parent / 'golden' / 'score_golden.lua'
    path.write_text('-- Written by tests/ref/score_golden.py: do not edit.\nreturn ' + lua(golden) + '\n')


main()
