"""One worker of the queue of pilots (pilots.py): measures the variants' speed, trains, and writes rows."""

import argparse
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

from .background import ROOT, hold, last_rows
from .config import Config
from .corpus.pack import Corpus
from .corpus.shards import Shards
from .pilot_queue import COLUMNS, VARIANTS, collect, folder_of, read_results, todo
from .presets import MEGABYTES, build
from .reading import ByteText
from .recipe import Average, Recipe
from .stream import stream
from .train import native_bf16, train
from .training_step import TrainingStep

POINTS, JUDGE_KB = 5, 300  # validation points of a pilot, and their text: the export's sample


def config(preset: str, variant: str) -> Config:
    """The variant's configuration. Raises KeyError for a name that is not there."""
    return replace(MEGABYTES[preset], **VARIANTS[variant])


def rates(preset: str, variants: list[str], corpus: Corpus, compiled: bool, rounds: int = 16) -> dict[str, float]:
    """Bytes that a step of each variant takes in a second of CPU time on a quiet core: base's fastest quarter of
    `rounds`, times the median of the other's speed beside base's in the same round, at most 1: each variant does
    base's work and more, so whatever says otherwise is the noise of a busy machine."""
    dtype = torch.bfloat16 if native_bf16() else torch.float32
    text, steps = ByteText(MEGABYTES[preset]), {}
    for variant in variants:
        torch.manual_seed(1)
        model = build(config(preset, variant))
        steps[variant] = TrainingStep(model, text, dtype, Recipe(), compiled=compiled), Average(model, 150)
    feed = text.batches(stream(Shards.of(corpus), 1, {}, 0, 1), text.rows, random.Random(1))
    seconds = {variant: [] for variant in variants}
    for step in range(rounds + 2):
        halves = [next(feed), next(feed)]
        for variant, (training, average) in steps.items():
            began = time.process_time()
            training.take(halves)
            average.update(step)
            seconds[variant].append(time.process_time() - began)
    seconds = {variant: times[2:] for variant, times in seconds.items()}  # without what compiling took
    base = statistics.mean(sorted(seconds["base"])[: max(1, rounds // 4)])
    beside = {v: statistics.median(b / t for b, t in zip(seconds["base"], times)) for v, times in seconds.items()}
    return {variant: sum(x.numel() for x in halves) / base * min(1.0, speed) for variant, speed in beside.items()}


def machine() -> str:
    """Processor, cores and PyTorch, for the table."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [x.split(":")[1].strip() for x in lines if x.startswith("model name")] + [platform.processor()]
    return f"{names[0]}, {os.cpu_count()} cores, torch {torch.__version__}"


def commit() -> str:
    """Of the working tree, twelve digits."""
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
    """Megabytes of each variant. Those of earlier pilots, wherever they ran, hold, and base's then stands for this
    machine's speed: seeds and variants of several machines see the same text."""
    file = a.runs / f"rates-{a.preset}.json"
    if not file.exists():
        found = rates(a.preset, list(VARIANTS), corpus, not a.eager)
        file.write_text(json.dumps({variant: round(rate) for variant, rate in found.items()}) + "\n")
    speeds = json.loads(file.read_text())
    rows = [r for r in read_results(a.results) if r["preset"] == a.preset and float(r["minutes"]) == a.minutes]
    earlier = {r["variant"]: float(r["megabytes"]) for r in rows}
    base = earlier.get("base", speeds["base"] * 60 * a.minutes / 1e6)
    return {variant: round(base * rate / speeds["base"], 2) for variant, rate in speeds.items()} | earlier


def pilot(a: argparse.Namespace, variant: str, seed: int, megabytes: float, corpus: Corpus) -> bool:
    """Trains one pilot to its end and writes its row; False where it was paused."""
    out, valid = folder_of(a, variant, seed), Corpus(a.valid, "valid")
    train(
        config(a.preset, variant),
        corpus,
        valid,
        out,
        megabytes=megabytes,
        seed=seed,
        compiled=not a.eager,
        quiet=True,
        points=POINTS,
        judge_kb=JUDGE_KB,
        save_every=a.save_every,
    )
    last, judged, _ = last_rows(out)
    if min(last.get("bytes", 0), judged.get("bytes", 0)) < megabytes * 1e6:
        return False
    row = dict(
        zip(
            COLUMNS,
            (
                a.preset,
                variant,
                str(seed),
                f"{a.minutes:g}",
                f"{megabytes:g}",
                str(last["core"]),
                f"{judged['valid']:.4f}",
                str(JUDGE_KB * 1000),
                f"{corpus.size / 1e6:.1f}",
                commit(),
                date.today().isoformat(),
                machine(),
            ),
        )
    )
    part = out / "row.part"
    part.write_text(json.dumps(row) + "\n")
    os.replace(part, out / "row.json")
    (out / "trunk.pt").unlink(missing_ok=True)  # large, and of no use any more
    return True


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
