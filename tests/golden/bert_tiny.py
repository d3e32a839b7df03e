#!/usr/bin/env python3
"""Random BERT and RoBERTa of a few kilobytes and what transformers makes of them, in double precision.

Writes bert_tiny/ and roberta_tiny/ (folders as transformers saves them, fp32 weights) and beside them
bert_tiny.expected.safetensors and roberta_tiny.expected.safetensors:

  ids [t], offsets [n + 1]          sentences of unlike length, one after another (int32)
  hidden_0 ... hidden_2 [t, d]      hidden states: of the embeddings, of each layer
  upstream [t, d]                   fixed random numbers
  gradient.NAME                     of sum(hidden_2 * upstream) with respect to the parameter NAME

Every sentence goes through alone, without padding or mask.  torch 2.15.0, transformers 5.23.0, numpy 2.4.6.
"""

import hashlib
import pathlib

import numpy
import torch
import transformers
from safetensors.torch import save_file

here = pathlib.Path(__file__).resolve().parent
lengths = [5, 1, 7, 3]
sizes = dict(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32,
             max_position_embeddings=24, hidden_act="gelu", hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1)
made_by = {
    "made_by": "bert_tiny.py",
    "sha256": hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest(),
    "versions": f"torch {torch.__version__}, transformers {transformers.__version__}, numpy {numpy.__version__}",
}


def randomize(model, random):
    """Large enough that softmax, GELU and the norms bend; norms about 1."""
    for name, parameter in model.named_parameters():
        spread = {"embeddings": 1.0, "LayerNorm": 0.2}.get(next((k for k in ["LayerNorm", "embeddings"] if k in name), ""), 0.4)
        values = spread * random.standard_normal(parameter.shape) + ("LayerNorm.weight" in name)
        parameter.data = torch.from_numpy(values.astype(numpy.float32))


def write(name, model, random, pieces=None):
    randomize(model, random)
    model.save_pretrained(here / name)
    if pieces:
        (here / name / "vocab.txt").write_text("\n".join(pieces) + "\n")
    model = model.double().eval()

    ids = torch.from_numpy(random.integers(5, 40, sum(lengths)))
    upstream = torch.from_numpy(random.standard_normal((sum(lengths), 16)))
    sentences = ids.split(lengths)
    outputs = [model(input_ids=s[None], output_hidden_states=True).hidden_states for s in sentences]
    hidden = [torch.cat([o[layer][0] for o in outputs]) for layer in range(3)]
    (hidden[2] * upstream).sum().backward()

    expected = {"ids": ids.int(), "offsets": torch.tensor([0] + lengths).cumsum(0).int(), "upstream": upstream}
    expected |= {f"hidden_{layer}": h.detach() for layer, h in enumerate(hidden)}
    expected |= {f"gradient.{n}": p.grad for n, p in model.named_parameters() if p.grad is not None}
    save_file(expected, here / f"{name}.expected.safetensors", metadata=made_by)


transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
bert = transformers.BertModel(transformers.BertConfig(**sizes, layer_norm_eps=1e-12, attn_implementation="eager"))
write("bert_tiny", bert, numpy.random.default_rng(1), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] +
      [chr(ord("a") + i) for i in range(26)] + ["the", "##s", "##ing", "cat", "dog", ".", ",", "?", "!"])
roberta = transformers.RobertaModel(
    transformers.RobertaConfig(**sizes, layer_norm_eps=1e-5, type_vocab_size=1, pad_token_id=1, bos_token_id=0,
                               eos_token_id=2, attn_implementation="eager"), add_pooling_layer=False)
write("roberta_tiny", roberta, numpy.random.default_rng(2))
