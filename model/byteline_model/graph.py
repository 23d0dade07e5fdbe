"""Builds the ONNX graph that the worker runs: one call takes whole patches in and brings the next patch's bytes out.

The loop over the P bytes of the open patch is unrolled, with the UTF-8 mask and the arg max inside; the caches are plain
inputs that JavaScript owns, and only new rows come out. With n new patches (none: only the open patch is decoded), row r of
the global model holds patch r - 1 (row 0 the pad), L = layers, H heads of width d, T the bytes that the match inputs have
room for:

  in   patch i64[n,P]          bytes of patch r - 1 for each new row r (anything for row 0)
       pos i64[n]              the new rows' numbers
       at i64[1], end i64[1]   bytes before the block, and before the open patch
       mask f32[1,1,cap]       which cached global rows exist: 0 or -1e9
       self f32[1,n,n]         causal, 0 or -1e9
       block f32[1,nP,W+nP]    which bytes each byte sees: the W cached before them, then themselves
       steps f32[P,W+P]        the same for the bytes of the open patch
       history i64[N-1]        the bytes before the block, for n-grams; zeros at the start
       found i32[M*depth,nP]   for each match order the bytes that followed when the n bytes up to here were last seen, or 256
       text i32[1+T]           256, then all bytes before the open patch; the rest of it is not read
       codes i32[M,1+T]        -1, then the hash of the n bytes up to each of them: a column each
       places i32[M,1+T]       0, then where in `text` the byte stands that followed when these n bytes were last seen, or 0
       buckets i32[M,B*S]      a hash table: the latest columns whose hash is h, modulo B, in S slots; 0 in an empty slot
       u0 f32[1,1,D_L]         the encoding of the byte before the block
       g0 f32[1,1,P*D_G]       global output row before the first new one
       forced i64[P]           known bytes of the open patch, -1 = free
       state i64[nP+1]         UTF-8 state before each byte of the block, and before the open patch
       gk*, gv* f32[H,cap,d]   global cache;  lk*, lv* f32[W,D_L]  encoder layers' then local layers' last W rows
  out  bytes i64[P], logp f32[P]    the open patch, and log-probability (nats) of each byte under the mask
       score f32[nP]           log-probability of the block's own bytes, unmasked
       best i64[nP], top f32[nP]    the bytes that decoding would have yielded in the block, and their log-probability under the mask
       g f32[n,P*D_G], u f32[nP,D_L], ngk*, ngv* f32[H,n,d], nlk*, nlv* f32[nP,D_L]    the new rows
"""
import numpy as np
import onnx

from .errors import InputError
from .layers import F32, I32, I64, LayerBuilder
from .network import NO_MATCH, Block, hash_codes
from .utf8 import tables

BUCKETS = 4093  # of each order's hash table, a prime: server/engine/matches.ts has the same


class Builder(LayerBuilder):
    """Writes one model's graph. With 8 or 4 bits the n-gram tables are int8: rows with a scale each."""
    def rows(self, k: str, D: int) -> str:
        """[1, H, N, d] -> [N, D]"""
        return self.g.Reshape(self.g.Transpose(k, perm=[0, 2, 1, 3]), self.g.i(-1, D))

    def heads(self, k: str, block: Block) -> str:
        """[N, D] -> [1, H, N, d]"""
        D = block.out.in_features
        return self.g.Transpose(self.g.Reshape(k, self.g.i(1, -1, block.heads, D // block.heads)), perm=[0, 2, 1, 3])

    def hashes(self, shifts: str, orders: tuple[int, ...]) -> str:
        """h_n of each position for each order: i64[orders, N]; shifts i64[longest order, N]: row i holds the byte i places back."""
        codes = np.array([[code if i < n else 0 for i, code in enumerate(hash_codes(self.reach))] for n in orders])
        return self.g.MatMul(self.g.const(codes, np.int64), shifts)

    def embed(self, shifts: str, byte: str, found: str) -> str:
        """E_local[byte] [1, N, D_L] plus n-grams and matches; found i32[M * depth, N] as the input of that name."""
        g, c = self.g, self.c
        u = g.Unsqueeze(g.Gather(self.weight("embed_local.weight"), byte), g.i(0))
        if c.hash_orders:
            row = g.Add(g.Mod(self.hashes(shifts, c.hash_orders), g.i(c.hash_rows)),
                        g.const([[i * c.hash_rows] for i in range(len(c.hash_orders))], np.int64))  # [orders, N]
            if self.bits == 32:
                rows = g.Gather(self.weight("ngrams.weight"), row)
            else:
                rows = g.Mul(g.Cast(g.Gather(g.const(self.table, name="ngrams.weight.int8"), row), to=F32),
                             g.Gather(g.const(self.table_scale, name="ngrams.weight.scale"), row))
            u = g.Add(u, g.ReduceSum(rows, g.i(0), keepdims=1))
        if c.match_orders:
            row = g.Add(found, g.const([[i * (NO_MATCH + 1)] for i in range(len(c.match_orders) * c.match_depth)], np.int32))
            u = g.Add(u, g.ReduceSum(g.Gather(self.weight("matches.weight"), row), g.i(0), keepdims=1))
        return u

    def one_of(self, index: str, old: str, new: list[str]) -> str:
        """What stands in column `index` i32[M, 1] of `text` or `places`, which `new` goes on after column `end`: i32[M, 1]"""
        g, zero = self.g, self.g.const(0, np.int32)
        take, axis = (g.Gather, 0) if old == "text" else (g.GatherElements, 1)
        if not new:
            return take(old, index, axis=axis)
        past = g.Sub(index, self.first_new)
        fresh = take(g.Concat(*new, axis=axis), g.Max(past, zero), axis=axis)
        return g.Where(g.Less(past, zero), take(old, g.Min(index, self.last_old), axis=axis), fresh)

    def last_place(self, code: str, fresh: list[str]) -> str:
        """Where in the text the byte stands that followed the last n-gram with hash `code` i32[M, 1]: i32[M, 1], 0 for none.
        `fresh`: the hashes at the bytes of the open patch so far. A place is one more than its n-gram's column."""
        g, zero, one = self.g, self.g.const(0, np.int32), self.g.const(1, np.int32)
        M = len(self.c.match_orders)
        bucket = g.Add(g.Mod(g.Reshape(code, g.i(-1)), g.const(BUCKETS, np.int32)), g.const(np.arange(M) * BUCKETS, np.int32))
        columns = g.Gather(self.slots, bucket)  # [M, S]
        same = g.Where(g.Equal(g.GatherElements("codes", columns, axis=1), code), columns, zero)
        if fresh:
            at = g.Add(g.const(np.arange(len(fresh))[None], np.int32), self.first_new)
            same = g.Concat(same, g.Where(g.Equal(g.Concat(*fresh, axis=1), code), at, zero), axis=1)
        column = g.ReduceMax(same, g.i(1), keepdims=1)
        return g.Add(column, g.Min(column, one))

    def followers(self, place: str, places: list[str], fresh: list[str]) -> str:
        """The bytes at `place` i32[M, 1] and at the places before it of the same n-gram: i32[M * depth, 1]. `places` and
        `fresh`: those of the open patch's n-grams, and its bytes i32[1], so far."""
        g, found = self.g, []
        for d in range(self.c.match_depth):
            found.append(self.one_of(place, "text", fresh))
            if d + 1 < self.c.match_depth:
                column = g.Max(g.Sub(place, g.const(1, np.int32)), g.const(0, np.int32))
                place = self.one_of(column, "places", places)
        return g.Reshape(g.Concat(*found, axis=1), g.i(-1, 1))

    def output(self, name: str, value: str, shape: list, kind: int = F32) -> None:
        self.g.node("Identity", [value], [name])
        self.outputs.append((name, kind, shape))

    def build(self, part: str = "whole") -> onnx.ModelProto:
        """`part`: "whole", or what stays on the CPU where a GPU runs the global model (device.py): "encode" ends with the global
        model's input h f32[n,P*D_G], and "local" begins with its output."""
        g, c, m = self.g, self.c, self.m
        if not (c.window and c.previous_byte and c.rope):
            raise InputError("only configurations with window, previous_byte and rope can be exported")
        if c.hash_orders and self.bits != 32:
            table = self.weights["ngrams.weight"]
            self.table_scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-8) / 127
            self.table = np.rint(table / self.table_scale).astype(np.int8)
        P, D, width = c.patch, c.d_local, c.patch * c.d_global
        self.reach = reach = c.reach
        self.small = [(b, f"encoder.{i}.") for i, b in enumerate(m.encoder)] + [(b, f"locals.{i}.") for i, b in enumerate(m.locals)]
        self.outputs: list[tuple[str, int, list]] = []
        self.cache = {}  # per small layer: keys and values of the last W bytes and the open patch, [1, H, W + .., d]

        # the new bytes, as positions and as n-grams
        self.flat = g.Reshape("patch", g.i(-1))
        count = g.Shape(self.flat)
        self.at = g.Unsqueeze(g.Add(g.Range(g.const(0, np.int64), g.Squeeze(count), g.const(1, np.int64)), "at"), g.i(0))  # [1, nP]
        self.line = g.Concat("history", self.flat, axis=0) if reach > 1 else self.flat
        if part == "local":
            u, rows = g.Unsqueeze("u", g.i(0)), g.Unsqueeze("g", g.i(0))
            for i, (block, _) in enumerate(self.small[:c.n_encoder]):
                self.keep(i, *(g.Concat(self.heads(f"l{x}{i}", block), self.heads(f"nl{x}{i}", block), axis=2) for x in "kv"))
        else:
            u = self.encode(count)
            self.output("u", g.Squeeze(u, g.i(0)), ["nP", D])
            h = self.patches(u)
            if part == "encode":
                self.output("h", g.Squeeze(h, g.i(0)), ["n", width])
                return self.finished()
            rows = self.over_patches(h)
            self.output("g", g.Squeeze(rows, g.i(0)), ["n", width])
        self.decode(u, rows)
        return self.finished()

    def keep(self, i: int, k: str, v: str) -> None:
        g = self.g
        self.cache[i] = [g.Slice(x, g.i(-self.c.window), g.i(2 ** 31), g.i(2)) for x in (k, v)]

    def over_block(self, h: str, i: int) -> str:
        """Encoder or local layer number `i` over the block h [1, nP, D_L]; the W rows before it come from the cache."""
        g, D, (block, name) = self.g, self.c.d_local, self.small[i]
        q, k, v = self.qkv(h, block, name, self.at, one=False)
        all_k, all_v = g.Concat(self.heads(f"lk{i}", block), k, axis=2), g.Concat(self.heads(f"lv{i}", block), v, axis=2)
        self.output(f"nlk{i}", self.rows(k, D), ["nP", D])
        self.output(f"nlv{i}", self.rows(v, D), ["nP", D])
        self.keep(i, all_k, all_v)
        return self.finish(h, self.attention(q, all_k, all_v, "block", D // block.heads), block, name, one=False)

    def encode(self, count: str) -> str:
        """The block's bytes, with n-grams and matches, through the encoder: [1, nP, D_L]"""
        g, reach = self.g, self.reach
        shifts = g.Concat(*[g.Unsqueeze(g.Slice(self.line, g.i(reach - 1 - i), g.Add(count, g.i(reach - 1 - i))), g.i(0))
                            for i in range(reach)], axis=0)
        u = self.embed(shifts, self.flat, "found")
        for i in range(self.c.n_encoder):
            u = self.over_block(u, i)
        return u

    def patches(self, u: str) -> str:
        """Eq. 1-3: the new patches as the global model reads them, [1, n, P * D_G]."""
        g, c = self.g, self.c
        h = g.Unsqueeze(g.Gather(self.weight("embed_global.weight"), self.flat), g.i(0))
        if c.hash_orders or c.n_encoder:
            h = g.Add(h, self.matmul(u, "encoded_to_global.weight"))
        h = g.Reshape(h, g.i(1, -1, c.patch * c.d_global))
        pad = g.Unsqueeze(g.Unsqueeze(g.Equal("pos", g.i(0)), g.i(-1)), g.i(0))  # [1, n, 1]
        return g.Where(pad, self.weight("pad_global", 1, 1, -1), h)

    def over_patches(self, h: str) -> str:
        """The global model: [1, n, P * D_G]"""
        g, heads, d = self.g, self.c.heads_global, self.c.patch * self.c.d_global // self.c.heads_global
        row_at, cap = g.Unsqueeze("pos", g.i(0)), g.Slice(g.Shape("mask"), g.i(2), g.i(3))
        for i, block in enumerate(self.m.globals):
            name = f"globals.{i}."
            q, k, v = self.qkv(h, block, name, row_at, one=False)
            o = self.over_cache(q, k, v, f"gk{i}", f"gv{i}", "self", cap, d)
            self.output(f"ngk{i}", g.Squeeze(k, g.i(0)), [heads, "n", d])
            self.output(f"ngv{i}", g.Squeeze(v, g.i(0)), [heads, "n", d])
            h = self.finish(h, o, block, name, one=False)
        return self.norm(h, "norm_global.weight")

    def decode(self, u: str, rows: str) -> None:
        """The local model, from the encoded bytes u and the global rows of the block on."""
        g, c, D, P, W, reach = self.g, self.c, self.c.d_local, self.c.patch, self.c.window, self.reach

        # eq. 4-6 over the block: its bytes were predicted from the rows before
        all_rows = g.Concat("g0", rows, axis=1)
        before_rows = g.Slice(all_rows, g.i(0), g.i(-1), g.i(1))
        pad_local = self.weight("pad_local", 1, 1, -1)
        u0 = g.Where(g.Equal("at", g.i(0)), pad_local, "u0")  # nothing stands before the first byte
        encoded = g.Concat(u0, u, axis=1)
        before = g.Slice(encoded, g.i(0), g.i(-1), g.i(1))
        h = g.Add(self.matmul(g.Reshape(before_rows, g.i(1, -1, c.d_global)), "global_to_local.weight"), before)
        for i in range(c.n_encoder, len(self.small)):
            h = self.over_block(h, i)
        self.masks, self.follow = g.const(tables()[1]), g.const(tables()[0].reshape(-1))
        self.judge(h)
        self.open_patch(encoded, all_rows, pad_local)

    def logits(self, h: str) -> str:
        """[N, 256]"""
        return self.g.Reshape(self.matmul(self.norm(h, "norm_local.weight"), "embed_local.weight"), self.g.i(-1, 256))

    def logp_of(self, logits: str, byte: str) -> str:
        """Log-probability of byte i64[N] under logits [N, 256]: [N]"""
        g = self.g
        return g.Reshape(g.GatherElements(g.LogSoftmax(logits, axis=1), g.Unsqueeze(byte, g.i(-1)), axis=1), g.i(-1))

    def judge(self, h: str) -> None:
        """What the model says of the block's own bytes."""
        g, logits = self.g, self.logits(h)
        masked = g.Add(logits, g.Gather(self.masks, g.Slice("state", g.i(0), g.i(-1))))
        self.output("score", self.logp_of(logits, self.flat), ["nP"])
        self.output("best", g.ArgMax(masked, axis=1, keepdims=0), ["nP"], I64)
        self.output("top", g.ReduceMax(g.LogSoftmax(masked, axis=1), g.i(1), keepdims=0), ["nP"])

    def open_patch(self, encoded: str, all_rows: str, pad_local: str) -> None:
        """The patch after the block, byte by byte."""
        g, c, D, P, W, reach = self.g, self.c, self.c.d_local, self.c.patch, self.c.window, self.reach
        last = g.Slice(all_rows, g.i(-1), g.i(2 ** 31), g.i(1))
        parts = self.matmul(g.Reshape(last, g.i(1, P, c.d_global)), "global_to_local.weight")
        parts = g.node("Split", [parts, g.i(*[1] * P)], P, axis=1)
        known, free, positions = (g.node("Split", [x, g.i(*[1] * P)], P, axis=-1)
                                  for x in ("forced", g.Less("forced", g.i(0)), g.Unsqueeze(g.Add("end", g.i(*range(P))), g.i(0))))
        before = g.Where(g.Equal("end", g.i(0)), pad_local, g.Slice(encoded, g.i(-1), g.i(2 ** 31), g.i(1)))
        state, chosen, all_logits, codes, places, fresh = g.Slice("state", g.i(-1), g.i(2 ** 31)), [], [], [], [], []
        if c.match_orders:
            M = len(c.match_orders)
            self.slots = g.Reshape("buckets", g.i(M * BUCKETS, -1))
            self.last_old = g.Cast("end", to=I32)  # the last column that the inputs hold
            self.first_new = g.Add(self.last_old, g.const(1, np.int32))
        recent = list(g.node("Split", [g.Slice(self.line, g.i(1 - reach), g.i(2 ** 31)), g.i(*[1] * (reach - 1))], reach - 1,
                             axis=0)) if reach > 2 else [self.line] if reach == 2 else []
        recent = recent[::-1]  # latest first

        def step(h: str, i: int, p: int, mask: str) -> str:
            block, name = self.small[i]
            q, k, v = self.qkv(h, block, name, positions[p], one=True)
            self.cache[i] = [g.Concat(old, new, axis=2) for old, new in zip(self.cache[i], (k, v))]
            return self.finish(h, self.attention(q, *self.cache[i], mask, D // block.heads), block, name, one=True)

        for p in range(P):
            mask = g.Slice("steps", g.i(p, 0), g.i(p + 1, W + p + 1), g.i(0, 1))
            h = g.Add(parts[p], before)
            for i in range(c.n_encoder, len(self.small)):
                h = step(h, i, p, mask)
            logits = g.Add(self.logits(h), g.Gather(self.masks, state))
            byte = g.Where(free[p], g.ArgMax(logits, axis=1, keepdims=0), known[p])  # [1]
            chosen.append(byte)
            all_logits.append(logits)
            if p == P - 1:
                break
            state = g.Gather(self.follow, g.Add(g.Mul(state, g.i(256)), byte))
            recent = ([byte] + recent)[:reach]
            shifts, found = g.Unsqueeze(g.Concat(*recent, axis=0), g.i(1)), ""
            if c.match_orders:
                code = g.Cast(self.hashes(shifts, c.match_orders), to=I32)
                fresh.append(g.Cast(byte, to=I32))
                place = self.last_place(code, codes)
                found = self.followers(place, places, fresh)
                codes.append(code)
                places.append(place)
            before = self.embed(shifts, byte, found)
            for i in range(c.n_encoder):
                before = step(before, i, p, mask)
        chosen = g.Concat(*chosen, axis=0)
        self.output("bytes", chosen, [P], I64)
        self.output("logp", self.logp_of(g.Concat(*all_logits, axis=0), chosen), [P])

    def finished(self) -> onnx.ModelProto:
        """The nodes so far, with those of the inputs that they use."""
        g, c, D, P, W, reach, H = self.g, self.c, self.c.d_local, self.c.patch, self.c.window, self.reach, self.c.heads_global
        width, M, d = P * c.d_global, len(c.match_orders), P * c.d_global // H
        inputs = [("patch", I64, ["n", P]), ("pos", I64, ["n"]), ("at", I64, [1]), ("end", I64, [1]), ("mask", F32, [1, 1, "cap"]), ("self", F32, [1, "n", "n"]),
                  ("block", F32, [1, "nP", "WnP"]), ("steps", F32, [P, W + P]), ("history", I64, [reach - 1]), ("u0", F32, [1, 1, D]),
                  ("g0", F32, [1, 1, width]), ("forced", I64, [P]), ("state", I64, ["1+nP"]), ("u", F32, ["nP", D]), ("g", F32, ["n", width]),
                  ("found", I32, [M * c.match_depth, "nP"]), ("text", I32, ["1+T"]), ("codes", I32, [M, "1+T"]), ("places", I32, [M, "1+T"]),
                  ("buckets", I32, [M, "BS"])]
        inputs += [(f"g{x}{i}", F32, [H, "cap", d]) for i in range(c.n_global) for x in "kv"]
        inputs += [(f"l{x}{i}", F32, [W, D]) for i in range(len(self.small)) for x in "kv"]
        inputs += [(f"nl{x}{i}", F32, ["nP", D]) for i in range(c.n_encoder) for x in "kv"]
        made, used = {name for node in g.nodes for name in node.output}, {name for node in g.nodes for name in node.input}
        return g.model("byteline", [x for x in inputs if x[0] in used - made], self.outputs)
