"""What the peer scripts share: data, the model in PyTorch, the loss, memory, and the loop that a driver steers."""

import json
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from transformers import BertModel

HEADERS = {"anchor", "score", "sentence1", "label", "text"}


def rows(path):
    """Rows of a TSV file, without its header if it has one."""
    with open(path, encoding="utf-8") as file:
        table = [line.rstrip("\r\n").split("\t") for line in file]
    return table[1:] if table[0][0] in HEADERS else table


def lines(path, count=None):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\r\n") for line in file][:count]


def max_tokens(folder):
    """The longest sentence of a sentence-transformers folder, special tokens included."""
    with open(os.path.join(folder, "sentence_bert_config.json")) as file:
        return json.load(file)["max_seq_length"]


def tokenizer(folder):
    """The Rust tokenizer, truncating as sentence-transformers does, without padding."""
    t = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    t.enable_truncation(max_tokens(folder))
    t.no_padding()
    return t


def padded(token_rows):
    """Ids and mask of one batch, padded to its longest sentence."""
    longest = max(map(len, token_rows))
    ids = torch.zeros(len(token_rows), longest, dtype=torch.long)
    mask = torch.zeros(len(token_rows), longest, dtype=torch.long)
    for i, row in enumerate(token_rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return ids, mask


def bert(folder, dropout=None, **options):
    """The transformer with every dropout set to `dropout`, or as the folder says; `options` as transformers has them."""
    if dropout is not None:
        options |= dict(hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)
    return BertModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32, **options)


def embed(model, ids, mask):
    """Mean over the sentence's tokens, at unit length, in fp32."""
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    weight = mask.unsqueeze(-1).float()
    return F.normalize((hidden * weight).sum(1) / weight.sum(1), dim=1)


def info_nce(anchors, positives, negatives=(), temperature=0.05):
    """Each unit anchor against all positives and all negatives of the batch."""
    scores = anchors @ torch.cat([positives, *negatives]).T / temperature
    return F.cross_entropy(scores, torch.arange(len(anchors)))


def adamw(model, lr=5e-5, weight_decay=0.01):
    """AdamW as transformers' trainer sets it up: no decay of biases and LayerNorm."""
    plain = lambda name: name.endswith("bias") or "LayerNorm" in name
    groups = [
        {"params": [p for n, p in model.named_parameters() if not plain(n)], "weight_decay": weight_decay},
        {"params": [p for n, p in model.named_parameters() if plain(n)], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.999), eps=1e-8)


def memory(name):
    """VmRSS (resident now) or VmHWM (its peak) of this process, in MiB."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(name + ":"))


def reset_peak():
    """Makes the peak start again from what is resident now."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def timed(step):
    """Wall and processor milliseconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)


def measure(step, warmup, count):
    """Median and least wall milliseconds, and median processor milliseconds, of `count` calls after `warmup`."""
    for _ in range(warmup):
        step()
    wall, cpu = zip(*(timed(step) for _ in range(count)))
    return {"median_ms": statistics.median(wall), "min_ms": min(wall), "median_cpu_ms": statistics.median(cpu)}


def serve(step, warmup, peak=lambda: 0.0):
    """Says "ready", then for every line "go" of stdin runs one step and prints its wall milliseconds, and for every line
    "memory" prints `peak()`."""
    for _ in range(warmup):
        step()
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "memory":
            print(peak(), flush=True)
        elif line.strip() == "go":
            print(f"{timed(step)[0]:.3f}", flush=True)
        else:
            break
