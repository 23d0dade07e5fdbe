"""Bits of a file's bytes, or of raw data, by a network over bytes, in windows (those of a file are the same as in
server/completion/score.ts)."""

import math

import torch
import torch.nn.functional as F

from .presets import Network
from .sequence import clean, plain


def pieces(data: bytes, patch: int, room: int):
    """(piece, first scored position in it) for each window of at most `room` bytes, rounded down to an even number of
    patches: a window begins half of that after the one before, so each byte is scored once, behind at least as much."""
    room = room // (2 * patch) * 2 * patch
    start = scored = 0
    while scored < len(data):
        piece = data[start : start + room]
        yield piece, scored - start
        scored = start + len(piece)
        start += room // 2


def windows(text: bytes, path: bytes, patch: int, context: int):
    """(sequence, first scored position) for each window of a file: a window holds the header and up to `context` bytes,
    and begins half a context after the one before, so each byte is scored once, behind at least half a context."""
    head = plain(path, patch)
    for piece, first in pieces(text, patch, context - len(head)):
        yield head + piece, len(head) + first


def bits_of(model: Network, text: bytes, path: bytes, dtype=torch.float32) -> float:
    """Total bits of a file's bytes, by a network over bytes."""
    c = model.c
    return _total(model, windows(clean(text), path, c.patch, c.context), dtype)


def raw_bits_of(model: Network, data: bytes, dtype=torch.float32) -> float:
    """Total bits of a picture's or a recording's bytes: all 256 values are content, and there is no header."""
    return _total(model, pieces(data, model.c.patch, model.c.context), dtype)


@torch.no_grad()
def _total(model: Network, sequences, dtype) -> float:
    patch, device, bits = model.c.patch, next(model.parameters()).device, 0.0
    for sequence, first in sequences:
        padded = sequence + bytes(-len(sequence) % patch)
        x = torch.tensor(list(padded), device=device)[None]
        logits = model(x, dtype)[0, first : len(sequence)].float()
        bits += F.cross_entropy(logits, x[0, first : len(sequence)], reduction="sum").item() / math.log(2)
    return bits
