"""Keeps one long training run going in the background (bash model/keep-training.sh, which has the configuration):

    python -m byteline_model.keep start | status | pause  --preset P --core-hours H --corpus DIR --out DIR [--from DIR]
                                  [--replicas 2]

`start` begins or resumes the run and may be called at any time; each call prints one line that says where the run is.
The run lives on when its caller ends, at the lowest priority (--nice) and on one thread, or on one for each of its
replicas (replicas.py). It is killed without loss beyond --save-every.
"""

import argparse
import json
import math
import os
from pathlib import Path

from .background import LOWEST, ROOT, detach, hold, holder, line, pause, replica
from .corpus.pack import Corpus
from .corpus.shards import Shards
from .errors import InputError, command


def finished(a: argparse.Namespace) -> bool:
    """Whether the run has used its budget: a larger one lets it go on."""
    file = a.out / "done.json"
    done = json.loads(file.read_text()) if file.exists() else {}
    return done.get("core_hours", 0) >= a.core_hours or done.get("bytes", 0) >= (a.megabytes or math.inf) * 1e6


def folders(a: argparse.Namespace) -> list[Path]:
    """Of the run's replicas: of those that are asked for, and of any that were begun."""
    begun = sum(f.is_dir() for f in a.out.glob("replica-*"))
    return [replica(a.out, n + 1) for n in range(max(a.replicas, begun + 1))]


def run(a: argparse.Namespace) -> None:
    """A replica of the run, in this process; does nothing where another process has it."""
    lock = hold(replica(a.out, a.replica))
    if not lock or finished(a):
        return
    import torch  # here: to say where a run is should take no seconds

    from .presets import PRESETS
    from .progress import Budget, Progress
    from .replicas import Replicas
    from .train import train

    if a.preset not in PRESETS:
        raise InputError(f"--preset {a.preset}: one of {', '.join(PRESETS)}")
    torch.set_num_threads(1)
    judges = a.replica == 1 and (a.valid / "valid.json").exists()
    replicas = Replicas(a.out, a.replica, a.replicas)
    train(
        PRESETS[a.preset],
        Shards(a.corpus, "train"),
        Corpus(a.valid, "valid") if judges else None,
        replicas.folder,
        core_hours=a.core_hours,
        megabytes=a.megabytes,
        quiet=True,
        compiled=not a.eager,
        start=a.start,
        save_every=a.save_every,
        evaluate_every=a.evaluate_every,
        judge_kb=300,  # the export's sample
        rows=a.rows,
        replicas=replicas,
    )
    saved = torch.load(replicas.folder / "last.pt", weights_only=True, mmap=True)
    budget = Budget(core_hours=a.core_hours, megabytes=a.megabytes)
    done = replicas.total(Progress(core=saved["core"], seen=saved["seen"]))
    if budget.spent(done) >= budget.total:
        part = a.out / f"done.{a.replica}"
        part.write_text(json.dumps({"core_hours": done.core / 3600, "bytes": done.seen}) + "\n")
        os.replace(part, a.out / "done.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("start", "status", "pause", "run"))
    parser.add_argument("--preset", required=True)
    parser.add_argument("--core-hours", type=float, required=True, help="the whole budget, in CPU time of all replicas")
    parser.add_argument("--megabytes", type=float, help="a second budget, in text seen: the first used up counts")
    parser.add_argument("--replicas", type=int, default=1, help="processes that train and average (%(default)s)")
    parser.add_argument("--replica", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".cache" / "corpus")
    parser.add_argument("--valid", type=Path, default=ROOT / ".cache" / "corpus")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--from", dest="start", type=Path, help="released weights that a run without a folder goes on from"
    )
    parser.add_argument("--rows", type=int, help="as the trainer's")
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
    if a.what == "start" and not finished(a):
        index = a.corpus / "train.json"
        if not index.exists():
            raise InputError(f'{index}: no training corpus; build one first (CONTRIBUTING, "Train a model")')
        options = {
            "preset": a.preset,
            "core-hours": a.core_hours,
            "megabytes": a.megabytes,
            "replicas": a.replicas,
            "corpus": a.corpus.resolve(),
            "rows": a.rows,
            "valid": a.valid.resolve(),
            "out": a.out.resolve(),
            "from": a.start and a.start.resolve(),
            "save-every": a.save_every,
            "evaluate-every": a.evaluate_every,
        }
        given = [f"--{name}={value}" for name, value in options.items() if value is not None]
        for n in range(1, a.replicas + 1):
            folder = replica(a.out, n)
            if not holder(folder):
                detach("keep", ["run", *given, f"--replica={n}", *["--eager"] * a.eager], folder, a.nice)
            if not holder(folder) and not finished(a):
                raise InputError(f"{folder / 'log.txt'}: the run did not start: {last_line(folder / 'log.txt')}")
    if a.what == "pause":
        pause(*folders(a))
    running = sum(bool(holder(folder)) for folder in folders(a))
    print(line(a.out, a.out.name, f" of {a.core_hours:g}", finished(a)) + f", {running} replicas" * (running > 1))


def last_line(log: Path) -> str:
    """Of a log; what an error message can say."""
    lines = log.read_text().strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it printed nothing"


if __name__ == "__main__":
    command(main)
