"""What one source gives on its way to the pack, in a folder of its own: the text of its documents end to end, their
names and their hashes. Text and shingles are read through memory maps."""

import json
import tempfile
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .dedup import PERMUTATIONS

RECORD = np.dtype(
    [
        ("fingerprint", "V16"),
        ("sketch", "u4", (PERMUTATIONS,)),  # zeros where there are no shingles
        ("shingles", "i8"),  # where the document's 2-line shingles end
        ("hits", "i8"),  # where its hits end
        ("runs", "i8"),  # its distinct 5-line shingles
    ]
)
NONE = np.zeros(0, np.uint64)


class Hashes(NamedTuple):
    """Of one document: its fingerprint; its 2-line shingles and their MinHash sketch, where near duplicates go, too;
    which of the held-out runs (rows of HeldOut.known) it has, of how many of its own."""

    fingerprint: bytes
    shingles: np.ndarray = NONE
    sketch: np.ndarray | int = 0
    hits: np.ndarray = NONE
    runs: int = 0


class Writer:
    """A new folder in `spool`; another attempt at the same source writes another one."""

    def __init__(self, spool: Path):
        self.folder = Path(tempfile.mkdtemp(dir=spool))
        self.text = open(self.folder / "text", "wb")
        self.paths, self.languages, self.sizes, self.records = [], [], [], []
        self.shingles, self.hits, self.ends = [NONE], [NONE], [0, 0]

    def add(self, path: str, language: str, data: bytes | None, hashes: Hashes) -> None:
        """A document; of one that is packed already, no `data`."""
        self.text.write(data or b"")
        self.paths.append(path)
        self.languages.append(language)
        self.sizes.append(len(data or b""))
        self.shingles.append(hashes.shingles)
        self.hits.append(hashes.hits)
        self.ends = [self.ends[0] + hashes.shingles.size, self.ends[1] + hashes.hits.size]
        record = np.zeros((), RECORD)
        record["fingerprint"], record["sketch"] = np.void(hashes.fingerprint), hashes.sketch
        record["shingles"], record["hits"] = self.ends
        record["runs"] = hashes.runs
        self.records.append(record)

    def close(self) -> Path:
        """Returns the folder, for Spool."""
        self.text.close()
        np.save(self.folder / "records.npy", np.array(self.records, RECORD))
        np.save(self.folder / "shingles.npy", np.concatenate(self.shingles).astype(np.uint64))
        np.save(self.folder / "hits.npy", np.concatenate(self.hits).astype(np.int64))
        (self.folder / "names.json").write_text(json.dumps([self.paths, self.languages, self.sizes]))
        return self.folder


class Spool:
    """Reads such a folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    @cached_property
    def records(self) -> np.ndarray:
        """A RECORD of each document."""
        return np.load(self.folder / "records.npy")

    @cached_property
    def _shingles(self) -> np.ndarray:
        file = self.folder / "shingles.npy"
        return np.load(file, mmap_mode="r") if self.records["shingles"][-1] else np.load(file)  # no map of nothing

    @cached_property
    def _hits(self) -> np.ndarray:
        return np.load(self.folder / "hits.npy")

    def names(self) -> zip:
        """(path, language, bytes) of each document."""
        return zip(*json.loads((self.folder / "names.json").read_text()))

    def shingles(self, row: int) -> np.ndarray:
        """Those of one document; none where near duplicates stay."""
        ends = self.records["shingles"]
        return self._shingles[ends[row - 1] if row else 0 : ends[row]]

    def hits(self, row: int) -> np.ndarray:
        """Held-out runs of one document."""
        ends = self.records["hits"]
        return self._hits[ends[row - 1] if row else 0 : ends[row]]

    def text(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`."""
        with open(self.folder / "text", "rb") as file:
            file.seek(offset)
            return file.read(size)
