#!/usr/bin/env python3
"""The figures of README.md and docs/performance.md, made of what benchmarks/run wrote.

    python benchmarks/tables.py [--check] benchmarks/results/MACHINE README.md docs/performance.md

Replaces what stands between the lines `<!-- table NAME -->` and `<!-- end -->` of the pages. With --check it writes
nothing: it names the tables that differ from the results, and fails when there is one.
"""

import argparse
import json
import pathlib
import re
import sys
import textwrap


def table(titles, rows):
    """Markdown, numbers to the right."""
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" + "---:|" * (len(titles) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def percent(x):
    return f"{100 * x:.0f} %"


class Results:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def __getitem__(self, name):
        return json.loads((self.folder / f"{name}.json").read_text())

    def names(self, pattern):
        return sorted(p.stem for p in self.folder.glob(f"{pattern}.json"))

    def speed(self):
        """The README's: both precisions beside PyTorch and sentence-transformers."""
        steps = [self[f"step_{precision}"]["step"] for precision in ("fp32", "bf16")]
        embedding = [self[f"embed_long_{precision}_sentence_transformers"]["embedding"] for precision in ("fp32", "bf16")]
        return table(["", "fp32", "bf16"], [
            ["a training step on 64 triples"]
            + [f"**{s['ratio']:.1f}** times as fast, in {s['memory_ratio']:.2f} of the memory" for s in steps],
            ["embedding 1,024 sentences of Wikipedia"] + [f"**{e['ratio']:.1f}** times as fast" for e in embedding],
            ["share of the machine's floor, step"] + [percent(floor(s["profile"]) / s["profile"]["seconds"]) for s in steps],
        ])

    def compile(self):
        """The README's sentence on what a user waits for."""
        c = self["compile"]
        s = c["seconds"]
        return textwrap.fill(
            f"A file with `cotangent.hpp` alone compiles in {s['cotangent.hpp']:.1f} s, with `geometry.hpp` in "
            f"{s['geometry.hpp']:.1f} s, and the slowest file of `finetune` in {s['slowest of finetune']:.0f} s "
            f"({c['compiler']}, `-O2`, processor seconds).", 128)

    def steps(self):
        """A training step beside PyTorch."""
        rows = []
        for precision in ("fp32", "bf16"):
            s = self[f"step_{precision}"]["step"]
            rows.append([
                precision, f"{s['milliseconds']:.0f} ms", f"{s['peer_milliseconds']:.0f} ms", f"**{s['ratio']:.1f}**",
                f"{s['tokens_per_second']:.0f}", f"{s['peak_mib']:.0f} MiB", f"{s['peer_peak_mib']:.0f} MiB",
                f"{s['memory_ratio']:.2f}", percent(floor(s["profile"]) / s["profile"]["seconds"]),
            ])
        return table(["", "Cotangent", "PyTorch", "times as fast", "tokens/s", "memory", "PyTorch", "ratio", "of floor"], rows)

    def embedding(self):
        """Embedding beside each engine."""
        texts = {"long": "wiki", "short": "STS-B", "query": "STS-B one by one"}
        rows = []
        for name in self.names("embed_*"):
            whole = self[name]
            e = whole["embedding"]
            rows.append([
                f"{whole['precision']}, {texts[name.split('_')[1]]}, {whole['peer']}",
                f"{e['tokens_per_second']:.0f}", f"{e['tokens'] / e['peer_milliseconds'] * 1e3:.0f}",
                f"**{e['ratio']:.2f}**", percent(floor(e["profile"]) / e["profile"]["seconds"]),
            ])
        return table(["beside", "tokens/s", "theirs", "times as fast", "of floor"], rows)

    def profile(self, name, unit):
        """Class by class."""
        p = self[name][unit]["profile"]
        rows = []
        for kind, c in p["classes"].items():
            flops = c["flops"] + c["bf16_flops"]
            rows.append([
                kind, f"{1e3 * c['seconds'] / p['units']:.1f}", percent(c["seconds"] / p["seconds"]),
                f"{flops / c['seconds'] / 1e9:.0f}" if flops else "", f"{c['bytes'] / c['seconds'] / 1e9:.0f}" if c["bytes"] else "",
                percent(c["floor_seconds"] / c["seconds"]) if c["floor_seconds"] else "",
            ])
        rows.append(["all", f"{1e3 * p['seconds'] / p['units']:.1f}", "100 %", "", "", percent(floor(p) / p["seconds"])])
        return table([f"class ({unit})", "ms", "share", "GFLOP/s", "GB/s", "of floor"], rows)

    def gemm(self):
        rows = []
        for name in self.names("gemm_*"):
            g = self[name]
            shares = [s["share"] for s in g["shapes"]]
            rows.append([
                name.removeprefix("gemm_").replace("_", ", "), str(len(shares)), f"{g['peak_gflops']:.0f}",
                f"**{percent(g['geometric_mean_share'])}**", percent(min(shares)), percent(max(shares)),
                f"{g['speed_up_2_threads']:.2f}" if "speed_up_2_threads" in g else "",
            ])
        return table(["shapes", "number", "peak of one core, GFLOP/s", "share, geometric mean", "least", "most", "two threads"], rows)

    def attention(self):
        rows = []
        for precision in ("fp32", "bf16"):
            for r in self[f"attention_{precision}"]["rows"]:
                if r["width"] != 32:
                    continue
                rows.append([f"{precision}, {r['length']}", percent(r["forward_share_of_peak"]), percent(r["backward_share_of_peak"]),
                             f"{r['forward_ratio']:.1f}", f"{r['backward_ratio']:.1f}"])
        return table(["length", "forward, of peak", "backward, of peak", "times PyTorch, forward", "backward"], rows)

    def rows(self):
        near, far = self["rows"], self["rows_memory"]
        return table(
            ["kernel, fp32", "2048 x 768, GB/s", "of a copy", "32768 x 768, GB/s", "of a copy"],
            [[name, f"{x['gigabytes_per_second']:.0f}", f"{x['of_copy']:.2f}", f"{far['float'][name]['gigabytes_per_second']:.0f}",
              f"{far['float'][name]['of_copy']:.2f}"] for name, x in near["float"].items()],
        )

    def rows_eigen(self):
        return table(
            ["times as fast as Eigen", "512 KiB", "8 MiB", "largest difference"],
            [[name, f"{x['second level']['ratio']:.2f}", f"{x['third level']['ratio']:.2f}", f"{x['difference']:.0e}"]
             for name, x in self["rows_eigen"]["kernels"].items()],
        )


def floor(profile):
    return sum(c["floor_seconds"] for c in profile["classes"].values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("results")
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    results = Results(arguments.results)
    make = {
        "speed": results.speed,
        "compile": results.compile,
        "steps": results.steps,
        "embedding": results.embedding,
        "gemm": results.gemm,
        "attention": results.attention,
        "rows": results.rows,
        "rows eigen": results.rows_eigen,
        "profile fp32": lambda: results.profile("step_fp32", "step"),
        "profile bf16": lambda: results.profile("step_bf16", "step"),
        "profile embedding": lambda: results.profile("embed_long_fp32_openvino", "embedding"),
    }
    differing = []
    for page in arguments.pages:
        text = page.read_text()
        replaced = 0

        def fresh(match):
            nonlocal replaced
            replaced += 1
            if match[1] not in make:
                sys.exit(f"{page}: there is no table {match[1]}, but {', '.join(make)}")
            new = f"<!-- table {match[1]} -->\n\n{make[match[1]]()}\n\n<!-- end -->"
            if new != match[0]:
                differing.append(f"{page}: table {match[1]}")
            return new

        made = re.sub(r"<!-- table ([^\n]*?) -->\n.*?<!-- end -->", fresh, text, flags=re.S)
        if replaced != text.count("<!-- table ") or not replaced:
            sys.exit(f"{page}: expected pairs of <!-- table NAME --> and <!-- end -->, got {replaced} and others")
        if not arguments.check and made != text:
            page.write_text(made)
    if arguments.check and differing:
        sys.exit("\n".join([f"not what {arguments.results} says; benchmarks/tables.py makes them anew:", *differing]))


if __name__ == "__main__":
    main()
