"""What the local side looks up beside the bytes themselves: hashed n-grams (BLT, arXiv 2412.09871) and match models.
server/engine/matches.ts is the worker's twin. Shapes: B sequences, T bytes."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .config import VOCAB
from .sequence import BOS


def ngram_codes(x: Tensor, orders: tuple[int, ...]) -> Tensor:
    """Hash of the n bytes that end at each position, for each order n: [B, T] -> [B, T, orders], under 2^31. Bytes
    before the start count as zero. h_n(t) = sum_i c_i x_{t-i}, c_i odd."""
    codes, total, columns = hash_codes(max(orders)), torch.zeros_like(x), []
    for i in range(max(orders)):
        total = total + F.pad(x, (i, 0))[:, : x.shape[1]] * codes[i]
        if i + 1 in orders:
            columns.append(total)
    return torch.stack(columns, -1)


def ngram_rows(x: Tensor, orders: tuple[int, ...], rows: int) -> Tensor:
    """Rows of the n-gram tables, laid end to end, at each position: [B, T] -> [B, T, orders]"""
    return ngram_codes(x, orders) % rows + torch.arange(len(orders), device=x.device) * rows


NO_MATCH = VOCAB  # in place of a byte: the n-gram was not seen so often before


def match_rows(x: Tensor, orders: tuple[int, ...], depth: int) -> Tensor:
    """Rows of the match tables (VOCAB + 1 each, laid end to end) at each position: for each order n the bytes that
    followed the last `depth` times that the n bytes that end there were seen since the latest BOS, the latest first.
    [B, T] -> [B, T, orders * depth]. A match model as in context-mixing compressors (Mahoney 2005, PAQ), read by the
    network: text is copied at any phase of the patches."""
    keys = ngram_codes(x, orders) + ((x == BOS).cumsum(1) << 40)[..., None]
    # [B, orders, T]: equal keys stand together, in the order of the text
    keys, at = keys.transpose(1, 2).sort(stable=True)
    followers = []
    for d in range(1, depth + 1):
        seen = F.pad(torch.where(keys[..., d:] == keys[..., :-d], at[..., :-d] + 1, -1), (d, 0), value=-1)
        # of the byte that followed, in the order of the text again
        places = torch.full_like(at, -1).scatter(2, at, seen)
        bytes_there = x[:, None].expand_as(places).gather(2, places.clamp(min=0))
        followers.append(torch.where(places < 0, NO_MATCH, bytes_there))
    rows = torch.stack(followers, 2).flatten(1, 2)  # [B, orders * depth, T]
    return rows.transpose(1, 2) + torch.arange(len(orders) * depth, device=x.device) * (VOCAB + 1)


def hash_codes(n: int) -> list[int]:
    """Odd multipliers, from the golden ratio: position i of an n-gram weighs codes[i]."""
    return [(0x9E3779B1 * (2 * i + 1) >> 8) % 65536 | 1 for i in range(n)]
