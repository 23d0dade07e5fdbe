"""Words and their reversals: which are trained on, which are held out, and the pack that the trainer reads."""

import hashlib
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..corpus.pack import Packer
from ..errors import InputError

PATH = b"words"  # of every document, in its header
SHORTEST, LONGEST, LONGER = 3, 10, 12  # letters of a trained word; words up to LONGER are held out by their length
ROUNDS = 4  # of all trained words in the pack
ONE_IN = 20  # of the words up to LONGEST letters are held out by hash


class Words(NamedTuple):
    """Three lists of lower case ASCII words, each in the order of the file."""

    trained: list[str]
    unseen: list[str]  # as long as the trained ones; no palindromes
    longer: list[str]  # longer than any trained one; no palindromes


def held_out(word: str) -> bool:
    """By the hash of the word and its reversal together, so that `live` is held out where `evil` is."""
    digest = hashlib.sha256(min(word, word[::-1]).encode()).digest()
    return int.from_bytes(digest[:8], "big") % ONE_IN == 0


def read_words(file: Path) -> Words:
    """From a file of a word a line; capitals, apostrophes and other letters than ASCII's leave a word out. Raises
    InputError where a list is empty."""
    found = dict.fromkeys(re.findall(rf"^[a-z]{{{SHORTEST},{LONGER}}}$", file.read_text("utf-8"), re.M))
    mirrored = [w for w in found if w != w[::-1]]
    out = Words(
        [w for w in found if len(w) <= LONGEST and not held_out(w)],
        [w for w in mirrored if len(w) <= LONGEST and held_out(w)],
        [w for w in mirrored if len(w) > LONGEST],
    )
    for name, words in out._asdict().items():
        if not words:
            raise InputError(f"{file}: no {name} words of {SHORTEST} to {LONGER} lower case letters a to z, one a line")
    return out


def shuffled(words: Iterable[str], known: set[str], seed: int) -> list[str]:
    """The letters of each word in a random order: strings that are no words, nor their reversals. One that has no such
    order is left out."""
    rng, out = random.Random(seed), []
    for word in words:
        for _ in range(20):
            made = "".join(rng.sample(word, len(word)))
            if made not in known and made[::-1] not in known and made != made[::-1]:
                out.append(made)
                break
    return out


def question(word: str) -> bytes:
    """What stands before the answer. The space belongs to the answer: a token holds the space before a word, so the
    prompt ends where a token does."""
    return f"{word} >".encode()


def answer(word: str) -> bytes:
    """The word spelt backwards, and the line's end."""
    return f" {word[::-1]}\n".encode()


def pair(word: str) -> bytes:
    """One line: `listen > netsil`."""
    return question(word) + answer(word)


def documents(words: list[str], size: int, seed: int) -> Iterator[bytes]:
    """Documents of whole pairs, at most `size` bytes each: all words ROUNDS times, each time in another order."""
    rng, text = random.Random(seed), b""
    for _ in range(ROUNDS):
        for word in rng.sample(words, len(words)):
            if len(text) + len(pair(word)) > size:
                yield text
                text = b""
            text += pair(word)
    yield text


def pack(words: list[str], folder: Path, size: int, seed: int) -> None:
    """Writes the documents, at most `size` bytes each, as the pack `train` of a folder."""
    packer = Packer(folder, "train")
    for text in documents(words, size, seed):
        packer.add(0, PATH.decode(), "txt", text)
    packer.close([{"name": "words", "commit": None, "licence": "public domain"}])
