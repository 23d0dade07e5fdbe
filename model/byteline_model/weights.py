"""Large tensors of a model's graphs in one file beside them (ONNX external data): graphs share them, onnxruntime reads them where
they lie, and a new graph does not store them again."""
import hashlib
from pathlib import Path

import onnx
from onnx import TensorProto

LEAST = 1024  # bytes; smaller tensors stay in the graph
PAGE = 4096  # files are mapped by pages


class Weights:
    def __init__(self, file: Path):
        self.file, self.data, self.places = file, bytearray(), {}

    def move(self, model: onnx.ModelProto) -> onnx.ModelProto:
        """Replaces the graph's large tensors by places in the file; equal ones get one place."""
        for tensor in model.graph.initializer:
            raw = tensor.raw_data
            if len(raw) < LEAST:
                continue
            if raw not in self.places:
                self.data += bytes(-len(self.data) % PAGE)
                self.places[raw] = len(self.data)
                self.data += raw
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", self.file.name), ("offset", self.places[raw]), ("length", len(raw))):
                tensor.external_data.add(key=key, value=str(value))
        return model

    def save(self) -> None:
        self.file.write_bytes(self.data)


def part_of(file: Path) -> dict:
    """What model.json says of a file."""
    return {"path": file.name, "bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
