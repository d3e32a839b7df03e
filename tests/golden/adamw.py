#!/usr/bin/env python3
"""Writes adamw.json: twenty steps of torch.optim.AdamW in double and in single precision.

37 numbers, of which the first 23 decay; clipping at norm 1, linear schedule with 3 warm-up steps. The start and the
gradients are multiples of 1/1024, so that they are the same in both precisions.  torch 2.15.0, transformers 5.23.0.

`values` [20, 37] are those after each step, `norms` [20] those before clipping, `rates` [20] those used.
"""

import hashlib
import json
import pathlib

import numpy
import torch
import transformers

file = pathlib.Path(__file__).resolve()
options = dict(lr=0.02, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1)
steps, warmup, clip, decayed = 20, 3, 1.0, 23
random = numpy.random.default_rng(3)
start = numpy.round(1024 * random.standard_normal(37)) / 1024
scale = numpy.where(numpy.arange(steps) % 4 == 3, 0.05, 0.5)[:, None]  # every fourth gradient is short: not clipped
gradients = numpy.round(1024 * scale * random.standard_normal((steps, 37))) / 1024


def trajectory(dtype):
    groups = [torch.tensor(part, dtype=dtype, requires_grad=True) for part in (start[:decayed], start[decayed:])]
    optimizer = torch.optim.AdamW([{"params": groups[:1]}, {"params": groups[1:], "weight_decay": 0.0}], **options)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, warmup, steps)
    values, norms, rates = [], [], []
    for gradient in torch.tensor(gradients, dtype=dtype):
        groups[0].grad, groups[1].grad = (g.clone() for g in gradient.split([decayed, 37 - decayed]))
        norms.append(torch.nn.utils.clip_grad_norm_(groups, clip).item())
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
        values.append(torch.cat(groups).tolist())
    return {"values": values, "norms": norms, "rates": rates}


golden = {
    "made_by": "adamw.py",
    "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    "versions": f"torch {torch.__version__}, transformers {transformers.__version__}, numpy {numpy.__version__}",
    "options": {"lr": 0.02, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.1, "clip": clip},
    "steps": steps,
    "warmup": warmup,
    "decayed": decayed,
    "start": start.tolist(),
    "gradients": gradients.tolist(),
    "float64": trajectory(torch.float64),
    "float32": trajectory(torch.float32),
}
file.with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
