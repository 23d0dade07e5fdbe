"""The split graphs (device.py, and graph.py's "encode" and "local") against the whole one; weights in a file of their
own."""

import numpy as np
import onnx
import onnxruntime
import pytest
from byteline_model.device import GlobalBuilder
from byteline_model.export import write
from byteline_model.graph import Builder
from byteline_model.presets import PRESETS
from byteline_model.runtime import Runtime
from byteline_model.weights import LEAST
from test_network import shaken

TINY = PRESETS["tiny"]
TEXT = b"const value = compute(1, 2);\nreturn value + compute(3, 4);\n   "
TEXT = TEXT[: len(TEXT) // 8 * 8]


class Split(Runtime):
    """Runs the three parts in place of the whole graph; global caches rows first, one row for nothing before them."""

    def __init__(self, folder, config):
        super().__init__(str(folder / "int8.onnx"), config)
        self.whole, self.session = self.session, self
        self.parts = {
            p: onnxruntime.InferenceSession(folder / f"int8-{p}.onnx", providers=["CPUExecutionProvider"])
            for p in ("encode", "global", "local")
        }
        self.device = [np.zeros((1, config.patch * config.d_global), np.float32) for _ in range(2 * config.n_global)]

    def get_inputs(self):
        return self.whole.get_inputs()

    def get_outputs(self):
        return self.whole.get_outputs()

    def part(self, name, feeds):
        session = self.parts[name]
        names = [o.name for o in session.get_outputs()]
        return dict(zip(names, session.run(names, {i.name: feeds[i.name] for i in session.get_inputs()})))

    def run(self, names, feeds):
        n, R = len(feeds["pos"]), len(self.device[0])
        encoded = self.part("encode", feeds)
        caches = [f"g{x}{i}" for i in range(self.c.n_global) for x in "kv"]
        mask = np.concatenate(
            (np.full((n, 1), -1e9), np.zeros((n, R - 1)), np.where(np.tri(n) > 0, 0, -1e9)), 1
        ).astype(np.float32)
        rows = self.part(
            "global",
            dict(zip(caches, self.device)) | {"h": encoded["h"], "pos": feeds["pos"][None], "mask": mask[None, None]},
        )
        for i, name in enumerate(caches):
            assert np.array_equal(rows["p" + name], np.concatenate((self.device[i], rows["n" + name])))
        self.device = [rows["p" + name] for name in caches]
        out = encoded | self.part("local", feeds | encoded | {"g": rows["g"]}) | {"g": rows["g"]}
        H, d = self.c.heads_global, self.c.patch * self.c.d_global // self.c.heads_global
        return [out[n] if n in out else rows[n].reshape(-1, H, d).transpose(1, 0, 2) for n in names]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("split")
    write(shaken(TINY), folder, 8)
    return folder


def test_the_parts_are_the_whole(folder):
    whole, split = Runtime(str(folder / "int8.onnx"), TINY), Split(folder, TINY)
    for piece in (TEXT[:24], TEXT[24:32], TEXT[32:]):
        want, got = whole.extend(piece), split.extend(piece)
        # the whole graph rounds activations to 8 bits in the same matrices
        assert np.abs(want[2] - got[2]).max() < 0.05
        assert want[0] == got[0]
    assert np.abs(whole.out[: whole.rows] - split.out[: whole.rows]).max() < 0.05


def test_the_global_model_has_no_operator_that_only_the_cpu_has(folder):
    graph = onnx.load(folder / "int8-global.onnx", load_external_data=False).graph
    assert {n.op_type for n in graph.node} <= {
        "Add",
        "Concat",
        "Gelu",
        "MatMul",
        "MatMulNBits",
        "Mul",
        "Relu",
        "Reshape",
        "RotaryEmbedding",
        "SimplifiedLayerNormalization",
        "SkipSimplifiedLayerNormalization",
        "Softmax",
        "Split",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    }


def test_graphs_share_their_weights_and_keep_none(folder):
    model = shaken(TINY)
    data = (folder / "int8.weights").read_bytes()
    for name, graph in (
        ("int8.onnx", Builder(model, 8).build()),
        ("int8-global.onnx", GlobalBuilder(model, 8).build()),
    ):
        kept = {t.name: t for t in onnx.load(folder / name, load_external_data=False).graph.initializer}
        large = [t for t in graph.graph.initializer if len(t.raw_data) >= LEAST]
        assert large
        for tensor in large:
            place = {e.key: e.value for e in kept[tensor.name].external_data}
            assert place["location"] == "int8.weights"
            assert data[int(place["offset"]) :][: int(place["length"])] == tensor.raw_data
            assert not kept[tensor.name].raw_data
    assert len(data) < 1.1 * sum(len(t.raw_data) for t in Builder(model, 8).build().graph.initializer) + 2**20
