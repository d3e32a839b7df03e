#!/usr/bin/env python3
"""Golden values of the geometry estimators, of correlations and of STS scoring: writes geometry.tsv beside this file.

numpy 2.4.6, scipy 1.17.1. Lines are "FIXTURE <tab> NAME <tab> VALUE". Each value comes from an SVD, an eigensolver or a
full n x n matrix, never from the streaming or closed forms that the library uses.
"""
import hashlib
import pathlib

import numpy as np
import scipy
from scipy import stats
from scipy.spatial.distance import pdist, squareform
from scipy.special import logsumexp

assert (np.__version__, scipy.__version__) == ("2.4.6", "1.17.1"), "the pinned versions make the file"


def wave(n, d):
    """The first fixture: smooth, of full rank, with a mean that is not zero."""
    i, j = np.arange(n)[:, None] * 1.0, np.arange(d)[None, :] * 1.0
    return np.sin(0.7 * i + 1.3 * j + 0.11 * i * j) / np.sqrt(1 + j) + 0.25 * np.cos(1.9 * i * (j + 1)) + 0.3 * np.cos(j)


def other_view(x):
    return np.tanh(1.5 * x) + 0.1 * x[:, ::-1]


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def exp_entropy(values):
    return np.exp(stats.entropy(values))


def estimators(x, y):
    n, d = x.shape
    s = np.linalg.svd(x, compute_uv=False)
    c = np.linalg.svd(x - x.mean(0), compute_uv=False)[: min(n - 1, d)] ** 2
    covariance = np.cov(x.T)

    def ratio(m):
        v = np.linalg.eigvalsh(m)
        return v.sum() ** 2 / (v**2).sum()

    k = x @ x.T
    np.fill_diagonal(k, 0)
    one = np.ones(n)
    q = ((k * k).sum() + (one @ k @ one) ** 2 / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ k @ k @ one)) / (n * (n - 3))
    trace = np.trace(covariance)
    projections = x @ np.linalg.eigh(x.T @ x)[1]
    f = np.concatenate([logsumexp(projections, axis=0), logsumexp(-projections, axis=0)])
    cosine = unit(x) @ unit(x).T
    p = s / s.sum() + 1e-7
    energy = np.cumsum(s**2) / (s**2).sum()
    return {
        "effective_rank": exp_entropy(s),
        "effective_rank_covariance": exp_entropy(c),
        "energy_rank": np.argmax(energy >= 0.99 - 1e-12) + 1,
        "rankme": np.exp(-(p * np.log(p)).sum()),
        "von_neumann_entropy": stats.entropy(np.linalg.svd(unit(x), compute_uv=False) ** 2),
        "stable_rank": (s**2).sum() / s[0] ** 2,
        "nesum": c.sum() / c[0],
        "participation_ratio": ratio(covariance),
        "participation_ratio_unbiased": (trace**2 - 2 * q / (n - 1)) / q,
        "isotropy_partition": np.exp(f.min() - f.max()),
        "mean_cosine": (cosine.sum() - np.trace(cosine)) / (n * (n - 1)),
        "isoscore": (ratio(covariance) - 1) / (d - 1),
        "isoscore_star": (ratio(0.8 * covariance + 0.2 * np.eye(d)) - 1) / (d - 1),
        "uniformity": np.log(np.exp(-2 * pdist(unit(x), "sqeuclidean")).mean()),
        "alignment": (np.linalg.norm(unit(x) - unit(y), axis=1) ** 2).mean(),
    } | {f"singular_value_{i}": v for i, v in enumerate(s)}


def pairs_and_neighbours(x, y):
    n = len(x)
    distance = squareform(pdist(x))
    np.fill_diagonal(distance, np.inf)
    other = squareform(pdist(y))
    np.fill_diagonal(other, np.inf)
    nearest = lambda m, k: np.argsort(m, 1, kind="stable")[:, :k]
    k = min(10, n - 1)
    hubs = np.bincount(nearest(distance, k).ravel(), minlength=n)
    common = [len(np.intersect1d(a, b)) / k for a, b in zip(nearest(distance, k), nearest(other, k))]
    r = np.sort(distance, 1)[:, : min(20, n - 1)]
    lid = (r.shape[1] - 1) / np.log(r[:, -1:] / r).sum(1)
    ratio = np.log(np.sort(r[:, 1] / r[:, 0]))
    kept = int(n * 0.9)
    f = -np.log(1 - np.arange(1, kept + 1) / n)

    a, b = x - x.mean(0), y - y.mean(0)
    ka, kb = a @ a.T, b @ b.T

    def h(p, q):
        p, q, one = p - np.diag(np.diag(p)), q - np.diag(np.diag(q)), np.ones(n)
        return np.trace(p @ q) + (one @ p @ one) * (one @ q @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ p @ q @ one)

    unit_a, unit_b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    return {
        "outlier_dimensions": np.sum(np.abs(x.mean(0) - x.mean()) > 3 * x.std()),
        "hubness_skewness": stats.skew(hubs) if np.ptp(hubs) else 0.0,
        "neighbour_overlap": np.mean(common),
        "lid_mle": stats.hmean(lid),
        "two_nn": (ratio[:kept] @ f) / (ratio[:kept] @ ratio[:kept]),
        "linear_cka": np.sum(ka * kb) / (np.linalg.norm(ka) * np.linalg.norm(kb)),
        "linear_cka_debiased": h(ka, kb) / np.sqrt(h(ka, ka) * h(kb, kb)),
        "procrustes": 2 - 2 * np.linalg.svd(unit_a.T @ unit_b, compute_uv=False).sum(),
    }


def sts():
    rng = np.random.default_rng(7)
    gold = rng.integers(0, 26, 60) / 5  # heavily tied, as people's scores are
    model = np.tanh(0.4 * gold - 1 + 0.5 * rng.standard_normal(60)).round(3)
    parts = [slice(0, 10), slice(10, 40), slice(40, 60)]
    out = {f"model_{i}": v for i, v in enumerate(model)} | {f"gold_{i}": v for i, v in enumerate(gold)}
    of = lambda test: [test(model[p], gold[p])[0] for p in parts]
    for name, test in (("spearman", stats.spearmanr), ("pearson", stats.pearsonr)):
        out[name] = test(model, gold)[0]
        out["mean_" + name] = np.mean(of(test))
        out["weighted_mean_" + name] = np.average(of(test), weights=[10, 30, 20])
        out |= {f"block_{i}_{name}": v for i, v in enumerate(of(test))}
    out |= {f"rank_{i}": v for i, v in enumerate(stats.rankdata(gold))}
    return out


here = pathlib.Path(__file__)
script = hashlib.sha256(here.read_bytes()).hexdigest()
lines = [f"# made by geometry.py (sha256 {script}), numpy {np.__version__}, scipy {scipy.__version__}"]
for n, d in ((64, 8), (6, 8), (300, 24), (20, 50)):
    x = wave(n, d)
    lines += [f"wave_{n}x{d}\t{name}\t{float(v)!r}" for name, v in estimators(x, other_view(x)).items()]
    lines += [f"wave_{n}x{d}\t{name}\t{float(v)!r}" for name, v in pairs_and_neighbours(x, other_view(x)).items()]
lines += [f"sts\t{name}\t{float(v)!r}" for name, v in sts().items()]
here.with_suffix(".tsv").write_text("\n".join(lines) + "\n")
