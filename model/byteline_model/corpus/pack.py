"""The packed corpus: `<split>.bin`, all documents end to end, and `<split>.json`, an index of columns."""

import json
import mmap
import os
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError

COLUMNS = ("repository", "path", "language", "offset", "length")


class Entry(NamedTuple):
    """One document of the index; offset and length in bytes of `<split>.bin`."""

    repository: str
    commit: str | None
    licence: str
    path: str
    language: str
    offset: int
    length: int


class Corpus:
    """Reads a packed corpus through a memory map. Raises FileNotFoundError with the file's name, and InputError where
    the index and the bytes are not of one pack."""

    def __init__(self, folder: str | Path, split: str):
        self.folder = folder = Path(folder)
        self.split = split
        index = json.loads((folder / f"{split}.json").read_text())
        self.repositories: list[dict] = index["repositories"]  # {name, commit, licence}
        # None: UTF-8 text. Else all 256 values are content, and a document is a square RGB picture of
        # 3 * side**2 bytes, {"kind": "pictures", "side": .., "block": ..} (pictures.scan), or a
        # recording, {"kind": "sound", "rate": ..}
        self.modality: dict | None = index.get("modality")
        self._repository, self._path, self._language, self._offset, self._length = (index[c] for c in COLUMNS)
        with open(folder / f"{split}.bin", "rb") as file:
            self.size = os.fstat(file.fileno()).st_size  # bytes
            # a map of nothing is an error
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self.size else b""
        if self.size != sum(self._length):
            raise InputError(
                f"{folder}/{split}.bin has {self.size} bytes, its index {sum(self._length)}: build it again"
            )

    def __reduce__(self):
        return Corpus, (self.folder.resolve(), self.split)  # another process opens the files itself

    def __len__(self) -> int:
        return len(self._offset)

    def text(self, i: int) -> bytes:
        """The bytes of document i: UTF-8, or raw where there is a modality."""
        return self._bytes[self._offset[i] : self._offset[i] + self._length[i]]

    def length(self, i: int) -> int:
        """Bytes of document i."""
        return self._length[i]

    def path(self, i: int) -> str:
        """Document i's path in its repository; "path#row,column" for a part of a picture."""
        return self._path[i]

    def language(self, i: int) -> str:
        """Document i's language, as in filters.LANGUAGES, or "prose", "picture", "sound"."""
        return self._language[i]

    def repository(self, i: int) -> str:
        """The name of document i's repository."""
        return self.repositories[self._repository[i]]["name"]

    @cached_property
    def _members(self) -> dict[int, list[int]]:
        members: dict[int, list[int]] = {}
        for i, repository in enumerate(self._repository):
            members.setdefault(repository, []).append(i)
        return members

    def neighbour(self, i: int, rng) -> int | None:
        """Another document of the repository: of a few, the one whose path shares most with document i's; None where
        there is no other."""
        members = self._members[self._repository[i]]
        others = [j for j in (rng.choice(members) for _ in range(8)) if j != i]
        shared = lambda j: len(os.path.commonprefix([self.path(i), self.path(j)]))  # noqa: RUF071, characters are meant
        return max(others, key=shared, default=None)

    @cached_property
    def documents(self) -> list[Entry]:
        """The index, a row for each document."""
        from_row = [(r["name"], r["commit"], r["licence"]) for r in self.repositories]
        columns = zip(self._repository, self._path, self._language, self._offset, self._length)
        return [Entry(*from_row[row], *rest) for row, *rest in columns]


class Packer:
    """Writes a packed corpus beside the one that is there and puts it in its place at the end: a training run that has
    the old one open keeps it, and an interrupted pack is never taken for a whole one."""

    def __init__(self, folder: Path, split: str):
        folder.mkdir(parents=True, exist_ok=True)
        self.bytes, self.index, self.offset = folder / f"{split}.bin", folder / f"{split}.json", 0
        self.columns: dict[str, list] = {c: [] for c in COLUMNS}
        self.file = open(folder / f"{split}.bin.part", "wb")

    def add(self, repository: int, path: str, language: str, text: bytes) -> None:
        """Appends a document; `repository` is its row in what `close` is given."""
        for column, value in zip(COLUMNS, (repository, path, language, self.offset, len(text))):
            self.columns[column].append(value)
        self.file.write(text)
        self.offset += len(text)

    def close(self, repositories: list[dict], modality: dict | None = None) -> None:
        """Writes the index and puts both files in their places. `repositories`: {name, commit, licence} each;
        `modality`: see Corpus."""
        self.file.close()
        part = self.index.with_name(self.index.name + ".part")
        known = {"modality": modality} if modality else {}
        part.write_text(json.dumps({"repositories": repositories, **known, **self.columns}))
        self.index.unlink(missing_ok=True)  # no moment at which the old index is read with the new bytes
        os.replace(self.file.name, self.bytes)
        os.replace(part, self.index)
