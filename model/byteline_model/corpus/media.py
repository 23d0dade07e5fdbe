"""What a corpus is built of: code, prose, pictures or sound. Each kind says which files it takes and what documents a
file gives; build.py asks nothing else of it."""

from typing import Protocol

import xxhash

from ..errors import InputError
from . import filters, pictures, prose, sound
from .dedup import fingerprint
from .filters import Dropped
from .mix import group_of


class Kind(Protocol):
    """`modality` is what the pack keeps (see pack.Corpus.modality). A document of a picture is named
    "path#row,column"."""

    modality: dict | None
    near: bool  # whether near duplicates go, too

    def reason_to_skip(self, repository: str, path: str, size: int) -> str | None:
        """Before a file is read; a size that is not known is -1."""
        ...

    def documents(self, path: str, raw: bytes) -> list[tuple[str, bytes]]:
        """(path, bytes) of a file's documents. Raises Dropped."""
        ...

    def language(self, path: str) -> str: ...

    def group(self, language: str) -> str:
        """The line of the report that a language counts for."""
        ...

    def fingerprint(self, data: bytes) -> bytes:
        """Equal for documents of which one is enough."""
        ...


class Code:
    """Source text that passes the filters of filters.py."""

    modality: dict | None = None
    near = True

    def reason_to_skip(self, repository: str, path: str, size: int) -> str | None:
        if reason := filters.reason_to_skip(repository, path):
            return reason
        # normalising makes a file smaller, at most by half
        return "size" if size >= 0 and not filters.SMALLEST <= size <= 2 * filters.LARGEST else None

    def documents(self, path: str, raw: bytes) -> list[tuple[str, bytes]]:
        text = filters.normalised(raw)
        if reason := filters.reason_to_drop(text):
            raise Dropped(reason)
        return [(path, text)]

    def language(self, path: str) -> str:
        language = filters.language_of(path)
        assert language  # reason_to_skip leaves out what has none
        return language

    def group(self, language: str) -> str:
        return group_of(language)

    def fingerprint(self, data: bytes) -> bytes:
        return fingerprint(data)


class _Files:
    """Files by their ending, all of one language."""

    def __init__(self, language: str, endings: tuple[str, ...], modality: dict | None = None):
        self.modality, self._language, self._endings = modality, language, endings

    def reason_to_skip(self, repository: str, path: str, size: int) -> str | None:
        return None if prose.ending_of(path) in self._endings else "ending"

    def language(self, path: str) -> str:
        return self._language

    def group(self, language: str) -> str:
        return language

    def fingerprint(self, data: bytes) -> bytes:
        return xxhash.xxh3_128_digest(data)


class Prose(_Files):
    """Text in natural language, wherever it lies."""

    near = True

    def __init__(self):
        super().__init__("prose", prose.ENDINGS)

    def documents(self, path: str, raw: bytes) -> list[tuple[str, bytes]]:
        return [(path, prose.text_of(path, raw))]

    def fingerprint(self, data: bytes) -> bytes:
        return fingerprint(data)


class Pictures(_Files):
    """Tiles of `side` x `side` pixels, by blocks of `block` x `block` (0: raster scan). Raises InputError where Pillow
    is not installed."""

    near = False

    def __init__(self, side: int, block: int):
        pictures.library()
        pictures.check(side, block)
        self.side, self.block = side, block
        super().__init__("picture", pictures.ENDINGS, {"kind": "pictures", "side": side, "block": block})

    def documents(self, path: str, raw: bytes) -> list[tuple[str, bytes]]:
        return [(f"{path}#{at}", pictures.scan(tile, self.block)) for at, tile in pictures.tiles(raw, self.side)]


class Sound(_Files):
    """Recordings at `rate` frames a second. Raises InputError where soundfile or scipy is not installed."""

    near = False

    def __init__(self, rate: int):
        sound.libraries()
        if rate < 1:
            raise InputError(f"sound: {rate} frames a second")
        self.rate = rate
        super().__init__("sound", sound.ENDINGS, {"kind": "sound", "rate": rate})

    def documents(self, path: str, raw: bytes) -> list[tuple[str, bytes]]:
        return [(path, sound.recording(raw, self.rate))]
