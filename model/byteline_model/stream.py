"""The documents that a run reads, for ever: shards as they come, some documents behind FILE blocks of others."""

import random

from .corpus.pack import Corpus
from .corpus.shards import Shards
from .sequence import clean, snippet


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
    """(path, text) of this rank's documents for ever, in the packed (shuffled) order of each shard, a share `files`
    of them with FILE blocks of at most `room` bytes. `read` counts what was read of each shard: see Shards.draw."""
    while True:
        number = sum(read.values())
        pack, i = corpus.draw(seed, read)
        if number % world == rank:
            document = pack.path(i).encode(), pack.text(i)
            blocks = files and random.Random(~number).random() < files
            yield (*document, neighbours(pack, i, room, random.Random(number))) if blocks else document
