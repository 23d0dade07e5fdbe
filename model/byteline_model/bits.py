"""Bits of a file's bytes, or of raw data, by a network over bytes, in windows (those of a file are the same as in
server/completion/score.ts)."""

import math
from functools import partial

import torch
import torch.nn.functional as F

from .presets import Network
from .sequence import clean, plain


def pieces(data: bytes, patch: int, room: int, sliding: bool = True):
    """(piece, first scored position in it) for each window of at most `room` bytes, rounded down to an even number of
    patches: a window begins half of that after the one before, so each byte is scored once, behind at least as much.
    Windows that do not slide stand end to end."""
    room = room // (2 * patch) * 2 * patch
    start = scored = 0
    while scored < len(data):
        piece = data[start : start + room]
        yield piece, scored - start
        scored = start + len(piece)
        start += room // 2 if sliding else room


def windows(text: bytes, path: bytes, patch: int, context: int, sliding: bool = True):
    """(sequence, first scored position) for each window of a file (see `pieces`): the header, and a piece of the text
    that fills the context."""
    head = plain(path, patch)
    for piece, first in pieces(text, patch, context - len(head), sliding):
        yield head + piece, len(head) + first


def strided(model: Network, x: torch.Tensor, dtype=torch.float32) -> torch.Tensor:
    """Strided inference (section 2.3.3): logits [B, T, V] of bytes [B, T]. The network is run twice, the second time
    half a patch later, and each pass says the first halves of its patches."""
    half, T = model.c.patch // 2, x.shape[1]
    shifted = model(F.pad(x[:, half:], (0, half)), dtype)[:, : T - half]
    later = F.pad(shifted, (0, 0, half, 0))
    second = torch.arange(T, device=x.device) % model.c.patch >= half
    return torch.where(second[:, None], later, model(x, dtype))


def bits_of(
    model: Network, text: bytes, path: bytes, dtype=torch.float32, sliding: bool = True, stride: bool = False
) -> float:
    """Total bits of a file's bytes, by a network over bytes. `stride` takes strided inference."""
    c = model.c
    return _total(model, windows(clean(text), path, c.patch, c.context, sliding), dtype, stride)


def raw_bits_of(model: Network, data: bytes, dtype=torch.float32) -> float:
    """Total bits of a picture's or a recording's bytes: all 256 values are content, and there is no header."""
    return _total(model, pieces(data, model.c.patch, model.c.context), dtype)


def _total(model: Network, sequences, dtype, stride: bool = False) -> float:
    return sum(bits.sum().item() for _, bits in bits_of_each(model, sequences, dtype, stride))


@torch.no_grad()
def bits_of_each(model: Network, sequences, dtype=torch.float32, stride: bool = False):
    """(first scored position, float32 [bytes] bits of each byte from there on) for each of `windows` or `pieces`."""
    patch, device = model.c.patch, next(model.parameters()).device
    run = partial(strided, model) if stride else model
    for sequence, first in sequences:
        padded = sequence + bytes(-len(sequence) % patch)
        x = torch.tensor(list(padded), device=device)[None]
        logits = run(x, dtype)[0, first : len(sequence)].float()
        yield first, F.cross_entropy(logits, x[0, first : len(sequence)], reduction="none") / math.log(2)
