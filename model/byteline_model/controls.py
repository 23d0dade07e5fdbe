"""What MEGABYTE is measured against, on the same bytes by the same training: a plain Transformer over bytes with a
short context, Perceiver AR (Hawthorne et al. 2022, arXiv 2202.07765), and the stack of the BPE twin (see bpe.py).

Shapes: B sequences, T positions (bytes, or tokens of the twin), D width, N latents, V vocabulary.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import VOCAB
from .transformer import RMSNorm, causal, stacked


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes. `kind` tells checkpoints apart; the switches are those that `Block` reads, as in network.Config."""

    kind: str = "transformer"
    width: int = 64
    layers: int = 4
    heads: int = 4
    context: int = 1024  # longest T
    latents: int = 0  # N of Perceiver AR; 0: every layer attends to the whole context
    vocab: int = VOCAB
    bytes_per_position: float = 1.0  # bytes of text that a position stands for, as measured
    qk_norm: bool = True
    rope: bool = True
    relu2: bool = True
    zero_init: bool = True
    patch = 1  # no patches: nothing is padded to a boundary

    def __post_init__(self):
        if not self.rope:
            raise ValueError("TransformerConfig: positions are rotary")
        if self.latents and self.context % self.latents:
            raise ValueError("TransformerConfig: latents must divide context")


CONTROLS = {
    "transformer": TransformerConfig(width=64, layers=4, heads=2),
    "perceiver-ar": TransformerConfig("perceiver-ar", width=64, layers=3, heads=2, context=4096, latents=256),
    # 3.1 bytes a token on the training corpus, so a context of the same bytes as byteline's
    "bpe": TransformerConfig("bpe", width=96, layers=3, heads=4, context=1280, vocab=8192, bytes_per_position=3.1),
}


def blocks_of(n: int):
    """Causal attention inside blocks of `n` positions; the last block may be short."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        B, H, T, d = q.shape
        C = -(-T // n)
        q, k, v = (F.pad(x, (0, 0, 0, C * n - T)).reshape(B, H * C, n, d) for x in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v, is_causal=True).view(B, H, C * n, d)[:, :, :T]

    return attend


class Transformer(nn.Module):
    """`forward` maps x [B, T] to logits [B, T, V]; the logits at t predict x_t and have seen x_{<t} only.

    With latents it is Perceiver AR: the first layer is the cross-attention, from the latents (the last N positions of
    what is read) to the whole context; the other layers see latents only. All blocks of N positions are the latents of
    one pass each, and one forward runs them together: they share the first layer's keys and values. In training the
    passes end N apart, so the loss counts every byte once. Out of training they end N / 2 apart, and each byte after
    the first block is predicted with at least N / 2 latents before it."""

    def __init__(self, c: TransformerConfig):
        super().__init__()
        self.c = c
        self.embed = nn.Embedding(c.vocab, c.width)
        self.start = nn.Parameter(torch.randn(c.width) * 0.02)  # what stands before x_0
        self.layers = stacked(c.layers, c.width, c.heads, c)
        self.norm = RMSNorm(c.width)
        nn.init.normal_(self.embed.weight, std=c.width**-0.5)

    def inputs(self, x: Tensor, dtype) -> Tensor:
        """[B, T] -> [B, T, D]: position t holds x_{t-1}"""
        return torch.cat((self.start.expand(x.shape[0], 1, -1), self.embed(x[:, :-1])), 1).to(dtype)

    def logits(self, h: Tensor) -> Tensor:
        """Tied to the embedding: [..., D] -> [..., V]"""
        return F.linear(self.norm(h), self.embed.weight.to(h.dtype))

    def forward(self, x: Tensor, dtype=torch.float32) -> Tensor:
        """x int64 [B, T] -> logits [B, T, V] in `dtype`."""
        h, at = self.inputs(x, dtype), torch.arange(x.shape[1], device=x.device)
        if not self.c.latents:
            return self.logits(self.stack(h, at, causal))
        h = self.layers[0](h, at, causal)
        out, N = self.stack(h, at, blocks_of(self.c.latents), 1), self.c.latents
        half = N // 2
        if not self.training and x.shape[1] > half:
            shifted = self.stack(h[:, half:], at[half:], blocks_of(N), 1)
            second = (at % N >= half)[:, None]  # the blocks from 0 predict their second halves, the others theirs
            out = torch.cat((out[:, :half], torch.where(second[half:], out[:, half:], shifted)), 1)
        return self.logits(out)

    def stack(self, h: Tensor, positions: Tensor, attend, first: int = 0) -> Tensor:
        """The layers from `first` on: [B, T, D] -> [B, T, D]"""
        for block in self.layers[first:]:
            h = block(h, positions, attend)
        return h
