"""MEGABYTE with caches: the reference for the exported graph, one patch at a time, and what samples, byte by byte.

Global row r holds patch r - 1 (row 0 the global pad), so row r is what the bytes of patch r are predicted from. Local
layers and the encoder keep a row for each byte; only the last W count, or without a window those of the same patch and
the last of the patch before (cross_patch).
"""

import torch
from torch import Tensor

from .config import PILOTS
from .errors import InputError
from .network import CONVOLUTIONS, Megabyte
from .rows import Attention, Rows


class Cache:
    """Keys and values of every layer, byte by byte and patch by patch, of `rows` sequences of one length; `truncate` to
    any whole number of patches."""

    @torch.no_grad()
    def __init__(self, model: Megabyte, rows: int = 1):
        c = model.c
        if alone := [name for name in PILOTS if getattr(c, name)]:
            raise InputError(f"{alone[0]} is for training alone: cached decoding does not know it")
        self.model, self.bytes = model, torch.zeros(rows, 0, dtype=torch.long)
        self.encoder, self.locals = Attention(c.n_encoder, self._near), Attention(c.n_local, self._near)
        self.globals = Attention(c.n_global, torch.zeros_like)
        self.known = 0  # positions whose logits were asked for
        self._u, self._g = Rows(), Rows()
        # encoded bytes, shifted: u[t] belongs to byte t - 1
        self.u = self._u.write(0, model.pad_local.expand(rows, 1, -1))
        self._global(0, model.pad_global.view(1, 1, -1).expand(rows, 1, -1))

    def _near(self, t: Tensor) -> Tensor:
        """The first position that local layers see from positions t."""
        c = self.model.c
        return ((t - c.window + 1) if c.window else t // c.patch * c.patch - c.cross_patch).clamp(min=0)

    def _global(self, row: int, h: Tensor) -> None:
        """Global rows from `row` on: embedded patches h [B, n, P * D_G] through the global model."""
        g = self.model.global_model(h, torch.arange(row, row + h.shape[1]), self.globals.at(row))
        # [B, patches + 1, P * D_G]
        self.g = self._g.write(row, torch.zeros_like(g) if self.model.c.without_global else g)

    def _encode(self, x: Tensor, at: int) -> Tensor:
        """Encodes bytes x [B, N] that stand at position `at`, after the cached ones."""
        everything = torch.cat((self.bytes[:, :at], x), 1)
        positions = torch.arange(at, at + x.shape[1])
        u = self.model.encode(x, self.model.contexts(everything, at), positions, self.encoder.at(at))
        self.bytes, self.u = everything, self._u.write(at + 1, u)
        return u

    def _patches(self, at: int) -> None:
        """Global rows of the whole patches from byte `at` on, which are encoded."""
        m, P, row = self.model, self.model.c.patch, self.g.shape[1]
        assert at == (row - 1) * P
        # patches before them that convolutions see
        more = min(row - 1, -(-sum(n - 1 for n in CONVOLUTIONS) // P)) if m.c.conv_encoder else 0
        first = at - more * P
        h = m.patches(self.bytes[:, first:], self.u[:, first + 1 :], torch.arange(first, self.bytes.shape[1]))
        self._global(row, h[:, more:])

    def _local(self, at: int, n: int) -> Tensor:
        """Logits [B, n, V] for positions at..at+n-1, whose preceding bytes are encoded."""
        c, m, positions = self.model.c, self.model, torch.arange(at, at + n)
        self.known = at + n
        first = at // c.patch
        g = self.g[:, first : -(-(at + n) // c.patch)].reshape(self.g.shape[0], -1, c.d_global)
        g = g[:, at - first * c.patch :][:, :n]
        before = self.u[:, at : at + n]
        if not c.previous_byte:
            before = torch.where((positions % c.patch == 0)[:, None], m.pad_local, before)
        if c.without_local:
            before = torch.zeros_like(before)
        return m.logits(m.local_model(g, before, positions, self.locals.at(at)))

    @torch.no_grad()
    def extend(self, x: Tensor) -> Tensor:
        """Appends whole patches x [B, nP]; returns their logits [B, nP, V]."""
        at = self.bytes.shape[1]
        assert x.shape[1] % self.model.c.patch == 0
        self._encode(x, at)
        self._patches(at)
        return self._local(at, x.shape[1])

    @torch.no_grad()
    def next(self) -> Tensor:
        """Logits [B, V] of the byte after those that are there."""
        return self._local(self.bytes.shape[1], 1)[:, 0]

    @torch.no_grad()
    def append(self, x: Tensor) -> None:
        """Appends one byte of each sequence, x [B]."""
        if self.known == self.bytes.shape[1]:
            self.next()  # the later bytes of its patch need the local layers' keys and values at its position
        self._encode(x[:, None], self.bytes.shape[1])
        if self.bytes.shape[1] % self.model.c.patch == 0:
            self._patches(self.bytes.shape[1] - self.model.c.patch)

    def open_patch(self, known: list[int], choose) -> tuple[list[int], Tensor]:
        """Fills the patch after the cached ones of one sequence, byte by byte: `known` bytes first, then what
        `choose(logits [V])` takes. Returns its P bytes and the logits [P, V]. Leaves the cache at whole patches."""
        at, out, logits = self.bytes.shape[1], [], []
        for p in range(self.model.c.patch):
            logits.append(self.next()[0])
            out.append(known[p] if p < len(known) else choose(logits[-1]))
            self.append(torch.tensor([out[-1]]))
        self.truncate(at // self.model.c.patch)
        return out, torch.stack(logits)

    def truncate(self, patches: int) -> None:
        """Forgets all but the first `patches` patches."""
        at = self.known = patches * self.model.c.patch
        self.bytes, self.u, self.g = self.bytes[:, :at], self.u[:, : at + 1], self.g[:, : patches + 1]


def greedy(model: Megabyte, prompt: bytes, n: int, mask_of=None) -> bytes:
    """The n most probable bytes after `prompt`, one by one. `mask_of(bytes so far)` gives an additive mask [V]."""
    P = model.c.patch
    cache, out = Cache(model), bytearray(prompt)
    if whole := len(prompt) // P * P:
        cache.extend(torch.tensor([list(prompt[:whole])]))
    with torch.no_grad():
        while len(out) < len(prompt) + n:
            logits = cache.next()[0]
            at = cache.bytes.shape[1]
            if at == len(out):
                out.append(int((logits + mask_of(bytes(out)) if mask_of else logits).argmax()))
            cache.append(torch.tensor([out[at]]))
    return bytes(out[len(prompt) :])
