"""Pilots: short runs of one preset with something changed, from fresh weights, to see what a long run should have.

    python -m byteline_model.pilots start [WORKERS] | status | pause

Equal minutes on a machine that others use: the speed of each variant beside `base` is measured once, steps of all of them
taking turns in one process, and each gets the text that it would see in --minutes on a core of its own. A finished pilot is
a line of model/results/pilots.tsv, which is committed, and is not run again; a killed one goes on from its checkpoint.
"""
import argparse
import csv
import json
import os
import platform
import random
import statistics
import subprocess
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import torch
import torch.nn.functional as F

from .background import ROOT, detach, hold, holder, last_rows, line, pause
from .corpus.pack import Corpus
from .corpus.shards import Shards
from .errors import InputError, command
from .network import Config
from .presets import PRESETS, build
from .reading import ByteText
from .recipe import Average, Recipe, optimizers
from .train import native_bf16, stream, train

VARIANTS = {
    "base": {},
    "global": dict(global_to_layers=True),  # BLT, arXiv 2412.09871
    "hash": dict(hash_to_layers=True),  # modded-nanogpt
    "values": dict(value_embeddings=True),  # modded-nanogpt
}
QUEUE = [(variant, seed) for group in (("base", "global", "hash"), ("values",)) for seed in (1, 2) for variant in group]
COLUMNS = ("preset", "variant", "seed", "minutes", "megabytes", "core_seconds", "bits_per_byte", "validation_bytes",
           "corpus_megabytes", "commit", "date", "machine")
RESULTS = ROOT / "model" / "results" / "pilots.tsv"
POINTS, JUDGE_KB = 5, 300  # validation points of a pilot, and their text: the export's sample


def config(preset: str, variant: str) -> Config:
    return replace(PRESETS[preset], **VARIANTS[variant])


def rates(preset: str, variants: list[str], corpus: Corpus, compiled: bool, rounds: int = 16) -> dict[str, float]:
    """Bytes that a step of each variant takes in a second of CPU time on a quiet core: base's fastest quarter of `rounds`,
    times the median of the other's speed beside base's in the same round, at most 1: each variant does base's work and more,
    so whatever says otherwise is the noise of a busy machine."""
    dtype = torch.bfloat16 if native_bf16() else torch.float32
    text, steps = ByteText(PRESETS[preset]), {}
    for variant in variants:
        torch.manual_seed(1)
        model = build(config(preset, variant))
        opts, average = optimizers(model, dtype, Recipe()), Average(model, 150)

        def loss_of(x, model=model):
            return F.cross_entropy(model(x, dtype).float().flatten(0, 1), x.view(-1), ignore_index=text.pad)

        steps[variant] = model, opts, average, torch.compile(loss_of, dynamic=False) if compiled else loss_of
    feed = text.batches(stream(Shards.of(corpus), 1, {}, 0, 1), text.rows, random.Random(1))
    seconds = {variant: [] for variant in variants}
    for step in range(rounds + 2):
        halves = [next(feed), next(feed)]
        for variant, (model, opts, average, loss_of) in steps.items():
            began = time.process_time()
            for x in halves:
                (loss_of(x) / 2).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for o in opts:
                o.step()
                o.zero_grad()
            average.update(step)
            seconds[variant].append(time.process_time() - began)
    seconds = {variant: times[2:] for variant, times in seconds.items()}  # without what compiling took
    base = statistics.mean(sorted(seconds["base"])[: max(1, rounds // 4)])
    beside = {v: statistics.median(b / t for b, t in zip(seconds["base"], times)) for v, times in seconds.items()}
    return {variant: sum(x.numel() for x in halves) / base * min(1.0, speed) for variant, speed in beside.items()}


def read_results(file: Path) -> list[dict]:
    if not file.exists():
        return []
    with open(file, newline="") as text:
        return list(csv.DictReader(text, delimiter="\t"))


def collect(folder: Path, results: Path) -> list[dict]:
    """Adds the rows of finished pilots in `folder` that `results` lacks; returns all rows."""
    rows = read_results(results)
    known = {(r["preset"], r["variant"], r["seed"], r["minutes"]) for r in rows}
    new = [json.loads(f.read_text()) for f in sorted(folder.glob("*/row.json"), key=lambda f: f.stat().st_mtime)]
    new = [r for r in new if (r["preset"], r["variant"], r["seed"], r["minutes"]) not in known]
    if new:
        results.parent.mkdir(parents=True, exist_ok=True)
        part = results.with_suffix(f".{os.getpid()}")
        with open(part, "w", newline="") as text:
            writer = csv.DictWriter(text, COLUMNS, delimiter="\t", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows + new)
        os.replace(part, results)
    return rows + new


def machine() -> str:
    info = Path("/proc/cpuinfo")
    names = [x.split(":")[1].strip() for x in info.read_text().splitlines() if x.startswith("model name")] if info.exists() else []
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, torch {torch.__version__}"


def commit() -> str:
    done = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip()[:12] or "unknown"


def keep_corpus(source: Path, folder: Path) -> Path:
    """The training text of all pilots on this machine: what stood there when the first began (links, no copies)."""
    kept = folder / "corpus"
    kept.mkdir(parents=True, exist_ok=True)
    for kind in ("bin", "json"):
        if not (kept / f"train.{kind}").exists():
            os.link((source / f"train.{kind}").resolve(), kept / f"train.{kind}")
    return kept


def budgets(a: argparse.Namespace, corpus: Corpus) -> dict[str, float]:
    """Megabytes of each variant; those of earlier pilots of it, wherever they ran, hold."""
    file = a.runs / f"rates-{a.preset}.json"
    if not file.exists():
        found = rates(a.preset, list(VARIANTS), corpus, not a.eager)
        file.write_text(json.dumps({variant: round(rate) for variant, rate in found.items()}) + "\n")
    out = {variant: round(rate * 60 * a.minutes / 1e6, 2) for variant, rate in json.loads(file.read_text()).items()}
    earlier = [r for r in read_results(a.results) if r["preset"] == a.preset and float(r["minutes"]) == a.minutes]
    return out | {r["variant"]: float(r["megabytes"]) for r in earlier}


def folder_of(a: argparse.Namespace, variant: str, seed: int) -> Path:
    return a.runs / f"{a.preset}-{variant}-{seed}-{a.minutes:g}min"


def pilot(a: argparse.Namespace, variant: str, seed: int, megabytes: float, corpus: Corpus) -> bool:
    """Trains one pilot to its end and writes its row; False where it was paused."""
    out, valid = folder_of(a, variant, seed), Corpus(a.valid, "valid")
    train(config(a.preset, variant), corpus, valid, out, megabytes=megabytes, seed=seed, compiled=not a.eager, quiet=True,
          points=POINTS, judge_kb=JUDGE_KB, save_every=a.save_every)
    last, judged, _ = last_rows(out)
    if last.get("bytes", 0) < megabytes * 1e6 or judged["bytes"] < megabytes * 1e6:
        return False
    row = dict(zip(COLUMNS, (a.preset, variant, str(seed), f"{a.minutes:g}", f"{megabytes:g}", str(last["core"]),
                             f"{judged['valid']:.4f}", str(JUDGE_KB * 1000), f"{corpus.size / 1e6:.1f}", commit(),
                             date.today().isoformat(), machine())))
    part = out / "row.part"
    part.write_text(json.dumps(row) + "\n")
    os.replace(part, out / "row.json")
    (out / "trunk.pt").unlink(missing_ok=True)  # large, and of no use any more
    return True


def todo(a: argparse.Namespace) -> list[tuple[str, int]]:
    done = {(r["variant"], int(r["seed"])) for r in collect(a.runs, a.results)
            if r["preset"] == a.preset and float(r["minutes"]) == a.minutes}
    return [(v, s) for v, s in QUEUE if (v, s) not in done and v in a.only]


def work(a: argparse.Namespace) -> None:
    """One worker: takes pilots that nobody else runs, until none is left or it is paused."""
    mine = hold(a.runs / f"worker-{a.worker}")
    if not mine:
        return
    torch.set_num_threads(1)
    corpus = Corpus(keep_corpus(a.corpus, a.runs), "train")
    while not (measuring := hold(a.runs / "rates")):  # one worker measures the speeds, the others wait for it
        time.sleep(2)
    megabytes = budgets(a, corpus)
    measuring.close()
    for variant, seed in todo(a):
        if not (lock := hold(folder_of(a, variant, seed))):
            continue
        if (variant, seed) in todo(a) and not pilot(a, variant, seed, megabytes[variant], corpus):
            return
        collect(a.runs, a.results)
        lock.close()


def lines(a: argparse.Namespace) -> list[str]:
    """One line a pilot that is not done, and one that counts those that are."""
    left = todo(a)
    out = [f"pilots of {a.preset}: {sum(v in a.only for v, _ in QUEUE) - len(left)} done, {len(left)} to do, "
           f"{len(workers(a))} workers run"]
    begun = sorted(f.parent for f in a.runs.glob("*/metrics.jsonl") if not (f.parent / "row.json").exists())
    return out + [line(folder, folder.name, "", False) for folder in begun]


def workers(a: argparse.Namespace) -> list[Path]:
    return [f for f in sorted(a.runs.glob("worker-*")) if holder(f)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("start", "status", "pause", "work"), nargs="?", default="start")
    parser.add_argument("count", type=int, nargs="?", default=1, help="workers, one core each (%(default)s)")
    parser.add_argument("--preset", default="nano-0.3")
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
        return work(a)
    if a.what == "pause":
        for folder in workers(a):
            pause(folder)
    if a.what == "start" and todo(a):
        shared = [f"--{name.replace('_', '-')}={value}" for name, value in
                  (("preset", a.preset), ("minutes", a.minutes), ("only", ",".join(a.only)), ("corpus", a.corpus.resolve()),
                   ("valid", a.valid.resolve()), ("runs", a.runs.resolve()), ("results", a.results.resolve()),
                   ("save_every", a.save_every))] + ["--eager"] * a.eager
        for worker in range(1, a.count + 1):
            folder = a.runs / f"worker-{worker}"
            if not holder(folder):
                detach("pilots", ["work", f"--worker={worker}", *shared], folder)
    print("\n".join(lines(a)))


if __name__ == "__main__":
    command(main)
