"""Which documents go in: a share for each language group, and a cap for each repository and group; and how one set of
files is divided between training and validation."""

import random
from collections import Counter
from typing import NamedTuple

import xxhash

from ..errors import InputError

SHARES = {  # share of the balanced mix by language group
    "ts js vue svelte astro": 0.42,
    "py": 0.19,
    "go": 0.07,
    "rust": 0.07,
    "java kotlin": 0.055,
    "c cpp": 0.055,
    "cs": 0.03,
    "html css": 0.013,
    "json yaml md toml rst": 0.08,
    "other": 0.017,
}
LEADING = 0.15  # groups with at least this share set the size of the mix: it may not outgrow any of them
GROUP_OF = {language: group for group in SHARES for language in group.split()}


class Share(NamedTuple):
    """`part` of `whole` equal shares of all files go to the validation split, the others to training."""

    part: int
    whole: int
    split: str
    seed: int = 1

    @classmethod
    def of(cls, text: str, split: str) -> "Share":
        """From "1/8". Raises InputError."""
        part, _, whole = text.partition("/")
        if not (part.isdigit() and whole.isdigit() and 0 < int(part) < int(whole)):
            raise InputError(f"--share {text}: a fraction like 1/8 is expected")
        return cls(int(part), int(whole), split)

    def takes(self, path: str) -> bool:
        """Whether a file, by its path in its folder, is of this split."""
        drawn = xxhash.xxh3_64_intdigest(f"{self.seed} {path}".encode()) % self.whole < self.part
        return drawn == (self.split == "valid")


class Document(NamedTuple):
    """`offset` and `length` in bytes; `repository` is a row of the index's repositories."""

    repository: int
    path: str
    language: str
    offset: int
    length: int


def group_of(language: str) -> str:
    """The language group of SHARES, or "other"."""
    return GROUP_OF.get(language, "other")


def fill(documents: list[Document], key, room) -> list[Document]:
    """In order, each document that still fits: those with one `key(d)` add up to at most `room(key)` bytes."""
    taken, kept = Counter(), []
    for d in documents:
        if taken[key(d)] + d.length <= room(key(d)):
            taken[key(d)] += d.length
            kept.append(d)
    return kept


def choose(
    documents: list[Document], balanced: bool, cap: int, limit: int | None, seed: int, packed: Counter | None = None
) -> list[Document]:
    """The documents of the pack, in the shuffled order in which they were chosen: groups that soon have their share
    stand nearer to its beginning, so a trainer shuffles again (shards.py).

    Unbalanced, that is all of them up to `limit` bytes. Balanced, at most `cap` bytes of a repository and language
    group, and of each group its share of a whole as large as the leading groups allow, at most `limit`. `packed` bytes
    of each group stand in other shards: the whole is that of all.
    """
    documents, packed = list(documents), packed or Counter()
    random.Random(seed).shuffle(documents)
    if not balanced:
        return fill(documents, lambda d: "all", lambda _: (limit or float("inf")) - sum(packed.values()))
    documents = fill(documents, lambda d: (d.repository, group_of(d.language)), lambda _: cap)
    there = Counter(packed)
    for d in documents:
        there[group_of(d.language)] += d.length
    whole = min(
        [limit or float("inf")] + [there[g] / share for g, share in SHARES.items() if share >= LEADING and there[g]]
    )
    return fill(documents, lambda d: group_of(d.language), lambda group: whole * SHARES[group] - packed[group])
