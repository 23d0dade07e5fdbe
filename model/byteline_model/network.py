"""MEGABYTE (Yu et al. 2023, arXiv 2305.07185) over raw bytes, with the additions that `byteline` switches on.

Shapes: B sequences, T bytes, P bytes a patch, K = T / P patches, D_G global features per byte (the global
width is P * D_G), D_L local width, V = 256 byte values. "eq. n" is equation n of the paper.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import VOCAB, Config
from .ngrams import match_rows, ngram_rows
from .transformer import Linear, RMSNorm, across, causal, inside, stacked, windowed

CONVOLUTIONS = (3, 5, 7)  # bytes that a filter of the convolutional patch encoder sees (section 2.3.1)


class Megabyte(nn.Module):
    """`forward` maps bytes [B, T] to logits [B, T, V]; the logits at t predict x_t and have seen x_{<t} only."""

    def __init__(self, c: Config):
        super().__init__()
        self.c = c
        width = c.patch * c.d_global
        self.embed_global = nn.Embedding(VOCAB, c.d_global)
        self.pad_global = nn.Parameter(torch.randn(c.patch, c.d_global) * 0.02)
        self.embed_local = nn.Embedding(VOCAB, c.d_local)
        self.pad_local = nn.Parameter(torch.randn(c.d_local) * 0.02)
        if not c.rope:
            self.embed_position = nn.Embedding(c.context, c.d_global)
        self.ngrams = self.matches = None
        if c.hash_orders:
            self.ngrams = nn.Embedding(len(c.hash_orders) * c.hash_rows, c.d_local)
        if c.match_orders:
            self.matches = nn.Embedding(len(c.match_orders) * c.match_depth * (VOCAB + 1), c.d_local)
        if c.hash_orders or c.match_orders or c.n_encoder:
            self.encoded_to_global = Linear(c.d_local, c.d_global)
        if c.conv_encoder:
            self.convolutions = nn.ModuleList(nn.Conv1d(c.d_global, c.d_global, n) for n in CONVOLUTIONS)
        self.encoder = stacked(c.n_encoder, c.d_local, c.heads_local, c)
        self.globals = stacked(c.n_global, width, c.heads_global, c)
        self.norm_global = RMSNorm(width)
        self.global_to_local = Linear(c.d_global, c.d_local)  # W_GL
        self.locals = stacked(c.n_local, c.d_local, c.heads_local, c)
        self.norm_local = RMSNorm(c.d_local)
        if c.global_to_layers:
            self.injections = nn.ModuleList(Linear(width, c.d_local, zero=True) for _ in range(c.n_local))
        if c.value_embeddings:
            # the last row: no byte
            self.values = nn.ModuleList(nn.Embedding(VOCAB + 1, c.d_local) for _ in range(c.n_local))
        if c.hash_to_layers:
            self.hash_scales = nn.Parameter(torch.zeros(c.n_local))
        for name, p in self.named_parameters():
            if "embed" in name:
                nn.init.normal_(p, std=c.d_local**-0.5 if "local" in name else 0.1)
            elif "ngrams" in name or "convolutions" in name:
                nn.init.normal_(p, std=0.02)
            elif "matches" in name or name.startswith("values."):
                nn.init.zeros_(p)

    def contexts(self, x: Tensor, start: int = 0) -> list[Tensor]:
        """Rows of the n-gram and match tables at the positions from `start` on: [B, T - start, orders] each."""
        c = self.c
        grams = [ngram_rows(x, c.hash_orders, c.hash_rows)] if c.hash_orders else []
        matches = [match_rows(x, c.match_orders, c.match_depth)] if c.match_orders else []
        return [rows[:, start:] for rows in grams + matches]

    def encode(self, x: Tensor, contexts: list[Tensor], positions: Tensor, attends, dtype=torch.float32) -> Tensor:
        """What the local side knows of a byte: E_local[x], n-grams and matches, through the encoder. -> [B, T, D_L]"""
        u = self.embed_local(x)
        for table, rows in zip([t for t in (self.ngrams, self.matches) if t is not None], contexts):
            u = u + table(rows).sum(-2)  # [B, T, orders, D_L] -> [B, T, D_L]
        u = u.to(dtype)
        for block, attend in zip(self.encoder, attends):
            u = block(u, positions, attend)
        return u

    def patches(self, x: Tensor, u: Tensor, positions: Tensor) -> Tensor:
        """Patch embedder (eq. 1, the right side of eq. 2): bytes [B, nP] and u [B, nP, D_L] -> [B, n, P * D_G]"""
        h = self.embed_global(x).to(u.dtype)
        if not self.c.rope:
            h = h + self.embed_position(positions).to(u.dtype)
        if self.c.hash_orders or self.c.match_orders or self.c.n_encoder:
            h = h + self.encoded_to_global(u)
        if self.c.conv_encoder:  # section 2.3.1; causal, and with the bytes themselves beside each filter's output
            h = h.transpose(1, 2)
            for n, convolution in zip(CONVOLUTIONS, self.convolutions):
                h = h + F.relu(convolution(F.pad(h, (n - 1, 0)).float())).to(h.dtype)
            h = h.transpose(1, 2)
        return h.reshape(x.shape[0], -1, self.c.patch * self.c.d_global)  # [B, nP, D_G] -> [B, n, P * D_G]

    def global_model(self, h: Tensor, positions: Tensor, attends) -> Tensor:
        """Eq. 3, over patches: [B, n, P * D_G] -> the same"""
        for block, attend in zip(self.globals, attends):
            h = block(h, positions, attend)
        return self.norm_global(h)

    def local_model(self, g: Tensor, before: Tensor, positions: Tensor, attends, added=(), values=()) -> Tensor:
        """Eq. 4-5: global outputs by byte g [B, N, D_G] and the byte term [B, N, D_L] -> [B, N, D_L]. `added` [B, N,
        D_L] goes into the input of each layer, `values` [B, N, D_L] into its attention (pilots)."""
        h = self.global_to_local(g) + before
        for i, (block, attend) in enumerate(zip(self.locals, attends)):
            h = block(h + added[i] if added else h, positions, attend, values[i] if values else None)
        return self.norm_local(h)

    def pilot_terms(self, x: Tensor, contexts: list[Tensor], g: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """What the switches of PILOTS add to each local layer's input, and to its values: lists of [B, T, D_L], empty
        where they are off. Position t sees bytes before t: those that end at t - 1, and g [B, K, P * D_G] of the
        patches before."""
        c, added, values = self.c, [], []
        if c.global_to_layers:
            added = [project(g)[:, :, None].expand(-1, -1, c.patch, -1).flatten(1, 2) for project in self.injections]
        if c.hash_to_layers:
            tables = [t for t in (self.ngrams, self.matches) if t is not None]
            e = sum((table(rows).sum(-2) for table, rows in zip(tables, contexts)), torch.zeros((), device=x.device))
            e = F.pad(e.to(g.dtype), (0, 0, 1, 0))[:, :-1]
            more = [scale * e for scale in self.hash_scales.to(g.dtype)]
            added = [a + b for a, b in zip(added, more)] if added else more
        if c.value_embeddings:
            last = F.pad(x, (1, 0), value=VOCAB)[:, :-1]
            values = [table(last).to(g.dtype) for table in self.values]
        return added, values

    def logits(self, h: Tensor) -> Tensor:
        """Eq. 6, tied to E_local: [..., D_L] -> [..., V]"""
        return F.linear(h, self.embed_local.weight.to(h.dtype))

    def forward(self, x: Tensor, dtype=torch.float32, contexts: list[Tensor] | None = None) -> Tensor:
        """Bytes x int64 [B, T], T a multiple of P -> logits [B, T, V] in `dtype`; `contexts`: those of x, if known."""
        c = self.c
        B, T = x.shape
        at, pad = torch.arange(T, device=x.device), self.pad_local.to(dtype)
        local = across(c.patch, c.cross_patch) if c.cross_patch else inside(c.patch)
        attend = windowed(c.window) if c.window else local
        contexts = self.contexts(x) if contexts is None else contexts
        u = self.encode(x, contexts, at, [attend] * c.n_encoder, dtype)  # [B, T, D_L]
        h = self.patches(x, u, at)  # eq. 1: [B, K, P * D_G]
        start = self.pad_global.to(dtype).view(1, 1, -1).expand(B, 1, -1)  # [P, D_G] -> [B, 1, P * D_G]
        h = torch.cat((start, h[:, :-1]), 1)  # eq. 2: patch k sees patches < k
        g = self.global_model(h, at[: T // c.patch], [causal] * c.n_global)  # eq. 3
        if c.without_global:
            g = torch.zeros_like(g)
        added, values = self.pilot_terms(x, contexts, g) if c.training_alone else ((), ())
        g = g.view(B, T, c.d_global)  # [B, K, P * D_G] -> [B, T, D_G]: each byte its part of the patch's output
        before = torch.cat((pad.expand(B, 1, -1), u[:, :-1]), 1)  # [B, T, D_L]: what stands for x_{t-1}
        if not c.previous_byte:
            before = torch.where((at % c.patch == 0)[:, None], pad, before)
        if c.without_local:  # no byte of a patch knows another (section 2.4)
            before = torch.zeros_like(before)
        h = self.local_model(g, before, at, [attend] * c.n_local, added, values)  # eq. 4-5: [B, T, D_L]
        return self.logits(h)  # eq. 6
