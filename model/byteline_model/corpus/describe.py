"""Writes what a packed corpus holds as Markdown, for the models' cards:

python -m byteline_model.corpus.describe DIR --split train > model/models/CORPUS.md
"""

import argparse
from collections import Counter
from pathlib import Path

from ..errors import command
from .pack import Corpus


def describe(corpus: Corpus) -> str:
    """Two tables: MB by language; commit, licence and MB of each repository."""
    languages, sizes = Counter(), Counter()
    for d in corpus.documents:
        languages[d.language] += d.length
        sizes[d.repository] += d.length
    megabytes = lambda n: f"{n / 1e6:.2f}"
    lines = [
        f"{len(corpus)} documents of {len(corpus.repositories)} repositories, {megabytes(corpus.size)} MB.",
        "",
        "By language, MB: " + ", ".join(f"{name} {n / 1e6:.1f}" for name, n in languages.most_common()) + ".",
        "",
        "| repository | commit | licence | MB |",
        "|---|---|---|---|",
    ]
    for r in sorted(corpus.repositories, key=lambda r: r["name"].lower()):
        lines.append(
            f"| {r['name']} | {(r['commit'] or 'none')[:12]} | {r['licence']} | {megabytes(sizes[r['name']])} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--split", choices=("train", "valid"), default="train")
    a = parser.parse_args()
    print(describe(Corpus(a.corpus, a.split)), end="")


if __name__ == "__main__":
    command(main)
