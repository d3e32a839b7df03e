#!/usr/bin/env python3
"""Golden values of the tokenizers: writes the folder tokenizer/ beside this file.

tokenizers 0.23.3 (the Rust crate's own Python package) on vocabularies made here, and, where their folders are given, on
two real ones: python tokenizer.py [ALL_MINILM_L6_V2 [GPT2]].
  word_piece/, byte_pair/   a tokenizer.json each, small
  strings.jsonl             strings with their ids in both
  generator.json            what the 10,000 generated strings are made of (tests/text/generated_strings.hpp makes the same)
  generated.tsv             a hash of the ids of each hundred of them
  code_points.tsv           a hash of what each stage does to each block of 16,384 code points
"""
import hashlib
import json
import pathlib
import sys

import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

assert tokenizers.__version__ == "0.23.3", "the pinned version makes the files"
HERE = pathlib.Path(__file__).resolve().parent / "tokenizer"
SCRIPT = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()[:16]

# ---- strings that go wrong elsewhere -------------------------------------------------------------------------------------
NASTY = [
    "", " ", "\t\n\r ", "a", "Hello, World!", "unaffable unaffable", "UNAFFABLE", "the the the", "x" * 100, "x" * 101,
    "é" * 100, "é" * 101, "e\u0301" * 100, "e\u0301" * 101, "don't stop, it's 5 o'clock", "can't we'll they've I'm you'd he's",
    "DON'T IT'S", "a\u0301\u0327\u0345b", "\u0345\u0301a", "q\u0307\u0323 q\u0323\u0307", "ß ẞ ﬁ ﬀ ŉ", "İstanbul ISTANBUL ıI", "ΟΔΟΣ σς Σ",
    "한국어 각 가 힣 \u1100\u1161\u11a8", "中文字符 日本語テキスト", "\U0002B820\U0002B920\U0002CEAF\U0002A6DF\U0002F800\uf900\u3400\u4dbf\u9fff",
    "a\u4e00b", "\u302e\u302f\u1d165", "\U0001d15e", "\ufb1d\ufb2a", "a\u0000b", "a\ufffdb", "a\u200bb\u200db", "a\u00adb", "a\ufeffb",
    "\u2028a\u2029b\u0085c\u000bd\u000ce", "a\u00a0b\u1680c\u2007d\u202fe\u205ff\u3000g", "a\u180eb", "\u08e2\u0890 x", "\ue000\uf8ff",
    "⸺⸻⹃ \u2e43x \u09fdx \u166dx \U000111c9x", "foo\u055abar ״׳ «»‹› …—–", "`^~|<>=+$¢£€°©®™", "１２３ ａｂｃ！？", "①②③ ½ ² ⅷ ٣",
    "👩‍👩‍👧 🏳️‍🌈 🇩🇪 👍🏽", "\U000e0041\U000e007f", "\U0010ffff\ufffe\ud7ff", "नमस्ते हिन्दी", "สวัสดี", "שָׁלוֹם", "مُحَمَّد العربية",
    "Việt Nam Tiếng", "[CLS] a [SEP]", "[MASK]ed [mask] x[MASK]y", "  [MASK]  ", "[UNK][PAD]", "[CLS", "##a ## #", "a##b", "<s>a</s>",
    " <mask> x", "<|endoftext|>a", "\u2003<mask>\u2003", "Foo foo fooFoo Foo_ Foo\u0301 FOO", "New York new york newyork", "New  York",
    "line\r\nbreak\n\n\nagain \n x", "     leading", "trailing     ", "in    between", "tab\t\ttab", "123456789 3.14 1,000", "a.b.c...", "e-mail@host.tld",
    "http://a.b/c?d=e&f=g", "C++ C# .NET", "snake_case CamelCase", "\\u0041 \\n", "'", "''", "'s", " 's", "' s", "!'s", "\"quoted\"",
]


# ---- vocabularies ------------------------------------------------------------------------------------------------------
def word_piece():
    letters = [chr(c) for c in range(0x21, 0x7F) if not chr(c).isupper()]
    letters += [chr(c) for lo, hi in ((0xA1, 0x17F), (0x300, 0x345), (0x391, 0x3C9), (0x410, 0x45F), (0x5B0, 0x5EA), (0x621, 0x652),
                (0x905, 0x94D), (0xE01, 0xE3A), (0x1100, 0x1112), (0x1161, 0x1175), (0x11A8, 0x11C2), (0x2010, 0x2030),
                (0x3041, 0x3060)) for c in range(lo, hi + 1)]
    letters += list("中文字符日本語一①½⸺⹃️\u2e43\u166d\u302e\u00ad\u200d\u09fd")
    words = ["un", "hello", "world", "the", "foo", "new", "york", "##aff", "##able", "##un", "##ing", "##ed", "in", "##er", "12", "##34", "xx", "##xx", "##xxxx"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters + ["##" + x for x in letters] + words
    pieces = list(dict.fromkeys(pieces))
    t = Tokenizer(models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.add_special_tokens([AddedToken(x, normalized=False, special=True) for x in pieces[:5]])
    t.add_tokens([
        AddedToken("Foo", single_word=True, normalized=True),
        AddedToken("New York", lstrip=True, rstrip=True, normalized=True),
        AddedToken("<s>", rstrip=True, normalized=False),
        AddedToken("é", normalized=False, lstrip=True),
    ])
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return t


def byte_pair():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    text = [s for s in NASTY for _ in range(3)] + ["the cat sat on the mat and there then hello world running singing"] * 20
    t.train_from_iterator(text, trainers.BpeTrainer(vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<|endoftext|>"], show_progress=False))
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False, special=True)])
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    return t


# ---- generated strings ------------------------------------------------------------------------------------------------
GENERATOR = {
    "ranges": [[0x00, 0x7F], [0x20, 0x7E], [0x61, 0x7A], [0x80, 0x24F], [0x300, 0x36F], [0x370, 0x5FF], [0x600, 0x1FFF], [0x2000, 0x206F],
               [0x2070, 0x2FFF], [0x3000, 0x33FF], [0x4E00, 0x9FFF], [0xAC00, 0xD7A3], [0xE000, 0xE0FF], [0xF900, 0xFFFF], [0x10000, 0x1FFFF],
               [0x20000, 0x2FFFF], [0x30000, 0x10FFFF]],
    "fragments": ["the ", "hello", "unaffable", " world", "New York", "Foo", "[MASK]", " [SEP]", "<s>", "<mask>", "<|endoftext|>", "\u0301", "\u0345\u0301",
                  "e\u0327\u0301", "\u302e", "'s", "'re", " '", "ß", "İ", "Σ", "É", "\u00a0", "\u3000", "\u0085", "  ", "\n", "\r\n", "\t", "xxxxxxxx", "12", "½"],
}
M = 0xFFFFFFFF


def philox(c, k0, k1):
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = ((b >> 32) ^ c[1] ^ k0, b & M, (a >> 32) ^ c[3] ^ k1, a & M)
        k0, k1 = (k0 + 0x9E3779B9) & M, (k1 + 0xBB67AE85) & M
    return c


def generated(row):
    drawn = 0

    def draw(n):
        nonlocal drawn
        word = philox((drawn, row, 0, 0), 7, 11)[0]
        drawn += 1
        return word % n

    text = ""
    for _ in range(draw(12)):
        if draw(2) == 0:
            text += GENERATOR["fragments"][draw(len(GENERATOR["fragments"]))]
            continue
        low, high = GENERATOR["ranges"][draw(len(GENERATOR["ranges"]))]
        for _ in range(1 + draw(4)):
            text += chr(low + draw(high - low + 1))
    return text


def fnv(state, data):
    for byte in data:
        state = ((state ^ byte) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return state


START = 14695981039346656037


def hash_ids(encodings):
    h = START
    for e in encodings:
        for i in e.ids:
            h = fnv(h, i.to_bytes(4, "little"))
        h = fnv(h, b"\xff\xff\xff\xff")
    return f"{h:016x}"


def hashes(tokenizer, texts):
    tokenizer.no_padding()
    tokenizer.enable_truncation(24)
    encodings = tokenizer.encode_batch(texts)
    return [hash_ids(encodings[i : i + 100]) for i in range(0, len(texts), 100)]


# ---- every code point ---------------------------------------------------------------------------------------------------
def code_points():
    bert = lambda **k: normalizers.BertNormalizer(**{**dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False), **k}).normalize_str
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    level = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    finder = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    finder.add_tokens([AddedToken("xyz", single_word=True)])
    around = lambda c: "a" + c + "\u0301" + c + "\u0323b"
    stages = {
        "clean": lambda c: bert(clean_text=True)(around(c)),
        "chinese": lambda c: bert(handle_chinese_chars=True)(around(c)),
        "strip": lambda c: bert(strip_accents=True)(around(c)),
        "lowercase": lambda c: bert(lowercase=True)(around(c)),
        "bert": lambda c: normalizers.BertNormalizer().normalize_str(around(c)),
        "nfd": lambda c: normalizers.NFD().normalize_str(around(c)),
        "strip_accents": lambda c: normalizers.StripAccents().normalize_str(around(c)),
        "split": lambda c: "\x1f".join(p for p, _ in split(around(c))),
        "byte_level": lambda c: "\x1f".join(p for p, _ in level("a" + c + " " + c + "1")),
        "word": lambda c: "".join(str(int(1 in finder.encode(s).ids)) for s in (c + "xyz", "xyz" + c)),
    }
    lines = ["block\t" + "\t".join(stages)]
    for block in range(0, 0x110000, 0x4000):
        row = [f"{block:06x}"]
        for f in stages.values():
            h = START
            for c in range(block, block + 0x4000):
                if not 0xD800 <= c <= 0xDFFF:
                    h = fnv(h, f(chr(c)).encode() + b"\0")
            row.append(f"{h:016x}")
        lines.append("\t".join(row))
    return lines


def main():
    HERE.mkdir(exist_ok=True)
    made = {"word_piece": word_piece(), "byte_pair": byte_pair()}
    for name, t in made.items():
        (HERE / name).mkdir(exist_ok=True)
        t.save(str(HERE / name / "tokenizer.json"), pretty=False)
    stamp = f"# tests/golden/tokenizer.py {SCRIPT}, tokenizers {tokenizers.__version__}"
    with open(HERE / "strings.jsonl", "w", encoding="utf-8") as out:
        for text in NASTY:
            out.write(json.dumps({"text": text, **{name: t.encode(text).ids for name, t in made.items()}}) + "\n")
    (HERE / "generator.json").write_text(json.dumps(GENERATOR) + "\n")
    texts = [generated(i) for i in range(10000)]
    columns = {name: hashes(t, texts) for name, t in made.items()}
    if len(sys.argv) > 1:
        columns["all-MiniLM-L6-v2"] = hashes(Tokenizer.from_file(sys.argv[1] + "/tokenizer.json"), texts)
    if len(sys.argv) > 2:
        t = Tokenizer(models.BPE.from_file(sys.argv[2] + "/vocab.json", sys.argv[2] + "/merges.txt"))
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        t.add_special_tokens(["<|endoftext|>"])
        columns["gpt2"] = hashes(t, texts)
    rows = ["\t".join(columns)] + ["\t".join(r) for r in zip(*columns.values())]
    (HERE / "generated.tsv").write_text("\n".join([stamp, *rows]) + "\n")
    (HERE / "code_points.tsv").write_text("\n".join([stamp, *code_points()]) + "\n")


if __name__ == "__main__":
    main()
