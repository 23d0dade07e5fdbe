"""The BPE twin (bpe.py) as a predictor, with or without token healing: what a model over tokens makes of the same
cursors."""

import time
from pathlib import Path

import numpy as np
import psutil

from ..sequence import line_end
from .documents import Document
from .offer import Parameters
from .predictor import Completed, cut_by_cut


class TwinPredictor:
    """See predictor.Predictor for its methods."""

    patch, replays, blocks = 1, False, False
    parameters: Parameters | None = None

    def __init__(self, checkpoint: Path, healing: bool):
        from ..bpe import Twin  # pulls the tokenizer's library in: for a twin alone

        self.twin, self.healing = Twin.load(checkpoint), healing
        self.name = (checkpoint.parent.name if checkpoint.stem == "last" else checkpoint.stem) + (
            ", healed" if healing else ""
        )

    def enter(self, d: Document) -> None:
        pass

    def bits(self, path: bytes, text: bytes) -> float:
        return self.twin.bits(path, text)

    def span(self, path: bytes, text: bytes, a: int, b: int) -> np.ndarray:
        """[1]: the nats of all its bytes, as tokens do not say which byte took how much."""
        end = line_end(text, b)
        return np.array([self.twin.span(path, text[:a], text[b:end], text[end + 1 :], text[a:b], self.healing)])

    def complete(
        self, path: bytes, text: bytes, at: int, suffix_from: int, multiline: bool, max_bytes: int
    ) -> Completed:
        """One line; the bytes of its text share its log-probability alike."""
        began, end = time.perf_counter(), line_end(text, suffix_from)
        around = path, text[:at], text[suffix_from:end], text[end + 1 :]
        made = self.twin.complete(*around, max_bytes, self.healing)
        ms = (time.perf_counter() - began) * 1000
        nats = self.twin.span(*around, made, self.healing) if made else 0.0
        return Completed(made, np.full(len(made), nats / max(1, len(made))), ms)

    def cuts(self, path: bytes, text: bytes, at, end: int, max_bytes: int) -> list[tuple[np.ndarray, bool]]:
        return cut_by_cut(self, path, text, at, end, max_bytes)

    def memory(self) -> float:
        return psutil.Process().memory_info().rss / 1e6

    def close(self) -> None:
        del self.twin
