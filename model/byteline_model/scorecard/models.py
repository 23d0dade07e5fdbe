"""From a command line's names to models: a folder with model.json or a released name runs in the worker, a .pt file in PyTorch."""
from pathlib import Path

from ..errors import InputError
from .checkpoint import CheckpointPredictor
from .predictor import Predictor
from .worker import ROOT, WorkerPredictor

RELEASED = ROOT / "model" / "models"


def folder_of(name: str) -> Path:
    """The folder of a model by path or released name. Raises InputError where there is none."""
    for folder in (Path(name), RELEASED / name):
        if (folder / "model.json").is_file():
            return folder
    released = sorted(f.parent.name for f in RELEASED.glob("*/model.json"))
    raise InputError(f"{name}: neither a folder with a model.json nor one of {', '.join(released)}")


def open_model(name: str, threads: int) -> Predictor:
    if name.endswith(".pt"):
        return CheckpointPredictor(Path(name))
    return WorkerPredictor(folder_of(name), threads)
