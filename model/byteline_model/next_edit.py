"""Trains what a place for a next edit is worth (server/edits/features.ts) on what test/bench/edits.ts wrote:

    python -m byteline_model.next_edit .cache/edits/*.jsonl --write server/edits/weights.json

A logistic regression on the features of all places of each step, each commit counting as its root: a rule with many
places, or a commit with many edits, is one thing that happened. Prints, for repositories that a fit has not seen (each
is left out once), how often the best place of a step is right among those of at least a probability. `precision` of the
file stays as it is: it is measured by `test/bench/edits.ts --least`, where proposals are taken and refused.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from .errors import InputError, command

ALWAYS = "always"  # the feature that is so everywhere
STEPS = 400
LEAST = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # probabilities
DECAY = 1e-4


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


def fit(features: Tensor, right: Tensor, weights: Tensor, decay: float = DECAY) -> Tensor:
    """The weights f32[F] of a logistic regression."""
    w = torch.zeros(features.shape[1], requires_grad=True)
    optimiser = torch.optim.Adam([w], lr=0.05, weight_decay=decay)
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = binary_cross_entropy_with_logits(features @ w, right, weights, reduction="sum") / weights.sum()
        loss.backward()
        optimiser.step()
    return w.detach()


def best_of_steps(places: Places, logits: Tensor) -> Tensor:
    """i64[steps]: the most probable place of each step."""
    order = logits.argsort()
    best = torch.zeros(int(places.step.max()) + 1, dtype=torch.long)
    best[places.step[order]] = order  # the last one stays
    return best


def unseen(places: Places) -> Tensor:
    """f32[n]: logits by fits without the place's repository."""
    logits = torch.zeros(len(places.right))
    for repository in range(len(places.repositories)):
        own = places.repository == repository
        w = fit(places.features[~own], places.right[~own], places.weights[~own])
        logits[own] = places.features[own] @ w
    return logits


def calibrated(places: Places, logits: Tensor, best: Tensor) -> Tensor:
    """f32[2]: the factor and the shift of logits that make probabilities of the best places true (Platt 1999): the best
    of many is overrated. Learned on repositories that the logits' fits have not seen."""
    both = torch.stack([logits[best], torch.ones(len(best))], 1)
    return fit(both, places.right[best], places.weights[best], decay=0)


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
    w = factor * fit(places.features, places.right, places.weights)
    w[places.names.index(ALWAYS)] += shift
    weights = {name: round(float(value), 2) for name, value in zip(places.names, w, strict=True)}
    if args.write:
        kept = json.loads(args.write.read_text()) if args.write.exists() else {}
        args.write.write_text(json.dumps({**kept, "weights": weights}, indent=2) + "\n")
    else:
        print(json.dumps(weights, indent=2))


if __name__ == "__main__":
    command(main)
