"""The Transformer layer that MEGABYTE and its controls share, and who attends to whom in it.

Shapes: B sequences, N positions, D width, H heads of width d = D / H.
"""

from collections.abc import Callable
from typing import Protocol, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]  # (q, k, v), each [B, H, N, d] -> [B, H, N, d]


class Switches(Protocol):
    """What a layer reads of a configuration."""

    @property
    def qk_norm(self) -> bool: ...
    @property
    def rope(self) -> bool: ...
    @property
    def relu2(self) -> bool: ...
    @property
    def zero_init(self) -> bool: ...


class Linear(nn.Linear):
    """No bias; weights are kept in fp32 and used in the dtype of the input."""

    def __init__(self, n_in: int, n_out: int, zero: bool = False):
        super().__init__(n_in, n_out, bias=False)
        nn.init.zeros_(self.weight) if zero else nn.init.normal_(self.weight, std=0.5 * n_in**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """[..., n_in] -> [..., n_out]"""
        return F.linear(x, self.weight.to(x.dtype))


class RMSNorm(nn.Module):
    """Root mean square norm (Zhang and Sennrich 2019, arXiv 1910.07467): [..., width] -> the same. fp32 inside."""

    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """[..., width] -> the same"""
        scale = torch.rsqrt(x.float().square().mean(-1, keepdim=True) + 1e-5)
        return x * scale.to(x.dtype) * self.weight.to(x.dtype)


def rotate(x: Tensor, positions: Tensor) -> Tensor:
    """Rotary embedding of x [B, H, N, d] at `positions` [N]: pairs are (i, i + d/2), base 10,000."""
    half = x.shape[-1] // 2
    angle = positions[:, None].float() * (10000.0 ** (-torch.arange(half, device=x.device) / half))  # [N, d/2]
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Block(nn.Module):
    """A pre-norm transformer layer. `attend(q, k, v)` maps [B, H, N, d] to the same and owns the mask and the cache."""

    def __init__(self, width: int, heads: int, c: Switches):
        super().__init__()
        self.heads, self.c = heads, c
        self.norm1, self.norm2 = RMSNorm(width), RMSNorm(width)
        self.qkv = Linear(width, 3 * width)
        self.out = Linear(width, width, zero=c.zero_init)
        self.up = Linear(width, 4 * width)
        self.down = Linear(4 * width, width, zero=c.zero_init)
        if c.qk_norm:
            self.qnorm, self.knorm = RMSNorm(width // heads), RMSNorm(width // heads)

    def forward(self, h: Tensor, positions: Tensor, attend: Attend, values: Tensor | None = None) -> Tensor:
        """h [B, N, D] -> the same; `values` [B, N, D] are added to those of the attention."""
        B, N, D = h.shape
        # [B, N, 3 * D] -> three of [B, H, N, d]
        q, k, v = self.qkv(self.norm1(h)).view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        if values is not None:
            v = v + values.view(B, N, self.heads, D // self.heads).transpose(1, 2)
        if self.c.qk_norm:
            q, k = self.qnorm(q), self.knorm(k)
        if self.c.rope:
            q, k = rotate(q, positions), rotate(k, positions)
        h = h + self.out(attend(q, k, v).transpose(1, 2).reshape(B, N, D))  # [B, H, N, d] -> [B, N, D]
        x = self.up(self.norm2(h))
        return h + self.down(F.relu(x).square() if self.c.relu2 else F.gelu(x))


def stacked(n: int, width: int, heads: int, c: Switches) -> list[Block]:
    """A ModuleList of n layers: torch's own type does not say what it holds."""
    return cast("list[Block]", nn.ModuleList(Block(width, heads, c) for _ in range(n)))


def causal(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Each position sees itself and those before it: [B, H, N, d] -> the same."""
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def inside(span: int) -> Attend:
    """Causal attention inside blocks of `span` positions, blocks independent (eq. 5)."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        B, H, N, d = q.shape
        q, k, v = (x.reshape(B, H * N // span, span, d) for x in (q, k, v))  # a block is a head of its own
        return F.scaled_dot_product_attention(q, k, v, is_causal=True).view(B, H, N, d)

    return attend


def across(span: int, r: int) -> Attend:
    """Causal attention inside blocks of `span` positions and to the last r of the block before (section 2.3.2)."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        B, H, N, d = q.shape
        q, k, v = (x.reshape(B * H, N // span, span, d) for x in (q, k, v))
        # keys and values of the last r positions of the block before, then those of the block: [B * H, C, r + span, d]
        k, v = (torch.cat((F.pad(x[:, :-1, span - r :], (0, 0, 0, 0, 1, 0)), x), 2) for x in (k, v))
        i, j = torch.arange(span, device=q.device)[:, None], torch.arange(r + span, device=q.device)[None]
        seen = (j <= i + r).repeat(N // span, 1, 1)
        seen[0, :, :r] = False  # the first block has no predecessor
        return written_out(q, k, v, seen).view(B, H, N, d)

    return attend


def written_out(q: Tensor, k: Tensor, v: Tensor, seen: Tensor) -> Tensor:
    """Attention of q [G, C, n, d] to k and v [G, C, m, d] where `seen` [C, n, m] -> [G, C, n, d]: written out on the
    CPU, where the backward pass of the fused kernel costs four times as much with a mask."""
    G, C, n, d = q.shape
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
    bias = torch.zeros(seen.shape, dtype=q.dtype, device=q.device).masked_fill(~seen, -1e4)
    q, k, v = (q * d**-0.5).reshape(-1, n, d), k.reshape(G * C, -1, d), v.reshape(G * C, -1, d)
    scores = torch.bmm(q, k.transpose(1, 2)).view(G, C, n, -1) + bias
    return torch.bmm(scores.softmax(-1).flatten(0, 1), v).view(G, C, n, d)


def windowed(W: int) -> Attend:
    """Causal attention of each position to the last W positions, itself among them: each block of W sees two blocks."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        B, H, N, d = q.shape
        C = -(-N // W)
        q, k, v = (F.pad(x, (0, 0, 0, C * W - N)).reshape(B * H, C, W, d) for x in (q, k, v))
        # keys and values of a block and the one before it: [B * H, C, 2W, d]
        k, v = (torch.cat((F.pad(x, (0, 0, 0, 0, 1, 0))[:, :-1], x), 2) for x in (k, v))
        i, j = torch.arange(W, device=q.device)[:, None], torch.arange(2 * W, device=q.device)[None]
        band = (j > i) & (j <= i + W)  # [W, 2W]
        seen = torch.stack([band & (j >= W)] + [band] * (C - 1))  # the first block has no predecessor
        return written_out(q, k, v, seen).view(B, H, C * W, d)[:, :, :N]

    return attend
