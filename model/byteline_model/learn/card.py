"""What a learnt model's folder says of itself, and what it has from the released model."""

import json
import platform
import shutil
from datetime import date
from pathlib import Path

from ..progress import Progress
from .check import Change

TAKEN = ("confidence", "fileBlocks", "memory")  # fields of model.json


def complete(model: Path, start: Path) -> None:
    """Gives the model folder the released model's gate and confidence, and a licence that names both its sources."""
    manifest, released = (json.loads((folder / "model.json").read_text()) for folder in (model, start))
    manifest |= {name: released[name] for name in TAKEN if name in released}
    licence = f"{released['licence']} for the weights of {released['name']}, trained on your code: see README.md"
    manifest["licence"] = released["licence"] if "your code" in released["licence"] else licence
    if "memory" in manifest:
        shutil.copy(start / manifest["memory"]["path"], model)
    (model / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


def card(name: str, start: Path, counts: dict, p: Progress, rate: float, changes: dict[str, Change], seed: int) -> str:
    """README.md of the model folder."""
    released = json.loads((start / "model.json").read_text())
    rows = "\n".join(
        f"| {how} | {c.before:.3f} | {c.after:.3f} | {c.change:+.1%} ({c.low:+.1%} to {c.high:+.1%}) |"
        for how, c in changes.items()
    )
    return f"""# {name}

{released["name"]} {released["version"]} ({released["licence"]}), trained on by `python -m byteline_model.learn` on one
folder. It may give back text of that folder: share it with those who may read that code.

- **Trained on** {counts["folder"]} (commit {counts["commit"] or "none"}): {counts["files"]} files,
  {counts["bytes"] / 1e6:.2f} MB; {p.seen / 1e6:.2f} MB seen in {p.step} steps, learning rates times {rate},
  {p.elapsed / 60:.1f} minutes ({p.core / 60:.1f} of one core), {platform.machine()}, {date.today().isoformat()}.
- **Held out** (seed {seed}): {counts["held out"]} whole files; {counts["near"]} files that share text with them were
  not trained on.
- **Gate and confidence** are those of {released["name"]}.

Bits per byte of the held-out files through Byteline's worker, with 95% intervals over files:

| | {released["name"]} | {name} | change |
|---|---|---|---|
{rows}
"""
