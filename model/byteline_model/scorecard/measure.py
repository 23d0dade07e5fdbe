"""Takes one model through all sections, document by document."""

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..sequence import split
from .blocks import Block, measure_blocks
from .documents import Document
from .lines import Line, measure_lines
from .places import rng_for
from .plan import Plan
from .predictor import Predictor
from .replay import Replay, measure_replay
from .sweep import Sweep, measure_sweeps

SPAN_BYTES = 256  # longest middle span: every model's context has room for it


@dataclass
class Reading:
    """All that one model did with one document."""

    number: int
    repository: str
    language: str
    bytes: int
    bits: float  # of the whole document, read from its start
    spans: list[tuple[float, int]]  # (bits, bytes) of middle spans given prefix and suffix
    lines: list[Line]
    blocks: list[Block]
    sweeps: list[Sweep]
    replay: Replay | None
    seconds: float


def spans(text: bytes, n: int, rng: random.Random) -> list[tuple[int, int]]:
    """Middles as in training, none of them empty."""
    out = []
    for _ in range(20 * n):
        a, b = split(text, rng)
        if len(out) < n and 0 < b - a <= SPAN_BYTES:
            out.append((a, b))
    return sorted(out)


def measure(p: Predictor, d: Document, plan: Plan) -> Reading:
    """Asks a model all that the plan says about one document."""
    began, path = time.perf_counter(), d.path.encode()
    drawn = spans(d.text, plan.spans, rng_for(plan, d.number, "spans"))
    middles = [(-float(p.span(path, d.text, a, b).sum()) / math.log(2), b - a) for a, b in drawn]
    return Reading(
        d.number,
        d.repository,
        d.language,
        len(d.text),
        p.bits(path, d.text),
        middles,
        measure_lines(p, d, plan),
        measure_blocks(p, d, plan) if p.blocks else [],
        measure_sweeps(p, d, plan),
        measure_replay(p, d, plan) if p.replays else None,
        time.perf_counter() - began,
    )


def run(
    p: Predictor,
    documents: Iterator[Document],
    plan: Plan,
    minutes: float | None,
    progress,
    enter: Callable[[Document], None] = lambda d: None,
) -> list[Reading]:
    """Readings until the documents, the plan's number of them or the time is up; `enter(document)` before, `progress()`
    after each."""
    began, out = time.perf_counter(), []
    for d in documents:
        if len(out) >= plan.documents or (minutes and out and time.perf_counter() - began > 60 * minutes):
            break
        enter(d)
        out.append(measure(p, d, plan))
        progress()
    return out
