"""Whether a model is better than another one on held-out files, by more than the files' noise."""

from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from ..corpus.pack import Corpus
from ..scorecard.documents import Document, readable
from ..scorecard.models import folder_of
from ..scorecard.worker import WorkerPredictor

LONGEST = 3400  # bytes of a file that are read: one window of the model; a check stays within minutes
WORTH = 0.005  # the least relative change that is worth a model of one's own


class Change(NamedTuple):
    """Bits per byte before and after, and their relative change with the ends of its 95% interval."""

    before: float
    after: float
    change: float
    low: float
    high: float

    @property
    def better(self) -> bool:
        """By more than the noise, and by WORTH."""
        return self.high < 0 and self.change <= -WORTH

    def __str__(self) -> str:
        return (
            f"{self.before:.3f} -> {self.after:.3f} bits per byte, "
            f"{self.change:+.1%} ({self.low:+.1%} to {self.high:+.1%})"
        )


def documents(valid: Corpus) -> list[Document]:
    """The held-out files, at most LONGEST bytes of each. `number` names none of the training pack's files."""
    found = (readable(valid, i, LONGEST) for i in range(len(valid)))
    return [d._replace(number=-1) for d in found if d]


def bits(model: str, held: list[Document], memory: Corpus | None) -> list[float]:
    """Bits of each file by the worker that ships; with `memory`, by its mixture with a memory that holds that corpus,
    which has nothing of any of them. Raises InputError where the worker cannot load the model."""
    worker = WorkerPredictor(folder_of(model), memory=memory)
    try:
        worker.enter(held[0])
        return [worker.bits(d.path.encode(), d.text) for d in tqdm(held, desc=worker.name, mininterval=5)]
    finally:
        worker.close()


def compare(before: list[float], after: list[float], held: list[Document], resamples: int = 2000) -> Change:
    """Bits of each file by two models. The interval is the percentiles of files drawn with replacement, each with what
    both models said of it."""
    old, new, size = (np.array(values) for values in (before, after, [len(d.text) for d in held]))
    drawn = np.random.default_rng(0).integers(len(held), size=(resamples, len(held)))
    low, high = np.percentile(new[drawn].sum(1) / old[drawn].sum(1) - 1, (2.5, 97.5))
    return Change(old.sum() / size.sum(), new.sum() / size.sum(), new.sum() / old.sum() - 1, float(low), float(high))
