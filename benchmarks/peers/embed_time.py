"""Time of embedding sentences: text in, unit vectors out, tokenisation included.

Engines: `sentence-transformers` (PyTorch; its encode), and on the same model exported from the same folder `onnxruntime`
(with its transformer optimizer where that succeeds), `openvino` and `ctranslate2`, each fed by the Rust tokenizer with
batches sorted by length. The best of the given batch sizes counts.

    python embed_time.py MODEL sentences.txt --count 1024 --threads 2 --runs 3 --output embeddings.npy

With --serve it takes the first batch size, prints "ready", then embeds once for each line "go" of stdin and prints the
milliseconds.
"""

import argparse
import json
import os
import tempfile
import warnings

import numpy
import torch

import peer


class Sentences(torch.nn.Module):
    """Ids and mask to unit vectors, for export."""

    def __init__(self, folder, **options):
        super().__init__()
        self.model = peer.bert(folder, **options).eval()

    def forward(self, input_ids, attention_mask):
        return peer.embed(self.model, input_ids, attention_mask)


def sentence_transformers(folder, precision, threads):
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    model = SentenceTransformer(folder, device="cpu")

    def encode(sentences, batch):
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            return model.encode(sentences, batch_size=batch, show_progress_bar=False)

    return encode


def in_sorted_batches(folder, run):
    """Makes `encode(sentences, batch)` of `run(rows of ids)`, which embeds one batch."""
    tokenizer = peer.tokenizer(folder)

    def encode(sentences, batch):
        ids = [e.ids for e in tokenizer.encode_batch(sentences)]
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        vectors = [run([ids[i] for i in order[at : at + batch]]) for at in range(0, len(order), batch)]
        result = numpy.empty((len(ids), vectors[0].shape[1]), numpy.float32)
        result[order] = numpy.concatenate(vectors)
        return result

    return encode


def example():
    return peer.padded([[101, 2000, 102], [101, 102]])


def onnxruntime(folder, precision, threads):
    import onnxruntime as ort

    if precision != "fp32":
        raise SystemExit("onnxruntime: expected --precision fp32")
    with tempfile.TemporaryDirectory() as place:
        file = os.path.join(place, "model.onnx")
        names = ["input_ids", "attention_mask"]
        shapes = {name: {0: "sentences", 1: "tokens"} for name in names}
        # Written out ("eager"), attention is a pattern that the optimizer knows.
        torch.onnx.export(Sentences(folder, attn_implementation="eager"), example(), file, input_names=names, output_names=["vectors"],
                          dynamic_axes=shapes, opset_version=17, dynamo=False)
        try:
            from onnxruntime.transformers import optimizer

            fused = optimizer.optimize_model(file, model_type="bert", num_heads=0, hidden_size=0, opt_level=1)
            print(json.dumps({"fused": {k: v for k, v in fused.get_fused_operator_statistics().items() if v}}))
            fused.save_model_to_file(file)
        except ImportError as missing:
            print(json.dumps({"optimizer": f"not run: {missing}"}))
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def run(rows):
        ids, mask = peer.padded(rows)
        return session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]

    return in_sorted_batches(folder, run)


def openvino(folder, precision, threads):
    import openvino as ov

    ids, mask = example()
    model = ov.convert_model(Sentences(folder), example_input={"input_ids": ids, "attention_mask": mask})
    hint = {"fp32": "f32", "bf16": "bf16"}[precision]
    compiled = ov.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": hint,
                                               "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()

    def run(rows):
        ids, mask = peer.padded(rows)
        return request.infer({"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0].copy()

    return in_sorted_batches(folder, run)


def ctranslate2(folder, precision, threads):
    import ctranslate2 as ct

    with tempfile.TemporaryDirectory() as place:
        ct.converters.TransformersConverter(folder).convert(place, force=True)
        kind = {"fp32": "float32", "bf16": "bfloat16"}[precision]
        model = ct.Encoder(place, device="cpu", compute_type=kind, inter_threads=1, intra_threads=threads)

    def run(rows):
        states = model.forward_batch(rows).last_hidden_state
        hidden = numpy.array(states.to_device(ct.Device.cpu).to(ct.DataType.float32)
                             if precision == "bf16" else states)
        lengths = numpy.array([len(row) for row in rows])
        mask = numpy.arange(hidden.shape[1]) < lengths[:, None]
        mean = numpy.einsum("ntd,nt->nd", hidden, mask.astype(numpy.float32)) / lengths[:, None]
        return mean / numpy.linalg.norm(mean, axis=1, keepdims=True)

    return in_sorted_batches(folder, run)


ENGINES = {
    "sentence-transformers": sentence_transformers,
    "onnxruntime": onnxruntime,
    "openvino": openvino,
    "ctranslate2": ctranslate2,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="sentence-transformers folder of a BERT with mean pooling")
    parser.add_argument("input", help="one sentence a line; the second and third column of a .tsv (score, sentences)")
    parser.add_argument("--engine", choices=ENGINES, default="sentence-transformers")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--count", type=int, help="default: all sentences")
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 64, 128])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--output", metavar="FILE.npy")
    parser.add_argument("--serve", action="store_true")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_grad_enabled(False)

    if args.input.endswith(".tsv"):
        sentences = [sentence for row in peer.rows(args.input) for sentence in row[1:3]][: args.count]
    else:
        sentences = peer.lines(args.input, args.count)
    tokens = sum(len(e.ids) for e in peer.tokenizer(args.model).encode_batch(sentences))
    encode = ENGINES[args.engine](args.model, args.precision, args.threads)
    if args.output:
        numpy.save(args.output, numpy.asarray(encode(sentences, args.batch[0]), numpy.float32))
    if args.serve:
        return peer.serve(lambda: encode(sentences, args.batch[0]), args.warmup)

    times = {batch: peer.measure(lambda: encode(sentences, batch), args.warmup, args.runs) for batch in args.batch}
    best = min(times, key=lambda batch: times[batch]["median_ms"])
    print(json.dumps({
        "peer": args.engine,
        "precision": args.precision,
        "threads": args.threads,
        "sentences": len(sentences),
        "tokens": tokens,
        "batch": best,
        **times[best],
        "sentences_per_second": 1e3 * len(sentences) / times[best]["median_ms"],
        "all": times,
    }))


if __name__ == "__main__":
    main()
