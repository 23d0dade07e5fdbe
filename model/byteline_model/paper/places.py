"""What the bytes of a patch cost by their place in it, and what strided inference (section 2.3.3) saves: the mean over
what is held out, of the checkpoints of a data set that are there.

    python -m byteline_model.paper.places --data DIR --out DIR [--dataset prose]

The paper strides because "losses increase within each patch, as the prediction relies more on the weaker local
Transformer" (section 2.3.3).
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch

from ..bits import bits_of_each, windows
from ..config import Config
from ..errors import InputError, command
from ..evaluate import load
from ..scorecard.bootstrap import Row, estimate
from ..scorecard.markdown import number, table
from ..sequence import clean
from .runs import JUDGED, Run, corpora, held_out
from .settings import INFERENCE, TABLES, TEXTS


def checkpoints(dataset: str, out: Path) -> Iterator[tuple[str, Path]]:
    """(row, file) of the networks over patches that have been trained, seed 1."""
    every = ((row, networks) for t in TABLES.values() for row, networks in t.rows.items())
    over_patches = ((row, c) for row, networks in every if isinstance(c := networks.get(dataset), Config))
    folders = {Run(dataset, row, c, 1, 0).folder(out): row for row, c in over_patches if row not in INFERENCE}
    for folder, row in folders.items():  # tables share networks
        if (folder / "last.pt").exists():
            yield row, folder / "last.pt"


def by_place(model, documents: list[tuple[str, bytes, bytes]], stride: bool) -> tuple[torch.Tensor, dict]:
    """(mean bits of a byte [patch] by its place, {cluster: (bits, bytes)}) of (cluster, path, text)."""
    patch, context = model.c.patch, model.c.context
    bits, count = torch.zeros(patch), torch.zeros(patch)
    clusters: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for name, path, text in documents:
        for first, each in bits_of_each(model, windows(clean(text), path, patch, context), stride=stride):
            place = torch.arange(first, first + len(each)) % patch
            bits.index_add_(0, place, each)
            count.index_add_(0, place, torch.ones_like(each))
            clusters[name] = clusters[name][0] + each.sum().item(), clusters[name][1] + len(each)
    return bits / count, clusters


def rows(dataset: str, data: Path, out: Path) -> list[str]:
    documents, body = held_out(corpora(data, dataset)[1], JUDGED), []
    for row, file in checkpoints(dataset, out):
        model, seen = load(file), torch.load(file, weights_only=True, mmap=True)["seen"]
        (places, plain), (_, strided) = (by_place(model, documents, stride) for stride in (False, True))
        more = estimate(Row(c, strided[c][0] - bits, n) for c, (bits, n) in plain.items())
        body.append([row, f"{seen / 1e6:.2g}", " ".join(f"{x:.2f}" for x in places.tolist()), number(more)])
    return table(["network", "MB seen", "bits by place in the patch", "strided, more"], body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--dataset", default=TEXTS[0], choices=TEXTS, help="default: %(default)s")
    a = parser.parse_args()
    torch.set_num_threads(1)
    if not any(checkpoints(a.dataset, a.out)):
        raise InputError(f"{a.out}: no checkpoints of {a.dataset}; python -m byteline_model.paper 7 makes some")
    print("\n".join(rows(a.dataset, a.data, a.out)))


if __name__ == "__main__":
    command(main)
