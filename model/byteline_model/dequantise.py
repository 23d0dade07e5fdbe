"""The fp32 twin of an int8 model: the same weights, multiplied in fp32. It tells what int8 arithmetic alone changes,
and needs no checkpoint:

    python -m byteline_model.dequantise model/models/micro .cache/models/micro-fp32
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .errors import InputError, command
from .weights import part_of


def dequantise(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replaces every MatMulNBits node by MatMul with the weights it stands for."""
    weights = {i.name: i for i in model.graph.initializer}
    done: dict[str, str] = {}
    for node in model.graph.node:
        if node.op_type != "MatMulNBits":
            continue
        x, quantised, scale = node.input
        if quantised not in done:
            k = next(a.i for a in node.attribute if a.name == "K")
            blocks = numpy_helper.to_array(weights[quantised]).astype("float32") - 128  # [N, blocks, block size]
            scales = numpy_helper.to_array(weights[scale]).reshape(blocks.shape[:2])[..., None]
            weight = (blocks * scales).reshape(blocks.shape[0], k)
            done[quantised] = quantised + "_fp32"
            model.graph.initializer.append(numpy_helper.from_array(weight.T.copy(), done[quantised]))
        node.CopyFrom(helper.make_node("MatMul", [x, done[quantised]], list(node.output)))
    used = {name for node in model.graph.node for name in node.input}
    for unused in [i for i in model.graph.initializer if i.name not in used]:
        model.graph.initializer.remove(unused)
    return model


def parameters(folder: Path) -> dict[str, np.ndarray]:
    """The network's parameters by name, as the graph in a model folder keeps them; flat where the graph reshaped them.
    Raises InputError for a graph of before 0.3, whose weights have no names."""
    manifest = json.loads((folder / "model.json").read_text())
    file = folder / manifest["files"][0]["path"]
    found = {i.name: numpy_helper.to_array(i) for i in onnx.load(file).graph.initializer}
    out = {}
    for name, value in found.items():
        parameter, _, kind = name.rpartition(".")
        if kind == "T":
            out[parameter] = value.T
        elif kind == "scaled":
            out[parameter] = value * np.float32(value.size**0.5)
        elif kind == "int8" and parameter not in found:  # a tied matrix is there in fp32 too
            scale, blocks = found[parameter + ".scale"], value.astype("float32") - 128 * (value.dtype == np.uint8)
            out[parameter] = blocks * scale.reshape(*blocks.shape[:-1], 1)
        elif kind != "scale" and not name.startswith("c"):
            out[name] = value
    if "embed_local.weight" not in out:
        raise InputError(f"{file}: its weights have no names; export it with this version first")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a model folder with an int8 file")
    parser.add_argument("out", type=Path)
    a = parser.parse_args()
    manifest = json.loads((a.model / "model.json").read_text())
    source = next(f for f in manifest["files"] if f["precision"] == "int8")
    a.out.mkdir(parents=True, exist_ok=True)
    file = a.out / "fp32.onnx"
    onnx.save(dequantise(onnx.load(a.model / source["path"])), file)
    manifest["files"] = [part_of(file) | {"precision": "fp32", "device": "cpu"}]
    if "memory" in manifest:
        shutil.copy(a.model / manifest["memory"]["path"], a.out)
    (a.out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    command(main)
