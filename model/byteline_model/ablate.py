"""What each part of byteline is worth: trains every variant on the same number of bytes and scores all on the same
files.

    python -m byteline_model.ablate --corpus DIR --valid DIR --out DIR --megabytes 1.5 --seeds 1,2 [--only NAME,..]

Seed 1 of all variants comes first. A finished run is a line of OUT/results.jsonl and is not run again; a killed one
goes on from its checkpoint. OUT/table.md is written after each run. Bits per byte are averages over repositories:
`file` of raw files from left to right, `middle` of spans given prefix and suffix.
"""

import argparse
import json
import math
import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from tqdm import tqdm

from .bits import bits_of
from .checkpoints import finished
from .config import Config
from .corpus.pack import Corpus
from .errors import InputError, command
from .flops import flops_per_byte
from .presets import LAYERS, MATCHES, MEGABYTES, Network, count_weights
from .sequence import FIM, Prompt, character_start, clean, header, line_end, split
from .train import train

LONGEST, MIDDLE = 16384, 256  # bytes scored of a file, and of a middle


@dataclass(frozen=True)
class Variant:
    """A preset with something changed, and the preset that it is compared with."""

    change: dict = field(default_factory=dict)
    of: str = "byteline"
    fim: float = FIM

    @property
    def config(self) -> Config:
        """Raises ValueError where the change does not fit the preset."""
        return replace(MEGABYTES[self.of], **self.change)


VARIANTS = {  # what tells most comes first
    "byteline": Variant(),
    "no-matches": Variant(dict(match_orders=())),
    "no-n-grams": Variant(dict(hash_orders=())),
    "no-tables": Variant(dict(match_orders=(), hash_orders=())),
    "paper": Variant(of="paper"),
    "patch-4": Variant(dict(patch=4, d_global=40)),
    "patch-16": Variant(dict(patch=16, d_global=10)),
    "no-previous-byte": Variant(dict(previous_byte=False)),
    "no-encoder": Variant(dict(n_encoder=0, n_local=2)),
    "no-window": Variant(dict(window=0, n_encoder=0, n_local=2)),
    "no-qk-norm": Variant(dict(qk_norm=False)),
    "learned-positions": Variant(dict(rope=False)),
    "gelu": Variant(dict(relu2=False)),
    "no-zero-init": Variant(dict(zero_init=False)),
    "paper-matches": Variant(MATCHES, "paper"),
    "paper-n-grams": Variant(dict(hash_orders=(2, 3, 4), hash_rows=16384), "paper"),
    "paper-previous-byte": Variant(dict(previous_byte=True), "paper"),
    "paper-window": Variant(dict(window=64), "paper"),
    "paper-window-and-encoder": Variant(dict(window=64, n_encoder=1, n_local=1), "paper"),
    "paper-modern-layers": Variant(LAYERS, "paper"),
    "match-depth-1": Variant(dict(match_depth=1)),
    "match-depth-4": Variant(dict(match_depth=4)),
    "match-orders-4-8": Variant(dict(match_orders=(4, 8))),
    "match-orders-5-8-13-21": Variant(dict(match_orders=(5, 8, 13, 21))),
    "match-orders-2-3-4-5-6-8-12-20": Variant(dict(match_orders=(2, 3, 4, 5, 6, 8, 12, 20))),
    "no-middles": Variant(fim=0.0),
    "middles-50": Variant(fim=0.5),
    "middles-90": Variant(fim=0.9),
    "window-16": Variant(dict(window=16)),
    "window-256": Variant(dict(window=256)),
    "4k-rows": Variant(dict(hash_rows=4096)),
    "64k-rows": Variant(dict(hash_rows=65536)),
    "n-grams-2-to-6": Variant(dict(hash_orders=(2, 3, 4, 5, 6))),
    "two-local-layers": Variant(dict(n_local=2)),
    "three-local-layers": Variant(dict(n_local=3)),
}

Files = dict[str, list[tuple[bytes, bytes]]]  # (path, text) by repository


def files(corpus: Corpus, languages: set[str], limit: int) -> Files:
    """The beginnings of files in the corpus's own (shuffled) order, about the same number of bytes of each repository,
    `limit` bytes in all; a repository with less than half of its share is left out."""
    share = limit / max(1, len({corpus.repository(i) for i in range(len(corpus)) if corpus.language(i) in languages}))
    found, size = defaultdict(list), defaultdict(int)
    for i in range(len(corpus)):
        name = corpus.repository(i)
        if corpus.language(i) in languages and size[name] < share:
            text = corpus.text(i)
            found[name].append((corpus.path(i).encode(), text[: character_start(text, LONGEST)]))
            size[name] += len(found[name][-1][1])
    return {name: found[name] for name in found if size[name] >= share / 2}


@torch.no_grad()
def middle_bits(model: Network, path: bytes, text: bytes, rng: random.Random) -> tuple[float, int]:
    """Bits and bytes of a middle of a file (`split`, at most MIDDLE bytes; often none) given what stands around it."""
    c, text = model.c, clean(text)
    a, b = split(text, rng)
    b = character_start(text, min(b, a + MIDDLE))
    if a >= b:
        return 0.0, 0
    end = line_end(text, b)
    head = header(Prompt(path[-96:], b"", text[b:end][:192], text[end + 1 : end + 1 + c.context // 4]), c.patch)
    sequence = head + text[max(0, b - (c.context - len(head) - c.patch)) : b]
    x = torch.tensor(list(sequence + bytes(-len(sequence) % c.patch)))[None]
    of = slice(len(sequence) - (b - a), len(sequence))
    return F.cross_entropy(model(x)[0, of], x[0, of], reduction="sum").item() / math.log(2), b - a


def scores(model: Network, chosen: Files, middles: int = 4) -> dict[str, float]:
    """{"file", "middle"}: bits per byte, averages over repositories; `middles` draws a file, equal for all models."""
    model.eval()
    of_files, of_middles = [], []
    for name in sorted(chosen):
        of_files.append(sum(bits_of(model, t, p) for p, t in chosen[name]) / sum(len(t) for _, t in chosen[name]))
        rng = random.Random(name)
        drawn = [middle_bits(model, p, t, rng) for p, t in chosen[name] for _ in range(middles)]
        if sum(size for _, size in drawn):
            of_middles.append(sum(bits for bits, _ in drawn) / sum(size for _, size in drawn))
    return {"file": sum(of_files) / len(of_files), "middle": sum(of_middles) / max(1, len(of_middles))}


def run(name: str, seed: int, corpus: Corpus, chosen: Files, out: Path, megabytes: float, rows: int) -> dict:
    """Trains and scores one variant; its folder keeps the curve, not the weights."""
    variant, folder = VARIANTS[name], out / f"{name}-{seed}"
    model = train(variant.config, corpus, None, folder, rows=rows, seed=seed, megabytes=megabytes, fim=variant.fim)
    saved = finished(folder, megabytes)
    network, tables = count_weights(model)
    row = {
        "name": name,
        "seed": seed,
        "megabytes": megabytes,
        "rows": rows,
        **{key: round(value, 4) for key, value in scores(model, chosen).items()},
        "rate": round(saved["seen"] / saved["elapsed"]),
        "seconds": round(saved["elapsed"]),
        "network": network,
        "tables": tables,
        "flops": round(sum(flops_per_byte(variant.config).values())),
    }
    for checkpoint in folder.glob("*.pt"):
        checkpoint.unlink()
    return row


UNITS = ("rate", 1e3, 1), ("flops", 1e6, 2), ("network", 1e6, 2), ("tables", 1e6, 2)  # unit and digits of a column


def table(results: list[dict]) -> str:
    """Markdown: the mean of the seeds, their spread (largest less smallest), and the mean difference to the preset that
    the variant changes, seed by seed."""
    found = {(r["name"], r["seed"]): r for r in results}
    lines = [
        "| variant | file | spread | worth | middle | worth | kB/s | MFLOPs a byte | weights, M | in tables, M "
        "| seeds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, variant in VARIANTS.items():
        rows = [r for (n, _), r in sorted(found.items()) if n == name]
        if not rows:
            continue
        mean = lambda key, rows=rows: sum(r[key] for r in rows) / len(rows)
        cells = [name, f"{mean('file'):.3f}", f"{max(r['file'] for r in rows) - min(r['file'] for r in rows):.3f}"]
        for key in ("file", "middle"):
            bases = [found.get((variant.of, r["seed"])) for r in rows]
            pairs = [r[key] - base[key] for r, base in zip(rows, bases) if base and name != variant.of]
            cells += ([f"{mean('middle'):.3f}"] if key == "middle" else []) + [
                f"{sum(pairs) / len(pairs):+.3f}" if pairs else ""
            ]
        cells += [f"{mean(key) / unit:.{digits}f}" for key, unit, digits in UNITS] + [str(len(rows))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the packed training corpus")
    parser.add_argument("--valid", type=Path, required=True, help="folder of the packed validation corpus")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--megabytes", type=float, default=1.5, help="of text a run (10^6 bytes)")
    parser.add_argument("--rows", type=int, default=2, help="sequences of 4 kB a step")
    parser.add_argument("--seeds", default="1,2", help="by commas")
    parser.add_argument("--only", help="names by commas; default: all")
    parser.add_argument("--languages", default="ts,js", help="scored, by commas")
    parser.add_argument("--score-kb", type=int, default=300)
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    names = [n.strip() for n in a.only.split(",")] if a.only else list(VARIANTS)
    if unknown := [n for n in names if n not in VARIANTS]:
        raise InputError(f"--only: no variant {unknown[0]!r}; there are {', '.join(VARIANTS)}")
    if not all(s.strip().isdigit() for s in a.seeds.split(",")):
        raise InputError(f"--seeds: {a.seeds!r} is not whole numbers by commas")
    torch.set_num_threads(a.threads)
    corpus, chosen = (
        Corpus(a.corpus, "train"),
        files(Corpus(a.valid, "valid"), set(a.languages.split(",")), a.score_kb * 1000),
    )
    if not chosen:
        raise InputError(f"{a.valid}: less text in {a.languages} than --score-kb {a.score_kb} asks for")
    a.out.mkdir(parents=True, exist_ok=True)
    log = a.out / "results.jsonl"
    results = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if other := next((r for r in results if (r["megabytes"], r["rows"]) != (a.megabytes, a.rows)), None):
        raise InputError(
            f"{log}: holds runs of {other['megabytes']:g} MB with {other['rows']} rows a step; give another --out"
        )
    done = {(r["name"], r["seed"]) for r in results}
    todo = [(name, int(seed)) for seed in a.seeds.split(",") for name in names if (name, int(seed)) not in done]
    for name, seed in tqdm(todo, desc="runs"):
        results.append(run(name, seed, corpus, chosen, a.out, a.megabytes, a.rows))
        with open(log, "a") as file:
            file.write(json.dumps(results[-1]) + "\n")
        (a.out / "table.md").write_text(table(results))
    print(table(results), end="")


if __name__ == "__main__":
    command(main)
