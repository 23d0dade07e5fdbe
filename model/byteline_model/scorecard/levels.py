"""What offers of at least a probability are worth, and the thresholds of the levels of `byteline.eagerness`."""

from typing import NamedTuple

import numpy as np

from .bootstrap import Row, ratios
from .offer import Parameters
from .replay import Step, walk

GRID = tuple(np.round(np.arange(0.02, 1, 0.02), 2).tolist())
TENTHS = tuple(np.round(np.arange(0.1, 1, 0.1), 2).tolist())
KEPT = 0.9  # of the characters that balanced saves, quiet and eager save at least so much

Replayed = tuple[str, bytes, list[Step]]  # repository, text, and its steps


class Point(NamedTuple):
    """Shares (0 to 1) at a threshold, means over repositories: of the keys after which something is offered, of those
    offers that are right to their end, of the characters that taking these writes."""

    threshold: float
    offered: float
    right: float
    saved: float


class Levels(NamedTuple):
    """Thresholds."""

    quiet: float
    balanced: float
    eager: float


def curve(replays: list[Replayed], parameters: Parameters, thresholds=GRID) -> list[Point]:
    """A point for each threshold. What a Tab writes is not typed: its keys do not count."""
    walks = [(name, len(steps), walk(steps, text, parameters, thresholds)) for name, text, steps in replays]

    def mean(i: int, of) -> float:
        found = ratios(Row(name, *of(w[i], n)) for name, n, w in walks)
        return float(np.mean(list(found.values()))) if found else 0.0

    return [
        Point(
            threshold,
            mean(i, lambda w, n: (w.shown, n - w.saved + w.tabs)),
            mean(i, lambda w, n: (w.tabs, w.shown)),
            mean(i, lambda w, n: (w.saved, n)),
        )
        for i, threshold in enumerate(thresholds)
    ]


def levels(points: list[Point]) -> Levels:
    """Balanced saves most characters, at the highest of equal thresholds. Quiet and eager are the highest and the
    lowest threshold that keep KEPT of that."""
    best = max(points, key=lambda at: (at.saved, at.threshold))
    enough = [at.threshold for at in points if at.saved >= KEPT * best.saved]
    return Levels(max(enough), best.threshold, min(enough))
