"""Time of PyTorch's scaled_dot_product_attention on sentences of given lengths, padded to the longest, on one thread.

    python attention_time.py --precision bf16

Prints "ready", then answers each line `WIDTH LENGTH LENGTH ...` of stdin (12 heads of that width) with the milliseconds
of a forward pass and of a backward pass, best of several.
"""

import argparse
import sys
import time

import torch
import torch.nn.functional as F

HEADS = 12


def best(work, seconds=0.15):
    """Milliseconds of the fastest of at least five calls."""
    times = []
    while len(times) < 5 or sum(times) < seconds:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def measure(width, lengths, dtype):
    longest = max(lengths)
    shape = (len(lengths), HEADS, longest, width)
    q, k, v, upstream = (torch.rand(shape).sub_(0.5).to(dtype) for _ in range(4))
    mask = None
    if min(lengths) < longest:
        mask = torch.arange(longest)[None, :] < torch.tensor(lengths)[:, None]
        mask = mask[:, None, None, :]
    with torch.no_grad():
        forward = best(lambda: F.scaled_dot_product_attention(q, k, v, attn_mask=mask))
    for x in (q, k, v):
        x.requires_grad_(True)

    def both():
        F.scaled_dot_product_attention(q, k, v, attn_mask=mask).backward(upstream)
        for x in (q, k, v):
            x.grad = None

    return forward, max(best(both) - forward, 1e-6)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print("ready", flush=True)
    for line in sys.stdin:
        width, *lengths = map(int, line.split())
        print(*measure(width, lengths, torch.bfloat16 if args.precision == "bf16" else torch.float32), flush=True)


if __name__ == "__main__":
    main()
