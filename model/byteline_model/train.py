"""Trains a preset on a packed corpus, for a given time or a given number of bytes:

    python -m byteline_model.train --preset nano --corpus DIR --valid DIR --out DIR --minutes 180 [--threads 1]
    python -m byteline_model.train --preset transformer --corpus DIR --valid DIR --out DIR --megabytes 6
    torchrun --nproc-per-node 8 -m byteline_model.train ...      (several GPUs, DDP)

The learning rate is flat, then falls linearly inside the budget (recipe.py). Judged, and exported from a checkpoint,
is an average of the last weights. A run goes on from OUT/last.pt after a kill; OUT/trunk.pt is the state where the
cooldown began: a later run with a larger budget goes on from there. Shards that come into the corpus are read as they
come.
"""

import argparse
import json
import math
import os
import random
import signal
import time
from dataclasses import asdict
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from tqdm import tqdm

from .controls import TransformerConfig
from .corpus.pack import Corpus
from .corpus.shards import Shards
from .errors import InputError, command
from .evaluate import bits_per_byte, sample
from .network import Config, count_weights
from .presets import PRESETS, build, config_of
from .reading import reading
from .recipe import Average, Recipe, optimizers
from .released import begin
from .sequence import FIM, clean, snippet


def neighbours(corpus: Corpus, i: int, room: int, rng: random.Random) -> list[tuple[bytes, bytes]]:
    """One to three FILE blocks of other documents in the repository of document i, at most `room` bytes, paths and
    sentinels among them."""
    count, out = rng.randint(1, 3), {}
    for _ in range(count):
        j = corpus.neighbour(i, rng)
        if j is None or j in out:
            continue
        path = corpus.path(j).encode()
        block = snippet(clean(corpus.text(j)), room // count - len(path) - 2, rng)
        if block:
            out[j] = path, block
    return list(out.values())


def stream(corpus: Shards, seed: int, read: dict[str, int], rank: int, world: int, files: float = 0, room: int = 0):
    """(path, text) of this rank's documents for ever, in the packed (shuffled) order of each shard, a share `files`
    of them with FILE blocks of at most `room` bytes. `read` counts what was read of each shard: see Shards.draw."""
    while True:
        number = sum(read.values())
        pack, i = corpus.draw(seed, read)
        if number % world == rank:
            document = pack.path(i).encode(), pack.text(i)
            blocks = files and random.Random(~number).random() < files
            yield (*document, neighbours(pack, i, room, random.Random(number))) if blocks else document


def native_bf16() -> bool:
    """Whether bf16 multiplies faster than fp32 here: CUDA, or a CPU that says so (measured 3-4 times on Zen 4)."""
    info = Path("/proc/cpuinfo")
    return torch.cuda.is_available() or (info.exists() and "avx512_bf16" in info.read_text())


def save(file: Path, **state) -> None:
    """Atomic: a kill leaves the old checkpoint or the new one."""
    torch.save(state, file.with_suffix(".part"))
    os.replace(file.with_suffix(".part"), file)


def plot(metrics: list[dict], file: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.figure(figsize=(8, 5))
    for key, style in (("train", "-"), ("valid", "o-")):
        rows = [m for m in metrics if key in m]
        pyplot.plot([m["bytes"] / 1e6 for m in rows], [m[key] for m in rows], style, label=f"{key}, bits per byte")
    pyplot.xlabel("MB of text seen")
    pyplot.ylim(top=min(3, pyplot.ylim()[1]))  # the first steps say little
    pyplot.grid(alpha=0.3)
    pyplot.legend()
    pyplot.savefig(file, dpi=100)
    pyplot.close()


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
) -> nn.Module:
    """Returns the trained model with the averaged weights. The budget is `minutes`, counted across restarts,
    `core_hours` of this process's CPU time, likewise, or `megabytes` of text seen (10^6 bytes); `steps` ends a run
    early (tests). `rows` sequences make a step (and a GPU), by default 16 kB of text, and 32 kB later (Recipe.ramp).
    `compiled` fuses the element-wise work (needs a C++ compiler, else the run goes on eagerly; the first step then
    takes about a minute). `start` is a model folder whose weights a new run begins with. `fim` is the share of
    sequences with a middle, `files` that of documents that come with FILE blocks. Validation points, on `judge_kb` of
    text, come every `evaluate_every` seconds, or `points` of them evenly over the budget; all of them in fp32, as the
    export judges."""
    budgets = {"minutes": minutes, "core_hours": core_hours, "megabytes": megabytes}
    if sum(value is not None for value in budgets.values()) != 1:
        raise InputError("a budget is either minutes, core-hours or megabytes")
    if files and isinstance(config, TransformerConfig):
        raise InputError("FILE blocks are for patch models: the controls read documents alone")
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if world > 1:
        dist.init_process_group("nccl" if cuda else "gloo")
    dtype = torch.bfloat16 if native_bf16() else torch.float32
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    corpus = Shards.of(corpus)
    text = reading(config, out, corpus.packs[corpus.split], seed)
    model = build(config).to(device)
    parts = 1 if rows or not recipe.ramp else 2  # a step of twice the rows is two halves: no second shape to compile
    rows = rows or text.rows
    opts = optimizers(model, dtype, recipe)
    average = Average(model, recipe.average)
    step = elapsed = core = seen = 0
    read: dict[str, int] = {}  # documents of each shard
    cooling = False  # whether the trunk is saved
    last, trunk = out / "last.pt", out / "trunk.pt"
    resume = next((f for f in (last, trunk) if f.exists()), None)
    if start and not resume:
        begin(model, start)
    if resume:
        saved = torch.load(resume, map_location=device, weights_only=True)
        grown = any(now and now > (saved.get(unit) or 0) for unit, now in budgets.items())
        if saved["cooling"] and grown and trunk.exists():  # a larger budget: undo the cooldown
            saved = torch.load(trunk, map_location=device, weights_only=True)
        if config_of(saved["config"]) != config:
            raise InputError(f"{resume}: was trained with another configuration")
        model.load_state_dict(saved["model"])
        average.load(saved)
        for o, s in zip(opts, saved["optimizers"]):
            o.load_state_dict(s)
        step, elapsed, core, seen, cooling = (saved.get(k, 0) for k in ("step", "elapsed", "core", "seen", "cooling"))
        read = saved["read"] if "read" in saved else {corpus.split: saved["position"]}  # before 0.5.1
        del saved
    ddp = torch.nn.parallel.DistributedDataParallel(model) if world > 1 else model

    def loss_of(x: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(ddp(x, dtype).float().flatten(0, 1), x.view(-1), ignore_index=text.pad)

    eager = loss_of
    if compiled:
        loss_of = torch.compile(eager, dynamic=False)
    rng = random.Random(seed * 1_000_003 + step * world + rank)
    feed = text.batches(stream(corpus, seed, read, rank, world, files, config.context // 4), rows, rng, fim)
    log = out / "metrics.jsonl"
    metrics = [m for m in map(json.loads, log.read_text().splitlines()) if m["step"] <= step] if log.exists() else []
    if rank == 0:  # steps that are done again, or a cooldown that is undone, leave the curve
        trimmed = log.with_suffix(".new")
        trimmed.write_text("".join(json.dumps(m) + "\n" for m in metrics))
        trimmed.replace(log)
    judged = sample(valid, {"ts", "js"}, judge_kb * 1000) if valid else []
    began, worked = time.time() - elapsed, time.process_time() - core
    saved_at, judged_at, noted_at, noted_seen, recent = elapsed, elapsed, elapsed, seen, []
    total = megabytes * 1e6 if megabytes else core_hours * 3600 if core_hours else minutes * 60

    def spent() -> float:
        """Of the budget, in bytes or seconds."""
        return seen if megabytes else core if core_hours else elapsed

    done, unit = spent(), "B" if megabytes else "s"
    bar = tqdm(
        total=round(total),
        initial=round(done),
        unit=unit,
        unit_scale=bool(megabytes),
        mininterval=5,
        disable=quiet or rank > 0,
    )
    stop, told = [], False
    old = signal.signal(signal.SIGTERM, lambda *_: stop.append(1))

    def tick() -> tuple[float, float, bool]:
        """Seconds so far, CPU seconds so far, and whether a signal came: rank 0's word, so that no rank takes a step
        that the others do not."""
        word = torch.tensor(
            [time.time() - began, time.process_time() - worked, bool(stop)], dtype=torch.float64, device=device
        )
        if world > 1:
            dist.broadcast(word, 0)
        return word[0].item(), word[1].item(), bool(word[2])

    def checkpoint(file: Path) -> None:
        if rank == 0:
            save(
                file,
                config=asdict(config),
                model=model.state_dict(),
                optimizers=[o.state_dict() for o in opts],
                step=step,
                elapsed=elapsed,
                core=core,
                seen=seen,
                read=read,
                cooling=cooling,
                files=files,
                **average.state(),
                **budgets,
            )

    def note(**row) -> None:
        metrics.append({"step": step, "seconds": round(elapsed), "core": round(core), "bytes": seen, **row})
        if rank == 0:
            with open(log, "a") as file:
                file.write(json.dumps(metrics[-1]) + "\n")

    def judge() -> None:
        with average.judged() as network:
            note(valid=round(bits_per_byte(network, valid, judged, bits_of=text.bits)["all"], 4))

    while done < total and not told and (steps is None or step < steps):
        progress = done / total
        if progress > recipe.flat and not cooling:
            checkpoint(trunk)
            cooling = True
        recipe.apply(opts, progress, step)
        for o in opts:
            o.zero_grad()
        halves = parts if progress >= recipe.ramp else 1
        size = losses = 0
        for x in (next(feed).to(device) for _ in range(halves)):
            try:
                loss = loss_of(x)
                (loss / halves).backward()
            except Exception as error:  # a compiler that is missing or fails: of many kinds, at the first step only
                if loss_of is eager or recent or metrics:
                    raise
                tqdm.write(f"torch.compile: {str(error).strip().splitlines()[0]}; going on without it")
                loss_of = eager
                loss = loss_of(x)
                (loss / halves).backward()
            sizes, real = text.sizes(x), x != text.pad
            size += sizes.sum().item()
            # bits a position to bits a byte
            losses += loss.item() / math.log(2) * (real.sum() / sizes[real].sum()).item() / halves
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for o in opts:
            o.step()
        size = torch.tensor([size], device=device)
        if world > 1:
            dist.all_reduce(size)
        step, seen = step + 1, seen + size.item()
        average.update(step)
        recent.append(losses)
        elapsed, core, told = tick()
        before, done = done, spent()
        bar.update(round(done) - round(before))
        if step % 20 == 0:
            note(
                train=round(sum(recent) / len(recent), 4),
                rate=round((seen - noted_seen) / max(1e-9, elapsed - noted_at)),
            )
            bar.set_postfix_str(
                f"{metrics[-1]['train']:.3f} bits/byte, {metrics[-1]['rate'] / 1000:.1f} KB/s, {seen / 1e6:.1f} MB"
            )
            noted_at, noted_seen, recent = elapsed, seen, []
        due = int(progress * points) < int(done / total * points) if points else elapsed - judged_at > evaluate_every
        if judged and due and done < total and rank == 0:
            judge()
            plot(metrics, out / "curve.png")
            judged_at = elapsed
        if elapsed - saved_at > save_every:
            checkpoint(last)
            saved_at = elapsed
    checkpoint(last)
    signal.signal(signal.SIGTERM, old)
    if judged and rank == 0 and not told:
        if not metrics or "valid" not in metrics[-1] or metrics[-1]["step"] < step:
            judge()
        tqdm.write(f"{metrics[-1]['valid']} bits per byte on {len(judged)} validation documents (ts, js)")
    average.put()
    if metrics and rank == 0:
        plot(metrics, out / "curve.png")
    bar.close()
    if world > 1:
        dist.destroy_process_group()
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default="nano")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the packed training corpus")
    parser.add_argument("--valid", type=Path, help="folder of the packed validation corpus")
    parser.add_argument("--out", type=Path, required=True)
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float, help="the whole budget, across restarts")
    budget.add_argument("--core-hours", type=float, help="the whole budget in CPU time of a process, across restarts")
    budget.add_argument("--megabytes", type=float, help="the whole budget in text seen (10^6 bytes), across restarts")
    parser.add_argument(
        "--rows",
        type=int,
        help="sequences a step (and a GPU); default: 16 kB of text, after a fifth of the budget 32 kB",
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--compile", action="store_true", help="fuse with torch.compile: about 1.5 times as fast on a CPU"
    )
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
    )


if __name__ == "__main__":
    command(main)
