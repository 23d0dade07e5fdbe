"""How a network reads text: as bytes, or as tokens of the BPE twin. Training and evaluation go through this alone."""

import random
from pathlib import Path

import torch
from torch import Tensor

from .bits import bits_of
from .config import VOCAB, Config
from .controls import TransformerConfig
from .corpus.pack import Corpus
from .presets import Network
from .sequence import FIM, PAD, batches, stretches
from .tokens import TokenText, tokenizer_of

STEP = 16384  # bytes of text in a training step by default
SPAN = 4096  # bytes of a document that one training sequence takes; a shorter context takes them in consecutive pieces


class ByteText:
    """Positions are bytes."""

    pad = PAD

    def __init__(self, c: Config | TransformerConfig):
        self.c = c
        self.rows = max(1, STEP // c.context)  # sequences in a step

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


def reading(
    c: Config | TransformerConfig, folder: Path, corpus: Corpus | None = None, seed: int = 1
) -> ByteText | TokenText:
    """The reading of a network whose run's folder is `folder`: the twin's tokenizer is kept there, and trained on
    `corpus` if it is not there yet. Raises InputError without either."""
    if not isinstance(c, TransformerConfig) or c.vocab == VOCAB:
        return ByteText(c)
    return TokenText(c, tokenizer_of(folder / "tokenizer.json", corpus, c.vocab, seed), STEP, SPAN)
