"""The global model alone, in operators that GPU providers have: it runs there, and the rest (graph.py: "encode" and
"local") on the CPU, where tables, n-gram matches and the choice of bytes belong. Weights are those of the int8 file, in
fp32 arithmetic.

  in   h f32[n,P*D_G]           the new patches as the global model reads them
       pos i64[1,n]             the new rows' numbers
       mask f32[1,1,n,R+n]      which of the R rows before and of themselves they see: 0 or -1e9
       gk*, gv* f32[R,P*D_G]    keys and values of the rows before; R is at least 1, the first for nothing: no
                                provider likes an empty tensor
  out  g f32[n,P*D_G]           the global output
       ngk*, ngv* f32[n,P*D_G]      the new rows, for caches that JavaScript owns
       pgk*, pgv* f32[R+n,P*D_G]    all rows, for caches that stay on the device
"""

import onnx

from .config import Config
from .layers import F32, I64, LayerBuilder, Stream
from .network import Megabyte
from .transformer import Block


class GlobalBuilder(LayerBuilder):
    """Writes the global model's graph for a GPU."""

    c: Config
    m: Megabyte

    def scores(self, q: str, k: str) -> str:
        return self.g.MatMul(q, self.g.Transpose(k, perm=[0, 1, 3, 2]))  # FusedMatMul would run on the CPU

    def layer(self, stream: Stream, i: int, block: Block) -> Stream:
        g, H, width = self.g, block.heads, block.out.in_features
        name, d = f"globals.{i}.", width // block.heads
        q, *new, h = self.qkv(stream, block, name, "pos", one=False)
        whole = []
        for x, rows in zip("kv", new):
            g.node("Reshape", [g.Transpose(rows, perm=[0, 2, 1, 3]), g.i(-1, width)], [f"ng{x}{i}"])
            g.node("Concat", [f"g{x}{i}", f"ng{x}{i}"], [f"pg{x}{i}"], axis=0)
            whole.append(g.Transpose(g.Reshape(f"pg{x}{i}", g.i(1, -1, H, d)), perm=[0, 2, 1, 3]))
        return self.finish(h, self.attention(q, whole[0], whole[1], "mask"), block, name, one=False)

    def build(self) -> onnx.ModelProto:
        """The graph with the inputs and outputs above."""
        g, c, width = self.g, self.c, self.c.patch * self.c.d_global
        stream: Stream = (g.Unsqueeze("h", g.i(0)),)
        for i, block in enumerate(self.m.globals):
            stream = self.layer(stream, i, block)
        g.node("Squeeze", [self.normed(stream, "norm_global.weight")[0], g.i(0)], ["g"])
        caches = [f"g{x}{i}" for i in range(c.n_global) for x in "kv"]
        inputs = [("h", F32, ["n", width]), ("pos", I64, [1, "n"]), ("mask", F32, [1, 1, "n", "Rn"])] + [
            (x, F32, ["R", width]) for x in caches
        ]
        outputs = [("g", F32, ["n", width])] + [
            (kind + x, F32, [rows, width]) for kind, rows in (("n", "n"), ("p", "Rn")) for x in caches
        ]
        return g.model("global", inputs, outputs)
