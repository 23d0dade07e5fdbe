"""MEGABYTE (Yu et al. 2023, arXiv 2305.07185) over raw bytes, with the additions that `byteline` switches on.

Shapes: B sequences, T bytes, P bytes a patch, K = T / P patches, D_G global features per byte (the global
width is P * D_G), D_L local width, V = 256 byte values. "eq. n" is equation n of the paper.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .sequence import BOS

VOCAB = 256


@dataclass(frozen=True)
class Config:
    """Sizes and switches. The defaults are the paper's equations to the letter; `byteline` turns the switches on."""

    patch: int = 8
    d_global: int = 32  # D_G, per byte
    n_global: int = 6
    heads_global: int = 4
    d_local: int = 128  # D_L
    n_local: int = 3
    heads_local: int = 2
    context: int = 4096  # longest T, a multiple of patch (and of window)
    previous_byte: bool = False  # the real byte x_{t-1} at p = 0 in place of the local pad
    window: int = 0  # W: local attention over the last W bytes across patches; 0 = inside the patch
    hash_orders: tuple[int, ...] = ()  # n-gram embeddings (BLT, arXiv 2412.09871) of the n bytes up to t
    hash_rows: int = 0
    match_orders: tuple[int, ...] = ()  # embeddings of the bytes that followed when the n bytes up to t were last seen
    match_depth: int = 1  # the last so many times
    n_encoder: int = 0  # local layers before patching (SpaceByte, arXiv 2404.14408; BLT)
    qk_norm: bool = False
    rope: bool = False  # rotary positions (arXiv 2104.09864) in place of learned ones
    relu2: bool = False  # squared ReLU (arXiv 2109.08668) in place of GELU
    zero_init: bool = False  # output projections start at zero
    # tried by pilots.py; neither the cached path nor the graphs know them, see `pilots`
    global_to_layers: bool = False  # every local layer sees the patch's whole global output (BLT, arXiv 2412.09871)
    value_embeddings: bool = False  # a table of values for each local layer (modded-nanogpt, after arXiv 2410.17897)
    hash_to_layers: bool = False  # n-grams and matches are added at every local layer (modded-nanogpt's bigram hash)

    def __post_init__(self):
        if self.context % self.patch or (self.window and (self.context % self.window or self.window % self.patch)):
            raise ValueError("Config: patch must divide window, and window must divide context")
        if self.n_encoder and not self.window:
            raise ValueError("Config: an encoder needs a window")
        if self.hash_to_layers and not self.hash_orders + self.match_orders:
            raise ValueError("Config: hash_to_layers needs hash_orders or match_orders")

    @property
    def pilots(self) -> list[str]:
        """Names of the switches that are on and that training alone knows."""
        return [name for name in PILOTS if getattr(self, name)]

    @property
    def reach(self) -> int:
        """Bytes up to and with a position that its n-grams and matches look at."""
        return max(self.hash_orders + self.match_orders, default=1)


PILOTS = ("global_to_layers", "value_embeddings", "hash_to_layers")
MATCHES = dict(match_orders=(3, 4, 6, 10, 20), match_depth=2)
MORE_MATCHES = dict(match_orders=(2, 3, 4, 5, 6, 8, 12, 20), match_depth=2)
BYTELINE = dict(previous_byte=True, window=64, n_encoder=1, qk_norm=True, rope=True, relu2=True, zero_init=True)
PRESETS = {
    # controls of one size, see presets.py: the paper to the letter, and ours
    "paper": Config(d_global=21, n_global=4, heads_global=4, d_local=96, n_local=2, heads_local=2),
    "byteline": Config(
        **BYTELINE,
        **MATCHES,
        hash_orders=(2, 3, 4),
        hash_rows=16384,
        d_global=20,
        n_global=4,
        heads_global=4,
        d_local=96,
        n_local=1,
        heads_local=2,
    ),
    "nano": Config(**BYTELINE, **MATCHES, hash_orders=(2, 3, 4, 5), hash_rows=32768, n_local=2),
    "micro": Config(
        **BYTELINE,
        **MATCHES,
        hash_orders=(2, 3, 4),
        hash_rows=16384,
        d_global=20,
        n_global=4,
        heads_global=4,
        d_local=96,
        n_local=1,
        heads_local=2,
    ),
    # for the releases 0.3 of nano and micro: the widths of 0.2, more tables; "nano" and "micro" are the released 0.2
    "nano-0.3": Config(**BYTELINE, **MORE_MATCHES, hash_orders=(2, 3, 4, 5, 6), hash_rows=32768, n_local=2),
    "micro-0.3": Config(
        **BYTELINE,
        **MORE_MATCHES,
        hash_orders=(2, 3, 4, 5, 6),
        hash_rows=16384,
        d_global=20,
        n_global=4,
        heads_global=4,
        d_local=96,
        n_local=1,
        heads_local=2,
    ),
    # for a good CPU or a GPU: int8 under 70 MB
    "small": Config(
        **BYTELINE | dict(window=128),
        **MATCHES,
        hash_orders=(3, 5),
        hash_rows=8192,
        d_global=96,
        n_global=7,
        heads_global=12,
        d_local=320,
        n_local=4,
        heads_local=5,
    ),
    "tiny": Config(
        **BYTELINE,
        hash_orders=(2, 3),
        hash_rows=256,
        match_orders=(3, 5),
        match_depth=2,
        d_global=8,
        n_global=2,
        heads_global=2,
        d_local=32,
        n_local=1,
        heads_local=2,
        context=512,
    ),
}


class Linear(nn.Linear):
    """No bias; weights are kept in fp32 and used in the dtype of the input."""

    def __init__(self, n_in: int, n_out: int, zero: bool = False):
        super().__init__(n_in, n_out, bias=False)
        nn.init.zeros_(self.weight) if zero else nn.init.normal_(self.weight, std=0.5 * n_in**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.to(x.dtype))


class RMSNorm(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
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
    """A pre-norm transformer layer. `attend(q, k, v)` maps [B, H, N, d] to [B, H, N, d] and owns the mask and the
    cache."""

    def __init__(self, width: int, heads: int, c: Config):
        super().__init__()
        self.heads, self.c = heads, c
        self.norm1, self.norm2 = RMSNorm(width), RMSNorm(width)
        self.qkv = Linear(width, 3 * width)
        self.out = Linear(width, width, zero=c.zero_init)
        self.up = Linear(width, 4 * width)
        self.down = Linear(4 * width, width, zero=c.zero_init)
        if c.qk_norm:
            self.qnorm, self.knorm = RMSNorm(width // heads), RMSNorm(width // heads)

    def forward(self, h: Tensor, positions: Tensor, attend, values: Tensor | None = None) -> Tensor:
        """h [B, N, D] -> the same; `values` [B, N, D] are added to those of the attention."""
        B, N, D = h.shape
        q, k, v = self.qkv(self.norm1(h)).view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        if values is not None:
            v = v + values.view(B, N, self.heads, D // self.heads).transpose(1, 2)
        if self.c.qk_norm:
            q, k = self.qnorm(q), self.knorm(k)
        if self.c.rope:
            q, k = rotate(q, positions), rotate(k, positions)
        h = h + self.out(attend(q, k, v).transpose(1, 2).reshape(B, N, D))
        x = self.up(self.norm2(h))
        return h + self.down(F.relu(x).square() if self.c.relu2 else F.gelu(x))


def causal(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def inside(span: int):
    """Causal attention inside blocks of `span` positions, blocks independent (eq. 5)."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        B, H, N, d = q.shape
        q, k, v = (x.reshape(B, H * N // span, span, d) for x in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v, is_causal=True).view(B, H, N, d)

    return attend


def windowed(W: int):
    """Causal attention of each position to the last W positions, itself among them: each block of W sees two blocks.
    Written out: on the CPU the backward pass of the fused kernel costs four times as much with a mask."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        B, H, N, d = q.shape
        C = -(-N // W)
        q, k, v = (F.pad(x, (0, 0, 0, C * W - N)).reshape(B * H, C, W, d) for x in (q, k, v))
        k, v = (torch.cat((F.pad(x, (0, 0, 0, 0, 1, 0))[:, :-1], x), 2).reshape(-1, 2 * W, d) for x in (k, v))
        i, j = torch.arange(W, device=q.device)[:, None], torch.arange(2 * W, device=q.device)[None]
        band = (j > i) & (j <= i + W)  # [W, 2W]
        seen = torch.stack([band & (j >= W)] + [band] * (C - 1))  # the first block has no predecessor
        bias = torch.zeros(C, W, 2 * W, dtype=q.dtype, device=q.device).masked_fill(~seen, -1e4)
        scores = torch.bmm(q.reshape(-1, W, d) * d**-0.5, k.transpose(1, 2)).view(B * H, C, W, 2 * W) + bias
        return torch.bmm(scores.softmax(-1).view(-1, W, 2 * W), v).view(B, H, C * W, d)[:, :, :N]

    return attend


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
    keys, at = keys.transpose(1, 2).sort(
        stable=True
    )  # [B, orders, T]: equal keys stand together, in the order of the text
    followers = []
    for d in range(1, depth + 1):
        seen = F.pad(torch.where(keys[..., d:] == keys[..., :-d], at[..., :-d] + 1, -1), (d, 0), value=-1)
        places = torch.full_like(at, -1).scatter(
            2, at, seen
        )  # of the byte that followed, in the order of the text again
        bytes_there = x[:, None].expand_as(places).gather(2, places.clamp(min=0))
        followers.append(torch.where(places < 0, NO_MATCH, bytes_there))
    rows = torch.stack(followers, 2).flatten(1, 2)  # [B, orders * depth, T]
    return rows.transpose(1, 2) + torch.arange(len(orders) * depth, device=x.device) * (VOCAB + 1)


def hash_codes(n: int) -> list[int]:
    """Odd multipliers, from the golden ratio: position i of an n-gram weighs codes[i]."""
    return [(0x9E3779B1 * (2 * i + 1) >> 8) % 65536 | 1 for i in range(n)]


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
        self.encoder = nn.ModuleList(Block(c.d_local, c.heads_local, c) for _ in range(c.n_encoder))
        self.globals = nn.ModuleList(Block(width, c.heads_global, c) for _ in range(c.n_global))
        self.norm_global = RMSNorm(width)
        self.global_to_local = Linear(c.d_global, c.d_local)  # W_GL
        self.locals = nn.ModuleList(Block(c.d_local, c.heads_local, c) for _ in range(c.n_local))
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
            elif "ngrams" in name:
                nn.init.normal_(p, std=0.02)
            elif "matches" in name or name.startswith("values."):
                nn.init.zeros_(p)

    def contexts(self, x: Tensor, start: int = 0) -> list[Tensor]:
        """Rows of the n-gram and match tables at the positions from `start` on: [B, T - start, orders] each."""
        c = self.c
        return [
            rows[:, start:]
            for rows in ([ngram_rows(x, c.hash_orders, c.hash_rows)] if c.hash_orders else [])
            + ([match_rows(x, c.match_orders, c.match_depth)] if c.match_orders else [])
        ]

    def encode(self, x: Tensor, contexts: list[Tensor], positions: Tensor, attends, dtype=torch.float32) -> Tensor:
        """What the local side knows of each byte: E_local[x], its n-grams and matches, through the encoder. -> [B, T,
        D_L]"""
        u = self.embed_local(x)
        for table, rows in zip([t for t in (self.ngrams, self.matches) if t is not None], contexts):
            u = u + table(rows).sum(-2)
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
        return h.reshape(x.shape[0], -1, self.c.patch * self.c.d_global)

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
            e = sum(table(rows).sum(-2) for table, rows in zip(tables, contexts))
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
        c = self.c
        B, T = x.shape
        at, pad = torch.arange(T, device=x.device), self.pad_local.to(dtype)
        attend = windowed(c.window) if c.window else inside(c.patch)
        contexts = self.contexts(x) if contexts is None else contexts
        u = self.encode(x, contexts, at, [attend] * c.n_encoder, dtype)
        h = self.patches(x, u, at)
        start = self.pad_global.to(dtype).view(1, 1, -1).expand(B, 1, -1)
        h = torch.cat((start, h[:, :-1]), 1)  # eq. 2: patch k sees patches < k
        g = self.global_model(h, at[: T // c.patch], [causal] * c.n_global)
        added, values = self.pilot_terms(x, contexts, g) if c.pilots else ((), ())
        g = g.view(B, T, c.d_global)
        before = torch.cat((pad.expand(B, 1, -1), u[:, :-1]), 1)  # x_{t-1}
        if not c.previous_byte:
            before = torch.where((at % c.patch == 0)[:, None], pad, before)
        return self.logits(self.local_model(g, before, at, [attend] * c.n_local, added, values))


def count_weights(model: nn.Module) -> tuple[int, int]:
    """Weights in the network, and in its hash tables."""
    tables = sum(p.numel() for n, p in model.named_parameters() if n.split(".")[0] in ("ngrams", "matches"))
    return sum(p.numel() for p in model.parameters()) - tables, tables
