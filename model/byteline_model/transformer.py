"""The Transformer layer that MEGABYTE and its controls share, and who attends to whom in it.

Shapes: B sequences, N positions, D width, H heads of width d = D / H.
"""

from collections.abc import Callable
from typing import Protocol, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]  # (q, k, v), each [B, H, N, d] -> [B, H, N, d]


MASKED = -1e4  # a score whose exponential is 0
CHUNK, CHUNKS = 128, 4  # queries that `causal` takes at a time on the CPU, and how many times at most


class Switches(Protocol):
    """What a layer reads of a configuration."""

    @property
    def context(self) -> int: ...
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


def turns(positions: int, d: int) -> Tensor:
    """Cosines and sines of rotary embeddings (Su et al. 2021, arXiv 2104.09864): [2, positions, d / 2], base 10,000."""
    angle = torch.arange(positions)[:, None] * (10000.0 ** (-torch.arange(d // 2) / (d // 2)))
    return torch.stack((angle.cos(), angle.sin()))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding of x [B, H, N, d] by the `turns` [N, d/2] of its positions: pairs are (i, i + d/2)."""
    a, b = x.unflatten(-1, (2, -1)).unbind(-2)
    return torch.stack((a * cos - b * sin, b * cos + a * sin), -2).flatten(-2)


class Block(nn.Module):
    """A pre-norm transformer layer. `attend(q, k, v)` maps [B, H, N, d] to the same and owns the mask and the cache."""

    turns: Tensor  # a table, not computed where it is used: a compiler would do so for every head and again backwards

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
        if c.rope:
            self.register_buffer("turns", turns(c.context, width // heads), persistent=False)

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
            cos, sin = self.turns[:, positions].to(h.dtype)
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        h = h + self.out(attend(q, k, v).transpose(1, 2).reshape(B, N, D))  # [B, H, N, d] -> [B, N, D]
        x = self.up(self.norm2(h))
        return h + self.down(F.relu(x).square() if self.c.relu2 else F.gelu(x))


def stacked(n: int, width: int, heads: int, c: Switches) -> list[Block]:
    """A ModuleList of n layers: torch's own type does not say what it holds."""
    return cast("list[Block]", nn.ModuleList(Block(width, heads, c) for _ in range(n)))


def causal(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Each position sees itself and those before it: [B, H, N, d] -> the same. Short sequences are written out on the
    CPU, by chunks, with two thirds of the time of the fused kernel forwards and backwards."""
    B, H, N, d = q.shape
    if q.is_cuda or N > CHUNK * CHUNKS:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    out, (q, k, v) = [], (x.reshape(B * H, N, d) for x in (q * d**-0.5, k, v))
    for i in range(0, N, CHUNK):
        chunk = q[:, i : i + CHUNK]
        n = chunk.shape[1]
        later = torch.full((n, n), MASKED, dtype=q.dtype).triu(1)
        scores = torch.bmm(chunk, k[:, : i + n].transpose(1, 2)) + F.pad(later, (i, 0))
        out.append(torch.bmm(scores.softmax(-1), v[:, : i + n]))
    return torch.cat(out, 1).view(B, H, N, d)


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
    bias = torch.zeros(seen.shape, dtype=q.dtype, device=q.device).masked_fill(~seen, MASKED)
    q, k, v = (q * d**-0.5).reshape(-1, n, d), k.reshape(G * C, -1, d), v.reshape(G * C, -1, d)
    scores = torch.bmm(q, k.transpose(1, 2)).view(G, C, n, -1) + bias
    return torch.bmm(scores.softmax(-1).flatten(0, 1), v).view(G, C, n, d)


def windowed(W: int) -> Attend:
    """Causal attention of each position to the last W positions, itself among them: each block of W sees its own keys
    and those of the block before."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        B, H, N, d = q.shape
        C = -(-N // W)
        q, k, v = (F.pad(x, (0, 0, 0, C * W - N)).reshape(B * H, C, W, d) for x in (q, k, v))
        i, j = torch.arange(W, device=q.device)[:, None], torch.arange(W, device=q.device)[None]
        own, before = j <= i, torch.stack([torch.zeros_like(j > i)] + [j > i] * (C - 1))  # the first has none before
        out = (by_kernel if q.is_cuda else by_blocks)(q, k, v, own, before)
        return out.view(B, H, C * W, d)[:, :, :N]

    return attend


def by_kernel(q: Tensor, k: Tensor, v: Tensor, own: Tensor, before: Tensor) -> Tensor:
    """Attention of blocks [G, C, W, d] to the keys of their own block where `own` [W, W] and of the block before where
    `before` [C, W, W] -> [G, C, W, d]: the fused kernel, on keys [G, C, 2W, d]."""
    k, v = (torch.cat((F.pad(x, (0, 0, 0, 0, 1, 0))[:, :-1], x), 2) for x in (k, v))
    seen = torch.cat((before, own.expand_as(before)), -1)  # [C, W, 2W]
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)


def by_blocks(q: Tensor, k: Tensor, v: Tensor, own: Tensor, before: Tensor) -> Tensor:
    """What `by_kernel` gives, written out for the CPU: one softmax over two products, so that no key is copied."""
    G, C, W, d = q.shape
    q, k, v = (x.reshape(-1, W, d) for x in (q * d**-0.5, k, v))

    def scores(k: Tensor, seen: Tensor) -> Tensor:
        bias = torch.zeros(seen.shape, dtype=q.dtype).masked_fill(~seen, MASKED)
        return torch.bmm(q, k.transpose(1, 2)).view(G, C, W, W) + bias

    # block i - 1 before block i; what rolls into the first block of a head is never seen
    near, far = scores(k, own), scores(k.roll(1, 0), before)
    largest = torch.maximum(near.amax(-1, keepdim=True), far.amax(-1, keepdim=True)).detach()
    near, far = (near - largest).exp(), (far - largest).exp()
    total = near.sum(-1, keepdim=True) + far.sum(-1, keepdim=True)
    out = torch.bmm(near.view(-1, W, W), v) + torch.bmm(far.view(-1, W, W), v.roll(1, 0))
    return out.view(G, C, W, d) / total
