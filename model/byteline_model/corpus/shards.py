"""A training corpus in shards that may grow while it is read: `train.bin`, then `train-01.bin`, `train-02.bin`, ..."""

import random
import re
from pathlib import Path

from ..errors import InputError
from .pack import Corpus


class Shards:
    """The packs of a folder. `refresh` takes in those that have come since; a pack that is open stays as it was
    opened."""

    def __init__(self, folder: str | Path, split: str):
        self.folder, self.split, self.packs = Path(folder), split, {}
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

    def draw(self, seed: int, read: dict[str, int]) -> tuple[Corpus, int]:
        """The next document: its pack and its number there. `read`, documents read of each shard, is counted on, and
        is all that a resumed run needs. A shard is drawn by what is unread of it in the present epoch, so that a new
        one is mixed in until each of its documents was read as often as those of the others. Another seed begins
        elsewhere."""
        self.refresh()
        packs = {name: pack for name, pack in self.packs.items() if len(pack)}
        if not packs:
            raise InputError(f"{self.folder}: the corpus is empty")
        epochs = 1 + max(read.get(name, 0) // len(pack) for name, pack in packs.items())
        unread = [epochs * len(pack) - read.get(name, 0) for name, pack in packs.items()]
        rng = random.Random(f"{seed} {sum(read.values())}")
        name = rng.choices(list(packs), unread)[0]
        first = random.Random(f"{seed} {name}").randrange(len(packs[name]))
        i = (first + read.get(name, 0)) % len(packs[name])
        read[name] = read.get(name, 0) + 1
        return packs[name], i
