"""Pilots: short runs of one preset with something changed, from fresh weights, to see what a long run should have.

    python -m byteline_model.pilots start [WORKERS] | status | pause

Equal minutes on a machine that others use: the speed of each variant beside `base` is measured once, steps of all of
them taking turns in one process, and each gets the text that it would see in --minutes on a core of its own. A
finished pilot is a line of model/results/pilots.tsv, which is committed, and is not run again; a killed one goes on
from its checkpoint.
"""

import argparse
from pathlib import Path

from .background import ROOT, detach, holder, line, pause
from .errors import InputError, command
from .pilot_queue import QUEUE, RESULTS, VARIANTS, todo


def lines(a: argparse.Namespace) -> list[str]:
    """One line a pilot that was begun and is not done, after one that counts those of --minutes."""
    left = todo(a)
    out = [
        f"pilots of {a.preset}, {a.minutes:g} minutes each: {sum(v in a.only for v, _ in QUEUE) - len(left)} done, "
        f"{len(left)} to do, {len(workers(a))} workers run"
    ]
    begun = sorted(f.parent for f in a.runs.glob("*/metrics.jsonl") if not (f.parent / "row.json").exists())
    return out + [line(folder, folder.name, "", False) for folder in begun]


def workers(a: argparse.Namespace) -> list[Path]:
    """Folders of the workers that run."""
    return [f for f in sorted(a.runs.glob("worker-*")) if holder(f)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("start", "status", "pause", "work"), nargs="?", default="start")
    parser.add_argument("count", type=int, nargs="?", default=1, help="workers, one core each (%(default)s)")
    parser.add_argument("--preset", default="nano")
    parser.add_argument("--minutes", type=float, default=60, help="of a quiet core, for each pilot (%(default)s)")
    parser.add_argument("--only", default=",".join(VARIANTS), type=lambda x: x.split(","), help="variants by commas")
    parser.add_argument("--corpus", type=Path, default=ROOT / ".cache" / "corpus")
    parser.add_argument("--valid", type=Path, default=ROOT / ".cache" / "corpus")
    parser.add_argument("--runs", type=Path, default=ROOT / ".cache" / "runs" / "pilots")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--save-every", type=float, default=180, help="seconds (%(default)s)")
    parser.add_argument("--eager", action="store_true", help="do not compile (tests)")
    parser.add_argument("--worker", type=int, default=1, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if unknown := [v for v in a.only if v not in VARIANTS]:
        raise InputError(f"--only: no variant {unknown[0]!r}; there are {', '.join(VARIANTS)}")
    if a.what == "work":
        from .pilot_runs import work  # here: to say where the pilots are should take no seconds

        return work(a)
    if a.what == "pause":
        pause(*workers(a))
    if a.what == "start" and todo(a):
        options = {
            "preset": a.preset,
            "minutes": a.minutes,
            "only": ",".join(a.only),
            "corpus": a.corpus.resolve(),
            "valid": a.valid.resolve(),
            "runs": a.runs.resolve(),
            "results": a.results.resolve(),
            "save-every": a.save_every,
        }
        shared = [f"--{name}={value}" for name, value in options.items()] + ["--eager"] * a.eager
        for worker in range(1, a.count + 1):
            folder = a.runs / f"worker-{worker}"
            if not holder(folder):
                detach("pilots", ["work", f"--worker={worker}", *shared], folder)
    print("\n".join(lines(a)))


if __name__ == "__main__":
    command(main)
