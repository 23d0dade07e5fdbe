"""How a network reads documents: text as bytes, or as tokens of the BPE twin; pictures and sound as raw bytes. Training
and evaluation go through this alone."""

import math
import random
from pathlib import Path

import torch
from torch import Tensor

from .bits import bits_of, raw_bits_of
from .config import VOCAB, Config
from .controls import TransformerConfig
from .corpus.pack import Corpus
from .corpus.shards import SPAN
from .errors import InputError
from .presets import Network, rows_in
from .sequence import FIM, PAD, batches, stretches
from .tokens import TokenText, tokenizer_of

STEP = 16384  # bytes of text in a training step by default

POOL = 256  # sequences of raw data that wait, so that those of one recording do not follow one another


class ByteText:
    """Positions are bytes."""

    pad = PAD

    def __init__(self, c: Config | TransformerConfig):
        self.c = c
        self.rows = rows_in(STEP, c)  # sequences in a step

    def batches(self, documents, rows: int, rng: random.Random, fim: float = FIM):
        """Yields int64 [rows, context] from (path, text); a share `fim` of the sequences has a middle."""
        c = self.c
        if c.patch == 1 and c.context < SPAN:
            documents = stretches(documents, SPAN, c.context, rng)
        for rows_of_bytes in batches(documents, c.patch, c.context, rows, rng, fim):
            yield torch.tensor(rows_of_bytes)

    def sizes(self, x: Tensor) -> Tensor:
        """Bytes that each position of x stands for: the shape of x."""
        return torch.ones_like(x)

    def bits(self, model: Network, text: bytes, path: bytes, dtype=torch.float32) -> float:
        """Total bits of a file's bytes."""
        return bits_of(model, text, path, dtype)


class RawBytes:
    """Positions are bytes of pictures or sound. No value is a sentinel, so a sequence has no header and no filling: it
    begins with what the network itself has before position 0."""

    pad = -100  # no byte: nothing is left out of the loss

    def __init__(self, c: Config | TransformerConfig):
        self.c = c
        self.rows = rows_in(STEP, c)

    def batches(self, documents, rows: int, rng: random.Random, fim: float = 0):
        """Yields int64 [rows, context] from (path, bytes): consecutive pieces of documents, each from its first byte
        on where the context divides its length, else from a random place in what is left over; shorter documents are
        passed over. The pieces are drawn from a pool. `fim` has no meaning here."""
        length = self.c.context
        whole = math.lcm(self.c.patch, 3)  # so that a sequence of pixels begins with one
        pool, row = [], []
        for _, data, *_ in documents:
            start = rng.randrange(len(data) % length // whole + 1) * whole
            for at in range(start, len(data) - length + 1, length):
                pool.append(data[at : at + length])
                if len(pool) < POOL:
                    continue
                i = rng.randrange(POOL)
                pool[i], pool[-1] = pool[-1], pool[i]
                row.append(list(pool.pop()))
                if len(row) == rows:
                    yield torch.tensor(row)
                    row = []

    def sizes(self, x: Tensor) -> Tensor:
        """Bytes that each position of x stands for: the shape of x."""
        return torch.ones_like(x)

    def bits(self, model: Network, data: bytes, path: bytes, dtype=torch.float32) -> float:
        """Total bits of a document's bytes; the path tells nothing."""
        return raw_bits_of(model, data, dtype)


Reading = ByteText | TokenText | RawBytes


def reading(
    c: Config | TransformerConfig,
    folder: Path,
    corpus: Corpus | None = None,
    seed: int = 1,
    modality: dict | None = None,
) -> Reading:
    """The reading of a network whose run's folder is `folder`: the twin's tokenizer is kept there, and trained on
    `corpus` if it is not there yet. Raises InputError without either. What is read is the corpus's modality, or without
    a corpus `modality`, that of a checkpoint; InputError where the corpus has no document as long as a context, or
    where the twin of text is to read raw data."""
    modality = corpus.modality if corpus else modality
    if isinstance(c, TransformerConfig) and c.vocab != VOCAB:
        if modality:
            raise InputError(f"{folder}: a network over tokens reads text, not {modality['kind']}")
        return TokenText(c, tokenizer_of(folder / "tokenizer.json", corpus, c.vocab, seed), STEP, SPAN)
    if not modality:
        return ByteText(c)
    if corpus and max((d.length for d in corpus.documents), default=0) < c.context:
        raise InputError(f"{corpus.folder}: no document is as long as the context of {c.context} bytes")
    return RawBytes(c)
