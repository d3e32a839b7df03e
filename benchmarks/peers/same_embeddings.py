"""Opens a saved folder in sentence-transformers and compares its embeddings with those in a .npy file.

    python same_embeddings.py SAVED sentences.txt embeddings.npy

Prints the greatest difference and the cosines; the exit status is 1 if the difference is above --tolerance.
"""

import argparse
import json
import sys

import numpy
from sentence_transformers import SentenceTransformer

import peer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("input", help="one sentence a line")
    parser.add_argument("embeddings", help="[sentences, width] .npy; as many lines are read as it has rows")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="default 1e-5, the rounding of fp32")
    args = parser.parse_args()

    given = numpy.load(args.embeddings).astype(numpy.float64)
    sentences = peer.lines(args.input, len(given))
    if len(sentences) != len(given):
        sys.exit(f"{args.input}: expected at least {len(given)} lines, got {len(sentences)}")
    ours = SentenceTransformer(args.model, device="cpu").encode(sentences).astype(numpy.float64)
    if ours.shape != given.shape:
        sys.exit(f"{args.embeddings}: expected shape {ours.shape}, got {given.shape}")
    cosine = (ours * given).sum(1) / numpy.linalg.norm(ours, axis=1) / numpy.linalg.norm(given, axis=1)
    difference = numpy.abs(ours - given).max()
    summary = {
        "sentences": len(given),
        "max_abs": difference,
        "mean_cosine": cosine.mean(),
        "min_cosine": cosine.min(),
        "same": bool(difference <= args.tolerance),
    }
    print(json.dumps(summary))
    sys.exit(0 if summary["same"] else 1)


if __name__ == "__main__":
    main()
