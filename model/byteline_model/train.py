"""Trains a preset on a packed corpus, for a given time or a given number of bytes:

    python -m byteline_model.train --preset nano --corpus DIR --valid DIR --out DIR --minutes 180 [--threads 1]
    python -m byteline_model.train --preset transformer --corpus DIR --valid DIR --out DIR --megabytes 6
    torchrun --nproc-per-node 8 -m byteline_model.train ...      (several GPUs, DDP)

The learning rate is flat, then falls linearly to 3% inside the budget. A run goes on from OUT/last.pt after a kill;
OUT/trunk.pt is the state where the cooldown began: a later run with a larger budget goes on from there.
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
from .dequantise import parameters
from .errors import InputError, command
from .evaluate import bits_per_byte, sample
from .muon import Muon
from .network import Config, count_weights
from .presets import PRESETS, build
from .reading import reading
from .sequence import FIM, clean, snippet

LAYERS = ("globals", "locals", "encoder", "layers")  # modules whose matrices Muon trains
FLAT, FLOOR, WARM_UP = 0.6, 0.03, 50  # share of the budget before the cooldown; last learning rate; steps


def schedule(progress: float, step: int) -> float:
    """Factor of the learning rates at `progress` in 0..1 of the budget."""
    cool = min(1.0, (1 - progress) / (1 - FLAT))
    return min(1.0, (step + 1) / WARM_UP) * max(FLOOR, cool)


def neighbours(corpus: Corpus, i: int, room: int, rng: random.Random) -> list[tuple[bytes, bytes]]:
    """One to three FILE blocks of other documents in the repository of document i, at most `room` bytes, paths and sentinels among them."""
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


def stream(corpus: Corpus, seed: int, start: int, rank: int, world: int, files: float = 0, room: int = 0):
    """(path, text) of this rank's documents for ever, in the packed (shuffled) order, from document `start` on; a share `files` of them with
    FILE blocks of at most `room` bytes."""
    i = start
    while True:
        if i % world == rank:
            document = corpus.path(i % len(corpus)).encode(), corpus.text(i % len(corpus))
            yield (*document, neighbours(corpus, i % len(corpus), room, random.Random(i))) if files and random.Random(~i).random() < files else document
        i += 1
        stream.position = i


def optimizers(model: nn.Module, muon_dtype, rate: float = 1) -> list[torch.optim.Optimizer]:
    """Muon on the matrices of the layers, AdamW on embeddings, norms and the rest. `rate` multiplies their learning rates."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and n.split(".")[0] in LAYERS]
    for name, p in model.named_parameters():
        if name.endswith("qkv.weight"):
            p.parts = 3
    chosen = set(map(id, matrices))
    rest = [p for p in model.parameters() if id(p) not in chosen]
    out = [Muon(matrices, lr=0.02 * rate, dtype=muon_dtype),
           torch.optim.AdamW(rest, lr=0.006 * rate, betas=(0.9, 0.95), eps=1e-10, weight_decay=0.0, fused=True)]
    for o in out:
        for g in o.param_groups:
            g["initial_lr"] = g["lr"]
    return out


def native_bf16() -> bool:
    """Whether bf16 multiplies faster than fp32 here: CUDA, or a CPU that says so (measured 3-4 times on Zen 4)."""
    info = Path("/proc/cpuinfo")
    return torch.cuda.is_available() or (info.exists() and "avx512_bf16" in info.read_text())


def begin(model: nn.Module, folder: Path) -> None:
    """Loads the weights of a released model; parameters that it lacks keep their first values."""
    found = parameters(folder)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in found and found[name].size != p.numel():
                raise InputError(f"{folder}: {name} has {found[name].size} weights, the preset {p.numel()}")
            if name in found:
                p.copy_(torch.from_numpy(found[name].astype("float32")).view_as(p))


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


def train(config: Config | TransformerConfig, corpus: Corpus, valid: Corpus | None, out: Path, minutes: float | None = None,
          rows: int | None = None, seed: int = 1, evaluate_every: float = 600, save_every: float = 180, steps: int | None = None,
          quiet: bool = False, compiled: bool = False, start: Path | None = None, megabytes: float | None = None,
          fim: float = FIM, files: float = 0, rate: float = 1) -> nn.Module:
    """Returns the trained model. The budget is `minutes`, counted across restarts, or `megabytes` of text seen (10^6 bytes);
    `steps` ends a run early (tests). `rows` sequences make a step (and a GPU), by default 16 kB of text. `compiled` fuses
    the element-wise work (needs a C++ compiler, else the run goes on eagerly; the first step then takes about a minute). `start` is a model folder whose
    weights a new run begins with. `fim` is the share of sequences with a middle, `files` that of documents that come with FILE blocks.
    `rate` multiplies the learning rates."""
    if (minutes is None) == (megabytes is None):
        raise InputError("a budget is either minutes or megabytes")
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
    text = reading(config, out, corpus, seed)
    model, rows = build(config).to(device), rows or text.rows
    opts = optimizers(model, dtype, rate)
    step = elapsed = seen = 0
    position = random.Random(seed).randrange(len(corpus))  # another seed reads other text
    cooling = False  # whether the trunk is saved
    last, trunk = out / "last.pt", out / "trunk.pt"
    if start:
        begin(model, start)
    resume = next((f for f in (last, trunk) if f.exists()), None)
    if resume:
        saved = torch.load(resume, map_location=device, weights_only=True)
        grown = any(now and now > (saved.get(unit) or 0) for unit, now in (("minutes", minutes), ("megabytes", megabytes)))
        if saved["cooling"] and grown and trunk.exists():  # a larger budget: undo the cooldown
            saved = torch.load(trunk, map_location=device, weights_only=True)
        if saved["config"] != asdict(config):
            raise InputError(f"{resume}: was trained with another configuration")
        model.load_state_dict(saved["model"])
        for o, s in zip(opts, saved["optimizers"]):
            o.load_state_dict(s)
        step, elapsed, seen, position = (saved[k] for k in ("step", "elapsed", "seen", "position"))
        cooling = saved["cooling"]
    ddp = torch.nn.parallel.DistributedDataParallel(model) if world > 1 else model

    def loss_of(x: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(ddp(x, dtype).float().flatten(0, 1), x.view(-1), ignore_index=text.pad)

    eager = loss_of
    if compiled:
        loss_of = torch.compile(eager, dynamic=False)
    stream.position = position  # a run that begins in its cooldown saves the trunk before it reads
    rng = random.Random(seed * 1_000_003 + step * world + rank)
    feed = text.batches(stream(corpus, seed, position, rank, world, files, config.context // 4), rows, rng, fim)
    log = out / "metrics.jsonl"
    metrics = [m for m in map(json.loads, log.read_text().splitlines()) if m["step"] <= step] if log.exists() else []
    if rank == 0:  # steps that are done again, or a cooldown that is undone, leave the curve
        trimmed = log.with_suffix(".new")
        trimmed.write_text("".join(json.dumps(m) + "\n" for m in metrics))
        trimmed.replace(log)
    judged = sample(valid, {"ts", "js"}, 150_000) if valid else []
    began, saved_at, judged_at, noted_at, noted_seen, recent = time.time() - elapsed, elapsed, elapsed, elapsed, seen, []
    total, done, unit = (megabytes * 1e6, seen, "B") if megabytes else (minutes * 60, elapsed, "s")
    bar = tqdm(total=round(total), initial=round(done), unit=unit, unit_scale=bool(megabytes), mininterval=5, disable=quiet or rank > 0)
    stop, told = [], False
    old = signal.signal(signal.SIGTERM, lambda *_: stop.append(1))

    def tick() -> tuple[float, bool]:
        """Seconds so far, and whether a signal came: rank 0's word, so that no rank takes a step that the others do not."""
        word = torch.tensor([time.time() - began, bool(stop)], dtype=torch.float64, device=device)
        if world > 1:
            dist.broadcast(word, 0)
        return word[0].item(), bool(word[1])

    def checkpoint(file: Path) -> None:
        if rank == 0:
            save(file, config=asdict(config), model=model.state_dict(), optimizers=[o.state_dict() for o in opts], step=step,
                 elapsed=elapsed, seen=seen, position=stream.position, minutes=minutes,
                 megabytes=megabytes, cooling=cooling, files=files)

    def note(**row) -> None:
        metrics.append({"step": step, "seconds": round(elapsed), "bytes": seen, **row})
        if rank == 0:
            with open(log, "a") as file:
                file.write(json.dumps(metrics[-1]) + "\n")

    while done < total and not told and (steps is None or step < steps):
        factor = schedule(done / total, step)
        if done / total > FLAT and not cooling:
            checkpoint(trunk)
            cooling = True
        for o in opts:
            for g in o.param_groups:
                g["lr"] = g["initial_lr"] * factor
        x = next(feed).to(device)
        for o in opts:
            o.zero_grad()
        try:
            loss = loss_of(x)
            loss.backward()
        except Exception as error:  # a compiler that is missing or fails: of many kinds, at the first step only
            if loss_of is eager or recent or metrics:
                raise
            tqdm.write(f"torch.compile: {str(error).strip().splitlines()[0]}; going on without it")
            loss_of = eager
            continue
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for o in opts:
            o.step()
        sizes, real = text.sizes(x), x != text.pad
        size = torch.tensor([sizes.sum()], device=device)
        if world > 1:
            dist.all_reduce(size)
        step, seen = step + 1, seen + size.item()
        recent.append(loss.item() / math.log(2) * (real.sum() / sizes[real].sum()).item())  # bits a position to bits a byte
        elapsed, told = tick()
        before, done = done, seen if megabytes else elapsed
        bar.update(round(done) - round(before))
        if step % 20 == 0:
            note(train=round(sum(recent) / len(recent), 4),
                 rate=round((seen - noted_seen) / max(1e-9, elapsed - noted_at)))
            bar.set_postfix_str(f"{metrics[-1]['train']:.3f} bits/byte, {metrics[-1]['rate'] / 1000:.1f} KB/s, {seen / 1e6:.1f} MB")
            noted_at, noted_seen, recent = elapsed, seen, []
        if elapsed - saved_at > save_every:
            checkpoint(last)
            saved_at = elapsed
        if judged and elapsed - judged_at > evaluate_every and rank == 0:
            note(valid=round(bits_per_byte(model.eval(), valid, judged, dtype, text.bits)["all"], 4))
            model.train()
            plot(metrics, out / "curve.png")
            judged_at = elapsed
    checkpoint(last)
    signal.signal(signal.SIGTERM, old)
    if judged and rank == 0 and not told:
        note(valid=round(bits_per_byte(model.eval(), valid, judged, bits_of=text.bits)["all"], 4))
        tqdm.write(f"{metrics[-1]['valid']} bits per byte on {len(judged)} validation documents (ts, js)")
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
    budget.add_argument("--megabytes", type=float, help="the whole budget in text seen (10^6 bytes), across restarts")
    parser.add_argument("--rows", type=int, help="sequences a step (and a GPU); default: 16 kB of text")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="fuse with torch.compile: about 1.5 times as fast on a CPU")
    parser.add_argument("--files", type=float, default=0, help="share of documents that come with FILE blocks: lines of others in their repository")
    parser.add_argument("--rate", type=float, default=1, help="factor of the learning rates; a short run that goes on from a trained model wants less than 1")
    parser.add_argument("--from", dest="start", type=Path, help="a model folder to go on from, with fresh optimisers")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    config = PRESETS[a.preset]
    network, tables = count_weights(build(config))
    print(f"{a.preset}: {network / 1e6:.2f}M weights in the network, {tables / 1e6:.2f}M in hash tables")
    train(config, Corpus(a.corpus, "train"), Corpus(a.valid, "valid") if a.valid else None, a.out, a.minutes, a.rows, a.seed,
          compiled=a.compile, start=a.start, megabytes=a.megabytes, files=a.files, rate=a.rate)


if __name__ == "__main__":
    command(main)
