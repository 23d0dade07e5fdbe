"""From a command line's names to models: a folder with model.json or a released name runs in the worker, a .pt file in
PyTorch."""

from collections.abc import Iterator
from pathlib import Path

import torch
from tqdm import tqdm

from ..config import VOCAB
from ..corpus.pack import Corpus
from ..errors import InputError
from .checkpoint import CheckpointPredictor
from .predictor import Predictor
from .twin import TwinPredictor
from .worker import ROOT, WorkerPredictor, has_gate

RELEASED = ROOT / "model" / "models"


def folder_of(name: str) -> Path:
    """The folder of a model by path or released name. Raises InputError where there is none."""
    for folder in (Path(name), RELEASED / name):
        if (folder / "model.json").is_file():
            return folder
    released = sorted(f.parent.name for f in RELEASED.glob("*/model.json"))
    raise InputError(f"{name}: neither a folder with a model.json nor one of {', '.join(released)}")


def open_models(name: str, threads: int, memory: Corpus | None = None) -> Iterator[Predictor]:
    """One model, a second time with the corpus as its memory where that is given and the model runs in the worker and
    has a gate, or the two readings of a BPE twin's checkpoint; each is opened when its turn comes."""
    if not name.endswith(".pt"):
        yield WorkerPredictor(folder_of(name), threads)
        if memory and has_gate(folder_of(name)):
            yield WorkerPredictor(folder_of(name), threads, memory)
        elif memory:
            tqdm.write(f"{name} has no gate for a memory (python -m byteline_model.gate): no column with it")
    elif vocabulary(Path(name)) == VOCAB:
        yield CheckpointPredictor(Path(name))
    else:
        yield TwinPredictor(Path(name), healing=False)
        yield TwinPredictor(Path(name), healing=True)


def vocabulary(checkpoint: Path) -> int:
    """Symbols that a checkpoint's network reads: bytes, or the tokens of a BPE twin."""
    return torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)["config"].get("vocab", VOCAB)
