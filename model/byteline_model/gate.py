"""Trains the gate between a model and the workspace's memory (server/memory/gate.ts is its twin and says what it
computes):

    npx tsx test/bench/memory.ts model/models/nano 24 3400 REPOSITORY_FOLDER... --features DIR
    python -m byteline_model.gate DIR --model model/models/nano

Writes memory.json into the model's folder and its hash into model.json. With --cross it writes nothing: every
repository is scored by a gate that was trained on the others.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from .errors import InputError, command
from .weights import part_of

MOST = 10  # bytes of evidence at a place


@dataclass
class Places:
    """n places: rows f32[n,MOST,BYTE], mask bool[n,MOST], truth bool[n,MOST] (the byte that came), place f32[n,PLACE],
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
    """The places, and where each repository's end. Raises InputError."""
    try:
        about = json.loads((folder / "about.json").read_text())
        raw = {
            name: np.fromfile(folder / name, kind)
            for name, kind in (
                ("sizes.u8", np.uint8),
                ("truths.i8", np.int8),
                ("logps.f32", np.float32),
                ("places.f32", np.float32),
                ("rows.f32", np.float32),
            )
        }
        sizes = raw["sizes.u8"].astype(np.int64)
        mask = np.arange(MOST) < sizes[:, None]
        rows = np.zeros((len(sizes), MOST, about["byte"]), np.float32)
        rows[mask] = raw["rows.f32"].reshape(-1, about["byte"])
        truth = np.arange(MOST) == raw["truths.i8"][:, None]
        tensors = (rows, mask, truth, raw["places.f32"].reshape(len(sizes), about["place"]), raw["logps.f32"])
        return Places(*map(torch.from_numpy, tensors)), about["ends"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{folder}: {error}") from None


class Gate(nn.Module):
    """The mixture of model and memory: two layers score the bytes of the memory, two weigh it against the model."""

    def __init__(self, byte: int, place: int, hidden: int):
        super().__init__()
        self.byte = nn.Sequential(nn.Linear(byte + place, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        self.gate = nn.Sequential(nn.Linear(place + 3, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, x: Places) -> Tensor:
        """Bits of each byte that came: [n]"""
        place = x.place[:, None].expand(-1, MOST, -1)
        scores = self.byte(torch.cat((x.rows, place), 2))[..., 0].masked_fill(~x.mask, -1e9)
        q = torch.softmax(scores, 1) * x.mask
        model = x.rows[..., -2]  # the model's probability of each
        about = torch.stack((q.amax(1), (q * model).sum(1), -(q * (q + 1e-9).log()).sum(1)), 1)
        w = torch.sigmoid(self.gate(torch.cat((x.place, about), 1))[:, 0]) * x.mask.any(1)
        return -torch.log2(((1 - w) * x.logp.exp() + w * (q * x.truth).sum(1)).clamp(min=1e-12))


def train(x: Places, which: Tensor, hidden: int, epochs: float, seed: int = 0) -> Gate:
    """A gate fitted to the places `which`, int64 [m], in batches of 1,024."""
    torch.manual_seed(seed)
    gate, size = Gate(x.rows.shape[2], x.place.shape[1], hidden), 1024
    optimizer = torch.optim.AdamW(gate.parameters(), 3e-3, weight_decay=1e-3)
    steps = int(epochs * len(which) / size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps + 1)
    for _ in tqdm(range(steps), desc="gate", mininterval=5):
        loss = gate(x[which[torch.randint(len(which), (size,))]]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return gate


@torch.no_grad()
def bits(gate: Gate, x: Places, which: Tensor) -> tuple[float, float]:
    """Bits per byte of the model alone, and of the mixture."""
    both = torch.cat([gate(x[i]) for i in which.split(8192)]).mean().item()
    return -x.logp[which].mean().item() / np.log(2), both


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
        json.dumps({"features": 1, "byte": written(gate.byte), "gate": written(gate.gate), "training": trained}) + "\n"
    )
    manifest["memory"] = part_of(folder / "memory.json")
    (folder / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path, help="what test/bench/memory.ts --features wrote")
    parser.add_argument("--model", type=Path, help="a model folder, which gets memory.json")
    parser.add_argument("--cross", action="store_true", help="score each repository by a gate of the others")
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--epochs", type=float, default=10)
    a = parser.parse_args()
    if a.cross == bool(a.model):
        raise InputError("--model FOLDER or --cross, one of them")
    x, ends = read(a.features)
    if a.cross:
        cross(x, ends, a.hidden, a.epochs)
        return
    which = torch.arange(len(x))
    gate = train(x, which, a.hidden, a.epochs)
    model, both = bits(gate, x, which)
    write(
        gate,
        a.model,
        {
            "repositories": [name for name, _ in ends],
            "bytes": len(x),
            "bitsPerByte": {"model": round(model, 4), "both": round(both, 4)},
        },
    )
    print(
        f"{a.model / 'memory.json'}: {len(x)} bytes of {', '.join(name for name, _ in ends)}: "
        f"model {model:.3f}, both {both:.3f}"
    )


if __name__ == "__main__":
    command(main)
