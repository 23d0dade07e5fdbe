"""The next byte's logits, one step after the other, for every kind of network: exactly those of `forward` on the same
bytes, at the cost of a step. Shapes: B sequences of one length, V vocabulary."""

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from .cached import Cache
from .config import PILOTS
from .controls import Transformer
from .network import Megabyte
from .presets import Network
from .rows import Attention, Rows


class Steps(Protocol):
    """A decoder of one context at most."""

    def extend(self, x: Tensor) -> Tensor:
        """Appends x int64 [B, n] and returns the logits [B, V] of what comes next. n = 0 on the first call alone: the
        logits of a sequence's first byte."""
        ...


class PatchSteps:
    """MEGABYTE: the global model once a patch, the local one over the open patch (or the window)."""

    def __init__(self, model: Megabyte, rows: int):
        self.cache = Cache(model, rows)

    def extend(self, x: Tensor) -> Tensor:
        """As Steps has it."""
        P = self.cache.model.c.patch
        while x.shape[1]:
            whole = x.shape[1] // P * P
            if whole and self.cache.bytes.shape[1] % P == 0:
                self.cache.extend(x[:, :whole])
                x = x[:, whole:]
            else:
                self.cache.append(x[:, 0])
                x = x[:, 1:]
        return self.cache.next()


class TransformerSteps:
    """A Transformer over bytes or tokens, and Perceiver AR. Position t holds x_{t-1}. The layers of latents run over
    one block at a time: the one that `Transformer.forward` takes a position's logits from when it is not training."""

    def __init__(self, model: Transformer, rows: int):
        self.model, self.rows, self.length = model, rows, 0  # positions
        # layers over the whole context, whose outputs the layers of latents begin from
        self.first = 1 if model.c.latents else 0
        self.attention = Attention(model.c.layers, torch.zeros_like)
        self.outputs = Rows()
        self.begin = self.done = 0  # where the block begins, and positions that its layers have seen

    def block(self, t: int) -> int:
        """Where the block begins that predicts position t."""
        N = self.model.c.latents
        if not N:
            return 0
        half = N // 2
        return t // N * N if t < half or t % N >= half else half + (t - half) // N * N

    @torch.no_grad()
    def extend(self, x: Tensor) -> Tensor:
        """As Steps has it."""
        m, at = self.model, self.length
        h = m.embed(x)
        if not at:
            h = torch.cat((m.start.expand(self.rows, 1, -1), h), 1)
        self.length += h.shape[1]
        for block, attend in zip(m.layers[: self.first], self.attention.at(at)):
            h = block(h, torch.arange(at, self.length), attend)
        h = self.outputs.write(at, h)  # [B, length, D]
        if (begin := self.block(self.length - 1)) != self.begin:
            self.begin = self.done = begin
        h, positions = h[:, self.done :], torch.arange(self.done, self.length)
        for block, attend in zip(m.layers[self.first :], self.attention.at(self.done - begin)[self.first :]):
            h = block(h, positions, attend)
        self.done = self.length
        return m.logits(h[:, -1])


class WholeSteps:
    """Any network over bytes: `forward` over the whole sequence for each byte."""

    def __init__(self, model: Network, rows: int):
        self.model, self.x = model, torch.zeros(rows, 0, dtype=torch.long)

    @torch.no_grad()
    def extend(self, x: Tensor) -> Tensor:
        """As Steps has it."""
        self.x = torch.cat((self.x, x), 1)
        end = self.x.shape[1]
        return self.model(F.pad(self.x, (0, self.model.c.patch - end % self.model.c.patch)))[:, end]


def steps_of(model: Network, rows: int = 1) -> Steps:
    """The fastest decoder that a network has, for `rows` sequences. The model is not to be training."""
    assert not model.training
    if isinstance(model, Transformer):
        return TransformerSteps(model, rows)
    pilots = any(getattr(model.c, name) for name in PILOTS)
    return WholeSteps(model, rows) if pilots else PatchSteps(model, rows)
