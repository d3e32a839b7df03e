"""The loss curve of contrastive fine-tuning in plain PyTorch, as JSON lines {"step", "loss", "lr", "grad_norm"}.

InfoNCE over all positives and hard negatives of the batch, AdamW, clipping, linear schedule with warm-up; rows in file
order, the last partial batch of an epoch dropped. Everything in fp32.

    python train_reference.py MODEL --train train.tsv more.tsv --steps 50 --dropout 0 --output curve.jsonl
"""

import argparse
import json

import torch
from transformers import get_linear_schedule_with_warmup

import peer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="sentence-transformers folder of a BERT with mean pooling")
    parser.add_argument("--train", nargs="+", required=True, metavar="FILE", help="TSV: anchor, positive, negatives")
    parser.add_argument("--output", required=True, metavar="FILE.jsonl")
    parser.add_argument("--steps", type=int, help="default: one epoch")
    parser.add_argument("--schedule-steps", type=int, help="steps over which the rate falls to 0; default: --steps")
    parser.add_argument("--warmup", type=int, default=9)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument("--temperature", type=float, default=0.05)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--save", metavar="DIR", help="keep the trained transformer (transformers' folder)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)

    rows = [row for file in args.train for row in peer.rows(file)]
    epoch = len(rows) // args.batch
    steps = args.steps or epoch
    tokenizer = peer.tokenizer(args.model)
    model = peer.bert(args.model, args.dropout).train()
    optimizer = peer.adamw(model, args.lr)
    schedule = get_linear_schedule_with_warmup(optimizer, args.warmup, args.schedule_steps or steps)

    with open(args.output, "w") as log:
        for step in range(steps):
            first = step % epoch * args.batch
            columns = zip(*rows[first : first + args.batch])
            batch = [peer.padded([e.ids for e in tokenizer.encode_batch(list(column))]) for column in columns]
            anchors, positives, *negatives = (peer.embed(model, *column) for column in batch)
            loss = peer.info_nce(anchors, positives, negatives, args.temperature)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            lr = schedule.get_last_lr()[0]
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            log.write(json.dumps({"step": step + 1, "loss": loss.item(), "lr": lr, "grad_norm": norm.item()}) + "\n")
            log.flush()
    if args.save:
        model.save_pretrained(args.save)


if __name__ == "__main__":
    main()
