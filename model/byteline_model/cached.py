"""Decoding with caches: the reference for the exported graph, one patch at a time. Needs a config with a window.

Global row r holds patch r - 1 (row 0 the global pad), so row r is what the bytes of patch r are predicted from. Local
layers and the encoder keep a row for each byte; only the last W count.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from .errors import InputError
from .network import Megabyte


class Cache:
    """Keys and values of every layer, byte by byte and patch by patch; `truncate` to any whole number of patches."""

    def __init__(self, model: Megabyte):
        c = model.c
        if not c.window:
            raise ValueError("cached decoding needs a local window")
        if c.training_alone:
            raise InputError(f"{c.training_alone[0]} is for training alone: cached decoding does not know it")
        self.model, self.bytes = model, torch.zeros(1, 0, dtype=torch.long)
        self.rows = {name: [] for name in ("globals", "locals", "encoder")}  # per layer [k, v], each [1, H, N, d]
        self.u = model.pad_local.view(1, 1, -1)  # encoded bytes, shifted: u[t] belongs to byte t - 1
        start = model.pad_global.view(1, 1, -1)
        attends = self._attends("globals", c.n_global, None, 0)
        self.g = model.global_model(start, torch.zeros(1), attends)  # [1, rows, P * D_G]

    def _attends(self, name: str, layers: int, window: int | None, at: int):
        """Closures that append the new rows at position `at` and attend over the cache, causally, within `window`."""
        kept = self.rows[name]

        def make(i: int):
            def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
                if i < len(kept):
                    k, v = (torch.cat((old[:, :, :at], new), 2) for old, new in zip(kept[i], (k, v)))
                    kept[i] = (k, v)
                else:
                    kept.append((k, v))
                t, j = torch.arange(at, k.shape[2])[:, None], torch.arange(k.shape[2])[None]
                seen = (j <= t) & (j > t - window) if window else j <= t
                return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)

            return attend

        return [make(i) for i in range(layers)]

    def _encode(self, x: Tensor, at: int) -> Tensor:
        """Encodes bytes x [1, N] that stand at position `at`, after the cached ones."""
        c = self.model.c
        everything = torch.cat((self.bytes[:, :at], x), 1)
        positions = torch.arange(at, at + x.shape[1])
        u = self.model.encode(
            x, self.model.contexts(everything, at), positions, self._attends("encoder", c.n_encoder, c.window, at)
        )
        self.bytes, self.u = everything, torch.cat((self.u[:, : at + 1], u), 1)
        return u

    def _local(self, at: int, n: int) -> Tensor:
        """Logits [1, n, V] for positions at..at+n-1, whose preceding bytes are encoded."""
        c, m = self.model.c, self.model
        g = self.g.view(1, -1, c.d_global)[:, at : at + n]
        attends = self._attends("locals", c.n_local, c.window, at)
        return m.logits(m.local_model(g, self.u[:, at : at + n], torch.arange(at, at + n), attends))

    def extend(self, x: Tensor) -> Tensor:
        """Appends whole patches x [1, nP]; returns their logits [1, nP, V]."""
        P, at = self.model.c.patch, self.bytes.shape[1]
        r = self.g.shape[1]
        assert at == (r - 1) * P and x.shape[1] % P == 0
        u = self._encode(x, at)
        n = x.shape[1] // P
        h = self.model.patches(x, u, torch.arange(at, at + x.shape[1]))
        attends = self._attends("globals", self.model.c.n_global, None, r)
        self.g = torch.cat((self.g, self.model.global_model(h, torch.arange(r, r + n), attends)), 1)
        return self._local(at, x.shape[1])

    def open_patch(self, known: list[int], choose) -> tuple[list[int], Tensor]:
        """Fills the patch after the cached ones, byte by byte: `known` bytes first, then what `choose(logits [V])`
        takes. Returns its P bytes and the logits [P, V]. Leaves the cache at whole patches."""
        P, at = self.model.c.patch, self.bytes.shape[1]
        out, logits = [], []
        for p in range(P):
            logits.append(self._local(at + p, 1)[0, 0])
            out.append(known[p] if p < len(known) else choose(logits[-1]))
            self._encode(torch.tensor([[out[-1]]]), at + p)
        self.truncate(at // P)
        return out, torch.stack(logits)

    def truncate(self, patches: int) -> None:
        """Forgets all but the first `patches` patches."""
        at = patches * self.model.c.patch
        self.bytes, self.u, self.g = self.bytes[:, :at], self.u[:, : at + 1], self.g[:, : patches + 1]
        for name, keep in (("globals", patches + 1), ("locals", at), ("encoder", at)):
            self.rows[name] = [(k[:, :, :keep], v[:, :, :keep]) for k, v in self.rows[name]]


def greedy(model: Megabyte, prompt: bytes, n: int, mask_of=None) -> bytes:
    """The n most probable bytes after `prompt`, one by one. `mask_of(bytes so far)` gives an additive mask [V]."""
    P = model.c.patch
    cache, whole = Cache(model), len(prompt) // P * P
    out = bytearray(prompt)
    with torch.no_grad():
        if whole:
            cache.extend(torch.tensor([list(prompt[:whole])]))
        while len(out) < len(prompt) + n:
            base = cache.bytes.shape[1]

            def choose(logits: Tensor) -> int:
                if mask_of:
                    logits = logits + mask_of(bytes(out))
                out.append(int(logits.argmax()))
                return out[-1]

            patch, _ = cache.open_patch(list(out[base:]), choose)
            cache.extend(torch.tensor([patch]))
    return bytes(out[len(prompt) : len(prompt) + n])
