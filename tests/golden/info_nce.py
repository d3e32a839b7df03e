#!/usr/bin/env python3
"""Writes info_nce.json: InfoNCE and its symmetric form with their gradients, by PyTorch's autograd in double precision.

Five rows of seven; no, one or two columns of negatives; cosine (`normalize`, temperature 0.05) or dot product
(temperature 0.5).  `gradients` are with respect to the rows as given, in the order anchors, positives, negatives.
torch 2.15.0, numpy 2.4.6.
"""

import hashlib
import json
import pathlib

import numpy
import torch
from torch.nn.functional import cross_entropy, normalize

file = pathlib.Path(__file__).resolve()
n, d = 5, 7
random = numpy.random.default_rng(4)
anchors = random.standard_normal((n, d))
positives = anchors + 0.7 * random.standard_normal((n, d))
negatives = [anchors + random.standard_normal((n, d)) for _ in range(2)]
inputs = [anchors, positives, *negatives]


def info_nce(temperature, unit, a, p, *negatives):
    rows = [normalize(x) if unit else x for x in (a, p, *negatives)]
    return cross_entropy(rows[0] @ torch.cat(rows[1:]).T / temperature, torch.arange(n))


def case(function, columns, **options):
    given = [torch.tensor(x, requires_grad=True) for x in inputs[:columns]]
    value = function(*given)
    value.backward()
    return {**options, "columns": columns, "value": value.item(), "gradients": [x.grad.tolist() for x in given]}


def cases():
    for columns in (2, 3, 4):
        for temperature, unit in ((0.05, True), (0.5, False)):
            function = lambda *x: info_nce(temperature, unit, *x)
            yield case(function, columns, loss="info_nce", temperature=temperature, normalize=unit)
    function = lambda a, p: (info_nce(0.05, True, a, p) + info_nce(0.05, True, p, a)) / 2
    yield case(function, 2, loss="symmetric_info_nce", temperature=0.05)


golden = {
    "made_by": "info_nce.py",
    "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    "versions": f"torch {torch.__version__}, numpy {numpy.__version__}",
    "anchors": anchors.tolist(),
    "positives": positives.tolist(),
    "negatives": [x.tolist() for x in negatives],
    "cases": list(cases()),
}
file.with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
