"""The part of the graph (graph.py) that decodes the open patch: its P bytes one after the other, unrolled, each with
the n-grams and matches of those before it. Names of inputs and shapes are those of graph.py."""

import numpy as np

from .config import Config
from .layers import F32, I32, LayerBuilder, Stream
from .network import Megabyte
from .ngrams import NO_MATCH, hash_codes

BUCKETS = 4093  # K of each order's hash table, a prime: server/engine/matches.ts has the same


class PatchDecoder(LayerBuilder):
    """With 8 or 4 bits the n-gram tables are int8: rows with a scale each."""

    c: Config
    m: Megabyte

    def __init__(self, model: Megabyte, bits: int):
        super().__init__(model, bits)
        c, m = self.c, self.m
        if c.hash_orders and self.bits != 32:
            table = self.weights["ngrams.weight"]
            self.table_scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-8) / 127
            self.table = np.rint(table / self.table_scale).astype(np.int8)
        self.small = [(b, f"encoder.{i}.") for i, b in enumerate(m.encoder)] + [
            (b, f"locals.{i}.") for i, b in enumerate(m.locals)
        ]
        self.masks, self.follow = "", ""  # of the UTF-8 automaton: names of constants
        self.outputs: list[tuple[str, int, list]] = []
        # per small layer: keys and values of the last W bytes and the open patch, [B, H, W + .., d]
        self.cache: dict[int, list[str]] = {}

    def rows(self, k: str) -> str:
        """[B, H, N, d] -> [B, N, D_L]"""
        return self.g.Reshape(self.g.Transpose(k, perm=[0, 2, 1, 3]), self.g.i(0, -1, self.c.d_local))

    def heads(self, k: str) -> str:
        """[B, N, D_L] -> [B, H, N, d]"""
        H = self.c.heads_local
        return self.g.Transpose(self.g.Reshape(k, self.g.i(0, -1, H, self.c.d_local // H)), perm=[0, 2, 1, 3])

    def last(self, x: str, n: int, axis: int) -> str:
        """The last n of an axis."""
        return self.g.Slice(x, self.g.i(-n), self.g.i(2**31), self.g.i(axis))

    def output(self, name: str, value: str, shape: list, kind: int = F32) -> None:
        """Names a value as an output of the graph."""
        self.g.node("Identity", [value], [name])
        self.outputs.append((name, kind, shape))

    def embed(self, byte: str, grams: str, found: str) -> str:
        """E_local[byte] plus n-grams and matches: byte i32[.., 1], rows of the n-gram tables [.., G] and bytes [.., M *
        depth] -> [.., 1, D_L]"""
        g, c = self.g, self.c
        parts = [g.Gather(self.weight("embed_local.weight"), byte)]
        if c.hash_orders and self.bits == 32:
            parts.append(g.Gather(self.weight("ngrams.weight"), grams))
        elif c.hash_orders:
            parts.append(
                g.Mul(
                    g.Cast(g.Gather(g.const(self.table, name="ngrams.weight.int8"), grams), to=F32),
                    g.Gather(g.const(self.table_scale, name="ngrams.weight.scale"), grams),
                )
            )
        if c.match_orders:
            row = g.Add(found, g.const(np.arange(len(c.match_orders) * c.match_depth) * (NO_MATCH + 1), np.int32))
            parts.append(g.Gather(self.weight("matches.weight"), row))
        return g.ReduceSum(g.Concat(*parts, axis=-2), g.i(-2), keepdims=1)

    def logits(self, stream: Stream) -> str:
        """[B, N, 256]"""
        return self.matmul(self.normed(stream, "norm_local.weight")[0], "embed_local.weight")

    def prepare(self) -> None:
        """What every step looks up in: the hash matrices, the hash tables and the text."""
        g, c, P, M = self.g, self.c, self.c.patch, len(self.c.match_orders)
        orders = c.hash_orders + c.match_orders
        if orders:
            codes = np.array([[code if i < n else 0 for n in orders] for i, code in enumerate(hash_codes(c.reach))])[
                ::-1
            ]
            # for the bytes of the open patch after the recent ones: [R + p, G + M]
            self.hashes = [np.concatenate((np.zeros((p, len(orders)), int), codes)) for p in range(P)]
            self.sizes = g.const([c.hash_rows] * len(c.hash_orders) + [BUCKETS] * M, np.int32)
            self.first = g.const(
                [i * c.hash_rows for i in range(len(c.hash_orders))] + [j * BUCKETS for j in range(M)], np.int32
            )
        if M:
            # columns of the n-grams that end in the open patch
            self.columns = g.Add(g.Cast("end", to=I32), g.const(np.arange(P) + 2, np.int32))
            self.seen = g.Slice("text", g.i(0), g.Add("end", g.i(1)), g.i(1))

    def contexts(self, p: int) -> tuple[str, str]:
        """After byte p of the open patch, the last of self.line: rows of the n-gram tables i32[B, G], and the bytes
        that followed its n-grams before i32[B, M * depth]."""
        g, c, M, G = self.g, self.c, len(self.c.match_orders), len(self.c.hash_orders)
        if not M + G:
            return "", ""
        codes = g.MatMul(self.line, g.const(self.hashes[p], np.int32))
        rows = g.Add(g.Mod(codes, self.sizes), self.first)
        if not M:
            return rows, ""
        buckets = g.Slice(rows, g.i(G), g.i(G + M), g.i(1)) if G else rows
        code = g.Unsqueeze(g.Slice(codes, g.i(G), g.i(G + M), g.i(1)) if G else codes, g.i(2))  # [B, M, 1]
        slots, none = g.Gather("buckets", buckets), g.const(0, np.int32)  # [B, M, S]
        columns = [g.Where(g.Equal(g.GatherElements("codes", slots, axis=2), code), slots, none)]
        for _ in range(c.match_depth - 1):
            columns.append(g.GatherElements("places", columns[-1], axis=2))
        if p:
            fresh = g.Concat(*self.codes, axis=2) if p > 1 else self.codes[0]
            columns.append(g.Where(g.Equal(fresh, code), g.Slice(self.columns, g.i(0), g.i(p)), none))
        self.codes.append(code)
        latest = g.node(
            "TopK", [g.Concat(*columns, axis=2) if len(columns) > 1 else columns[0], g.i(c.match_depth)], 2, axis=2
        )[0]
        found = g.GatherElements(self.seen, g.Reshape(latest, g.i(0, M * c.match_depth)), axis=1)
        return g.Slice(rows, g.i(0), g.i(G), g.i(1)) if G else "", found

    def open_patch(self, encoded: str, all_rows: str) -> None:
        """The patch after the block, byte by byte."""
        g, c, D, P, W = self.g, self.c, self.c.d_local, self.c.patch, self.c.window
        parts = self.matmul(g.Reshape(self.last(all_rows, 1, 1), g.i(0, P, c.d_global)), "global_to_local.weight")
        parts, known, free = (
            g.node("Split", [x, g.i(*[1] * P)], P, axis=1)
            for x in (parts, "forced", g.Less("forced", g.const(0, np.int32)))
        )
        positions = g.node("Split", [g.Add("end", g.i(*range(P))), g.i(*[1] * P)], P, axis=0)
        before, state = self.last(encoded, 1, 1), self.last("state", 1, 1)
        self.prepare()
        self.line, self.codes, chosen, everything, encodings = "recent" if c.reach > 1 else "", [], [], [], []

        def step(stream: Stream, i: int, p: int, mask: str) -> Stream:
            block, name = self.small[i]
            q, k, v, h = self.qkv(stream, block, name, positions[p], one=True)
            all_k, all_v = self.cache[i] = [g.Concat(old, new, axis=2) for old, new in zip(self.cache[i], (k, v))]
            return self.finish(h, self.attention(q, all_k, all_v, mask), block, name, one=True)

        for p in range(P):
            mask = g.Slice("steps", g.i(p, 0), g.i(p + 1, W + p + 1), g.i(0, 1))
            stream: Stream = (parts[p], before)
            for i in range(c.n_encoder, len(self.small)):
                stream = step(stream, i, p, mask)
            logits = g.Add(self.logits(stream), g.Gather(self.masks, state))  # [B, 1, 256]
            byte = g.Where(free[p], g.Cast(g.ArgMax(logits, axis=2, keepdims=0), to=I32), known[p])  # [B, 1]
            chosen.append(byte)
            everything.append(logits)
            state = g.Gather(self.follow, g.Add(g.Mul(state, g.const(256, np.int32)), byte))
            self.line = g.Concat(self.line, byte, axis=1) if self.line else byte
            if c.match_orders:
                self.seen = g.Concat(self.seen, byte, axis=1)
            stream = (self.embed(byte, *self.contexts(p)),)
            for i in range(c.n_encoder):
                stream = step(stream, i, p, mask)
            before = self.total(stream)
            encodings.append(before)
        self.output("bytes", g.Concat(*chosen, axis=1), ["B", P], I32)
        self.output("dist", g.LogSoftmax(g.Concat(*everything, axis=1), axis=2), ["B", P, 256])
        self.output("ou", g.Concat(*encodings, axis=1), ["B", P, D])
        for i in range(len(self.small)):
            for x, rows in zip("kv", self.cache[i]):
                self.output(f"ol{x}{i}", self.rows(self.last(rows, P, 2)), ["B", P, D])
