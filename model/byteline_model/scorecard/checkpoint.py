"""A checkpoint in PyTorch: any network over bytes, `model(x [B, T], dtype) -> logits [B, T, 256]`. Nothing of it is
cached."""

import time
from pathlib import Path

import numpy as np
import psutil
import torch

from ..bits import bits_of
from ..evaluate import load
from ..sequence import EOM, LF
from ..utf8 import tables
from .around import prompt_at
from .documents import Document
from .offer import Parameters
from .predictor import Completed

FOLLOW, MASK = tables()
DRAFT = 24  # bytes guessed ahead
SEEN = 4  # bytes that a guess goes by


class CheckpointPredictor:
    """See predictor.Predictor for its methods."""

    replays, blocks = False, True  # a completion takes many passes over the whole prompt
    parameters: Parameters | None = None

    def __init__(self, file: Path):
        self.model = load(file)
        self.name = file.parent.name if file.stem == "last" else file.stem  # a run's folder holds last.pt
        self.patch, self.context = self.model.c.patch, self.model.c.context

    @torch.no_grad()
    def _logps(self, sequence: bytes, first: int) -> np.ndarray:
        """Log-probabilities (nats) [N - first + 1, 256] of what stands at `first`.. and of what follows the
        sequence."""
        padded = sequence + bytes(1 + -(len(sequence) + 1) % self.patch)
        logits = self.model(torch.tensor(list(padded))[None], torch.float32)[0, first : len(sequence) + 1]
        return torch.log_softmax(logits.float(), -1).numpy()

    def enter(self, d: Document) -> None:
        pass

    def bits(self, path: bytes, text: bytes) -> float:
        return bits_of(self.model, text, path)

    def span(self, path: bytes, text: bytes, a: int, b: int) -> np.ndarray:
        prompt = prompt_at(path, text, a, b, self.patch, self.context, self.context // 4 + 2 * self.patch)
        logps = self._logps(prompt + text[a:b], len(prompt))
        return logps[np.arange(b - a), list(text[a:b])]

    def complete(
        self, path: bytes, text: bytes, at: int, suffix_from: int, multiline: bool, max_bytes: int
    ) -> Completed:
        """The stop rules are those of server/completion/stop.ts as far as text goes: a line ends at the line feed after
        text; a block at the model's own end, at a second blank line, or where a line stands left of its first."""
        began = time.perf_counter()
        prompt = prompt_at(path, text, at, suffix_from, self.patch, self.context, max_bytes + 2 * self.patch)
        indent = len(prompt) - len(prompt.rstrip(b" \t"))
        out, logps, state, first = bytearray(), [], 0, None
        while len(out) < max_bytes and not ended(bytes(out), multiline, indent):
            guess = draft(prompt + bytes(out))[: max_bytes - len(out) - 1]
            said = self._logps(prompt + bytes(out) + guess, len(prompt) + len(out))
            first = first or (time.perf_counter() - began) * 1000
            # the guess stands as long as the arg max agrees; the next byte is right in any case
            for i in range(len(guess) + 1):
                byte = int((said[i] + MASK[state]).argmax())
                if byte == EOM or ended(bytes(out), multiline, indent):
                    return self._finished(out, logps, multiline, indent, began, first)
                out.append(byte)
                logps.append(masked(said[i], state, byte))
                state = int(FOLLOW[state, byte])
                if i == len(guess) or guess[i] != byte:
                    break
        return self._finished(out, logps, multiline, indent, began, first)

    def _finished(
        self, out: bytearray, logps: list[float], multiline: bool, indent: int, began: float, first: float | None
    ) -> Completed:
        keep = ended(bytes(out), multiline, indent) or len(out)
        while keep and not valid(bytes(out[:keep])):
            keep -= 1
        ms = (time.perf_counter() - began) * 1000
        return (
            Completed(bytes(out[:keep]), np.array(logps[:keep]), ms, first) if out[:keep].strip() else Completed(ms=ms)
        )

    def cuts(self, path: bytes, text: bytes, at, end: int, max_bytes: int) -> list[tuple[np.ndarray, bool]]:
        """One pass serves every cut: bytes before a cut condition what follows it whether they are prompt or not, and
        the greedy completion is the rest of the line if and only if each of its bytes, and the line's end after it, is
        the arg max."""
        a, rest = at[0], text[at[0] : end]
        prompt = prompt_at(path, text, a, end, self.patch, self.context, max_bytes + 2 * self.patch)
        said, true = self._logps(prompt + rest, len(prompt)), rest.rstrip()
        nats = said[np.arange(len(rest)), list(rest)]
        state, agrees = 0, []
        for i, byte in enumerate(true):
            agrees.append(int((said[i] + MASK[state]).argmax()) == byte)
            state = int(FOLLOW[state, byte])
        agrees.append(int((said[len(true)] + MASK[0]).argmax()) in (LF[0], EOM))
        return [(nats[cut - a :], all(agrees[cut - a :])) for cut in at]

    def memory(self) -> float:
        return psutil.Process().memory_info().rss / 1e6

    def close(self) -> None:
        del self.model


def masked(logps: np.ndarray, state: int, byte: int) -> float:
    """Log-probability of a byte among those that may follow in UTF-8."""
    return float(logps[byte] - np.logaddexp.reduce(logps + MASK[state]))


def draft(text: bytes) -> bytes:
    """A guess at what comes: what followed the last SEEN bytes when they were last seen (prompt lookup: Saxena 2023).
    One pass over the guess tells how much of it greedy decoding would have written."""
    seen = text.rfind(text[-SEEN:], 0, len(text) - 1)
    return text[seen + SEEN : seen + SEEN + DRAFT] if seen >= 0 else b""


def ended(text: bytes, multiline: bool, indent: int) -> int:
    """Bytes of a completion that stay once it has ended; 0 while it goes on."""
    body = len(text) - len(text.lstrip())
    if not multiline:
        return max(0, text.find(LF, body)) if body < len(text) else 0
    at = text.find(LF)
    while at >= 0:
        end = text.find(LF, at + 1)
        line = text[at + 1 : end if end >= 0 else len(text)]
        left = len(line) - len(line.lstrip(b" \t"))
        if line.strip() and left < indent and not line.lstrip().startswith((b")", b"]", b"}", b"end")):
            return at
        if end >= 0 and not line.strip() and text[end + 1 : end + 2] == LF:
            return at
        at = end
    return 0


def valid(text: bytes) -> bool:
    """Whether it is UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
