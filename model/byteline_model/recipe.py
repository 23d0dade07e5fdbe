"""How a network is trained: learning rates, momentum, decay, and the average of the weights that is judged and
exported."""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .muon import Muon

LAYERS = ("globals", "locals", "encoder", "layers", "injections")  # modules whose matrices Muon trains
WARM_UP, MOMENTUM_WARM_UP = 50, 300  # steps (the second: modded-nanogpt)
EVERY = 5  # steps between two updates of the average: each costs a pass over all weights


@dataclass(frozen=True)
class Recipe:
    """The defaults are what small runs gained most from elsewhere (modded-nanogpt's records)."""

    rate: float = 1  # factor of the learning rates
    flat: float = 0.4  # share of the budget before the cooldown
    floor: float = 0.05  # the last learning rate, as a share of the first
    decay: float = 0.02  # cautious weight decay of Muon's matrices
    momentum: tuple[float, float] = (0.85, 0.95)  # Muon's, over the first MOMENTUM_WARM_UP steps
    average: int = 150  # steps; 0: the last weights count
    ramp: float = 0.2  # share of the budget after which a step takes twice the rows, unless rows are given

    def factor(self, progress: float, step: int) -> float:
        """Factor of the learning rates at `progress` in 0..1 of the budget."""
        cool = min(1.0, (1 - progress) / (1 - self.flat))
        return min(1.0, (step + 1) / WARM_UP) * max(self.floor, cool)

    def apply(self, optimizers: list[torch.optim.Optimizer], progress: float, step: int) -> None:
        """Sets the learning rates and Muon's momentum of a step."""
        low, high = self.momentum
        for o in optimizers:
            for g in o.param_groups:
                g["lr"] = g["initial_lr"] * self.factor(progress, step)
                if isinstance(o, Muon):
                    g["momentum"] = low + (high - low) * min(1.0, step / MOMENTUM_WARM_UP)


def optimizers(model: nn.Module, muon_dtype, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon on the matrices of the layers, AdamW on embeddings, norms and the rest."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and n.split(".")[0] in LAYERS]
    parameters: dict[str, Any] = dict(model.named_parameters())  # Any: they take an attribute of ours
    for name, p in parameters.items():
        if name.endswith("qkv.weight"):
            p.parts = 3
    chosen = set(map(id, matrices))
    rest = [p for p in model.parameters() if id(p) not in chosen]
    out = [
        Muon(matrices, lr=0.02 * recipe.rate, dtype=muon_dtype, decay=recipe.decay),
        torch.optim.AdamW(rest, lr=0.006 * recipe.rate, betas=(0.9, 0.95), eps=1e-10, weight_decay=0.0, fused=True),
    ]
    for o in out:
        for g in o.param_groups:
            g["initial_lr"] = g["lr"]
    return out


class Average:
    """A running average of a model's weights, as old on average as a plain mean over the last `steps` steps: an
    exponential one, so that it is there at every moment and a checkpoint keeps it in one copy. At first it is the plain
    mean of what there was."""

    def __init__(self, model: nn.Module, steps: int):
        self.model, self.share, self.count = model, 2 * EVERY / steps if steps else 0.0, 0
        self.weights: dict[str, torch.Tensor] = {}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """To be called after each step; every fifth counts."""
        if not self.share or step % EVERY:
            return
        self.count += 1
        for name, p in self.model.named_parameters():
            if self.count == 1:
                self.weights[name] = p.detach().clone()
            else:
                self.weights[name].lerp_(p.detach(), max(self.share, 1 / self.count))

    def state(self) -> dict:
        """What a checkpoint keeps of it."""
        return {"average": self.weights, "averaged": self.count}

    def load(self, saved: dict) -> None:
        """From a checkpoint; one without an average leaves this one as it is."""
        if saved.get("average") and self.share:
            self.weights, self.count = saved["average"], saved["averaged"]

    @torch.no_grad()
    def put(self) -> None:
        """Makes the average the model's weights, for good."""
        for name, p in self.model.named_parameters():
            if name in self.weights:
                p.copy_(self.weights[name])

    @contextmanager
    def judged(self):
        """The model with the averaged weights, in evaluation mode; afterwards it is what it was."""
        kept = {name: p.detach().clone() for name, p in self.model.named_parameters()} if self.weights else {}
        self.put()
        try:
            yield self.model.eval()
        finally:
            self.model.train()
            with torch.no_grad():
                for name, p in self.model.named_parameters():
                    if name in kept:
                        p.copy_(kept[name])
