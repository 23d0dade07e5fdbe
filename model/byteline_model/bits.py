"""Bits of a file's bytes by a network over bytes, in windows (server/completion/score.ts has the same ones)."""

import math

import torch
import torch.nn.functional as F

from .presets import Network
from .sequence import clean, plain


def windows(text: bytes, path: bytes, patch: int, context: int):
    """(sequence, first scored position) for each window of a file: a window holds the header and up to `context` bytes,
    and begins half a context after the one before, so each byte is scored once, behind at least half a context."""
    head = plain(path, patch)
    room = (context - len(head)) // (2 * patch) * 2 * patch
    start = scored = 0
    while scored < len(text):
        piece = text[start : start + room]
        yield head + piece, len(head) + scored - start
        scored = start + len(piece)
        start += room // 2


@torch.no_grad()
def bits_of(model: Network, text: bytes, path: bytes, dtype=torch.float32) -> float:
    """Total bits of a file's bytes, by a network over bytes."""
    c, device, bits = model.c, next(model.parameters()).device, 0.0
    for sequence, first in windows(clean(text), path, c.patch, c.context):
        padded = sequence + bytes(-len(sequence) % c.patch)
        x = torch.tensor(list(padded), device=device)[None]
        logits = model(x, dtype)[0, first : len(sequence)].float()
        bits += F.cross_entropy(logits, x[0, first : len(sequence)], reduction="sum").item() / math.log(2)
    return bits
