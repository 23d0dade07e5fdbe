"""Trains a preset on a packed corpus, for a given time or a given number of bytes:

    python -m byteline_model.train --preset nano --corpus DIR --valid DIR --out DIR --minutes 180 [--threads 1]
    python -m byteline_model.train --preset transformer --corpus DIR --valid DIR --out DIR --megabytes 6
    torchrun --nproc-per-node 8 -m byteline_model.train ...      (several GPUs)

The learning rate is flat, then falls linearly inside the budget (recipe.py). Judged, and exported from a checkpoint,
is an average of the last weights. A run goes on from OUT/last.pt after a kill; OUT/trunk.pt is the state where the
cooldown began: a later run with a larger budget goes on from there. Shards that come into the corpus are read as they
come.
"""

import argparse
import os
import signal
import time
from pathlib import Path

import torch
from tqdm import tqdm

from .checkpoints import Checkpoints
from .config import Config
from .controls import TransformerConfig
from .corpus.pack import Corpus
from .corpus.shards import Shards
from .curve import Curve
from .errors import InputError, command
from .evaluate import bits_per_byte, sample
from .presets import PRESETS, Network, build, count_weights
from .progress import Budget, Progress
from .ranks import Ranks
from .reading import reading
from .recipe import Average, Recipe
from .released import begin
from .sequence import FIM
from .stream import Batches
from .training_step import TrainingStep

PASS = 8192  # positions


def native_bf16() -> bool:
    """Whether bf16 multiplies faster than fp32 here: CUDA, or a CPU that says so (measured 3-4 times on Zen 4)."""
    info = Path("/proc/cpuinfo")
    return torch.cuda.is_available() or (info.exists() and "avx512_bf16" in info.read_text())


def train(
    config: Config | TransformerConfig,
    corpus: Corpus | Shards,
    valid: Corpus | None,
    out: Path,
    minutes: float | None = None,
    rows: int | None = None,
    seed: int = 1,
    evaluate_every: float = 600,
    save_every: float = 180,
    steps: int | None = None,
    quiet: bool = False,
    compiled: bool = False,
    start: Path | None = None,
    megabytes: float | None = None,
    fim: float = FIM,
    files: float = 0,
    recipe: Recipe = Recipe(),
    core_hours: float | None = None,
    points: int = 0,
    judge_kb: int = 150,
    workers: int = 0,
) -> Network:
    """Returns the trained model with the averaged weights. The budget is `minutes`, counted across restarts,
    `core_hours` of CPU time of all ranks, likewise, or `megabytes` of text seen (10^6 bytes), the first of them that
    is used up; `steps` ends a run early (tests). `rows` sequences make a step (and a GPU), by default 16 kB of text,
    and 32 kB later (Recipe.ramp). `compiled`: see TrainingStep. `start` is a model folder whose weights a new run
    begins with. `fim` is the share of sequences with a middle, `files` that of documents that come with FILE blocks.
    Validation points, on `judge_kb` of text, come every `evaluate_every` seconds, or `points` of them evenly over the
    budget; all of them in fp32, as the export judges. `workers` processes make the batches; 0: this one does. Of
    several ranks (ranks.py) each runs this function; the budget is that of all."""
    budget = Budget(minutes, core_hours, megabytes)
    if files and isinstance(config, TransformerConfig):
        raise InputError("FILE blocks are for patch models: the controls read documents alone")
    ranks = Ranks.begin()
    rank, device = ranks.rank, ranks.device
    dtype = torch.bfloat16 if native_bf16() else torch.float32
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    corpus = Shards.of(corpus)
    if files and corpus.modality:
        raise InputError(f"FILE blocks are for text: the corpus is {corpus.modality['kind']}")
    if valid and valid.modality != corpus.modality:
        raise InputError(f"{valid.folder}: is {valid.modality or 'text'}, the corpus {corpus.modality or 'text'}")
    text = reading(config, out, corpus.packs[corpus.split], seed)
    model = build(config).to(device)
    doubled = 1 if rows or not recipe.ramp else 2  # factor of the rows later
    rows = rows or max(1, text.rows // ranks.world)
    # a step is several passes: no second shape to compile, and a CPU's cache holds what PASS needs (6% faster)
    passes = 1 if device.type == "cuda" else max(1, rows * config.context // PASS)
    passes = 1 if rows % passes else passes
    training = TrainingStep(model, text, dtype, recipe, ranks, compiled)
    average = Average(model, recipe.average)
    checkpoints = Checkpoints(out, config, model, training.optimizers, average, budget, corpus.modality)
    p = checkpoints.resume(corpus.split, device)
    if start and not p:
        begin(model, start)
    p = p or Progress()
    feed = Batches(text, corpus, rows // passes, seed, p.read, p.step, rank, ranks.world, fim, files).made(workers)
    curve = Curve(out, p.step, writes=rank == 0)
    limit = judge_kb * 1000
    judged = (sample(valid, {"ts", "js"}, limit) or sample(valid, None, limit)) if valid else []
    began, worked = time.time() - p.elapsed, time.process_time() - (0 if rank else p.core)
    saved_at, judged_at, noted_at, noted_seen, recent = p.elapsed, p.elapsed, p.elapsed, p.seen, []
    total, done = budget.total, budget.spent(p)
    bar = tqdm(
        total=round(total),
        initial=round(done),
        unit="B" if megabytes else "s",
        unit_scale=bool(megabytes),
        mininterval=5,
        disable=quiet or rank > 0,
    )
    stop, told = [], False
    old = signal.signal(signal.SIGTERM, lambda *_: stop.append(1))

    def tick() -> tuple[float, float, bool]:
        """Seconds so far, CPU seconds of all ranks, and whether a signal came: rank 0's word, so that no rank takes a
        step that the others do not."""
        elapsed, stopped = (0, 0) if rank else (time.time() - began, len(stop))
        elapsed, core, stopped = ranks.sum(elapsed, time.process_time() - worked, stopped)
        return elapsed, core, bool(stopped)

    def checkpoint(file: Path) -> None:
        if rank == 0:
            checkpoints.write(file, p, files)

    def judge() -> None:
        assert valid  # else nothing is judged
        with average.judged():
            curve.note(p, valid=round(bits_per_byte(model, valid, judged, bits_of=text.bits)["all"], 4))

    while done < total and not told and (steps is None or p.step < steps):
        progress = done / total
        if progress > recipe.flat and not p.cooling:
            checkpoint(checkpoints.trunk)
            p.cooling = True
        recipe.apply(training.optimizers, progress, p.step)
        batches = [next(feed) for _ in range(passes * (doubled if progress >= recipe.ramp else 1))]
        p.read = batches[-1][1]
        size, bits = training.take([x for x, _ in batches])
        p.step, p.seen = p.step + 1, p.seen + int(ranks.sum(size)[0])
        average.update(p.step)
        recent.append(bits)
        p.elapsed, p.core, told = tick()
        before, done = done, budget.spent(p)
        bar.update(round(done) - round(before))
        if p.step % 20 == 0:
            bits, rate = sum(recent) / len(recent), (p.seen - noted_seen) / max(1e-9, p.elapsed - noted_at)
            curve.note(p, train=round(bits, 4), rate=round(rate))
            bar.set_postfix_str(f"{bits:.3f} bits/byte, {rate / 1000:.1f} KB/s, {p.seen / 1e6:.1f} MB")
            noted_at, noted_seen, recent = p.elapsed, p.seen, []
        due = int(progress * points) < int(done / total * points) if points else p.elapsed - judged_at > evaluate_every
        if judged and due and done < total and rank == 0:
            judge()
            curve.plot()
            judged_at = p.elapsed
        if p.elapsed - saved_at > save_every:
            checkpoint(checkpoints.last)
            saved_at = p.elapsed
    checkpoint(checkpoints.last)
    signal.signal(signal.SIGTERM, old)
    if judged and rank == 0 and not told:
        if not curve.rows or "valid" not in curve.rows[-1] or curve.rows[-1]["step"] < p.step:
            judge()
        languages = ", ".join(sorted({valid.language(i) for i in judged})) if valid else ""
        tqdm.write(f"{curve.rows[-1]['valid']} bits per byte on {len(judged)} validation documents ({languages})")
    average.put()
    if curve.rows and rank == 0:
        curve.plot()
    bar.close()
    ranks.end()
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default="nano")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the packed training corpus")
    parser.add_argument("--valid", type=Path, help="folder of the packed validation corpus")
    parser.add_argument("--out", type=Path, required=True)
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float, help="the whole budget, across restarts")
    budget.add_argument("--core-hours", type=float, help="the whole budget in CPU time of all ranks, across restarts")
    budget.add_argument("--megabytes", type=float, help="the whole budget in text seen (10^6 bytes), across restarts")
    parser.add_argument(
        "--rows",
        type=int,
        help="sequences a step (and a GPU); default: 16 kB of text, after a fifth of the budget 32 kB",
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="fuse with torch.compile: half as fast again on a CPU")
    parser.add_argument(
        "--files",
        type=float,
        default=0,
        help="share of documents that come with FILE blocks: lines of others in their repository",
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=1,
        help="factor of the learning rates; a short run that goes on from a trained model wants less than 1",
    )
    parser.add_argument("--from", dest="start", type=Path, help="a model folder to go on from, with fresh optimisers")
    parser.add_argument(
        "--flat", type=float, default=Recipe.flat, help="share of the budget before the cooldown (%(default)s)"
    )
    parser.add_argument(
        "--floor", type=float, default=Recipe.floor, help="last learning rate, as a share of the first (%(default)s)"
    )
    parser.add_argument("--decay", type=float, default=Recipe.decay, help="cautious weight decay of Muon (%(default)s)")
    parser.add_argument(
        "--average", type=int, default=Recipe.average, help="steps that are averaged; 0: none (%(default)s)"
    )
    parser.add_argument(
        "--workers", type=int, default=0, help="processes that make the batches, for a GPU; 0: this one (%(default)s)"
    )
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    config = PRESETS[a.preset]
    network, tables = count_weights(build(config))
    print(f"{a.preset}: {network / 1e6:.2f}M weights in the network, {tables / 1e6:.2f}M in hash tables")
    recipe = Recipe(a.rate, a.flat, a.floor, a.decay, average=a.average)
    valid = Corpus(a.valid, "valid") if a.valid else None
    train(
        config,
        Shards(a.corpus, "train"),
        valid,
        a.out,
        a.minutes,
        a.rows,
        a.seed,
        compiled=a.compile,
        start=a.start,
        megabytes=a.megabytes,
        files=a.files,
        recipe=recipe,
        core_hours=a.core_hours,
        workers=a.workers,
    )


if __name__ == "__main__":
    command(main)
