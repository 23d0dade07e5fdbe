"""Large tensors of a model's graphs in one file beside them (ONNX external data): graphs share them, onnxruntime reads
them where they lie, and a new graph does not store them again."""

import hashlib
from pathlib import Path

import onnx
from onnx import TensorProto

LEAST = 1024  # bytes; smaller tensors stay in the graph
PAGE = 4096  # files are mapped by pages


def move(graphs: list[onnx.ModelProto], file: Path) -> None:
    """Writes the large tensors of all graphs to `file`, equal ones once, and puts their places into the graphs.
    Parameters come first, by name."""
    large = [t for graph in graphs for t in graph.graph.initializer if len(t.raw_data) >= LEAST]
    data, places = bytearray(), {}
    for tensor in sorted(large, key=lambda t: ("." not in t.name, t.name, t.raw_data)):
        if tensor.raw_data not in places:
            data += bytes(-len(data) % PAGE)
            places[tensor.raw_data] = len(data)
            data += tensor.raw_data
    file.write_bytes(data)
    for tensor in large:
        put(tensor, file, places[tensor.raw_data])


def put(tensor: TensorProto, file: Path, offset: int) -> None:
    """Has the tensor's data stand in `file`."""
    size = len(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", file.name), ("offset", offset), ("length", size)):
        tensor.external_data.add(key=key, value=str(value))


def find(graphs: list[onnx.ModelProto], old: list[onnx.ModelProto], file: Path) -> int:
    """As `move`, for a file that the `old` graphs use and that stays as it is: what is not there stays in the graphs.
    Returns its bytes."""
    data, places = file.read_bytes(), {}
    for tensor in (t for graph in old for t in graph.graph.initializer if t.data_location == TensorProto.EXTERNAL):
        entry = {e.key: e.value for e in tensor.external_data}
        offset = int(entry["offset"])
        places[data[offset : offset + int(entry["length"])]] = offset
    missing = 0
    for tensor in (t for graph in graphs for t in graph.graph.initializer if len(t.raw_data) >= LEAST):
        if tensor.raw_data in places:
            put(tensor, file, places[tensor.raw_data])
        else:
            missing += len(tensor.raw_data)
    return missing


def part_of(file: Path) -> dict:
    """What model.json says of a file."""
    return {"path": file.name, "bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
