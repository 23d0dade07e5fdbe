"""A run's learning curve: OUT/metrics.jsonl, a line every twenty steps and every validation point, and
OUT/curve.png."""

import json
from pathlib import Path

from .progress import Progress


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
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot

        pyplot.figure(figsize=(8, 5))
        for key, style in (("train", "-"), ("valid", "o-")):
            rows = [m for m in self.rows if key in m]
            pyplot.plot([m["bytes"] / 1e6 for m in rows], [m[key] for m in rows], style, label=f"{key}, bits per byte")
        pyplot.xlabel("MB of text seen")
        pyplot.ylim(top=min(3, pyplot.ylim()[1]))  # the first steps say little
        pyplot.grid(alpha=0.3)
        pyplot.legend()
        pyplot.savefig(self.image, dpi=100)
        pyplot.close()
