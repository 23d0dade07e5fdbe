"""Characters saved: a file is typed again, and Tab taken wherever the offer is what was written."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .documents import Document
from .offer import Parameters, confidence, confidences
from .places import character_starts, region, rng_for
from .plan import Plan
from .predictor import Completed, Predictor

THRESHOLDS = tuple(round(0.05 * i, 2) for i in range(20)) + (0.97, 0.98, 0.99)


class Step(NamedTuple):
    """A cursor, and the completion that stands there: asked for, or the rest of an earlier one that what was typed
    agrees with."""

    at: int
    text: bytes
    logps: np.ndarray


class Walk(NamedTuple):
    """One replay at one threshold. Characters saved: accepted by Tab; a Tab is one key."""

    saved: int
    tabs: int
    shown: int  # cursors at which something was offered


@dataclass
class Replay:
    characters: int
    walks: list[Walk]  # one for each of THRESHOLDS
    own: Walk | None  # at the model's own threshold
    # of each completion asked for: confidence, and whether it is right as far as it goes
    asked: list[tuple[float, bool]]
    ms: list[float]


def follow(p: Predictor, d: Document, a: int, b: int, max_bytes: int) -> tuple[list[Step], list[tuple[int, Completed]]]:
    """Types d.text[a:b]; nothing stands after the cursor. A completion is asked for where there is none left that
    agrees: what would be asked in between is the rest of the same text, by the exactness contract. Returns what stands
    at each cursor, and what was asked for, and where."""
    steps, asked, made, used = [], [], Completed(), 0
    for at in character_starts(d.text, a, b):
        if used >= len(made.text):
            made, used = p.complete(d.path.encode(), d.text, at, len(d.text), False, max_bytes), 0
            asked.append((at, made))
        steps.append(Step(at, made.text[used:], made.logps[used:]))
        n = character_length(d.text, at)
        used = used + n if made.text.startswith(d.text[at : at + n], used) else len(made.text)
    return steps, asked


def character_length(text: bytes, at: int) -> int:
    n = 1
    while at + n < len(text) and text[at + n] & 0xC0 == 0x80:
        n += 1
    return n


def walk(steps: list[Step], text: bytes, parameters: Parameters | None, thresholds) -> list[Walk]:
    """The replay at each threshold. Pure: the completions are those of `steps`."""
    offers = [confidences(s.text, s.logps, parameters) for s in steps]
    agrees = [agreement(s.text, text[s.at : s.at + len(s.text)]) for s in steps]
    out = []
    for threshold in thresholds:
        i = saved = tabs = shown = 0
        while i < len(steps):
            lengths, values = offers[i]
            long_enough = np.flatnonzero(values >= threshold)
            length = int(lengths[long_enough[-1]]) if len(long_enough) else 0
            shown += length > 0
            if not length or length > agrees[i]:
                i += 1
                continue
            end = steps[i].at + length
            tabs += 1
            while i < len(steps) and steps[i].at < end:
                i += 1
                saved += 1
        out.append(Walk(saved, tabs, shown))
    return out


def agreement(a: bytes, b: bytes) -> int:
    """Bytes that two texts share from their start."""
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def measure_replay(p: Predictor, d: Document, plan: Plan) -> Replay:
    """Types a region of the document again and says what stood there at each cursor."""
    a, b = region(d.text, plan.replay_bytes, rng_for(plan, d.number, "replay"))
    steps, asked = follow(p, d, a, b, plan.max_bytes)
    right = [
        (float(confidence(m.logps.sum(), len(m.text), p.parameters)), d.text.startswith(m.text, at))
        for at, m in asked
        if m.text
    ]
    own = walk(steps, d.text, p.parameters, [p.parameters.threshold])[0] if p.parameters else None
    return Replay(len(steps), walk(steps, d.text, p.parameters, THRESHOLDS), own, right, [m.ms for _, m in asked])
