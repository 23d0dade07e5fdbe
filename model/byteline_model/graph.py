"""Builds the ONNX graph that the worker runs: one call takes whole patches in and brings the next patch's bytes out.

The loop over the P bytes of the open patch is unrolled, with the UTF-8 mask and the arg max inside; the caches are
plain inputs that JavaScript owns, and only new rows come out. Local rows of a patch that a call decoded come out of it,
too, so the next call need not read that patch again: its encodings are `known`, and only the global model sees it. B
lanes, texts that go on from the same global rows, share a call; with one lane a call may read any number of patches. n
patches of each lane are new to the global model (none: only the open patch is decoded), N of their bytes to the local
one, at the end. Row r of the global model holds patch r - 1 (row 0 the pad), L = layers, H heads of width d, T the
bytes that the match inputs have room for:

  in   patch i32[B,nP]         bytes of patch r - 1 for each new row r (anything for row 0)
       pos i64[Bn]             the new rows' numbers
       mask f32[1,1 or Bn,cap] which cached global rows each new one sees: 0 or -1e9
       self f32[1,Bn,Bn]       which new rows: 0 or -1e9
       fresh i32[B,N]          the bytes that are new to the local model
       grams i32[B,N,G]        the hash of the n bytes up to each, for each order of the n-gram tables
       found i32[B,N,M*depth]  for each match order the bytes that followed when the n bytes up to here were last
                               seen, or 256
       at i64[1], end i64[1]   bytes before the fresh ones, and before the open patch
       block f32[1,N,W+N]      which bytes each fresh byte sees: the W cached before them, then themselves
       steps f32[P,W+P]        the same for the bytes of the open patch
       recent i32[B,R-1]       the bytes before the open patch, for n-grams; zeros at the start
       text i32[B,1+T]         256, then all bytes before the open patch; the rest of it is not read
       codes i32[B,M,2+T]      -1, -1, then the hash of the n bytes up to each of them: column t + 2 is byte t's
       places i32[B,M,2+T]     0, 0, then the column of the last n bytes that were the same, or 0
       buckets i32[M*K,S]      a hash table of all lanes: the latest columns whose hash is h, modulo K, in S slots; 0
                               in an empty slot
       known f32[B,1+R',D_L]   encodings of the byte before the new patches and of those that are not fresh
       g0 f32[B,1,P*D_G]       global output row before the first new one
       forced i32[B,P]         known bytes of the open patch, -1 = free
       state i32[B,N+1]        UTF-8 state before each fresh byte, and before the open patch
       gk*, gv* f32[H,cap,d]   global cache;  lk*, lv* f32[B,W,D_L]  encoder layers' then local layers' last W rows
  out  bytes i32[B,P], dist f32[B,P,256]    the open patch, and the log-probabilities (nats) that it was chosen by
       score f32[B,N]          log-probability of the fresh bytes, unmasked
       fdist f32[B,N,256]      the log-probabilities that bytes in the fresh ones' place would be chosen by
       g f32[Bn,P*D_G], u f32[B,N,D_L], ngk*, ngv* f32[H,Bn,d], nlk*, nlv* f32[B,N,D_L]    the new rows
       ou f32[B,P,D_L], olk*, olv* f32[B,P,D_L]    those of the open patch
"""

import numpy as np
import onnx

from .errors import InputError
from .layers import F32, I32, I64, Stream
from .patch_decoder import BUCKETS, PatchDecoder
from .utf8 import tables


class Builder(PatchDecoder):
    """Writes one model's graph."""

    def build(self, part: str = "whole") -> onnx.ModelProto:
        """`part`: "whole", or what stays on the CPU where a GPU runs the global model (device.py): "encode" ends with
        the global model's input h f32[n,P*D_G], and "local" begins with its output."""
        g, c = self.g, self.c
        if not (c.window and c.previous_byte and c.rope):
            raise InputError("only configurations with window, previous_byte and rope can be exported")
        if c.training_alone:
            raise InputError(
                f"{c.training_alone[0]} is for training alone: the graph does not know it, so it cannot be exported"
            )
        if part == "local":
            encoded = g.Concat("known", "u", axis=1)
            for i in range(c.n_encoder):
                self.keep(i, *(g.Concat(self.heads(f"l{x}{i}"), self.heads(f"nl{x}{i}"), axis=2) for x in "kv"))
            rows = "g"
        else:
            u = self.encode()
            # nothing stands before the first byte: the pad row's call, whose u has no other use, says what does instead
            u = g.Where(g.Equal("end", g.i(0)), self.weight("pad_local", 1, 1, -1), u)
            self.output("u", u, ["B", "N", c.d_local])
            encoded = g.Concat("known", u, axis=1)
            h = self.patches(g.Slice(encoded, g.i(1), g.i(2**31), g.i(1)))
            if part == "encode":
                self.output("h", g.Squeeze(h, g.i(0)), ["Bn", c.patch * c.d_global])
                return self.finished()
            rows = g.Squeeze(self.over_patches(h), g.i(0))
            self.output("g", rows, ["Bn", c.patch * c.d_global])
        self.decode(encoded, rows)
        return self.finished()

    def keep(self, i: int, k: str, v: str) -> None:
        self.cache[i] = [self.last(x, self.c.window, 2) for x in (k, v)]

    def over_block(self, stream: Stream, i: int) -> Stream:
        """Encoder or local layer number `i` over the fresh bytes [B, N, D_L]; the W rows before come from the cache."""
        g, (block, name) = self.g, self.small[i]
        q, k, v, h = self.qkv(stream, block, name, "at", one=False)
        all_k, all_v = g.Concat(self.heads(f"lk{i}"), k, axis=2), g.Concat(self.heads(f"lv{i}"), v, axis=2)
        self.output(f"nlk{i}", self.rows(k), ["B", "N", self.c.d_local])
        self.output(f"nlv{i}", self.rows(v), ["B", "N", self.c.d_local])
        self.keep(i, all_k, all_v)
        return self.finish(h, self.attention(q, all_k, all_v, "block"), block, name, one=False)

    def encode(self) -> str:
        """The fresh bytes, with n-grams and matches, through the encoder: [B, N, D_L]"""
        g, c, grams = self.g, self.c, ""
        if c.hash_orders:
            grams = g.Add(
                g.Mod("grams", g.const(c.hash_rows, np.int32)),
                g.const(np.arange(len(c.hash_orders)) * c.hash_rows, np.int32),
            )
        u = self.embed(g.Unsqueeze("fresh", g.i(-1)), grams, "found")
        # no Squeeze: ReduceSum leaves the axis of nothing as it is
        stream: Stream = (g.Reshape(u, g.i(0, 0, c.d_local)),)
        for i in range(c.n_encoder):
            stream = self.over_block(stream, i)
        return self.total(stream)

    def patches(self, u: str) -> str:
        """Eq. 1-3: the new patches as the global model reads them, [1, Bn, P * D_G]."""
        g, c = self.g, self.c
        h = g.Gather(self.weight("embed_global.weight"), "patch")
        if c.hash_orders or c.match_orders or c.n_encoder:
            h = g.Add(h, self.matmul(u, "encoded_to_global.weight"))
        h = g.Reshape(h, g.i(1, -1, c.patch * c.d_global))
        pad = g.Unsqueeze(g.Equal("pos", g.i(0)), g.i(0, 2))  # [1, Bn, 1]
        return g.Where(pad, self.weight("pad_global", 1, 1, -1), h)

    def over_patches(self, h: str) -> str:
        """The global model: [1, Bn, P * D_G]"""
        g, heads, d = self.g, self.c.heads_global, self.c.patch * self.c.d_global // self.c.heads_global
        at, cap, stream = g.Unsqueeze("pos", g.i(0)), g.Slice(g.Shape("mask"), g.i(2), g.i(3)), (h,)
        for i, block in enumerate(self.m.globals):
            name = f"globals.{i}."
            q, k, v, h = self.qkv(stream, block, name, at, one=False)
            o = self.over_cache(q, k, v, f"gk{i}", f"gv{i}", "self", cap)
            self.output(f"ngk{i}", g.Squeeze(k, g.i(0)), [heads, "Bn", d])
            self.output(f"ngv{i}", g.Squeeze(v, g.i(0)), [heads, "Bn", d])
            stream = self.finish(h, o, block, name, one=False)
        return self.normed(stream, "norm_global.weight")[0]

    def decode(self, encoded: str, rows: str) -> None:
        """The local model, from the encoded bytes [B, 1 + nP, D_L] and the new global rows [Bn, P * D_G] on."""
        g, c, P = self.g, self.c, self.c.patch
        lanes = g.Slice(g.Shape("forced"), g.i(0), g.i(1))
        # [B, 1 + n, P * D_G]
        all_rows = g.Concat("g0", g.Reshape(rows, g.Concat(lanes, g.i(-1, P * c.d_global), axis=0)), axis=1)
        # eq. 4-6 over the fresh bytes: they were predicted from the rows before
        count = g.Neg(g.Slice(g.Shape("fresh"), g.i(1), g.i(2)))
        before_rows = g.Slice(all_rows, g.Sub(g.Div(count, g.i(P)), g.i(1)), g.i(-1), g.i(1))
        before = g.Slice(encoded, g.Sub(count, g.i(1)), g.i(-1), g.i(1))
        stream: Stream = (self.matmul(g.Reshape(before_rows, g.i(0, -1, c.d_global)), "global_to_local.weight"), before)
        for i in range(c.n_encoder, len(self.small)):
            stream = self.over_block(stream, i)
        self.masks, self.follow = g.const(tables()[1]), g.const(tables()[0].reshape(-1), np.int32)
        self.judge(self.logits(stream))
        self.open_patch(encoded, all_rows)

    def judge(self, logits: str) -> None:
        """What the model says of the fresh bytes."""
        g = self.g
        masked = g.Add(logits, g.Gather(self.masks, g.Slice("state", g.i(0), g.i(-1), g.i(1))))
        said = g.GatherElements(g.LogSoftmax(logits, axis=2), g.Unsqueeze("fresh", g.i(-1)), axis=2)
        self.output("score", g.Squeeze(said, g.i(2)), ["B", "N"])
        self.output("fdist", g.LogSoftmax(masked, axis=2), ["B", "N", 256])

    def finished(self) -> onnx.ModelProto:
        """The nodes so far, with those of the inputs that they use."""
        g, c, D, P, W, reach, H = (
            self.g,
            self.c,
            self.c.d_local,
            self.c.patch,
            self.c.window,
            self.c.reach,
            self.c.heads_global,
        )
        width, M, d = P * c.d_global, len(c.match_orders), P * c.d_global // H
        inputs = [
            ("patch", I32, ["B", "nP"]),
            ("pos", I64, ["Bn"]),
            ("mask", F32, [1, "rows", "cap"]),
            ("self", F32, [1, "Bn", "Bn"]),
            ("fresh", I32, ["B", "N"]),
            ("grams", I32, ["B", "N", len(c.hash_orders)]),
            ("found", I32, ["B", "N", M * c.match_depth]),
            ("at", I64, [1]),
            ("end", I64, [1]),
            ("block", F32, [1, "N", "WN"]),
            ("steps", F32, [P, W + P]),
            ("recent", I32, ["B", reach - 1]),
            ("text", I32, ["B", "1+T"]),
            ("codes", I32, ["B", M, "2+T"]),
            ("places", I32, ["B", M, "2+T"]),
            ("buckets", I32, [M * BUCKETS, "S"]),
            ("known", F32, ["B", "1+R", D]),
            ("g0", F32, ["B", 1, width]),
            ("forced", I32, ["B", P]),
            ("state", I32, ["B", "N+1"]),
            ("u", F32, ["B", "N", D]),
            ("g", F32, ["Bn", width]),
        ]
        inputs += [(f"g{x}{i}", F32, [H, "cap", d]) for i in range(c.n_global) for x in "kv"]
        inputs += [(f"l{x}{i}", F32, ["B", W, D]) for i in range(len(self.small)) for x in "kv"]
        inputs += [(f"nl{x}{i}", F32, ["B", "N", D]) for i in range(c.n_encoder) for x in "kv"]
        made, used = (
            {name for node in g.nodes for name in node.output},
            {name for node in g.nodes for name in node.input},
        )
        return g.model("byteline", [x for x in inputs if x[0] in used - made], self.outputs)
