"""Keeps one long training run going in the background (bash model/keep-training.sh, which has the configuration):

    python -m byteline_model.keep start | status | pause  --preset P --core-hours H --corpus DIR --out DIR [--from DIR]
                                  [--ranks 2]

`start` begins or resumes the run and may be called at any time; each call prints one line that says where the run is.
The run lives on when its caller ends, at the lowest priority (--nice), on one core or on one for each of its ranks
(ranks.py). It is killed without loss beyond --save-every.
"""

import argparse
import json
import math
import os
from contextlib import nullcontext
from pathlib import Path

from .background import LOWEST, ROOT, detach, hold, holder, line, pause
from .corpus.pack import Corpus
from .corpus.shards import Shards
from .errors import InputError, command


def finished(a: argparse.Namespace) -> bool:
    """Whether the run has used its budget: a larger one lets it go on."""
    file = a.out / "done.json"
    done = json.loads(file.read_text()) if file.exists() else {}
    return done.get("core_hours", 0) >= a.core_hours or done.get("bytes", 0) >= (a.megabytes or math.inf) * 1e6


def run(a: argparse.Namespace) -> None:
    """The run itself, in this process, which starts its other ranks; does nothing where another process has it."""
    if "RANK" in os.environ:
        return take_part(a)
    lock = hold(a.out)
    if not lock or finished(a):
        return
    from .ranks import spawned

    with spawned("keep", a.ranks) if a.ranks > 1 else nullcontext():
        take_part(a)


def take_part(a: argparse.Namespace) -> None:
    """One rank's training."""
    import torch  # here: to say where a run is should take no seconds

    from .presets import PRESETS
    from .progress import Budget, Progress
    from .recipe import Recipe
    from .train import train

    if a.preset not in PRESETS:
        raise InputError(f"--preset {a.preset}: one of {', '.join(PRESETS)}")
    torch.set_num_threads(1)
    judges = (a.valid / "valid.json").exists()
    train(
        PRESETS[a.preset],
        Shards(a.corpus, "train"),
        Corpus(a.valid, "valid") if judges else None,
        a.out,
        core_hours=a.core_hours,
        megabytes=a.megabytes,
        quiet=True,
        compiled=not a.eager,
        start=a.start,
        save_every=a.save_every,
        evaluate_every=a.evaluate_every,
        judge_kb=300,  # the export's sample
        rows=a.rows,
        seed=a.seed,
        recipe=Recipe(**{name: value for name in ("rate", "flat") if (value := getattr(a, name)) is not None}),
    )
    if int(os.environ.get("RANK", 0)):
        return
    saved = torch.load(a.out / "last.pt", weights_only=True, mmap=True)
    budget = Budget(core_hours=a.core_hours, megabytes=a.megabytes)
    done = Progress(core=saved["core"], seen=saved["seen"])
    if budget.spent(done) >= budget.total:
        part = a.out / "done.part"
        part.write_text(json.dumps({"core_hours": done.core / 3600, "bytes": done.seen}) + "\n")
        os.replace(part, a.out / "done.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("start", "status", "pause", "run"))
    parser.add_argument("--preset", required=True)
    parser.add_argument("--core-hours", type=float, required=True, help="the whole budget, in CPU time of all ranks")
    parser.add_argument("--megabytes", type=float, help="a second budget, in text seen: the first used up counts")
    parser.add_argument("--ranks", type=int, default=1, help="cores that share each step (%(default)s)")
    parser.add_argument("--corpus", type=Path, default=ROOT / ".cache" / "corpus")
    parser.add_argument("--valid", type=Path, default=ROOT / ".cache" / "corpus")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--from", dest="start", type=Path, help="released weights that a run without a folder goes on from"
    )
    for name, kind in {"rows": int, "rate": float, "flat": float}.items():
        parser.add_argument(f"--{name}", type=kind, help="as the trainer's")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn, the order of the documents too")
    parser.add_argument("--save-every", type=float, default=180, help="seconds between checkpoints (%(default)s)")
    parser.add_argument(
        "--evaluate-every", type=float, default=1800, help="seconds between validation points (%(default)s)"
    )
    parser.add_argument(
        "--nice", type=int, default=LOWEST, help="priority: 0 is that of other programs, %(default)s the lowest"
    )
    parser.add_argument("--eager", action="store_true", help="do not compile (tests)")
    a = parser.parse_args()
    if a.what == "run":
        return run(a)
    if a.what == "start" and not holder(a.out) and not finished(a):
        index = a.corpus / "train.json"
        if not index.exists():
            raise InputError(f'{index}: no training corpus; build one first (CONTRIBUTING, "Train a model")')
        options = {
            "preset": a.preset,
            "core-hours": a.core_hours,
            "megabytes": a.megabytes,
            "ranks": a.ranks,
            "corpus": a.corpus.resolve(),
            "rows": a.rows,
            "rate": a.rate,
            "flat": a.flat,
            "seed": a.seed,
            "valid": a.valid.resolve(),
            "out": a.out.resolve(),
            "from": a.start and a.start.resolve(),
            "save-every": a.save_every,
            "evaluate-every": a.evaluate_every,
        }
        given = [f"--{name}={value}" for name, value in options.items() if value is not None]
        detach("keep", ["run", *given, *["--eager"] * a.eager], a.out, a.nice)
        if not holder(a.out) and not finished(a):
            raise InputError(f"{a.out / 'log.txt'}: the run did not start: {last_line(a.out / 'log.txt')}")
    if a.what == "pause":
        pause(a.out)
    print(line(a.out, a.out.name, f" of {a.core_hours:g}", finished(a)))


def last_line(log: Path) -> str:
    """Of a log; what an error message can say."""
    lines = log.read_text().strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it printed nothing"


if __name__ == "__main__":
    command(main)
