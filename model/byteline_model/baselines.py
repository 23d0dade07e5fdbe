"""What no training gives: each repository's files compressed by PPMd (Shkarin 2002) of order 16, and by xz.

    python -m byteline_model.baselines --corpus DIR [--languages ts,js] [--limit-mb 6]

The files of a repository stand end to end in a seeded shuffled order; the compressor sees nothing else, and no paths.
"""

import argparse
import lzma
import random
from collections import defaultdict
from pathlib import Path

import pyppmd
from tqdm import tqdm

from .corpus.pack import Corpus
from .errors import InputError, command

ORDER = 16
MEMORY = 1 << 30  # bytes; no model of these texts fills it, so nothing is forgotten


def ppmd_bits(texts: list[bytes]) -> float:
    """Total bits of the texts, one after the other, by PPMd variant H (7-Zip's) of order 16."""
    encoder = pyppmd.Ppmd7Encoder(ORDER, MEMORY)
    return 8.0 * (sum(len(encoder.encode(text)) for text in texts) + len(encoder.flush()))


def xz_bits(texts: list[bytes]) -> float:
    """Total bits of the texts, one after the other, by `xz -9e`; its container counts."""
    return 8.0 * len(lzma.compress(b"".join(texts), preset=9 | lzma.PRESET_EXTREME))


def repositories(corpus: Corpus, languages: set[str] | None, limit: int, seed: int = 1) -> dict[str, list[bytes]]:
    """The texts of each repository in a shuffled order, the first `limit` bytes of them (whole files)."""
    chosen = [i for i in range(len(corpus)) if not languages or corpus.language(i) in languages]
    random.Random(seed).shuffle(chosen)
    texts, size = defaultdict(list), defaultdict(int)
    for i in chosen:
        name = corpus.repository(i)
        if size[name] < limit:
            texts[name].append(corpus.text(i))
            size[name] += len(texts[name][-1])
    return dict(sorted(texts.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the packed validation corpus")
    parser.add_argument("--languages", help="by commas; default: all")
    parser.add_argument("--limit-mb", type=float, default=6, help="of each repository (10^6 bytes)")
    parser.add_argument("--least-kb", type=float, default=50, help="leave out repositories with less text")
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    languages = set(a.languages.split(",")) if a.languages else None
    texts = repositories(Corpus(a.corpus, "valid"), languages, int(a.limit_mb * 1e6), a.seed)
    texts = {name: t for name, t in texts.items() if sum(map(len, t)) >= a.least_kb * 1000}
    if not texts:
        raise InputError(f"{a.corpus}: no repository with {a.least_kb:g} kB of {a.languages or 'text'}")
    rows = []
    for name in tqdm(texts, leave=False):
        size = sum(map(len, texts[name]))
        rows.append((name, size, ppmd_bits(texts[name]) / size, xz_bits(texts[name]) / size))
    print("| repository | MB | PPMd order 16, bits per byte | xz -9e, bits per byte |\n|---|---:|---:|---:|")
    for name, size, ppmd, xz in rows:
        print(f"| {name} | {size / 1e6:.2f} | {ppmd:.3f} | {xz:.3f} |")
    average = [sum(row[k] for row in rows) / len(rows) for k in (2, 3)]
    print(
        f"| average over {len(rows)} repositories | {sum(row[1] for row in rows) / 1e6:.2f} "
        f"| {average[0]:.3f} | {average[1]:.3f} |"
    )


if __name__ == "__main__":
    command(main)
