"""A run's two files: OUT/last.pt, from which it goes on after a kill, and OUT/trunk.pt, the state where the cooldown
began, from which a run with a larger budget goes on."""

import os
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from .config import Config
from .controls import TransformerConfig
from .errors import InputError
from .presets import config_of
from .progress import Budget, Progress
from .recipe import Average

COUNTS = ("step", "elapsed", "core", "seen", "cooling")  # fields of Progress; `read` was another before 0.5.1


def save(file: Path, **state) -> None:
    """Atomic: a kill leaves the old checkpoint or the new one."""
    torch.save(state, file.with_suffix(".part"))
    os.replace(file.with_suffix(".part"), file)


def finished(run: Path, megabytes: float) -> dict:
    """The last checkpoint in folder `run`, whose tensors stay on the disk. Raises InputError for a run that a signal
    has stopped before it saw `megabytes` of text: its figures would stand for those of the whole budget."""
    saved = torch.load(run / "last.pt", map_location="cpu", weights_only=True, mmap=True)
    if saved["seen"] < megabytes * 1e6:
        raise InputError(f"{run}: stopped after {saved['seen'] / 1e6:.2f} MB; the same command goes on")
    return saved


class Checkpoints:
    """Those of the run in folder `out`; what they hold is read and written in place."""

    def __init__(
        self,
        out: Path,
        config: Config | TransformerConfig,
        model: nn.Module,
        optimizers: list[torch.optim.Optimizer],
        average: Average,
        budget: Budget,
        modality: dict | None = None,  # of the corpus: see corpus.pack.Corpus
    ):
        self.last, self.trunk = out / "last.pt", out / "trunk.pt"
        self.config, self.model, self.optimizers, self.average = config, model, optimizers, average
        self.budget, self.modality = budget, modality

    def resume(self, split: str, device: torch.device) -> Progress | None:
        """Loads the newest state; None where there is none. `split` names the shard of a checkpoint from before shards.
        Raises InputError for one of another configuration or modality, or that is past the budget in text seen."""
        file = next((f for f in (self.last, self.trunk) if f.exists()), None)
        if not file:
            return None
        saved = torch.load(file, map_location=device, weights_only=True)
        if saved["cooling"] and self.budget.exceeds(saved) and self.trunk.exists():  # undo the cooldown
            saved = torch.load(self.trunk, map_location=device, weights_only=True)
        if config_of(saved["config"]) != self.config:
            raise InputError(f"{file}: was trained with another configuration")
        if saved.get("modality") != self.modality:  # older ones lack it: text
            was, given = (m or "text" for m in (saved.get("modality"), self.modality))
            raise InputError(f"{file}: was trained on {was}, not {given}")
        limit = self.budget.megabytes
        if limit and (saved.get("megabytes") or 0) > limit and saved["seen"] > limit * 1e6:
            raise InputError(f"{file}: has seen {saved['seen'] / 1e6:.2f} MB already, more than {limit:g}")
        self.model.load_state_dict(saved["model"])
        self.average.load(saved)
        for o, s in zip(self.optimizers, saved["optimizers"]):
            o.load_state_dict(s)
        read = saved["read"] if "read" in saved else {split: saved["position"]}  # before 0.5.1
        return Progress(read=read, **{k: saved.get(k, 0) for k in COUNTS})

    def write(self, file: Path, p: Progress, files: float) -> None:
        """`files`: share of documents with FILE blocks, for the record."""
        save(
            file,
            config=asdict(self.config),
            modality=self.modality,
            model=self.model.state_dict(),
            optimizers=[o.state_dict() for o in self.optimizers],
            files=files,
            **vars(p),
            **self.average.state(),
            **vars(self.budget),
        )
