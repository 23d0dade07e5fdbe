"""What a run reads, for ever: documents of shards as they come, some behind FILE blocks of others, and the batches made
of them, in this process or in several.

    python -m byteline_model.stream --preset medium --corpus DIR [--rows 64] [--workers 8]

measures how fast batches are made, without a network.
"""

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from .corpus.pack import Corpus
from .corpus.shards import Shards
from .errors import command
from .presets import PRESETS
from .reading import Reading, reading
from .sequence import FIM, clean, snippet


def neighbours(corpus: Corpus, i: int, room: int, rng: random.Random) -> list[tuple[bytes, bytes]]:
    """One to three FILE blocks of other documents in the repository of document i, at most `room` bytes, paths and
    sentinels among them."""
    count, out = rng.randint(1, 3), {}
    for _ in range(count):
        j = corpus.neighbour(i, rng)
        if j is None or j in out:
            continue
        path = corpus.path(j).encode()
        block = snippet(clean(corpus.text(j)), room // count - len(path) - 2, rng)
        if block:
            out[j] = path, block
    return list(out.values())


def stream(corpus: Shards, seed: int, read: dict[str, int], rank: int, world: int, files: float = 0, room: int = 0):
    """(path, text) of this rank's documents for ever, as Shards.draw draws them, a share `files` of them with FILE
    blocks of at most `room` bytes. `read` counts what was read of each shard."""
    while True:
        number = sum(read.values())
        pack, i = corpus.draw(seed, read)
        if number % world == rank:
            document = pack.path(i).encode(), pack.text(i)
            blocks = files and random.Random(~number).random() < files
            yield (*document, neighbours(pack, i, room, random.Random(number))) if blocks else document


@dataclass
class Batches(IterableDataset):
    """(int64 [rows, context], what was drawn until then by shard) for ever. A worker process of a DataLoader reads as
    one rank more: what one draws no other reads."""

    text: Reading
    corpus: Shards
    rows: int
    seed: int = 1
    read: dict[str, int] | None = None  # where a run goes on
    step: int = 0  # of that run: other middles than those of its beginning
    rank: int = 0
    world: int = 1
    fim: float = FIM
    files: float = 0

    def __iter__(self) -> Iterator[tuple[Tensor, dict[str, int]]]:
        worker, read = get_worker_info(), dict(self.read or {})
        number, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        rank, world = self.rank * workers + number, self.world * workers
        documents = stream(self.corpus, self.seed, read, rank, world, self.files, self.text.c.context // 4)
        rng = random.Random(self.seed * 1_000_003 + self.step * world + rank)
        for x in self.text.batches(documents, self.rows, rng, self.fim):
            yield x, dict(read)

    def made(self, workers: int) -> Iterator[tuple[Tensor, dict[str, int]]]:
        """The batches, made by so many processes ahead of time; 0: in this one, as they are asked for."""
        return iter(DataLoader(self, batch_size=None, collate_fn=lambda pair: pair, num_workers=workers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default="nano")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the packed training corpus")
    parser.add_argument("--rows", type=int, default=64, help="sequences a batch (%(default)s)")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: this one (%(default)s)")
    parser.add_argument("--seconds", type=float, default=10, help="that are measured (%(default)s)")
    a = parser.parse_args()
    shards = Shards(a.corpus, "train")
    text = reading(PRESETS[a.preset], a.corpus, shards.packs["train"])
    feed, size = Batches(text, shards, a.rows).made(a.workers), 0
    next(feed)
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < a.seconds:
        size += int(text.sizes(next(feed)[0]).sum())
    print(f"{size / passed / 1e6:.2f} MB/s")


if __name__ == "__main__":
    command(main)
