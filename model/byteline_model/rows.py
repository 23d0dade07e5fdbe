"""What a decoder keeps of the positions so far: rows that are written in place, and attention over them."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from .transformer import Attend


class Rows:
    """A tensor [..., N, d] whose N grows; what is written at a row replaces what stood there and after."""

    def __init__(self):
        self.buffer: Tensor | None = None

    def write(self, at: int, rows: Tensor) -> Tensor:
        """Puts rows [..., n, d] at rows at..at+n-1. -> [..., at + n, d], a view"""
        end = at + rows.shape[-2]
        if self.buffer is None or end > self.buffer.shape[-2]:
            larger = rows.new_empty(*rows.shape[:-2], max(64, 2 * end), rows.shape[-1])
            if self.buffer is not None:
                larger[..., :at, :] = self.buffer[..., :at, :]
            self.buffer = larger
        self.buffer[..., at:end, :] = rows
        return self.buffer[..., :end, :]


class Attention:
    """Keys and values of a stack's layers. `since` maps positions, int64 [n], to the first position that each sees."""

    def __init__(self, layers: int, since: Callable[[Tensor], Tensor]):
        self.kept, self.since = [(Rows(), Rows()) for _ in range(layers)], since

    def at(self, position: int) -> list[Attend]:
        """For each layer: keys and values of new rows go to `position` and on, and its queries see those before."""
        return [self._attend(*kept, position) for kept in self.kept]

    def _attend(self, keys: Rows, values: Rows, position: int) -> Attend:
        def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            k, v = keys.write(position, k), values.write(position, v)
            t = torch.arange(position, k.shape[-2])
            since = self.since(t)
            first = int(since[0])
            j = torch.arange(first, k.shape[-2])
            seen = None if len(t) == 1 else (j >= since[:, None]) & (j <= t[:, None])
            return F.scaled_dot_product_attention(q, k[..., first:, :], v[..., first:, :], attn_mask=seen)

        return attend
