"""Fits how sure a released model is to how often it is right, and writes that into its model.json as `confidence`:

    python -m byteline_model.scorecard.calibrate MODEL_FOLDER --corpus DIR

Fitted on every third repository of the corpus (folds.py), without the memory and, where the model has a gate, once more
with the repository's other files in it. The thresholds of the levels come from typing files again (levels.py). The
worker offers by these numbers (server/completion/confidence.ts, eagerness.ts).
"""

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from ..corpus.pack import Corpus
from ..errors import InputError, command
from ..sequence import line_end
from .documents import Document, in_turn
from .folds import FOLDS
from .levels import TENTHS, Replayed, curve, levels
from .models import folder_of
from .offer import Parameters, beginnings, confidence, logit
from .places import cursors, region, rng_for
from .plan import Plan
from .predictor import Completed, Predictor
from .reliability import reliability
from .replay import agreement, follow
from .worker import WorkerPredictor, has_gate

RIDGE = 1e-3  # on weights of standardised features: separable samples still have a best fit


@dataclass
class Sample:
    """Beginnings of one completion: [n] each. Every completion counts alike, however many beginnings it has."""

    nats: np.ndarray
    lengths: np.ndarray
    right: np.ndarray


def sample(made: Completed, true: bytes) -> Sample | None:
    """The beginnings of a completion that may be offered, against what was written; None where there are none."""
    lengths = np.array(beginnings(made.text), int)
    if not len(lengths):
        return None
    return Sample(np.cumsum(made.logps)[lengths - 1], lengths, (lengths <= agreement(made.text, true)).astype(float))


def fit(samples: list[Sample]) -> Parameters:
    """Logistic regression of being right on 1, logit(e^S) and ln(1 + n) by Newton's method; the threshold is left at 0.
    Raises InputError where the samples are all right or all wrong."""
    nats, lengths, right = (
        np.concatenate([getattr(s, name) for s in samples]) for name in ("nats", "lengths", "right")
    )
    weight = np.concatenate([np.full(len(s.right), 1 / len(s.right)) for s in samples])
    if right.min() == right.max():
        raise InputError("calibration: the completions are all right or all wrong; give it more documents")
    raw = np.stack((logit(nats), np.log1p(lengths)), 1)
    mean, scale = np.average(raw, 0, weight), raw.std(0) + 1e-9
    x = np.concatenate((np.ones((len(raw), 1)), (raw - mean) / scale), 1)
    w, penalty = np.zeros(3), np.diag([0, RIDGE, RIDGE])
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        step = np.linalg.solve(
            (x * (weight * p * (1 - p))[:, None]).T @ x + penalty, x.T @ (weight * (right - p)) - penalty @ w
        )
        w += step * min(1, 5 / np.abs(step).max())  # a long step of Newton's can leave for good
        if np.abs(step).max() < 1e-9:
            break
    slopes = w[1:] / scale
    return Parameters(float(w[0] - slopes @ mean), float(slopes[0]), float(slopes[1]), 0.0)


def error(samples: list[Sample], parameters: Parameters) -> float:
    """Expected calibration error of the beginnings."""
    pairs = [
        (float(sure), bool(right))
        for s in samples
        for sure, right in zip(confidence(s.nats, s.lengths, parameters), s.right)
    ]
    return reliability(pairs)["error"]


def collect(p: Predictor, documents: Iterable[Document], plan: Plan) -> tuple[list[Sample], list[Replayed]]:
    """Completions at random cursors and at those of a replay, and the replays."""
    samples, replays = [], []
    for d in documents:
        p.enter(d)
        rng, path = rng_for(plan, d.number, "calibration"), d.path.encode()
        for at in cursors(d.text, "random", plan.lines, plan.max_bytes, rng):
            made = p.complete(path, d.text, at, line_end(d.text, at), False, plan.max_bytes)
            samples.append(sample(made, d.text[at:]))
        steps, asked = follow(p, d, *region(d.text, plan.replay_bytes, rng), plan.max_bytes)
        samples += [sample(made, d.text[at:]) for at, made in asked]
        replays.append((d.repository, d.text, steps))
    return [s for s in samples if s], replays


def rounded(values: NamedTuple) -> dict:
    return {name: round(value, 4) for name, value in values._asdict().items()}


def calibrate(p: Predictor, documents: list[Document], plan: Plan) -> tuple[dict, list[Sample]]:
    """A fit for model.json, and what it is fitted on."""
    with tqdm(documents, desc=p.name, unit="document") as bar:
        samples, replays = collect(p, bar, plan)
    parameters = fit(samples)
    chosen = levels(curve(replays, parameters))
    points = curve(replays, parameters, sorted({*TENTHS, *chosen}))
    return {
        **rounded(parameters._replace(threshold=chosen.balanced)),
        "levels": {"quiet": chosen.quiet, "eager": chosen.eager},
        "curve": [rounded(point) for point in points],
        "fitted": {
            "repositories": sorted({d.repository for d in documents}),
            "documents": len(documents),
            "prompts": len(samples),
            "date": date.today().isoformat(),
        },
    }, samples


def report(fits: dict[str, tuple[dict, list[Sample]]]) -> str:
    """Markdown: the curve of each fit, and its calibration error on what the others were fitted on, too."""
    out = []
    for name, (found, _) in fits.items():
        level = {found["threshold"]: "balanced", **{value: key for key, value in found["levels"].items()}}
        out += [f"{name}:", "", "| sure of | level | keys | right | saved |", "|---:|---|---:|---:|---:|"]
        out += [
            f"| {at['threshold']:.2f} | {level.get(at['threshold'], '')} | "
            + " | ".join(f"{100 * at[share]:.1f}%" for share in ("offered", "right", "saved"))
            + " |"
            for at in found["curve"]
        ]
        p = Parameters(*(found[name] for name in Parameters._fields))
        errors = ", ".join(f"{error(samples, p):.3f} {other}" for other, (_, samples) in fits.items())
        out += ["", f"calibration error: {errors}", ""]
    return "\n".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m byteline_model.scorecard.calibrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help="model folder, or a released model's name")
    parser.add_argument("--corpus", type=Path, required=True, help="packed corpus")
    parser.add_argument("--split", default="valid", help="its split (default: valid)")
    parser.add_argument("--fold", choices=FOLDS, default="calibrate")
    parser.add_argument("--languages", help="by commas; default: all")
    parser.add_argument("--documents", type=int, default=32)
    parser.add_argument("--replay-bytes", type=int, default=600, help="typed again of each document")
    parser.add_argument("--prompts", type=int, default=6, help="random cursors of each document")
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    plan = replace(Plan(), seed=a.seed, lines=a.prompts, replay_bytes=a.replay_bytes)
    corpus, folder = Corpus(a.corpus, a.split), folder_of(a.model)
    names = FOLDS[a.fold](r["name"] for r in corpus.repositories)
    found = in_turn(corpus, names, set(a.languages.split(",")) if a.languages else None, plan.longest, plan.seed)
    documents = [d for d, _ in zip(found, range(a.documents))]
    fits = {}
    for name, memory in [("alone", None)] + [("with the memory", corpus)] * has_gate(folder):
        p = WorkerPredictor(folder, memory=memory)
        try:
            fits[name] = calibrate(p, documents, plan)
        finally:
            p.close()
    fitted, *others = [found for found, _ in fits.values()]
    file = folder / "model.json"
    manifest = json.loads(file.read_text())
    confidence_of = {**fitted, **dict(zip(["withMemory"], others))}
    file.write_text(json.dumps({**manifest, "confidence": confidence_of}, indent=2) + "\n")
    on = fitted["fitted"]
    print(f"{file}: {on['documents']} documents of {len(on['repositories'])} repositories\n\n{report(fits)}")


if __name__ == "__main__":
    command(main)
