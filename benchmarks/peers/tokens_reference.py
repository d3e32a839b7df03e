"""Ids and pieces of the Rust tokenizer, truncated as sentence-transformers does, one JSON object a sentence.

    python tokens_reference.py MODEL sentences.txt --count 500 --output tokens.jsonl
"""

import argparse
import json

from sentence_transformers import SentenceTransformer

import peer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("input", help="one sentence a line")
    parser.add_argument("--output", required=True, metavar="FILE.jsonl")
    parser.add_argument("--count", type=int, help="default: all lines")
    args = parser.parse_args()

    sentences = peer.lines(args.input, args.count)
    encoded = peer.tokenizer(args.model).encode_batch(sentences)
    features = SentenceTransformer(args.model, device="cpu").preprocess(sentences)
    for e, ids, mask in zip(encoded, features["input_ids"].tolist(), features["attention_mask"].tolist()):
        assert e.ids == ids[: sum(mask)], f"sentence-transformers disagrees with tokenizer.json: {e.ids} {ids}"
    with open(args.output, "w") as file:
        for e in encoded:
            file.write(json.dumps({"ids": e.ids, "pieces": e.tokens}, ensure_ascii=False) + "\n")
    print(json.dumps({"sentences": len(encoded), "tokens": sum(len(e.ids) for e in encoded)}))


if __name__ == "__main__":
    main()
