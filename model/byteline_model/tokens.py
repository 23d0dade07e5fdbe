"""The tokens of the BPE twin: a byte-level BPE (Sennrich et al. 2016, arXiv 1508.07909) and how a network reads through
it.

A byte is the character of its code (latin-1), so any bytes have tokens and any tokens have bytes. The sentinels of
sequence.py are tokens of their own, and the layout of a sequence is the same.
"""

import math
import os
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Split
from tokenizers.trainers import BpeTrainer
from torch import Tensor

from .controls import TransformerConfig
from .corpus.pack import Corpus
from .errors import InputError
from .presets import Network, rows_in
from .sequence import FIM, PAD, SENTINELS, clean, pack, plain, training_pieces

SAMPLE = 20_000_000  # bytes of the training corpus that the merges are counted on
SPACE, WORD, SENTINEL = r" \t\r\f\v", "A-Za-z_$\x80-\xf8", "\xf9-\xff"
# No merge crosses these pieces (after GPT-4's pattern): sentinels, words, three digits, punctuation, white space up to
# its
# last line feed, white space but for a last blank before a word
PIECES = (
    f"[{SENTINEL}]| ?[{WORD}]+|[0-9]{{1,3}}| ?[^{SPACE}\\n0-9{WORD}{SENTINEL}]+|[{SPACE}\\n]*\\n"
    f"|[{SPACE}]+(?![^{SPACE}\\n])|[{SPACE}]+"
)


def tokenizer_of(file: Path, corpus: Corpus | None, vocab: int, seed: int) -> Tokenizer:
    """The tokenizer in `file`, which is trained on a seeded sample of `corpus` and written if it is not there. Raises
    InputError without either."""
    if file.exists():
        return Tokenizer.from_file(str(file))
    if corpus is None:
        raise InputError(f"{file}: not there, and no corpus to train it on")
    documents, size, texts = list(range(len(corpus))), 0, []
    random.Random(seed).shuffle(documents)
    for i in documents:
        if size < SAMPLE:
            texts.append(clean(corpus.text(i)).decode("latin-1"))
            size += len(texts[-1])
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = Split(Regex(PIECES), "isolated")
    alphabet = [chr(b) for b in range(256)]
    tokenizer.train_from_iterator(texts, BpeTrainer(vocab_size=vocab, initial_alphabet=alphabet, show_progress=False))
    part = file.with_suffix(f".{os.getpid()}")  # several processes may write the same file
    tokenizer.save(str(part))
    os.replace(part, file)
    return tokenizer


class TokenText:
    """Positions are tokens: the twin of reading.ByteText."""

    def __init__(self, c: TransformerConfig, tokenizer: Tokenizer, step: int, span: int):
        """`step` bytes make a training step, `span` bytes of a document a training sequence."""
        self.c, self.tokenizer, self.span = c, tokenizer, span
        self.rows = rows_in(step, c)
        vocabulary = tokenizer.get_vocab()
        ids = sorted(vocabulary.items(), key=lambda item: item[1])
        self.bytes = [token.encode("latin-1") for token, _ in ids]  # of each token
        self.lengths = torch.tensor([len(b) for b in self.bytes])
        self.pad = vocabulary[chr(PAD)]
        self.sentinels = {vocabulary[chr(b)] for b in SENTINELS.values()}

    def encode(self, text: bytes) -> list[int]:
        """Token ids of any bytes."""
        return self.tokenizer.encode(text.decode("latin-1")).ids

    def batches(self, documents, rows: int, rng: random.Random, fim: float = FIM):
        """Yields int64 [rows, context] from (path, text). A middle has tokens of its own, as when an editor asks: no
        token crosses the cursor."""

        def sequences():
            for path, text in documents:
                before, middle = training_pieces(clean(text), path, 1, self.span, rng, fim)
                yield self.encode(before) + self.encode(middle)

        for batch in pack(sequences(), 1, self.c.context, rows, self.pad):
            yield torch.tensor(batch)

    def sizes(self, x: Tensor) -> Tensor:
        """Bytes that each token of x stands for: the shape of x."""
        return self.lengths.to(x.device)[x]

    @torch.no_grad()
    def bits(self, model: Network, text: bytes, path: bytes, dtype=torch.float32) -> float:
        """Total bits of a file's bytes as its tokens have them: each is scored once, with at least half a context
        before it."""
        head, tokens, total = self.encode(plain(path, 1)), self.encode(clean(text)), 0.0
        room, start, scored = self.c.context - len(head), 0, 0
        while scored < len(tokens):
            x = torch.tensor(head + tokens[start : start + room], device=next(model.parameters()).device)[None]
            first = len(head) + scored - start
            total += F.cross_entropy(
                model(x, dtype)[0, first:].float(), x[0, first:], reduction="sum"
            ).item() / math.log(2)
            scored = min(len(tokens), start + room)
            start += room // 2
        return total
