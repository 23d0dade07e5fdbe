"""The rest of a line: at any place, at its start, after a trigger character, inside an identifier."""

from dataclasses import dataclass

from ..sequence import line_end
from .documents import Document
from .metrics import first_line, same_line, similarity
from .offer import confidence, offer_length
from .places import KINDS, cursors, rng_for
from .plan import Plan
from .predictor import Completed, Predictor


@dataclass
class Line:
    """One prompt. A completion of a line ends at its line feed, so its exact match and that of its first line are
    one."""

    kind: str
    exact: bool
    similarity: float
    nats: float  # log-probability of the true rest
    bytes: int  # of the true rest
    offered: bool  # whether the worker would show something
    offer_right: bool  # and what it shows is what was written
    confidence: float | None  # that the completion is right; None where there is none
    right: bool  # the completion is what was written, as far as it goes
    ms: float
    first_ms: float | None


def offer(p: Predictor, made: Completed) -> bytes:
    """What the worker would show of a completion: all of it while it has no threshold."""
    if p.parameters is None:
        return made.text if made.text.strip() else b""
    return made.text[: offer_length(made.text, made.logps, p.parameters, p.parameters.threshold)]


def measure_lines(p: Predictor, d: Document, plan: Plan) -> list[Line]:
    out, rng, path = [], rng_for(plan, d.number, "lines"), d.path.encode()
    for kind in KINDS:
        for at in cursors(d.text, kind, plan.lines, plan.max_bytes, rng):
            end = line_end(d.text, at)
            true, made = d.text[at:end], p.complete(path, d.text, at, end, False, plan.max_bytes)
            shown, sure = offer(p, made), None
            if made.text:
                sure = float(confidence(made.logps.sum(), len(made.text), p.parameters))
            out.append(
                Line(
                    kind,
                    same_line(made.text, true),
                    similarity(first_line(made.text), true),
                    float(p.span(path, d.text, at, end).sum()),
                    len(true),
                    bool(shown),
                    bool(shown) and d.text.startswith(shown, at),
                    sure,
                    d.text.startswith(made.text, at),
                    made.ms,
                    made.first_ms,
                )
            )
    return out
