"""What the score card asks of a model. Offsets are bytes of the raw file, and stand between characters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from .documents import Document
from .metrics import same_line
from .offer import Parameters


@dataclass
class Completed:
    """One completion: its text, and the log-probability (nats) of each of its bytes. `ms` is the whole request,
    `first_ms` the first text, where known."""

    text: bytes = b""
    logps: np.ndarray = field(default_factory=lambda: np.zeros(0))
    ms: float = 0.0
    first_ms: float | None = None


class Predictor(Protocol):
    """A model that is asked; worker.py, checkpoint.py and twin.py are its kinds."""

    name: str
    patch: int  # bytes; 1 for a network without patches
    parameters: Parameters | None  # of the calibrated confidence; None before calibration
    replays: bool  # whether it is quick enough to be asked at each keystroke
    blocks: bool  # whether it writes several lines

    def enter(self, d: Document) -> None:
        """Comes before all that is asked about a document."""
        ...

    def bits(self, path: bytes, text: bytes) -> float:
        """Total bits of the file's bytes."""
        ...

    def span(self, path: bytes, text: bytes, a: int, b: int) -> np.ndarray:
        """Log-probabilities (nats) of the bytes of text[a:b], given text[:a] and what follows b."""
        ...

    def complete(
        self, path: bytes, text: bytes, at: int, suffix_from: int, multiline: bool, max_bytes: int
    ) -> Completed:
        """The greedy completion at `at` of text[:at] + text[suffix_from:]; its first line feed ends it unless
        `multiline`."""
        ...

    def cuts(
        self, path: bytes, text: bytes, at: Sequence[int], end: int, max_bytes: int
    ) -> list[tuple[np.ndarray, bool]]:
        """For each cut of a line that ends at `end`: what `span` says of text[cut:end], and whether the greedy
        completion at the cut, with nothing of the line after it, is text[cut:end], blanks at its end aside."""
        ...

    def memory(self) -> float:
        """Resident MB of the process that runs the model."""
        ...

    def close(self) -> None:
        """Frees what runs the model."""
        ...


def cut_by_cut(
    p: Predictor, path: bytes, text: bytes, at: Sequence[int], end: int, max_bytes: int
) -> list[tuple[np.ndarray, bool]]:
    """`cuts` by one span and one completion for each cut: what an editor would be told there."""
    spans = [p.span(path, text, cut, end) for cut in at]  # all of these first: they read one and the same document
    return [
        (nats, same_line(p.complete(path, text, cut, end, False, max_bytes).text, text[cut:end]))
        for cut, nats in zip(at, spans)
    ]
