"""Time and memory of one training step in PyTorch: forward of each column, InfoNCE, backward, clipping, AdamW.

Each column is padded to its longest sentence, as sentence-transformers does. The ids are ready before the clock starts.
`peak_mib` is the peak resident size above that before the model was loaded (libraries, tokenizer and data excluded).

    python step_time.py MODEL train.tsv --precision bf16 --threads 2 --steps 20

With --serve it prints "ready", then runs one step for each line "go" of stdin and prints its milliseconds, and for each
line "memory" prints the peak so far; any other line, or the end of input, ends it with the summary on stderr.
"""

import argparse
import json
import sys

import torch

import peer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="sentence-transformers folder of a BERT with mean pooling")
    parser.add_argument("train", help="TSV: anchor, positive, negatives")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="bf16: autocast")
    parser.add_argument("--batch", type=int, default=64, help="the first rows of the file")
    parser.add_argument("--dropout", type=float, help="default: the model's")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--fused", action="store_true", help="torch's fused AdamW")
    parser.add_argument("--compile", action="store_true", help="torch.compile of the transformer")
    parser.add_argument("--serve", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)

    tokenizer = peer.tokenizer(args.model)
    columns = list(zip(*peer.rows(args.train)[: args.batch]))
    encoded = [[e.ids for e in tokenizer.encode_batch(list(column))] for column in columns]
    batch = [peer.padded(column) for column in encoded]

    resident = peer.memory("VmRSS")
    peer.reset_peak()
    model = peer.bert(args.model, args.dropout).train()
    loading = peer.memory("VmHWM") - resident
    peer.reset_peak()
    optimizer = peer.adamw(model)
    if args.fused:
        optimizer = torch.optim.AdamW(optimizer.param_groups, fused=True)
    run = torch.compile(model, dynamic=True) if args.compile else model
    losses = []

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16"):
            anchors, positives, *negatives = (peer.embed(run, *column) for column in batch)
        loss = peer.info_nce(anchors, positives, negatives)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())

    def peak():
        return max(loading, peer.memory("VmHWM") - resident)

    times = {}
    if args.serve:
        peer.serve(step, args.warmup, peak)
    else:
        times = peer.measure(step, args.warmup, args.steps)
    summary = {
        "peer": f"torch {torch.__version__}",
        "precision": args.precision,
        "threads": args.threads,
        "dropout": model.config.hidden_dropout_prob,
        "fused": args.fused,
        "compile": args.compile,
        "tokens": sum(len(row) for column in encoded for row in column),
        "padded_tokens": sum(ids.numel() for ids, _ in batch),
        **times,
        "peak_mib": peak(),
        "first_loss": losses[0],
        "last_loss": losses[-1],
    }
    print(json.dumps(summary), file=sys.stderr if args.serve else sys.stdout)


if __name__ == "__main__":
    main()
