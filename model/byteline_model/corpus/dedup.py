"""Exact and near deduplication, and the removal of training documents that overlap held-out ones."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import xxhash
from datasketch import MinHash, MinHashLSH

PERMUTATIONS, BANDS = 64, (16, 4)
NEAR = 0.70  # Jaccard similarity of 2-line shingles from which two documents are the same
BLANKS = re.compile(rb"\s+")


def fingerprint(text: bytes) -> bytes:
    """Equal for texts that differ in white space only."""
    return xxhash.xxh3_128_digest(BLANKS.sub(b" ", text))


@lru_cache(2)  # a document is asked for its 2-line and then for its 5-line shingles
def row_hashes(text: bytes) -> np.ndarray:
    """64-bit hashes of the non-blank lines, stripped."""
    rows = [row for row in map(bytes.strip, text.split(b"\n")) if row]
    return np.fromiter(map(xxhash.xxh3_64_intdigest, rows), np.uint64, len(rows))


def shingles(text: bytes, lines: int) -> np.ndarray:
    """Sorted distinct 64-bit hashes of every run of `lines` non-blank lines."""
    hashes = row_hashes(text)
    n = max(1, len(hashes) - lines + 1)
    out = np.zeros(n, np.uint64)
    for i in range(min(lines, len(hashes))):
        out = out * np.uint64(0x9E3779B97F4A7C15) + hashes[i : i + n]
    out.sort()
    return out[np.concatenate(([True], out[1:] != out[:-1]))]  # faster than np.unique's hash table here


BLANK: Any = MinHash(PERMUTATIONS, seed=1)  # datasketch says less of its types than there is to them


def sketch(shingles: np.ndarray) -> np.ndarray:
    """MinHash values (PERMUTATIONS of 32 bits) of a document's shingles."""
    a, b = BLANK.permutations
    low = (shingles & np.uint64(0xFFFFFFFF))[:, None]
    permuted = (low * a.astype(np.uint64) + b.astype(np.uint64)) % np.uint64((1 << 61) - 1)
    return (permuted & np.uint64(0xFFFFFFFF)).min(0)


class NearDuplicates:
    """Remembers documents; `add` says whether one at least as similar as NEAR came before (exact Jaccard)."""

    def __init__(self):
        self.lsh: Any = MinHashLSH(num_perm=PERMUTATIONS, params=BANDS)  # its keys are rows of `sets`
        self.sets: list[np.ndarray] = []

    def add(self, mine: np.ndarray, values: np.ndarray) -> bool:
        """Whether a document like this one (2-line shingles and their sketch) was there before; if not, this one is
        remembered."""
        minhash = BLANK.copy()
        minhash.hashvalues = values.astype(np.uint64)
        for other in self.lsh.query(minhash):
            theirs = self.sets[other]
            both = np.intersect1d(mine, theirs, assume_unique=True).size
            if both / (mine.size + theirs.size - both) >= NEAR:
                return True
        self.lsh.insert(len(self.sets), minhash)
        self.sets.append(mine)
        return False


class HeldOut:
    """Finds training documents that share text with held-out ones: at least 40 of their 5-line shingles, or at least 5
    and 10% of them. Shingles seen in four or more training repositories count as boilerplate."""

    def __init__(self, known: np.ndarray):
        self.known = known  # sorted distinct 5-line shingles

    @classmethod
    def of(cls, texts: Iterable[bytes]) -> "HeldOut":
        parts = [shingles(text, 5) for text in texts]
        return cls(np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.uint64))

    def look(self, text: bytes) -> tuple[np.ndarray, int]:
        """What a training document shares with held-out ones, as rows of `known`, of how many of its own."""
        mine = shingles(text, 5)
        if not self.known.size:
            return np.zeros(0, np.int64), mine.size
        at = np.searchsorted(self.known, mine).clip(max=self.known.size - 1)
        return at[self.known[at] == mine], mine.size


def overlaps(hits: np.ndarray, runs: int, repositories: np.ndarray) -> bool:
    """Whether a document shares too much: what `look` said of it, and in how many repositories each row of `known`
    is."""
    own = int((repositories[hits] < 4).sum())
    return own >= 40 or (own >= 5 and own >= 0.1 * runs)
