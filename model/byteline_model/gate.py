"""Trains the gate between a model and the workspace's memory (server/memory/gate.ts is its twin and says what it
computes) on what test/bench/features.ts wrote:

    python -m byteline_model.gate .cache/features/train --model model/models/nano

Writes memory.json into the model's folder and its hash into model.json. With --test DIR it also scores repositories
that it was not trained on; with --ablate, besides, what each context is worth there, for a gate is trained with some
of them left out at most steps. With --cross it writes nothing: every repository is scored by a gate that was trained
on the others.
"""

import argparse
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from .errors import InputError, command
from .weights import part_of

MOST = 12  # bytes of evidence at a place
MATCHES = 7  # classes of evidence: lengths of matches, and the word
SIDES = 3  # of the evidence: the workspace, the document, what comes with Byteline
# the classes behind the matches: structural contexts, and the names that a language server gave
CONTEXTS = ("call", "words", "line", "receiver", "above", "names")
CHUNK = 65536
DROPPED = 0.6


@dataclass
class Places:
    """n places: rows f16[n,MOST,BYTE], mask bool[n,MOST], truth bool[n,MOST] (the byte that came), place f16[n,PLACE],
    logp f32[n] (the model's of that byte, nats)."""

    rows: Tensor
    mask: Tensor
    truth: Tensor
    place: Tensor
    logp: Tensor

    def __getitem__(self, i: Tensor) -> "Places":
        return Places(*(x[i] for x in (self.rows, self.mask, self.truth, self.place, self.logp)))

    def __len__(self) -> int:
        return len(self.logp)


def read(folder: Path) -> tuple[Places, list[tuple[str, int]]]:
    """The places, rows and place in half precision, and where each repository's end. Raises InputError."""
    try:
        about = json.loads((folder / "about.json").read_text())
        raw = {
            name: np.fromfile(folder / name, kind)
            for name, kind in (
                ("sizes.u8", np.uint8),
                ("truths.i8", np.int8),
                ("logps.f32", np.float32),
                ("places.f32", np.float32),
            )
        }
        sizes = raw["sizes.u8"].astype(np.int64)
        mask = np.arange(MOST) < sizes[:, None]
        rows = np.zeros((len(sizes), MOST, about["byte"]), np.float16)
        found = np.memmap(folder / "rows.f32", np.float32).reshape(-1, about["byte"])
        ends = np.append(0, np.cumsum(sizes))
        for i in range(0, len(sizes), CHUNK):  # all of them take several times the memory
            part = slice(i, i + CHUNK)
            rows[part][mask[part]] = found[ends[i] : ends[min(i + CHUNK, len(sizes))]]
        truth = np.arange(MOST) == raw["truths.i8"][:, None]
        place = raw["places.f32"].reshape(len(sizes), about["place"]).astype(np.float16)
        return Places(*map(torch.from_numpy, (rows, mask, truth, place, raw["logps.f32"]))), about["ends"]
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise InputError(f"{folder}: {error}") from None


def read_all(folders: list[Path]) -> tuple[Places, list[tuple[str, int]]]:
    """`read` of several folders, one behind the other. Raises InputError."""
    read_ones, ends = [], []
    for folder in folders:
        places, own = read(folder)
        before = ends[-1][1] if ends else 0
        ends += [(name, before + end) for name, end in own]
        read_ones.append(places)
    fields = zip(*((x.rows, x.mask, x.truth, x.place, x.logp) for x in read_ones), strict=True)
    return (Places(*map(torch.cat, fields)) if len(read_ones) > 1 else read_ones[0]), ends


class Gate(nn.Module):
    """The mixture of model and memory: two layers score the bytes of the memory, two weigh it against the model."""

    def __init__(self, byte: int, place: int, hidden: int):
        super().__init__()
        self.byte = nn.Sequential(nn.Linear(byte + place, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        self.gate = nn.Sequential(nn.Linear(place + 3, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, x: Places) -> Tensor:
        """Bits of each byte that came: [n]"""
        rows, of = x.rows.float(), x.place.float()
        place = of[:, None].expand(-1, MOST, -1)
        scores = self.byte(torch.cat((rows, place), 2))[..., 0].masked_fill(~x.mask, -1e9)
        q = torch.softmax(scores, 1) * x.mask
        model = rows[..., -2]  # the model's probability of each
        about = torch.stack((q.amax(1), (q * model).sum(1), -(q * (q + 1e-9).log()).sum(1)), 1)
        w = torch.sigmoid(self.gate(torch.cat((of, about), 1))[:, 0]) * x.mask.any(1)
        return -torch.log2(((1 - w) * x.logp.exp() + w * (q * x.truth).sum(1)).clamp(min=1e-12))


def without(x: Places, contexts: Iterable[int]) -> Places:
    """The places as if these contexts had found nothing."""
    classes = MATCHES + len(CONTEXTS)
    rows, place = x.rows.clone(), x.place.clone()
    for c in contexts:
        for side in range(SIDES):
            at = side * classes + MATCHES + c
            rows[..., at] = rows[..., SIDES * classes + at] = place[:, at] = 0
    return Places(rows, x.mask, x.truth, place, x.logp)


def train(x: Places, which: Tensor, hidden: int, epochs: float, dropped: float = DROPPED, seed: int = 0) -> Gate:
    """A gate fitted to the places `which`, int64 [m], in batches of 1,024. `dropped`: the share of steps at which some
    structural contexts, or all of them, are left out: one gate then does for all of them, and is better, too
    (Srivastava et al. 2014)."""
    torch.manual_seed(seed)
    gate, size = Gate(x.rows.shape[2], x.place.shape[1], hidden), 1024
    optimizer = torch.optim.AdamW(gate.parameters(), 3e-3, weight_decay=1e-3)
    steps = int(epochs * len(which) / size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps + 1)
    for _ in tqdm(range(steps), desc="gate", mininterval=5):
        batch = x[which[torch.randint(len(which), (size,))]]
        if torch.rand(()) < dropped:
            least = 0.8 if torch.rand(()) < 0.75 else 0.0
            batch = without(batch, (torch.rand(len(CONTEXTS)) >= least).nonzero()[:, 0].tolist())
        loss = gate(batch).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return gate


@torch.no_grad()
def bits(gate: Gate, x: Places, which: Tensor, left_out: Iterable[int] = ()) -> tuple[float, float]:
    """Bits per byte of the model alone, and of the mixture."""
    both = torch.cat([gate(without(x[i], left_out)) for i in which.split(8192)]).mean().item()
    return -x.logp[which].mean().item() / np.log(2), both


def score(gate: Gate, x: Places, ends: list, left_out: Iterable[int] = ()) -> np.ndarray:
    """`bits` of each repository: [repositories, 2]."""
    starts = [0] + [end for _, end in ends]
    return np.array([bits(gate, x, torch.arange(*span), left_out) for span in itertools.pairwise(starts)])


def ablate(gate: Gate, x: Places, ends: list) -> None:
    """Prints what leaving out each context costs, in the mean of the repositories."""
    everything = score(gate, x, ends).mean(0)[1]
    for name, left_out in [(name, [c]) for c, name in enumerate(CONTEXTS)] + [("all", range(len(CONTEXTS)))]:
        both = score(gate, x, ends, left_out).mean(0)[1]
        print(f"without {name}: both {both:.4f} ({both / everything - 1:+.2%})", flush=True)


def cross(x: Places, ends: list, hidden: int, epochs: float) -> None:
    """Prints, for each repository, bits per byte by a gate that was trained on the others."""
    owner, start, rows = torch.empty(len(x), dtype=torch.long), 0, []
    for i, (_, end) in enumerate(ends):
        owner[start:end], start = i, end
    for i, (name, _) in enumerate(ends):
        gate = train(x, (owner != i).nonzero()[:, 0], hidden, epochs)
        rows.append(bits(gate, x, (owner == i).nonzero()[:, 0]))
        print(
            f"{name}: model {rows[-1][0]:.3f}, both {rows[-1][1]:.3f} ({rows[-1][1] / rows[-1][0] - 1:+.0%})",
            flush=True,
        )
    model, both = np.mean(rows, 0)
    print(f"mean: model {model:.3f}, both {both:.3f} ({both / model - 1:+.0%})")


def written(layers: nn.Sequential) -> dict:
    """Weights of two layers as memory.json has them, to five digits."""
    first, _, last = layers
    plain = lambda t: [float(f"{v:.5g}") for v in t.flatten().tolist()]
    return {"w1": plain(first.weight), "b1": plain(first.bias), "w2": plain(last.weight), "b2": plain(last.bias)[0]}


def write(gate: Gate, folder: Path, trained: dict) -> None:
    """Writes memory.json and its entry in the folder's model.json."""
    manifest = json.loads((folder / "model.json").read_text())
    (folder / "memory.json").write_text(
        json.dumps({"features": 4, "byte": written(gate.byte), "gate": written(gate.gate), "training": trained}) + "\n"
    )
    manifest["memory"] = part_of(folder / "memory.json")
    (folder / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path, nargs="+", help="what test/bench/features.ts wrote")
    parser.add_argument("--model", type=Path, help="a model folder, which gets memory.json")
    parser.add_argument("--cross", action="store_true", help="score each repository by a gate of the others")
    parser.add_argument("--test", type=Path, help="features of other repositories, to be scored")
    parser.add_argument("--ablate", action="store_true", help="score --test without each context, too")
    parser.add_argument("--hidden", type=int, default=48)
    parser.add_argument("--epochs", type=float, default=10)
    a = parser.parse_args()
    if a.cross == bool(a.model or a.test):
        raise InputError("--model FOLDER or --cross, one of them")
    if a.ablate and (a.model or not a.test):
        raise InputError("--ablate goes with --test FOLDER and without --model")
    x, ends = read_all(a.features)
    if a.cross:
        cross(x, ends, a.hidden, a.epochs)
        return
    which = torch.arange(len(x))
    gate = train(x, which, a.hidden, a.epochs)
    model, both = bits(gate, x, which)
    print(f"{len(x)} bytes of {len(ends)} repositories: model {model:.3f}, both {both:.3f}")
    if a.model:
        write(
            gate,
            a.model,
            {
                "repositories": [name for name, _ in ends],
                "bytes": len(x),
                "bitsPerByte": {"model": round(model, 4), "both": round(both, 4)},
            },
        )
    if a.test:
        test, others = read(a.test)
        rows = score(gate, test, others)
        for (name, _), (model, both) in zip([*others, ("mean", 0)], [*rows, rows.mean(0)], strict=True):
            print(f"{name}: model {model:.3f}, both {both:.3f} ({both / model - 1:+.0%})", flush=True)
        if a.ablate:
            ablate(gate, test, others)


if __name__ == "__main__":
    command(main)
