"""Which documents are read, in which order: one of each repository in turn, so that wherever a run is cut off it is
balanced."""

import random
from typing import NamedTuple

from ..corpus.pack import Corpus
from ..errors import InputError
from ..sequence import character_start, clean


class Document(NamedTuple):
    """`number` is the document's place in the corpus; `text` its first bytes: UTF-8, line feeds only, no sentinels."""

    number: int
    repository: str
    language: str
    path: str
    text: bytes


def in_turn(corpus: Corpus, names: list[str], languages: set[str] | None, longest: int, seed: int):
    """Documents of the repositories `names`, round after round, at random within each; the order depends on the seed
    alone. Left out is what an editor would read in another way than we do: text with carriage returns or that is not
    UTF-8."""
    waiting: dict[str, list[int]] = {name: [] for name in names}
    for i, d in enumerate(corpus.documents):
        if d.repository in waiting and (not languages or d.language in languages):
            waiting[d.repository].append(i)
    for name, rows in waiting.items():
        random.Random(f"{seed} {name}").shuffle(rows)
    if not any(waiting.values()):
        raise InputError(
            f"the corpus has no document of {', '.join(names) or 'any repository'}"
            + (f" in {', '.join(sorted(languages))}" if languages else "")
        )
    while any(waiting.values()):
        for name in names:
            while waiting[name]:
                if document := readable(corpus, waiting[name].pop(), longest):
                    yield document
                    break


def readable(corpus: Corpus, i: int, longest: int) -> Document | None:
    """Document i, at most `longest` bytes; None for one that an editor would read in another way."""
    text = corpus.text(i)
    text = text[: character_start(text, longest)] if len(text) > longest else text
    try:
        text.decode()
    except UnicodeDecodeError:
        return None
    if b"\r" in text or b"\0" in text or clean(text) != text or not text.strip():
        return None
    return Document(i, corpus.repository(i), corpus.language(i), corpus.path(i), text)
