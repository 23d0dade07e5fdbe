"""From readings to figures: every mean is over repositories, with its interval; JSON in the end."""

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from .bootstrap import Estimate, Row, estimate, ratios
from .measure import Reading
from .places import KINDS
from .plan import Plan
from .reliability import reliability
from .replay import THRESHOLDS, Replay
from .shares import Share
from .sweep import by_kind, falls, phase_test

Figures = dict  # nested dictionaries whose leaves are Estimate, numbers and lists of them


def rows(readings: list[Reading], of: Callable[[Reading], Iterable[tuple[float, float]]]) -> list[Row]:
    """(over, under) pairs of each reading, as rows of its repository."""
    return [Row(r.repository, over, under) for r in readings for over, under in of(r)]


# what is also given for each language and repository, and as differences: (over, under) pairs of a reading
HEADLINE = {
    "bitsPerByte": lambda r: [(r.bits, r.bytes)],
    "middleBitsPerByte": lambda r: r.spans,
    "exact": lambda r: [(x.exact, 1) for x in r.lines],
}


def replay_of(r: Reading) -> Replay:
    """Of a reading that was typed again."""
    assert r.replay
    return r.replay


def headline_rows(readings: list[Reading], plan: Plan) -> dict[str, list[Row]]:
    """HEADLINE's rows, and those of the characters saved at the best threshold."""
    out, best = {name: rows(readings, of) for name, of in HEADLINE.items()}, best_threshold(readings, plan)
    at = THRESHOLDS.index(best["threshold"]) if best else 0
    typed = [r for r in readings if r.replay]
    return out | {
        "saved": rows(typed, lambda r: [(replay_of(r).walks[at].saved, replay_of(r).characters)]),
    }


def headline(readings: list[Reading], plan: Plan) -> Figures:
    return {name: estimate(found, plan.resamples, plan.seed) for name, found in headline_rows(readings, plan).items()}


def differences(readings: list[Reading], first: list[Reading], plan: Plan) -> Figures:
    """The headline less that of another model on the same documents, repository by repository: what the two share
    cancels."""
    ours, theirs = headline_rows(readings, plan), headline_rows(first, plan)
    out = {}
    for name in ours:
        a, b = ratios(ours[name]), ratios(theirs[name])
        out[name] = estimate([Row(key, a[key] - b[key]) for key in a if key in b], plan.resamples, plan.seed)
    return out


def lines(readings: list[Reading], plan: Plan) -> Figures:
    out = {}
    for kind in ("all", *KINDS):

        def ask(of, kind=kind):
            return estimate(
                rows(readings, lambda r: [of(x) for x in r.lines if kind in ("all", x.kind)]), plan.resamples, plan.seed
            )

        out[kind] = {
            "exact": ask(lambda x: (x.exact, 1)),
            "similarity": ask(lambda x: (x.similarity, 1)),
            "natsPerByte": ask(lambda x: (x.nats, x.bytes)),
            "offered": ask(lambda x: (x.offered, 1)),
            "offersRight": ask(lambda x: (x.offer_right, x.offered)),
        }
    return out


def blocks(readings: list[Reading], plan: Plan) -> Figures:
    return {
        name: estimate(
            rows(readings, lambda r, name=name: [(getattr(b, name), 1) for b in r.blocks]), plan.resamples, plan.seed
        )
        for name in ("first", "similarity", "indentation")
    }


def saved_by_threshold(readings: list[Reading], plan: Plan) -> list[Figures]:
    """At each threshold: characters saved, and less the Tab key's presses, over characters; accepted offers over shown
    ones."""
    typed = [r for r in readings if r.replay]
    return (
        [{"threshold": t, **saved(typed, lambda r, i=i: replay_of(r).walks[i], plan)} for i, t in enumerate(THRESHOLDS)]
        if typed
        else []
    )


def saved(readings: list[Reading], walk_of, plan: Plan) -> Figures:
    ask = lambda of: estimate(
        rows(readings, lambda r: [of(walk_of(r), replay_of(r).characters)]), plan.resamples, plan.seed
    )
    return {
        "saved": ask(lambda w, n: (w.saved, n)),
        "lessTabs": ask(lambda w, n: (w.saved - w.tabs, n)),
        "accepted": ask(lambda w, n: (w.tabs, w.shown)),
    }


def best_threshold(readings: list[Reading], plan: Plan) -> Figures | None:
    """The threshold that saves most characters, the highest of equals."""
    return max(saved_by_threshold(readings, plan), key=lambda at: (at["saved"].value, at["threshold"]), default=None)


def replay(readings: list[Reading], plan: Plan) -> Figures:
    own = [r for r in readings if r.replay and r.replay.own]
    return {
        "byThreshold": saved_by_threshold(readings, plan),
        "best": best_threshold(readings, plan),
        "own": saved(own, lambda r: r.replay.own, plan) if own else None,
    }


def sweeps(readings: list[Reading], patch: int, plan: Plan) -> Figures:
    named = [(r.repository, s) for r in readings for s in r.sweeps]
    alone = [s for _, s in named]
    ask = lambda of: estimate([Row(name, value) for name, s in named for value in of(s)], plan.resamples, plan.seed)
    fell, right = falls(alone)
    return {
        "byKind": {
            kind: {name: estimate(found, plan.resamples, plan.seed) for name, found in kinds.items()}
            for kind, kinds in by_kind(named).items()
        },
        "trailingSpace": {
            "bits": ask(lambda s: s.bits_change),
            "sameBytesBits": ask(lambda s: s.same_change),
            "exact": ask(lambda s: s.right_change),
        },
        "byTyped": [ask(lambda s, n=n: [float(s.curve[n])]) for n in range(plan.typed + 1)] if alone else [],
        "falls": {"fell": fell, "right": right},
        "phase": phase_test(alone, patch, plan.shuffles, plan.seed) if patch > 1 and alone else None,
    }


def speed(readings: list[Reading], memory: float) -> Figures:
    """Milliseconds of completions at cursors that lie apart (the worker reads the prompt anew) and while typing;
    resident MB."""

    def spread(values):
        values = [v for v in values if v is not None]
        return (
            {"p50": float(np.percentile(values, 50)), "p95": float(np.percentile(values, 95)), "n": len(values)}
            if values
            else None
        )

    return {
        "apart": spread(x.ms for r in readings for x in r.lines),
        "apartFirst": spread(x.first_ms for r in readings for x in r.lines),
        "typing": spread(ms for r in readings if r.replay for ms in r.replay.ms),
        "memory": memory,
    }


def confidence(readings: list[Reading]) -> Figures:
    """How often confident completions are right, by bins of confidence."""
    asked = [(x.confidence, x.right) for r in readings for x in r.lines if x.confidence is not None]
    return reliability(asked + [pair for r in readings if r.replay for pair in r.replay.asked])


def summarise(readings: list[Reading], patch: int, memory: float, plan: Plan) -> Figures:
    """All figures of one model, as the card's JSON has them; means are over repositories. `memory` in MB."""
    groups = {"language": defaultdict(list), "repository": defaultdict(list)}
    for r in readings:
        groups["language"][r.language].append(r)
        groups["repository"][r.repository].append(r)
    return {
        "overall": headline(readings, plan),
        "lines": lines(readings, plan),
        "blocks": blocks(readings, plan),
        "replay": replay(readings, plan),
        "sweep": sweeps(readings, patch, plan),
        "confidence": confidence(readings),
        "speed": speed(readings, memory),
        "by": {
            name: {key: headline(found, plan) for key, found in sorted(group.items())} for name, group in groups.items()
        },
    }


def plain(x):
    """Figures as JSON has them."""
    if isinstance(x, Estimate | Share):
        return x._asdict()
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    return [plain(value) for value in x] if isinstance(x, list | tuple) else x
