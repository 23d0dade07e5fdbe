"""One table of what models are worth to someone who types, with plots beside it:

    python -m byteline_model.scorecard MODEL... --corpus DIR --out DIR

A MODEL is a folder with model.json or a released name (run by the shipped worker, over LSP) or a checkpoint NAME.pt
(PyTorch). Writes scorecard.json, scorecard.md and the PNGs that it shows. The same seed gives the same figures, times
aside.
"""

import argparse
import json
import shlex
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import torch
from tqdm import tqdm

from ..corpus.pack import Corpus
from ..errors import command
from . import plots
from .beginning_files import of_each_language, read_beginnings
from .beginnings import ask, figures_of, options_of
from .bootstrap import Estimate, Row, estimate
from .documents import Document, in_turn
from .folds import FOLDS
from .machine import machine
from .markdown import card
from .measure import run
from .models import open_models
from .plan import QUICK, Plan
from .summary import differences, plain, summarise
from .worker import WorkerPredictor


def read_models(
    names: list[str], documents: list[Document], plan: Plan, minutes: float | None, threads: int, memory: Corpus | None
) -> dict[str, tuple]:
    """{name: (readings, patch, memory in MB, answers of the first minute)}, one model after the other: two at a time
    would share the cores they are timed on."""
    out, beginnings = {}, of_each_language(read_beginnings(), plan.beginnings)
    for argument in names:
        for p in open_models(argument, threads, memory):
            try:
                name = p.name if p.name not in out else f"{p.name} ({argument})"
                with tqdm(total=len(documents), desc=name, unit="document") as bar:
                    readings = run(p, iter(documents), plan, minutes, bar.update, p.enter)
                    out[name] = readings, p.patch, p.memory(), []
            finally:
                p.close()
            if plan.beginnings and isinstance(p, WorkerPredictor):
                with tqdm(total=len(beginnings), desc=name, unit="beginning") as bar:
                    options = options_of(memory=p.corpus is not None)
                    out[name][-1].extend(ask(p.folder, beginnings, options, threads=threads, progress=bar.update))
    return out


def baselines(documents: list[Document], plan: Plan) -> dict[str, Estimate | None]:
    """Bits per byte of compressors that learn from nothing but the repository's own files of the card."""
    from ..baselines import ppmd_bits, xz_bits

    texts = defaultdict(list)
    for d in documents:
        texts[d.repository].append(d.text)
    size = {name: sum(map(len, found)) for name, found in texts.items()}
    ask = lambda bits: estimate([Row(name, bits(texts[name]), size[name]) for name in texts], plan.resamples, plan.seed)
    return {"PPMd (order 16)": ask(ppmd_bits), "xz": ask(xz_bits)}


def plan_of(a: argparse.Namespace) -> Plan:
    plan = QUICK if a.quick else Plan()
    asked = {"seed": a.seed, "documents": a.documents, "replay_bytes": a.replay_bytes, "sweeps": a.sweeps}
    asked["beginnings"] = 0 if a.no_beginnings else None
    return replace(plan, **{name: value for name, value in asked.items() if value is not None})


def write(out: Path, about: dict, read: dict[str, tuple], compressors: dict[str, Estimate | None], plan: Plan) -> None:
    figures = {
        name: summarise(readings, patch, memory, plan) | ({"firstMinute": figures_of(answers)} if answers else {})
        for name, (readings, patch, memory, answers) in read.items()
    }
    first, *others = read
    for name in others:
        figures[name]["difference"] = differences(read[name][0], read[first][0], plan)
    out.mkdir(parents=True, exist_ok=True)
    whole = {"about": about, "plan": vars(plan), "baselines": plain(compressors), "models": plain(figures)}
    (out / "scorecard.json").write_text(json.dumps(whole, indent=2) + "\n")
    (out / "scorecard.md").write_text(card(about, figures, compressors, plan))
    plots.draw(figures, out)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m byteline_model.scorecard",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--corpus", type=Path, required=True, help="packed corpus")
    parser.add_argument("--split", default="valid", help="its split (default: valid)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--fold",
        choices=FOLDS,
        default="score",
        help="repositories: those no confidence is fitted on (default), those, all",
    )
    parser.add_argument("--languages", help="by commas; default: all")
    parser.add_argument("--documents", type=int, help=f"of all repositories together (default: {Plan.documents})")
    parser.add_argument(
        "--minutes", type=float, help="for each model; the card is then of the documents that all models have read"
    )
    parser.add_argument("--replay-bytes", type=int, help=f"typed again of each document (default: {Plan.replay_bytes})")
    parser.add_argument(
        "--sweeps", type=int, help=f"lines of each document of which every cut is tried (default: {Plan.sweeps})"
    )
    parser.add_argument("--seed", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--memory",
        action="store_true",
        help="read each model of the worker a second time, with the repository's other files in its memory",
    )
    parser.add_argument("--quick", action="store_true", help="a few short documents, to see that it works")
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument(
        "--no-beginnings", action="store_true", help="no first minute: it takes models of the worker half a minute each"
    )
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    plan, corpus = plan_of(a), Corpus(a.corpus, a.split)
    names = FOLDS[a.fold](r["name"] for r in corpus.repositories)
    languages = set(a.languages.split(",")) if a.languages else None
    documents = [d for d, _ in zip(in_turn(corpus, names, languages, plan.longest, plan.seed), range(plan.documents))]
    read = read_models(a.models, documents, plan, a.minutes, a.threads, corpus if a.memory else None)
    shared = min(len(readings) for readings, *_ in read.values())
    documents = documents[:shared]
    about = {
        "command": shlex.join(["python", "-m", "byteline_model.scorecard", *sys.argv[1:]]),
        "machine": machine(),
        "date": date.today().isoformat(),
        "seed": plan.seed,
        "fold": a.fold,
        "documents": shared,
        "memory": a.memory,
        "repositories": sorted({d.repository for d in documents}),
        "files": [{"repository": d.repository, "path": d.path, "bytes": len(d.text)} for d in documents],
    }
    read = {name: (readings[:shared], *rest) for name, (readings, *rest) in read.items()}
    write(a.out, about, read, {} if a.no_baselines else baselines(documents, plan), plan)
    print(f"{a.out / 'scorecard.md'}: {', '.join(read)} on {shared} documents")


if __name__ == "__main__":
    command(main)
