"""Bits of a file's bytes by a network over bytes, in windows (server/completion/score.ts has the same ones)."""

import math
from functools import partial

import torch
import torch.nn.functional as F

from .presets import Network
from .sequence import clean, plain


def windows(text: bytes, path: bytes, patch: int, context: int, sliding: bool = True):
    """(sequence, first scored position) for each window of a file: a window holds the header and up to `context` bytes,
    and begins half a context after the one before, so each byte is scored once, behind at least half a context. Windows
    that do not slide stand end to end."""
    head = plain(path, patch)
    room = (context - len(head)) // (2 * patch) * 2 * patch
    start = scored = 0
    while scored < len(text):
        piece = text[start : start + room]
        yield head + piece, len(head) + scored - start
        scored = start + len(piece)
        start += room // 2 if sliding else room


def strided(model: Network, x: torch.Tensor, dtype=torch.float32) -> torch.Tensor:
    """Strided inference (section 2.3.3): logits [B, T, V] of bytes [B, T]. The network is run twice, the second time
    half a patch later, and each pass says the first halves of its patches."""
    half, T = model.c.patch // 2, x.shape[1]
    shifted = model(F.pad(x[:, half:], (0, half)), dtype)[:, : T - half]
    later = F.pad(shifted, (0, 0, half, 0))
    second = torch.arange(T, device=x.device) % model.c.patch >= half
    return torch.where(second[:, None], later, model(x, dtype))


@torch.no_grad()
def bits_of(
    model: Network, text: bytes, path: bytes, dtype=torch.float32, sliding: bool = True, stride: bool = False
) -> float:
    """Total bits of a file's bytes, by a network over bytes. `stride` takes strided inference."""
    c, device, bits = model.c, next(model.parameters()).device, 0.0
    run = partial(strided, model) if stride else model
    for sequence, first in windows(clean(text), path, c.patch, c.context, sliding):
        padded = sequence + bytes(-len(sequence) % c.patch)
        x = torch.tensor(list(padded), device=device)[None]
        logits = run(x, dtype)[0, first : len(sequence)].float()
        bits += F.cross_entropy(logits, x[0, first : len(sequence)], reduction="sum").item() / math.log(2)
    return bits
