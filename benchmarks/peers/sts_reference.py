"""Spearman and Pearson correlation of cosine similarity with human scores, by sentence-transformers and scipy.

    python sts_reference.py MODEL STSB-dev.tsv STSB-test.tsv SICKR-test.tsv
"""

import argparse
import json
import pathlib

import torch
from scipy.stats import pearsonr, spearmanr
from sentence_transformers import SentenceTransformer

import peer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("files", nargs="+", help="TSV: score, sentence 1, sentence 2")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    model = SentenceTransformer(args.model, device="cpu")
    sts = {}
    for file in args.files:
        scores, first, second = zip(*peer.rows(file))
        a, b = (torch.from_numpy(model.encode(list(side))).double() for side in (first, second))
        cosine = torch.cosine_similarity(a, b).numpy()
        gold = [float(score) for score in scores]
        sts[pathlib.Path(file).stem] = {
            "pairs": len(gold),
            "spearman": float(spearmanr(gold, cosine).statistic),
            "pearson": float(pearsonr(gold, cosine).statistic),
        }
    mean = sum(s["spearman"] for s in sts.values()) / len(sts)
    print(json.dumps({"model": args.model, "sts": sts, "mean": {"spearman": mean}}, indent=1))


if __name__ == "__main__":
    main()
