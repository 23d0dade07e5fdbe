"""Every cut of a line: what it costs to go on from there. A good model goes on from any cut; one that reads tokens has
bad ones."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from .bootstrap import Row
from .documents import Document
from .offer import is_word
from .places import character_starts, lines_to_sweep, rng_for
from .plan import Plan
from .predictor import Predictor

CUTS = ("after a newline", "in an indent", "after a space", "in an identifier", "other")
BLANK = b" \t"


class Cut(NamedTuple):
    at: int  # byte of the file
    kind: str
    bits: float  # of the rest of the line
    bytes: int  # of the rest of the line
    right: bool  # the greedy completion is the rest of the line


@dataclass
class Sweep:
    """One line: a Cut at each of its characters, and `typed` characters of it for the keystroke curve."""

    cuts: list[Cut]
    curve: list[bool]  # exact match after 0, 1, 2 .. characters that follow the indentation
    # at each space inside the line: bits of the rest from the cut after it less bits from the cut before it, and the
    # same for exact match. Of one and the same bytes, those behind the space, in `same`, where the model tells a byte's
    # share.
    bits_change: list[float] = field(default_factory=list)
    same_change: list[float] = field(default_factory=list)
    right_change: list[int] = field(default_factory=list)


def kind_of(text: bytes, start: int, at: int) -> str:
    if at == start:
        return "after a newline"
    if not text[start:at].strip(BLANK):
        return "in an indent"
    if text[at - 1 : at] == b" ":
        return "after a space"
    return "in an identifier" if is_word(text[at - 1]) and is_word(text[at]) else "other"


def measure_sweeps(p: Predictor, d: Document, plan: Plan) -> list[Sweep]:
    out = []
    for a, b in lines_to_sweep(d.text, plan.sweeps, plan.typed, plan.sweep_bytes, rng_for(plan, d.number, "sweep")):
        text = d.text
        at = character_starts(text, a, a + len(text[a:b].rstrip()))
        said = p.cuts(d.path.encode(), text, at, b, plan.max_bytes)
        bits = [-nats / np.log(2) for nats, _ in said]
        cuts = [Cut(i, kind_of(text, a, i), float(x.sum()), b - i, right) for i, x, (_, right) in zip(at, bits, said)]
        content = a + len(text[a:b]) - len(text[a:b].lstrip(BLANK))
        visible = [c.right for c in cuts if c.at >= content]
        sweep = Sweep(cuts, visible[: plan.typed + 1])
        for i in range(len(cuts) - 1):
            if text[cuts[i].at : cuts[i + 1].at] == b" " and text[a : cuts[i].at].strip(BLANK):
                sweep.bits_change.append(cuts[i + 1].bits - cuts[i].bits)
                sweep.right_change.append(int(cuts[i + 1].right) - int(cuts[i].right))
                if len(bits[i]) == b - cuts[i].at:
                    sweep.same_change.append(float(bits[i + 1].sum() - bits[i][1:].sum()))
        out.append(sweep)
    return out


def falls(sweeps: list[Sweep]) -> tuple[int, int]:
    """(keystrokes after which a right completion was wrong, keystrokes before which it was right)"""
    pairs = [(x.right, y.right) for s in sweeps for x, y in zip(s.cuts, s.cuts[1:])]
    return sum(x and not y for x, y in pairs), sum(x for x, _ in pairs)


def by_phase(sweeps: list[Sweep], patch: int, shift: np.ndarray | int = 0) -> np.ndarray:
    """Share of right completions [patch] by the cursor's offset in the file mod `patch`; `shift` [lines] moves a line's
    phases."""
    right, all_ = np.zeros(patch), np.zeros(patch)
    for s, by in zip(sweeps, np.broadcast_to(shift, len(sweeps))):
        phases = (np.array([c.at for c in s.cuts]) + by) % patch
        right += np.bincount(phases, [c.right for c in s.cuts], patch)
        all_ += np.bincount(phases, minlength=patch)
    return right / np.maximum(all_, 1)


def phase_test(sweeps: list[Sweep], patch: int, shuffles: int, seed: int) -> dict:
    """Exact match by phase, and a permutation test of its spread (best less worst). A shuffle turns each line's phases
    by a random amount: cuts of a line belong together, and the later ones are right more often whatever the phase."""
    shares, rng = by_phase(sweeps, patch), np.random.default_rng(seed)
    spread = float(np.ptp(shares))
    as_large = sum(
        np.ptp(by_phase(sweeps, patch, rng.integers(patch, size=len(sweeps)))) >= spread - 1e-12
        for _ in range(shuffles)
    )
    return {
        "patch": patch,
        "exact": shares.tolist(),
        "spread": spread,
        "asLarge": int(as_large),
        "shuffles": shuffles,
        "cuts": sum(len(s.cuts) for s in sweeps),
    }


def by_kind(sweeps: list[tuple[str, Sweep]]) -> dict[str, dict[str, list[Row]]]:
    """{kind of cut: {"bits": bits of the rest, "perByte": bits over bytes, "exact": share}} for sweeps (repository,
    Sweep)."""
    out = defaultdict(lambda: defaultdict(list))
    for repository, s in sweeps:
        for c in s.cuts:
            out[c.kind]["bits"].append(Row(repository, c.bits))
            out[c.kind]["perByte"].append(Row(repository, c.bits, c.bytes))
            out[c.kind]["exact"].append(Row(repository, float(c.right)))
    return {kind: out[kind] for kind in CUTS if kind in out}
