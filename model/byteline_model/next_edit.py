"""Trains what a place for a next edit is worth (server/edits/features.ts) on what test/bench/edits.ts wrote:

    python -m byteline_model.next_edit .cache/edits/*.jsonl --write server/edits/weights.json

A network of one hidden layer on the features of all places of each step, each commit counting as its root: a rule with
many places, or a commit with many edits, is one thing that happened. Prints, for repositories that a fit has not seen
(an eighth is left out at a time), how often the best place of a step is right among those of at least a probability.
`precision` of the file stays as it is: it is measured by `test/bench/edits.ts --least`, where proposals are taken and
refused.
"""

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from .errors import InputError, command

HIDDEN = 16
STEPS, BATCH, RATE, DECAY = 2500, 2048, 0.01, 0.3
FOLDS = 8
LEAST = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # probabilities


@dataclass
class Places:
    """n places: features f32[n,F], right f32[n], step i64[n], commit i64[n], repository i64[n]."""

    names: list[str]
    repositories: list[str]
    features: Tensor
    right: Tensor
    step: Tensor
    commit: Tensor
    repository: Tensor

    @property
    def weights(self) -> Tensor:
        """f32[n]: what each counts."""
        steps, commits = torch.bincount(self.step).float(), torch.bincount(self.commit).float()
        return 1 / steps[self.step].sqrt() / commits[self.commit].sqrt()


def read(paths: list[Path]) -> Places:
    """Places of all files. Throws an InputError that names a file of other features."""
    names: list[str] | None = None
    numbers: dict[tuple[str, ...], int] = {}
    features, right, keys = [], [], []
    for path in paths:
        with path.open() as file:
            header = json.loads(next(file, "null"))
            if not isinstance(header, list) or names not in (None, header):
                raise InputError(f"{path}: has other features than {paths[0]}")
            names = header
            for line in file:
                step, is_right, bits = json.loads(line)
                repository, order, commit, number = step.split(" ")
                parts = ((repository,), (repository, order, commit), (repository, order, commit, number))
                keys.append([numbers.setdefault(part, len(numbers)) for part in parts])
                features.append(np.frombuffer(bits.encode(), np.uint8) - ord("0"))
                right.append(is_right)
    if not names or not features:
        raise InputError("no places")
    columns = [torch.from_numpy(np.unique(column, return_inverse=True)[1]) for column in np.array(keys).T]
    repositories = sorted((n, key[0]) for key, n in numbers.items() if len(key) == 1)
    return Places(
        names,
        [name for _, name in repositories],
        torch.from_numpy(np.stack(features)).float(),
        torch.tensor(right).float(),
        step=columns[2],
        commit=columns[1],
        repository=columns[0],
    )


class Network(nn.Module):
    """The logit of a place: f32[n,F] -> f32[n]. One feature is so everywhere, so the hidden layer has no bias."""

    def __init__(self, features: int):
        super().__init__()
        self.hidden = nn.Linear(features, HIDDEN, bias=False)
        self.output = nn.Linear(HIDDEN, 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.output(self.hidden(features).tanh())[:, 0]


def fit(features: Tensor, right: Tensor, weights: Tensor) -> Network:
    """A network that says whether places are right."""
    torch.manual_seed(0)
    network = Network(features.shape[1])
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        batch = torch.randint(len(right), (BATCH,))
        loss = binary_cross_entropy_with_logits(network(features[batch]), right[batch], weights[batch], reduction="sum")
        optimiser.zero_grad()
        (loss / weights[batch].sum()).backward()
        optimiser.step()
        schedule.step()
    return network.requires_grad_(False)


def best_of_steps(places: Places, logits: Tensor) -> Tensor:
    """i64[steps]: the most probable place of each step."""
    order = logits.argsort()
    best = torch.zeros(int(places.step.max()) + 1, dtype=torch.long)
    best[places.step[order]] = order  # the last one stays
    return best


def unseen(places: Places) -> Tensor:
    """f32[n]: logits by fits without the place's repository."""
    logits = torch.zeros(len(places.right))
    folds = min(FOLDS, len(places.repositories))
    for fold in range(folds):
        own = places.repository % folds == fold
        network = fit(places.features[~own], places.right[~own], places.weights[~own])
        logits[own] = network(places.features[own])
    return logits


def calibrated(places: Places, logits: Tensor, best: Tensor) -> Tensor:
    """f32[2]: the factor and the shift of logits that make probabilities of the best places true (Platt 1999): the best
    of many is overrated. Learned on repositories that the logits' fits have not seen."""
    w = torch.tensor([1.0, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([w], max_iter=50, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        weights = places.weights[best]
        total = binary_cross_entropy_with_logits(w[0] * logits[best] + w[1], places.right[best], weights)
        total.backward()
        return total

    optimiser.step(loss)
    return w.detach()


def report(places: Places, best: Tensor, probability: Tensor) -> None:
    """Prints how often the best places of the steps are right, by their probability f32[steps]."""
    print(f"{len(places.repositories)} repositories, {len(places.right)} places of {len(best)} steps")
    print("| probability | steps | right | said |\n|---:|---:|---:|---:|")
    for least in LEAST:
        chosen = probability >= least
        right, said = float(places.right[best[chosen]].mean()), float(probability[chosen].mean())
        print(f"| {least} | {int(chosen.sum())} | {right:.3f} | {said:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path, nargs="+")
    parser.add_argument("--write", type=Path, help="weights.json of server/edits")
    args = parser.parse_args()
    torch.set_num_threads(1)
    places = read(args.features)
    logits = unseen(places)
    best = best_of_steps(places, logits)
    factor, shift = calibrated(places, logits, best)
    report(places, best, torch.sigmoid(factor * logits[best] + shift))
    network = fit(places.features, places.right, places.weights)
    hidden, output = network.hidden.weight.T, factor * network.output.weight[0]
    trained = {
        "hidden": {name: rounded(row) for name, row in zip(places.names, hidden, strict=True)},
        "output": rounded(output),
        "bias": round(float(factor * network.output.bias + shift), 2),
    }
    kept = json.loads(args.write.read_text()) if args.write and args.write.exists() else {}
    text = json.dumps({**trained, "precision": kept.get("precision", {})}, indent=2)
    text = re.sub(r"\[[^]]*\]", lambda numbers: " ".join(numbers[0].split()), text) + "\n"  # a row is a line
    if args.write:
        args.write.write_text(text)
    else:
        print(text, end="")


def rounded(weights: Tensor) -> list[float]:
    return [round(float(weight), 2) for weight in weights]


if __name__ == "__main__":
    command(main)
