"""The Transformer's graph against PyTorch, and peers that load."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from byteline_model import peer
from byteline_model.controls import Transformer, TransformerConfig
from byteline_model.errors import InputError
from byteline_model.peer import STEPS, TransformerBuilder

SMALL = TransformerConfig(width=32, layers=2, heads=2, context=64)


@torch.no_grad()
def test_the_graph_decodes_what_pytorch_decodes(tmp_path):
    torch.manual_seed(0)
    model = Transformer(SMALL).eval()
    for p in model.parameters():
        p.add_(torch.randn_like(p) * 0.1)
    onnx.save(TransformerBuilder(model, 32).build(), tmp_path / "fp32.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "fp32.onnx", providers=["CPUExecutionProvider"])
    cache = {f"{x}{i}": np.zeros((2, 64, 16), np.float32) for i in range(2) for x in "kv"}
    names = [o.name for o in session.get_outputs()]

    def call(tokens: bytes, rows: int) -> bytes:
        n = len(tokens)
        feeds = {
            "bytes": np.frombuffer(tokens, np.uint8).astype(np.int64),
            "pos": np.arange(rows, rows + n),
            "mask": np.where(np.arange(64) < rows, 0, -1e9).astype(np.float32)[None, None],
            "self": np.where(np.tri(n) > 0, 0, -1e9).astype(np.float32)[None],
        }
        got = dict(zip(names, session.run(names, feeds | cache)))
        for k in cache:
            cache[k][:, rows : rows + n + STEPS - 1] = got["n" + k]
        return bytes(got["next"].astype(np.uint8))

    prompt = b"\0const a"  # the first is the start's row: what stands there is not read
    out = call(prompt, 0)
    out += call(out[-1:], len(prompt) + STEPS - 1)
    want = list(prompt[1:])
    for _ in range(2 * STEPS):
        want.append(int(model(torch.tensor([want + [0]]))[0, -1].argmax()))
    assert out == bytes(want[len(prompt) - 1 :])


def test_peers_are_written_and_an_unknown_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(peer, "PEERS", {"a": peer.PRESETS["tiny"], "b": SMALL})
    monkeypatch.setattr("sys.argv", ["peer", "--out", str(tmp_path)])
    peer.main()
    assert json.loads((tmp_path / "a/model.json").read_text())["architecture"]["type"] == "megabyte"
    assert json.loads((tmp_path / "b/peer.json").read_text())["layers"] == 2
    onnxruntime.InferenceSession(tmp_path / "b/int8.onnx", providers=["CPUExecutionProvider"])
    monkeypatch.setattr("sys.argv", ["peer", "--out", str(tmp_path), "--only", "c"])
    with pytest.raises(InputError, match="--only c"):
        peer.main()
