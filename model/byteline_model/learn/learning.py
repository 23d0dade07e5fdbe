"""One run from a folder to a model folder, in steps that are done once each: what is done lies in `.NAME.learning`
beside the model folder, from where the same command goes on after a kill. No folder is ever half made: the model is
written there, too, and renamed when it is whole."""

import json
import os
import re
import shutil
from pathlib import Path

import torch

from .. import export as exporting
from .. import train as training
from ..background import hold
from ..corpus.pack import Corpus
from ..corpus.shards import Shards
from ..errors import InputError
from ..presets import PRESETS
from ..progress import Budget, Progress
from ..recipe import Recipe
from ..released import preset_of
from ..scorecard.worker import has_gate
from .card import card, complete
from .check import Change, bits, compare, documents
from .division import divide

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # server/engine/manifest.ts
RATE, PASSES, ROWS = 0.1, 1.0, 1  # small steps at a low rate that falls from the start (model/RESULTS.md)
TRAINING = 0.8  # share of the minutes
ALONE, MIXED = "alone", "with the memory"


class Learning:
    """The run that makes the model folder `out` from `folder`, on from the released model `start`. Raises InputError
    for what cannot work, before anything is written; so do the steps, which come in the order below."""

    def __init__(self, folder: Path, start: Path, out: Path, minutes: float, seed: int):
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder")
        if not NAME.fullmatch(out.name):
            raise InputError(f"--out {out}: the last part names the model: 1 to 64 letters, digits, dots, dashes, _")
        if out.exists():
            raise InputError(f"--out {out} is there already: name another, or remove it")
        if minutes <= 0:
            raise InputError(f"--minutes {minutes}: must be more than 0")
        self.folder, self.start, self.out, self.minutes, self.seed = folder, start, out, minutes, seed
        self.preset = preset_of(start)
        self.work = out.with_name(f".{out.name}.learning")
        self.corpus, self.run, self.model = (self.work / name for name in ("corpus", "run", "exported"))
        self.changes: dict[str, Change] = {}

    def __enter__(self) -> "Learning":
        lock = hold(self.work)
        if not lock:
            raise InputError(f"{self.work}: another process is at it")
        self.lock = lock
        settings = {
            "folder": str(self.folder.resolve()),
            "from": str(self.start.resolve()),
            "released": (self.start / "model.json").read_text(),
            "seed": self.seed,
        }
        file = self.work / "settings.json"
        if file.exists() and json.loads(file.read_text()) != settings:
            raise InputError(f"{self.work}: was begun with another folder, --from or --seed; remove it to begin anew")
        write(file, settings)
        return self

    def __exit__(self, *_) -> None:
        self.lock.close()

    def divide(self) -> None:
        """Packs the folder's text, once: what changes in the folder later does not count."""
        if not self.corpus.exists():
            part = self.work / "corpus.part"
            shutil.rmtree(part, ignore_errors=True)
            try:
                counts = divide(self.folder, part, self.seed)
            except InputError:
                shutil.rmtree(self.work)
                raise
            write(part / "counts.json", counts)
            part.rename(self.corpus)
        self.counts = json.loads((self.corpus / "counts.json").read_text())
        self.text, self.valid = Corpus(self.corpus, "train"), Corpus(self.corpus, "valid")
        self.held = documents(self.valid)
        print(
            "{files} files, {bytes} bytes; {held out} files held out, {near} like them left out".format(**self.counts)
        )

    def _bits(self, model: Path) -> dict[str, list[float]]:
        found = {ALONE: bits(str(model), self.held, None)}
        return found | ({MIXED: bits(str(model), self.held, self.text)} if has_gate(self.start) else {})

    def judge_start(self) -> None:
        """The released model on the held-out files. Comes before the training: it fails where the worker does."""
        file = self.work / "before.json"
        if not file.exists():
            write(file, self._bits(self.start))
        self.before = json.loads(file.read_text())

    def train(self, passes: float, rate: float, compiled: bool) -> None:
        """So many passes over the text, or what TRAINING of the minutes allow, the learning rates times `rate`. Raises
        InputError for a number that is not above 0, and SystemExit where a signal came."""
        if min(passes, rate) <= 0:
            raise InputError(f"--passes {passes} --rate {rate}: must be more than 0")
        self.rate = rate
        budget = Budget(TRAINING * self.minutes, None, passes * self.text.size / 1e6)
        training.train(
            PRESETS[self.preset],
            Shards(self.corpus, "train"),
            None,
            self.run,
            budget.minutes,
            ROWS,
            self.seed,
            save_every=60,
            compiled=compiled,
            start=self.start,
            megabytes=budget.megabytes,
            recipe=Recipe(rate, flat=0, average=0),
        )
        saved = torch.load(self.run / "last.pt", weights_only=True, mmap=True)
        self.progress = Progress(**{name: saved[name] for name in ("step", "elapsed", "core", "seen")})
        if budget.spent(self.progress) < budget.total:
            raise SystemExit("stopped; the same command goes on")

    def export(self) -> None:
        """The graphs and weights, once, checked against PyTorch on the held-out files; gate and confidence are the
        released model's, which were fitted on many repositories."""
        if self.model.exists():
            return
        part = self.work / "exported.part"
        shutil.rmtree(part, ignore_errors=True)
        exporting.export(
            self.run / "last.pt",
            self.out.name,
            part,
            self.valid,
            6,
            8_000,
            ["int8"],
            json.loads((self.start / "model.json").read_text())["version"],
            f"{self.counts['folder']} at {self.counts['commit'] or 'no commit'}, on from {self.start.name}",
            (),
        )
        complete(part, self.start)
        part.rename(self.model)

    def judge(self) -> bool:
        """Whether the new model is better than the released one on the held-out files, with the memory where the
        released model has a gate for it."""
        after = self._bits(self.model)
        self.changes = {name: compare(self.before[name], after[name], self.held) for name in after}
        for name, change in self.changes.items():
            print(f"{name}: {change}")
        return list(self.changes.values())[-1].better

    def finish(self, made: bool) -> None:
        """Puts the model folder in its place, if it is to be made, and removes all else."""
        if made:
            text = card(self.out.name, self.start, self.counts, self.progress, self.rate, self.changes, self.seed)
            (self.model / "README.md").write_text(text)
            self.model.rename(self.out)
        shutil.rmtree(self.work)


def write(file: Path, value: object) -> None:
    """As JSON, whole or not at all."""
    part = file.with_name(file.name + ".part")
    part.write_text(json.dumps(value, indent=2) + "\n")
    os.replace(part, file)
