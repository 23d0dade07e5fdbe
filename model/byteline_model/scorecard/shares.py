"""Shares of independent trials, with intervals."""

import math
from collections.abc import Iterable
from typing import NamedTuple

Z = 1.959964  # of a two-sided 95% interval


class Share(NamedTuple):
    """`count` of `of` trials, and the ends of the interval of its share."""

    count: int
    of: int
    low: float
    high: float

    def __str__(self) -> str:
        if not self.of:
            return "–"
        return f"{self.count} of {self.of}: {self.count / self.of:.0%} ({self.low:.0%} to {self.high:.0%})"


def share_of(trials: Iterable[bool]) -> Share:
    """The share of the trials that are true, with its 95% score interval (Wilson 1927, equation 1); 0 to 1 for none."""
    trials = list(trials)
    k, n = sum(trials), len(trials)
    if not n:
        return Share(0, 0, 0.0, 1.0)
    middle = (k + Z * Z / 2) / (n + Z * Z)
    half = Z / (n + Z * Z) * math.sqrt(k * (n - k) / n + Z * Z / 4)
    return Share(k, n, max(0.0, middle - half), min(1.0, middle + half))
