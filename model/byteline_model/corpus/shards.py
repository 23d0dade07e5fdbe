"""A training corpus in shards that may grow while it is read: `train.bin`, then `train-01.bin`, `train-02.bin`, ..."""

import random
import re
from pathlib import Path

from ..errors import InputError
from .pack import Corpus

SPAN = 4096  # bytes of a document that one training sequence takes; a shorter context takes them in consecutive pieces


class Shards:
    """The packs of a folder. `refresh` takes in those that have come since; a pack that is open stays as it was
    opened."""

    def __init__(self, folder: str | Path, split: str):
        self.folder, self.split, self.packs = Path(folder), split, {}
        self._pieces, self._orders = {}, {}
        self.name = re.compile(rf"{re.escape(split)}(-\d+)?")
        self.packs[split] = Corpus(folder, split)  # the first must be there: its absence is the caller's mistake
        self.refresh()

    @classmethod
    def of(cls, corpus: "Corpus | Shards") -> "Shards":
        """A corpus that is open already, as one that does not grow."""
        if isinstance(corpus, Shards):
            return corpus
        alone = cls.__new__(cls)
        alone.folder, alone.split, alone.packs = None, "train", {"train": corpus}
        alone._pieces, alone._orders = {}, {}
        return alone

    def refresh(self) -> list[str]:
        """Opens new shards and returns their names. The index of a shard is written last, so that one found is
        whole."""
        if not self.folder:
            return []
        there = sorted(f.stem for f in self.folder.glob(f"{self.split}*.json") if self.name.fullmatch(f.stem))
        new = [name for name in there if name not in self.packs]
        for name in new:
            pack = Corpus(self.folder, name)
            if pack.modality != self.modality:
                raise InputError(f"{self.folder}/{name}.json: {pack.modality}, but {self.split}.json: {self.modality}")
            self.packs[name] = pack
        return new

    @property
    def modality(self) -> dict | None:
        """That of all the packs, as in Corpus."""
        return self.packs[self.split].modality

    def free_name(self) -> str:
        """The name of a shard that is not there yet."""
        taken = {int(name.rpartition("-")[2]) for name in self.packs if "-" in name}
        return f"{self.split}-{max(taken, default=0) + 1:02}"

    def __len__(self) -> int:
        return sum(map(len, self.packs.values()))

    @property
    def size(self) -> int:
        """Bytes of text."""
        return sum(pack.size for pack in self.packs.values())

    def _documents(self, name: str) -> list[int]:
        """A shard's documents, each as often as its text fills sequences. Raw data is read whole at once."""
        if name not in self._pieces:
            pack = self.packs[name]
            times = lambda i: 1 if pack.modality else max(1, -(-pack.length(i) // SPAN))
            self._pieces[name] = [i for i in range(len(pack)) for _ in range(times(i))]
        return self._pieces[name]

    def _order(self, seed: int, name: str, epoch: int) -> list[int]:
        """The same as an epoch reads them."""
        if (seed, epoch) != self._orders.get(name, (None, []))[0]:
            order = list(self._documents(name))
            random.Random(f"{seed} {name} {epoch}").shuffle(order)
            self._orders[name] = (seed, epoch), order
        return self._orders[name][1]

    def draw(self, seed: int, read: dict[str, int]) -> tuple[Corpus, int]:
        """The next document: its pack and its number there. `read`, what was read of each shard, is counted on, and is
        all that a resumed run needs. A long document is drawn several times in an epoch, a sequence's worth each time:
        else most of a corpus's text would stay unread while its short documents are read again. A shard is drawn by
        what is unread of it in the present epoch, so that a new one is mixed in until its text was read as often as
        that of the others. Another seed is another order."""
        self.refresh()
        packs = [name for name, pack in self.packs.items() if len(pack)]
        if not packs:
            raise InputError(f"{self.folder}: the corpus is empty")
        sizes = {name: len(self._documents(name)) for name in packs}
        epochs = 1 + max(read.get(name, 0) // sizes[name] for name in packs)
        unread = [epochs * sizes[name] - read.get(name, 0) for name in packs]
        name = random.Random(f"{seed} {sum(read.values())}").choices(packs, unread)[0]
        epoch, at = divmod(read.get(name, 0), sizes[name])
        read[name] = read.get(name, 0) + 1
        return self.packs[name], self._order(seed, name, epoch)[at]
