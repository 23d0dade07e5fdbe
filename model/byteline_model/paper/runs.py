"""One run of an experiment: a network trained on a data set until a budget, and its bits on what was held out. A run
that is done is a line of the results' file and is not made again; one that was killed goes on from its checkpoint, and
a larger budget goes on from where the cooldown of the smaller one began."""

import hashlib
import json
import os
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ..bits import bits_of as network_bits
from ..checkpoints import finished
from ..corpus.pack import Corpus
from ..errors import InputError
from ..evaluate import load
from ..flops import flops_per_byte
from ..presets import build, rows_in
from ..reading import reading
from ..recipe import Recipe
from ..scorecard.machine import machine
from ..train import train
from .settings import INFERENCE, Network, step_bytes

LONGEST = 16384  # bytes that are scored of a document
JUDGED = 300_000  # bytes that are scored of a data set

COLUMNS = ("dataset", "row", "settings", "seed", "megabytes")  # what a run is told by, in a result
Bits = dict[str, list[float]]  # [bits, bytes] by cluster


@dataclass(frozen=True)
class Run:
    """`megabytes` of text seen (10^6 bytes)."""

    dataset: str
    row: str
    network: Network
    seed: int
    megabytes: float
    rate: float = 1  # factor of the recipe's learning rates

    @property
    def key(self) -> tuple:
        """What a result must agree in: a changed network is another run, and so is another learning rate."""
        rate = {} if self.rate == 1 else {"rate": float(self.rate)}
        settings = json.dumps(asdict(self.network) | rate, sort_keys=True)
        return self.dataset, self.row, hashlib.sha256(settings.encode()).hexdigest()[:12], self.seed, self.megabytes

    def folder(self, out: Path) -> Path:
        """Of its checkpoint; budgets share it, and ways of inference."""
        row = "megabyte" if self.row in INFERENCE else self.row
        return out / f"{self.dataset}-{row}-{self.key[2]}-{self.seed}"


def read(file: Path) -> dict[tuple, dict]:
    """The results by the key of their run; none where the file is not there."""
    lines = file.read_text().splitlines() if file.exists() else []
    rows = map(json.loads, lines)
    return {tuple(r[name] for name in COLUMNS): r for r in rows}


def cluster(corpus: Corpus, i: int) -> str:
    """What document i is not independent of: of text its repository or package, of others its file (a picture's parts
    are "path#..")."""
    return corpus.path(i).partition("#")[0] if corpus.modality else corpus.repository(i)


def held_out(corpus: Corpus, limit: int) -> list[tuple[str, bytes, bytes]]:
    """(cluster, path, text) of documents in the corpus's own (shuffled) order, LONGEST bytes of each at most, about the
    same number of bytes of each cluster, about `limit` bytes in all."""
    clusters = {cluster(corpus, i) for i in range(len(corpus))}
    share, size, out = limit / max(1, len(clusters)), defaultdict(int), []
    for i in range(len(corpus)):
        name = cluster(corpus, i)
        if size[name] < share:
            out.append((name, corpus.path(i).encode(), corpus.text(i)[:LONGEST]))
            size[name] += len(out[-1][2])
    return out


def corpora(data: Path, dataset: str) -> tuple[Corpus, Corpus]:
    """What is trained on, and what is held out. Raises InputError that names the folder."""
    try:
        return Corpus(data / dataset, "train"), Corpus(data / dataset, "valid")
    except FileNotFoundError as error:
        raise InputError(f"{error.filename}: not there; bash model/data.sh {data} builds the data sets") from None


def bits_of(run: Run, out: Path, corpus: Corpus, valid: Corpus) -> Bits:
    """Bits and bytes of what is held out, by cluster, by the run's checkpoint."""
    folder = run.folder(out)
    model, text = load(folder / "last.pt"), reading(run.network, folder, corpus, run.seed)
    score = partial(network_bits, **INFERENCE[run.row]) if run.row in INFERENCE else text.bits
    bits: Bits = defaultdict(lambda: [0.0, 0])
    for name, path, document in held_out(valid, JUDGED):
        bits[name][0] += score(model, document, path)
        bits[name][1] += len(document)
    return {name: [round(b, 1), n] for name, (b, n) in bits.items()}


def trained(run: Run, out: Path, corpus: Corpus) -> dict:
    """The run's checkpoint after its budget, trained first where it is not there."""
    folder, rows = run.folder(out), rows_in(step_bytes(run.dataset), run.network)
    # plain documents, from left to right: no middles
    recipe, budget = Recipe(run.rate), run.megabytes
    train(
        run.network, corpus, None, folder, rows=rows, seed=run.seed, megabytes=budget, quiet=True, fim=0, recipe=recipe
    )
    return finished(folder, run.megabytes)


def perform(run: Run, data: Path, out: Path, results: Path) -> dict:
    """Trains, scores, and adds the line to `results`."""
    corpus, valid = corpora(data, run.dataset)
    saved = trained(run, out, corpus)
    row = dict(zip(COLUMNS, run.key)) | {
        "rate": run.rate,
        "flops": round(sum(flops_per_byte(run.network).values())),
        "weights": sum(p.numel() for p in build(run.network).parameters()),
        "core_seconds": round(saved["core"]),
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "bits": bits_of(run, out, corpus, valid),
    }
    results.parent.mkdir(parents=True, exist_ok=True)
    with open(results, "a") as file:  # one write, so that two processes may add to one file
        os.write(file.fileno(), (json.dumps(row) + "\n").encode())
    return row
