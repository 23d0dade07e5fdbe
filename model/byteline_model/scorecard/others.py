"""What the worker's memory may know when a document is asked about: the repository's other files, on disk as in a
workspace."""

import os
from pathlib import Path, PurePosixPath

from ..corpus.pack import Corpus
from .documents import Document

SHORT = 20  # characters: lines up to here are alike everywhere, and say nothing of copying


def lines_of(text: bytes) -> set[bytes]:
    return {stripped for line in text.split(b"\n") if (stripped := line.strip())}


def telling_lines(text: bytes) -> set[bytes]:
    """The lines of more than SHORT characters (all lines where none is so long), blanks around them aside."""
    own = lines_of(text)
    return {line for line in own if len(line) > SHORT} or own


def copies(own: set[bytes], lines: set[bytes]) -> bool:
    """Whether a text of these lines is a near-copy of one with the telling lines `own`: it holds at least half of
    them."""
    return 2 * len(own & lines) >= len(own)


def others(corpus: Corpus, d: Document) -> list[tuple[str, bytes]]:
    """(path, text) of each file of the document's repository but itself and its near-copies."""
    own = telling_lines(d.text)
    rows = (i for i, e in enumerate(corpus.documents) if e.repository == d.repository and i != d.number)
    texts = ((corpus.path(i), corpus.text(i)) for i in rows)
    return [(path, text) for path, text in texts if not copies(own, lines_of(text))]


def leads_out(path: str) -> bool:
    """Whether a path leads out of the folder that it is relative to."""
    return PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts


def put_on_disk(folder: Path, files: list[tuple[str, bytes]]) -> None:
    """Writes files below `folder`. The worker takes the newest in first, so each has a time of its own: the order is
    the same on every run. Raises ValueError for a path that leads out of the folder."""
    for i, (path, text) in enumerate(files):
        if leads_out(path):
            raise ValueError(f"{path}: not a path within a repository")
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
        os.utime(file, (i, i))
