"""Shares with the interval that small counts need."""

import math
from typing import NamedTuple

Z = 1.959964  # of 95%


class Share(NamedTuple):
    """`right` of `n`, with the ends of the 95% interval of Wilson (1927)."""

    right: int
    n: int

    @property
    def value(self) -> float:
        return self.right / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Stays inside 0..1 and has a width where all or none are right."""
        p, n = self.value, self.n
        if not n:
            return 0.0, 1.0
        middle, half = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        return max(0.0, (middle - half) / (1 + Z * Z / n)), min(1.0, (middle + half) / (1 + Z * Z / n))

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.1%} ({low:.1%} to {high:.1%})"
