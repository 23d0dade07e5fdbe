"""One step of training: batches forward and backward, the gradients of all ranks, the optimisers."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from .presets import Network
from .ranks import ALONE, Ranks
from .reading import Reading
from .recipe import Recipe, optimizers


class TrainingStep:
    """`dtype` is that of the layers and of Muon's iteration. `compiled` fuses the element-wise work (needs a C++
    compiler, else it says so and goes on eagerly; the first step then takes about a minute)."""

    def __init__(
        self,
        model: Network,
        text: Reading,
        dtype: torch.dtype,
        recipe: Recipe,
        ranks: Ranks = ALONE,
        compiled: bool = False,
    ):
        self.model, self.text, self.ranks = model, text, ranks

        def loss_of(x: Tensor) -> Tensor:
            return F.cross_entropy(model(x, dtype).float().flatten(0, 1), x.view(-1), ignore_index=text.pad)

        self.optimizers = optimizers(model, dtype, recipe)
        self._eager, self._begun = loss_of, False
        self._loss_of = torch.compile(loss_of, dynamic=False) if compiled else loss_of

    def _backward(self, x: Tensor, count: int) -> float:
        """Adds the gradients of one of `count` batches; returns the mean nats of its positions."""
        try:
            loss = self._loss_of(x)
            (loss / count / self.ranks.world).backward()
        except Exception as error:  # a compiler that is missing or fails: of many kinds, at the first step only
            if self._loss_of is self._eager or self._begun:
                raise
            tqdm.write(f"torch.compile: {str(error).strip().splitlines()[0]}; going on without it")
            self._loss_of = self._eager
            return self._backward(x, count)
        return loss.item()

    def take(self, batches: list[Tensor]) -> tuple[int, float]:
        """Steps once on batches of one shape, int64 [rows, context], of this rank. Returns its bytes of text in them
        and their mean bits per byte."""
        for o in self.optimizers:
            o.zero_grad()
        size, bits = 0, 0.0
        for x in batches:
            x = x.to(self.ranks.device)
            nats = self._backward(x, len(batches))
            sizes, real = self.text.sizes(x), x != self.text.pad
            size += int(sizes.sum())
            # bits a position to bits a byte
            bits += nats / math.log(2) * (real.sum() / sizes[real].sum()).item() / len(batches)
        self._begun = True
        self.ranks.add_gradients(self.model)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for o in self.optimizers:
            o.step()
        return size, bits
