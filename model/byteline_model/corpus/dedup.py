"""Exact and near deduplication, and the removal of training documents that overlap held-out ones."""

import re
from collections import defaultdict
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


class NearDuplicates:
    """Remembers documents; `add` says whether one at least as similar as NEAR came before (exact Jaccard)."""

    def __init__(self):
        # datasketch says less of its types than there is to them: keys are our rows, a sketch has arrays
        self.lsh: Any = MinHashLSH(num_perm=PERMUTATIONS, params=BANDS)
        self.sets: list[np.ndarray] = []
        self.blank: Any = MinHash(PERMUTATIONS, seed=1)

    def add(self, text: bytes) -> bool:
        """Whether a document like this one was there before; if not, this one is remembered."""
        mine = shingles(text, 2)
        sketch = self.blank.copy()
        a, b = sketch.permutations
        low = (mine & np.uint64(0xFFFFFFFF))[:, None]
        sketch.hashvalues = (
            ((low * a.astype(np.uint64) + b.astype(np.uint64)) % np.uint64((1 << 61) - 1)) & np.uint64(0xFFFFFFFF)
        ).min(0)
        for other in self.lsh.query(sketch):
            theirs = self.sets[other]
            both = np.intersect1d(mine, theirs, assume_unique=True).size
            if both / (mine.size + theirs.size - both) >= NEAR:
                return True
        self.lsh.insert(len(self.sets), sketch)
        self.sets.append(mine)
        return False


class HeldOut:
    """Finds training documents that share text with held-out ones: at least 40 of their 5-line shingles, or at least 5
    and 10% of them. Shingles seen in four or more training repositories count as boilerplate."""

    def __init__(self, texts):
        parts = [shingles(text, 5) for text in texts]
        self.known = np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.uint64)
        self.hits: dict[int, tuple[np.ndarray, int]] = {}
        self.repositories: dict[int, set[str]] = defaultdict(set)

    def look(self, number: int, repository: str, text: bytes) -> None:
        """Notes what training document `number` shares with held-out ones."""
        mine = shingles(text, 5)
        if not self.known.size:
            return
        at = np.searchsorted(self.known, mine).clip(max=self.known.size - 1)
        hit = mine[self.known[at] == mine]
        if hit.size:
            self.hits[number] = (hit, mine.size)
            for value in hit.tolist():
                self.repositories[value].add(repository)

    def overlapping(self) -> set[int]:
        """Numbers of the documents, of all that were looked at, that share too much."""
        out = set()
        for number, (hit, size) in self.hits.items():
            own = sum(len(self.repositories[value]) < 4 for value in hit.tolist())
            if own >= 40 or (own >= 5 and own >= 0.1 * size):
                out.add(number)
        return out
