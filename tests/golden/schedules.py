#!/usr/bin/env python3
"""Writes schedules.json: factors of the peak rate by transformers' schedules, for each of 20 steps, 3 of them warm-up.

transformers 5.23.0, torch 2.15.0.
"""

import hashlib
import json
import pathlib

import torch
import transformers

file = pathlib.Path(__file__).resolve()
steps, warmup = 20, 3


def factors(schedule, *arguments):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    rate = schedule(optimizer, *arguments)
    values = []
    for _ in range(steps):
        values.append(rate.get_last_lr()[0])
        optimizer.step()
        rate.step()
    return values


golden = {
    "made_by": "schedules.py",
    "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    "versions": f"torch {torch.__version__}, transformers {transformers.__version__}",
    "steps": steps,
    "warmup": warmup,
    "linear": factors(transformers.get_linear_schedule_with_warmup, warmup, steps),
    "cosine": factors(transformers.get_cosine_schedule_with_warmup, warmup, steps),
    "constant": factors(transformers.get_constant_schedule_with_warmup, warmup),
}
file.with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
