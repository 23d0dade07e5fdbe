"""What Byteline's speed is measured against: a plain Transformer over bytes in the same runtime, and models of any size
with random weights (the speed is the same).

    python -m byteline_model.peer --out DIR [--only NAME,..]

writes one folder for each of `PEERS`, int8: MEGABYTE as a model folder that the worker loads, a Transformer as
int8.onnx and peer.json for test/bench/peers.ts. A Transformer has as many weights as the MEGABYTE model it is named
after, or about a quarter of them: Yu et al. 2023 compare MEGABYTE with 4.3 times a Transformer's.
"""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

import onnx
import torch

from .config import Config
from .controls import Transformer, TransformerConfig
from .errors import InputError, command
from .export import manifest
from .export import write as write_graphs
from .layers import F32, I64, LayerBuilder, Stream
from .presets import MATCHES, MEGABYTES, PRESETS, build, count_weights
from .sequence import EOM

STEPS = 8  # bytes a call, as in a patch
MIDDLE = replace(MEGABYTES["medium"], **MATCHES, hash_orders=(2, 3, 4), n_local=2)
PEERS: dict[str, Config | TransformerConfig] = {
    "nano": PRESETS["nano"],
    "nano-transformer": TransformerConfig(width=256, layers=7, heads=8, context=4096),
    "27M": MIDDLE,
    "27M-transformer": TransformerConfig(width=512, layers=9, heads=8, context=4096),
    "27M-quarter-transformer": TransformerConfig(width=320, layers=5, heads=8, context=4096),
}
# for a large GPU, by name alone: they take gigabytes
LARGE: dict[str, Config | TransformerConfig] = {
    "60M": MEGABYTES["small"],
    "350M": replace(MIDDLE, d_global=192, n_global=12, heads_global=16, d_local=384, n_local=4, heads_local=6),
    "1.5B": replace(MIDDLE, d_global=320, n_global=18, heads_global=20, d_local=512, n_local=4, heads_local=8),
}


class TransformerBuilder(LayerBuilder):
    """The graph of a `controls.Transformer`: a call takes new bytes in and brings the next STEPS bytes out, greedily,
    without a UTF-8 mask. Row t of the caches is position t, whose input is byte t - 1 (row 0 the start).

      in   bytes i64[n]    byte pos - 1 for each new row (anything for row 0)
           pos i64[n]      the new rows' numbers
           mask f32[1,1,cap], self f32[1,n,n], k*, v* f32[H,cap,d]    as in graph.py
      out  next i64[STEPS], nk*, nv* f32[H,n+STEPS-1,d]    the new rows, and those of the bytes out but for the last
    """

    c: TransformerConfig
    m: Transformer

    def __init__(self, model: Transformer, bits: int):
        super().__init__(model, bits)
        if model.c.latents:
            raise InputError("only a Transformer without latents can be exported")

    def build(self) -> onnx.ModelProto:
        """The graph with the inputs and outputs above."""
        g, c, H = self.g, self.c, self.c.heads
        d, outputs = c.width // H, []
        cap, own = g.Slice(g.Shape("mask"), g.i(2), g.i(3)), {}
        last = g.Slice("pos", g.i(-1), g.i(2**31))

        def layer(i: int, stream: Stream, positions: str, mask: str, one: bool) -> Stream:
            """`own`: keys and values of the new rows so far, [1, H, N, d]"""
            block, name = self.m.layers[i], f"layers.{i}."
            q, k, v, h = self.qkv(stream, block, name, positions, one)
            if i in own:
                k, v = g.Concat(own[i][0], k, axis=2), g.Concat(own[i][1], v, axis=2)
            own[i] = k, v
            return self.finish(h, self.over_cache(q, k, v, f"k{i}", f"v{i}", mask, cap), block, name, one)

        def byte_of(h: str) -> str:
            logits = self.matmul(h, "embed.weight")
            return g.ArgMax(g.Reshape(logits, g.i(1, -1)), axis=1, keepdims=0)

        h = g.Unsqueeze(g.Gather(self.weight("embed.weight"), "bytes"), g.i(0))
        h = g.Where(
            g.Unsqueeze(g.Unsqueeze(g.Equal("pos", g.i(0)), g.i(-1)), g.i(0)), self.weight("start", 1, 1, -1), h
        )
        stream: Stream = (h,)
        for i in range(c.layers):
            stream = layer(i, stream, g.Unsqueeze("pos", g.i(0)), "self", False)
        chosen = [byte_of(g.Slice(self.normed(stream, "norm.weight")[0], g.i(-1), g.i(2**31), g.i(1)))]
        for p in range(1, STEPS):
            stream = (g.Unsqueeze(g.Gather(self.weight("embed.weight"), chosen[-1]), g.i(0)),)
            for i in range(c.layers):
                stream = layer(i, stream, g.Add(last, g.i(p)), "", True)
            chosen.append(byte_of(self.normed(stream, "norm.weight")[0]))
        g.node("Concat", chosen, ["next"], axis=0)
        for i in range(c.layers):
            for x, rows in zip("kv", own[i]):
                g.node("Squeeze", [rows, g.i(0)], [f"n{x}{i}"])
                outputs.append((f"n{x}{i}", F32, [H, "rows", d]))
        inputs = [
            ("bytes", I64, ["n"]),
            ("pos", I64, ["n"]),
            ("mask", F32, [1, 1, "cap"]),
            ("self", F32, [1, "n", "n"]),
        ]
        inputs += [(f"{x}{i}", F32, [H, "cap", d]) for i in range(c.layers) for x in "kv"]
        return g.model("transformer", inputs, [("next", I64, [STEPS])] + outputs)


def write(name: str, out: Path) -> int:
    """Writes a peer's folder; returns its weights outside the tables."""
    config, folder = (PEERS | LARGE)[name], out / name
    torch.manual_seed(1)
    model = build(config)
    model.eval()
    for p in model.parameters():  # layers that training begins with zeros, too
        if not p.any():
            torch.nn.init.normal_(p, std=0.02)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "int8.onnx"
    if isinstance(model, Transformer):
        onnx.save(TransformerBuilder(model, 8).build(), file)
        (folder / "peer.json").write_text(json.dumps(asdict(config) | {"weights": count_weights(model)[0]}))
    else:
        with torch.no_grad():  # so that the end of a middle is hardly ever the most probable, and decoding goes on
            model.embed_local.weight[EOM] = 0
        (folder / "model.json").write_text(
            json.dumps(manifest(model, name, "random", write_graphs(model, folder, 8), {}, {}))
        )
    return count_weights(model)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default=",".join(PEERS), help="names with commas between")
    a = parser.parse_args()
    known = PEERS | LARGE
    for name in a.only.split(","):
        if name not in known:
            raise InputError(f"--only {name}: one of {', '.join(known)}")
        weights = write(name, a.out)
        size = sum(f.stat().st_size for f in (a.out / name).glob("int8.*"))
        print(f"{name}: {weights / 1e6:.2f}M weights outside the tables, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    command(main)
