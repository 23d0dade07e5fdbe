"""A run's learning curve: OUT/metrics.jsonl, a line every twenty steps and every validation point, and
OUT/curve.png.

    python -m byteline_model.curve RUN --before 183 --out FILE

adds the run's validation points to FILE.jsonl, with the megabytes that its weights had seen before it began, and draws
all that stand there beside `predicted` into FILE.png.
"""

import argparse
import json
from pathlib import Path

from .errors import InputError, command
from .progress import Progress


def predicted(megabytes: float) -> float:
    """Bits per byte of nano after so much text: the curve through its releases of 154 and 183 MB (.765, .750), with the
    exponent of those of 26 and 100 MB, which had no match tables."""
    return 0.55 + 0.20 * (megabytes / 183) ** -0.28


class Curve:
    """`rows` are the lines of the file. Only a curve that `writes` (rank 0) touches the folder."""

    def __init__(self, out: Path, step: int, writes: bool):
        """Steps after `step`, which are done again, or a cooldown that is undone, leave the curve."""
        self.log, self.image, self.writes = out / "metrics.jsonl", out / "curve.png", writes
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.rows: list[dict] = [m for m in map(json.loads, lines) if m["step"] <= step]
        if writes:
            trimmed = self.log.with_suffix(".new")
            trimmed.write_text("".join(json.dumps(m) + "\n" for m in self.rows))
            trimmed.replace(self.log)

    def note(self, p: Progress, **row) -> None:
        """`train` or `valid` in bits per byte, `rate` in bytes per second."""
        self.rows.append({"step": p.step, "seconds": round(p.elapsed), "core": round(p.core), "bytes": p.seen, **row})
        if self.writes:
            with open(self.log, "a") as file:
                file.write(json.dumps(self.rows[-1]) + "\n")

    def plot(self) -> None:
        """Bits per byte over text seen."""
        lines = []
        for key, style in (("train", "-"), ("valid", "o-")):
            rows = [m for m in self.rows if key in m]
            lines.append(([m["bytes"] / 1e6 for m in rows], [m[key] for m in rows], style, key))
        draw(lines, self.image, top=3)  # the first steps say little


def draw(lines: list[tuple[list[float], list[float], str, str]], image: Path, top: float) -> None:
    """Bits per byte, up to `top`, over MB of text seen: a line for each (MB, bits, style, label)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5))
    axes = figure.subplots()
    for megabytes, bits, style, label in lines:
        axes.plot(megabytes, bits, style, markersize=4, label=label)
    axes.set(xlabel="MB of text seen", ylabel="bits per byte")
    axes.set_ylim(top=min(top, axes.get_ylim()[1]))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(image, dpi=100)


def collect(run: Path, before: float, file: Path) -> list[dict]:
    """The validation points in `file`, with those of a run put in the place of what it had there. Raises InputError
    where the run has none."""
    log = run / "metrics.jsonl"
    rows = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    new = [
        {"run": run.name, "megabytes": round(before + r["bytes"] / 1e6, 1), "core": r["core"], "valid": r["valid"]}
        for r in rows
        if "valid" in r
    ]
    if not new:
        raise InputError(f"{log}: no validation points")
    old = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    kept = [r for r in old if r["run"] != run.name] + new
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(r) + "\n" for r in kept))
    return kept


def runs(rows: list[dict]) -> list[tuple[list[float], list[float], str, str]]:
    """Lines for `draw`: each run, and what is predicted from its first text on, a tenth beyond the last."""
    lines = []
    for name in dict.fromkeys(r["run"] for r in rows):
        mine = [r for r in rows if r["run"] == name]
        label = f"{name}, {mine[-1]['core'] / 3600:.1f} core-hours"
        lines.append(([r["megabytes"] for r in mine], [r["valid"] for r in mine], "o-", label))
    seen = [r["megabytes"] for r in rows]
    text = [min(seen) + (1.1 * max(seen) - min(seen)) * i / 100 for i in range(101)]
    return [*lines, (text, [predicted(x) for x in text], "k:", "predicted")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a run's folder")
    parser.add_argument("--before", type=float, default=0, help="MB that its weights had seen (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="without .jsonl and .png")
    a = parser.parse_args()
    draw(runs(collect(a.run, a.before, Path(f"{a.out}.jsonl"))), Path(f"{a.out}.png"), top=1.2)


if __name__ == "__main__":
    command(main)
