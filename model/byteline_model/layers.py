"""ONNX nodes of one transformer layer: what the graphs of MEGABYTE (graph.py) and of a plain Transformer (peer.py)
share."""

from collections.abc import Callable
from typing import Any, Literal, overload

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .presets import Network
from .transformer import Block

F32, I64, I32 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32

# what runs through the layers: a value, or two whose sum it is
Stream = tuple[str] | tuple[str, str]


class Graph:
    """A thin layer over onnx.helper: names, constants, and one method per operator through __getattr__."""

    def __init__(self):
        self.nodes, self.initializers, self.known, self.count = [], [], {}, 0

    def const(self, value, dtype=None, name: str = "") -> str:
        """The name of a constant; equal ones are one unless they have names."""
        array = np.asarray(value, dtype)
        key = (array.dtype.str, array.shape, name or hash(array.tobytes()))
        if key not in self.known:
            self.known[key] = name or f"c{len(self.known)}"
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), self.known[key]))
        return self.known[key]

    def i(self, *values: int) -> str:
        """A constant i64 [values]."""
        return self.const(values, np.int64)

    @overload
    def node(self, op: str, inputs: list[str], outputs: Literal[1] = 1, domain: str = "", **attributes: Any) -> str: ...
    @overload
    def node(
        self, op: str, inputs: list[str], outputs: int | list[str], domain: str = "", **attributes: Any
    ) -> list[str]: ...
    def node(
        self, op: str, inputs: list[str], outputs: int | list[str] = 1, domain: str = "", **attributes: Any
    ) -> str | list[str]:
        """The names of its outputs; of one alone, the name."""
        if isinstance(outputs, int):
            self.count += 1
            outputs = [f"{op}{self.count}_{k}" for k in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, outputs, domain=domain, **attributes))
        return outputs[0] if len(outputs) == 1 else outputs

    def __getattr__(self, op: str) -> Callable[..., str]:
        if not op[0].isupper():
            raise AttributeError(op)
        return lambda *inputs, **attributes: self.node(op, list(inputs), **attributes)

    def model(self, name: str, inputs: list[tuple], outputs: list[tuple]) -> onnx.ModelProto:
        """The graph; inputs and outputs are (name, type, shape)."""
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info(*x) for x in inputs],
            [helper.make_tensor_value_info(*x) for x in outputs],
            self.initializers,
        )
        return helper.make_model(
            graph, ir_version=9, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
        )


def int8(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[N, blocks, size] -> u8 of the same shape, and a scale for each block."""
    scale = np.maximum(np.abs(blocks).max(-1), 1e-8) / 127
    return (np.rint(blocks / scale[..., None]) + 128).clip(0, 255).astype(np.uint8), scale


def int4(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[N, blocks, size] -> u8 [N, blocks, size / 2], the even elements in the low halves, and a scale for each block:
    that of a few with the least squared error. The largest element stands for -8."""
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
    least = np.full(blocks.shape[:2] + (1,), np.inf)
    values, scales = np.zeros_like(blocks), np.ones_like(least)
    for share in np.linspace(0.7, 1, 7):
        scale = np.where(largest == 0, 1e-8, -largest * share / 8)
        tried = np.rint(blocks / scale).clip(-8, 7)
        error = ((tried * scale - blocks) ** 2).sum(-1, keepdims=True)
        better = error < least
        least, values, scales = (
            np.where(better, error, least),
            np.where(better, tried, values),
            np.where(better, scale, scales),
        )
    halves = (values + 8).astype(np.uint8)
    return halves[..., 0::2] | (halves[..., 1::2] << 4), scales[..., 0]


class LayerBuilder:
    """Writes the layers of one model's graph. `bits` 32 keeps fp32; 8 and 4 store matrices as blockwise int8 or int4
    (MatMulNBits). A weight keeps the parameter's name, in parts NAME.int8 (or int4) and NAME.scale if it is quantised
    and NAME.T if it is transposed: dequantise.py reads them back."""

    def __init__(self, model: Network, bits: int):
        self.m, self.c, self.bits, self.g = model, model.c, bits, Graph()
        self.weights = {n: p.detach().float().numpy() for n, p in model.named_parameters()}

    def weight(self, name: str, *shape: int) -> str:
        """The parameter of that name in fp32, reshaped to `shape`."""
        return self.g.const(self.weights[name].reshape(shape or self.weights[name].shape), name=name)

    def matmul(self, x: str, name: str) -> str:
        """x [..., K] by the weight of that name [N, K] -> [..., N]."""
        weight = self.weights[name]
        n, k = weight.shape
        if self.bits == 32 or k < 64:
            return self.g.MatMul(x, self.g.const(weight.T, name=name + ".T"))
        size = 128 if k % 128 == 0 and self.bits == 8 else 32
        quantised, scale = (int8 if self.bits == 8 else int4)(weight.reshape(n, k // size, size))
        return self.g.node(
            "MatMulNBits",
            [
                x,
                self.g.const(quantised, name=f"{name}.int{self.bits}"),
                self.g.const(scale.astype(np.float32).reshape(-1), name=name + ".scale"),
            ],
            domain="com.microsoft",
            K=k,
            N=n,
            bits=self.bits,
            block_size=size,
            accuracy_level=4,
        )

    def norm(self, x: str, name: str) -> str:
        """RMS norm over the last axis."""
        return self.g.SimplifiedLayerNormalization(x, self.weight(name), axis=-1, epsilon=1e-5)

    def normed(self, stream: Stream, name: str) -> tuple[str, str]:
        """The norm of the stream, and the stream as one value: where a layer left a sum open, one node does both."""
        if len(stream) == 1:
            return self.norm(stream[0], name), stream[0]
        out = self.g.node(
            "SkipSimplifiedLayerNormalization", [*stream, self.weight(name)], 4, domain="com.microsoft", epsilon=1e-5
        )
        return out[0], out[3]

    def total(self, stream: Stream) -> str:
        """The stream as one value."""
        return stream[0] if len(stream) == 1 else self.g.Add(*stream)

    def qkv(self, stream: Stream, block: Block, name: str, positions: str, one: bool) -> tuple[str, str, str, str]:
        """The stream [B, N, D] -> q, k, v [B, H, N, d], normed and rotated, and the stream as one value. `positions`:
        i64[B, N], or i64[1], the first of N that follow each other. `one`: N is 1, and a reshape does for a transpose.
        q is divided by the root of d: a scale in the product itself would keep onnxruntime from its kernel for one
        row."""
        g, H = self.g, block.heads
        x, h = self.normed(stream, name + "norm1.weight")
        x = self.matmul(x, name + "qkv.weight")
        d = block.qkv.out_features // 3 // H
        if one:
            x = g.Reshape(x, g.i(-1, 3 * H, 1, d))
        else:
            x = g.Transpose(g.Reshape(x, g.i(0, -1, 3 * H, d)), perm=[0, 2, 1, 3])
        q, k, v = g.node("Split", [x, g.i(H, H, H)], 3, axis=1)
        if self.c.qk_norm:
            scale = g.const(
                self.weights[name + "qnorm.weight"] * np.float32(d**-0.5), name=name + "qnorm.weight.scaled"
            )
            q, k = g.SimplifiedLayerNormalization(q, scale, axis=-1, epsilon=1e-5), self.norm(k, name + "knorm.weight")
        else:
            q = g.Mul(q, g.const([d**-0.5], np.float32))
        if self.c.rope:
            at = np.arange(self.c.context + self.c.patch)[:, None]  # the open patch may begin where the context ends
            angle = at * (10000.0 ** (-np.arange(d // 2) / (d // 2)))[None]
            cos, sin = g.const(np.cos(angle).astype(np.float32)), g.const(np.sin(angle).astype(np.float32))
            q, k = (
                g.node("RotaryEmbedding", [x, positions, cos, sin], domain="com.microsoft", num_heads=H) for x in (q, k)
            )
        return q, k, v, h

    def attention(self, q: str, k: str, v: str, mask: str) -> str:
        """q, k, v [B, H, N, d] and a mask that is added to the scores -> [B, H, N, d]"""
        g = self.g
        return g.MatMul(g.Softmax(g.Add(self.scores(q, k), mask), axis=-1), v)

    def scores(self, q: str, k: str) -> str:
        """q k^T: [B, H, N, M]; q is divided by the root of d already."""
        return self.g.node("FusedMatMul", [q, k], domain="com.microsoft", transB=1)

    def over_cache(self, q: str, k: str, v: str, old_k: str, old_v: str, own_mask: str, cap: str) -> str:
        """Attention of the new rows to the `cap` cached ones (old_k, old_v [H, cap, d], input `mask`) and, under
        `own_mask` if there is one, to themselves, in two parts: the cache is read where it is."""
        g = self.g
        past, new = self.scores(q, old_k), self.scores(q, k)
        share = g.Softmax(g.Concat(g.Add(past, "mask"), g.Add(new, own_mask) if own_mask else new, axis=-1), axis=-1)
        return g.Add(
            g.MatMul(g.Slice(share, g.i(0), cap, g.i(3)), old_v), g.MatMul(g.Slice(share, cap, g.i(2**31), g.i(3)), v)
        )

    def finish(self, h: str, o: str, block: Block, name: str, one: bool) -> Stream:
        """The rest of a layer after attention o [B, H, N, d]; its last sum is left open."""
        g, D = self.g, block.out.in_features
        o = g.Reshape(o, g.i(-1, 1, D)) if one else g.Reshape(g.Transpose(o, perm=[0, 2, 1, 3]), g.i(0, -1, D))
        x, h = self.normed((h, self.matmul(o, name + "out.weight")), name + "norm2.weight")
        x = self.matmul(x, name + "up.weight")
        if self.c.relu2:
            x = g.Relu(x)
            x = g.Mul(x, x)
        else:
            x = g.Gelu(x)
        return h, self.matmul(x, name + "down.weight")
