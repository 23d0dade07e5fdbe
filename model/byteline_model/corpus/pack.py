"""The packed corpus: `<split>.bin`, all documents end to end, and `<split>.json`, an index of columns."""
import json
import mmap
from pathlib import Path

COLUMNS = ("repository", "path", "language", "offset", "length")


class Corpus:
    """Reads a packed corpus through a memory map. Raises FileNotFoundError with the file's name."""
    def __init__(self, folder: str | Path, split: str):
        folder = Path(folder)
        index = json.loads((folder / f"{split}.json").read_text())
        self.repositories: list[dict] = index["repositories"]  # {name, commit, licence}
        self._repository, self._path, self._language, self._offset, self._length = (index[c] for c in COLUMNS)
        with open(folder / f"{split}.bin", "rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.size = len(self._bytes)

    def __len__(self) -> int:
        return len(self._offset)

    def text(self, i: int) -> bytes:
        return self._bytes[self._offset[i]: self._offset[i] + self._length[i]]

    def path(self, i: int) -> str:
        return self._path[i]

    def language(self, i: int) -> str:
        return self._language[i]

    def repository(self, i: int) -> str:
        return self.repositories[self._repository[i]]["name"]


class Packer:
    """Writes a packed corpus; the index appears last, so an interrupted pack is never taken for a whole one."""
    def __init__(self, folder: Path, split: str):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.split, self.offset = folder, split, 0
        self.columns: dict[str, list] = {c: [] for c in COLUMNS}
        (folder / f"{split}.json").unlink(missing_ok=True)
        self.file = open(folder / f"{split}.bin", "wb")

    def add(self, repository: int, path: str, language: str, text: bytes) -> None:
        for column, value in zip(COLUMNS, (repository, path, language, self.offset, len(text))):
            self.columns[column].append(value)
        self.file.write(text)
        self.offset += len(text)

    def close(self, repositories: list[dict]) -> None:
        self.file.close()
        (self.folder / f"{self.split}.json").write_text(json.dumps({"repositories": repositories, **self.columns}))
