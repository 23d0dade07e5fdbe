"""A folder's files in two packs: `valid`, whole files that are held out, and `train`, what has nothing of theirs."""

import hashlib
import tempfile
from pathlib import Path

import numpy as np

from ..corpus.build import local
from ..corpus.collect import Collection
from ..corpus.dedup import HeldOut, overlaps
from ..corpus.mix import Document, choose, group_of
from ..corpus.pack import Packer
from ..corpus.sources import open_tree
from ..errors import InputError
from ..scorecard.others import copies, lines_of, telling_lines

FEWEST, SMALLEST = 40, 100_000  # files and bytes of code that a folder must have
SHARE, LEAST, MOST = 8, 10, 48  # every eighth file of code is held out, at least 10 and at most 48 files
PROSE = "json yaml md toml rst"  # a language group: trained on, never held out


def rank(path: str, seed: int) -> bytes:
    """By what files are held out: those with the least. It depends on path and seed alone, so a folder that has grown
    keeps most of its held-out files."""
    return hashlib.sha256(f"{seed} {path}".encode()).digest()


def held_out(documents: list[Document], seed: int) -> list[Document]:
    """The files of code that are held out. Raises InputError where there is too little code to hold any out."""
    code = sorted((d for d in documents if group_of(d.language) != PROSE), key=lambda d: rank(d.path, seed))
    size = sum(d.length for d in code)
    if len(code) < FEWEST or size < SMALLEST:
        raise InputError(
            f"too little code: {len(code)} files with {size / 1000:.0f} kB are left, "
            f"{FEWEST} files with {SMALLEST / 1000:.0f} kB are needed"
        )
    return code[: min(MOST, max(LEAST, len(code) // SHARE))]


def overlapping(held: list[bytes], others: list[tuple[str, bytes]]) -> set[int]:
    """Which of the others (path, text) share text with a file that is held out: by the corpus builder's rule for
    held-out repositories, a file in a repository's place (so a licence at the head of four files is boilerplate), and
    by the score card's for near-copies."""
    known, telling, near = HeldOut.of(held), [telling_lines(text) for text in held], set()
    looked, files = [known.look(text) for _, text in others], np.zeros(len(known.known), np.int64)
    for number, (_, text) in enumerate(others):
        files[looked[number][0]] += 1
        lines = lines_of(text)
        if any(copies(own, lines) for own in telling):
            near.add(number)
    return near | {number for number, (hits, runs) in enumerate(looked) if overlaps(hits, runs, files)}


def divide(folder: Path, out: Path, seed: int) -> dict:
    """Packs the files of `folder` (of a git repository those of its last commit), as the corpus builder reads them,
    into `out`. Returns counts, for the log and the card. Raises InputError."""
    try:
        open_tree(folder, None)
    except (FileNotFoundError, ValueError) as error:
        raise InputError(str(error)) from None
    with tempfile.TemporaryDirectory() as spools:
        collected = Collection(Path(spools), [local(folder)])
        dropped = ", ".join(f"{n} {reason}" for reason, n in collected.dropped.most_common() if n)
        text = collected.text
        try:
            held = held_out(collected.documents, seed)
        except InputError as error:
            raise InputError(f"{folder}: {error} (left out: {dropped or 'nothing'})") from None
        rest = sorted(set(collected.documents) - set(held))
        near = overlapping([text(d) for d in held], [(d.path, text(d)) for d in rest])
        training = [d for number, d in enumerate(rest) if number not in near]
        if not training:
            raise InputError(f"{folder}: all files share text with those that are held out")
        for split, documents in (("valid", held), ("train", choose(training, False, 0, None, seed))):
            packer = Packer(out, split)
            for d in documents:
                packer.add(d.repository, d.path, d.language, text(d))
            packer.close(collected.repositories)
    return {
        "folder": folder.resolve().name,
        "commit": collected.repositories[0]["commit"],
        "files": len(training),
        "bytes": sum(d.length for d in training),
        "held out": len(held),
        "near": len(near),
        "left out": {reason: n for reason, n in collected.dropped.items() if n},
    }
