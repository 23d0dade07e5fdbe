"""Averages over repositories, with intervals: a repository is what varies, and its files are not independent of one
another."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np


class Row(NamedTuple):
    """One observation of a ratio: a share has `under` 1, bits per byte has bits over bytes."""

    repository: str
    over: float
    under: float = 1.0


class Estimate(NamedTuple):
    """A mean over repositories and the ends of its 95% interval. `n` observations of `repositories` repositories."""

    value: float
    low: float
    high: float
    repositories: int
    n: int


def ratios(rows: Iterable[Row]) -> dict[str, float]:
    """Sum over sum in each repository, by name."""
    over, under = defaultdict(float), defaultdict(float)
    for row in rows:
        over[row.repository] += row.over
        under[row.repository] += row.under
    return {name: over[name] / under[name] for name in sorted(under) if under[name]}


def estimate(rows: Iterable[Row], resamples: int = 1000, seed: int = 0) -> Estimate | None:
    """The mean of the repositories' ratios and its percentile interval when repositories are drawn with replacement
    (cluster bootstrap: Davison and Hinkley 1997, section 3.8); None for no rows. One repository has an interval of no
    width."""
    rows = list(rows)
    values = np.array(list(ratios(rows).values()))
    if not len(values):
        return None
    drawn = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    low, high = np.percentile(values[drawn].mean(1), (2.5, 97.5))
    return Estimate(float(values.mean()), float(low), float(high), len(values), len(rows))
