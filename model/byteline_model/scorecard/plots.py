"""The card's pictures."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from .sweep import CUTS


def figure(title: str, x: str, y: str):
    f, axes = plt.subplots(figsize=(7, 4.2), dpi=130)
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(alpha=0.3)
    return f, axes


def save(f, axes, file: Path) -> None:
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False)
    f.tight_layout()
    f.savefig(file)
    plt.close(f)


def band(axes, x, estimates, label: str) -> None:
    """A line with its 95% interval; shares as percent."""
    (line,) = axes.plot(x, [100 * e.value for e in estimates], label=label)
    axes.fill_between(
        x, [100 * e.low for e in estimates], [100 * e.high for e in estimates], alpha=0.15, color=line.get_color()
    )


def saved(models: dict, file: Path) -> None:
    f, axes = figure("Characters saved by Tab", "threshold of confidence", "% of characters")
    for name, m in models.items():
        if curve := m["replay"]["byThreshold"]:
            band(axes, [at["threshold"] for at in curve], [at["saved"] for at in curve], name)
    axes.set_ylim(bottom=0)
    save(f, axes, file)


def reliability(models: dict, file: Path) -> None:
    f, axes = figure("Is the confidence right?", "predicted probability that the completion is right", "observed share")
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1)
    for name, m in models.items():
        bins = m["confidence"]["bins"]
        (line,) = axes.plot([b["predicted"] for b in bins], [b["observed"] for b in bins], label=name)
        axes.scatter(
            [b["predicted"] for b in bins],
            [b["observed"] for b in bins],
            color=line.get_color(),
            s=[12 + 200 * b["n"] / max(1, m["confidence"]["n"]) for b in bins],
        )
    axes.set(xlim=(0, 1), ylim=(0, 1))
    save(f, axes, file)


def grouped(axes, models: dict, keys: list, value_of) -> None:
    """Bars side by side with their intervals; `value_of(figures, key)` is an Estimate or None."""
    width = 0.8 / len(models)
    for i, (name, m) in enumerate(models.items()):
        found = [(j, e) for j, key in enumerate(keys) if (e := value_of(m, key))]
        at = [j + (i - (len(models) - 1) / 2) * width for j, _ in found]
        spread = [[e.value - e.low for _, e in found], [e.high - e.value for _, e in found]]
        axes.bar(at, [e.value for _, e in found], width, yerr=spread, label=name, error_kw={"elinewidth": 1})
    axes.set_xticks(range(len(keys)), keys)
    axes.margins(y=0.25)  # room for the legend


def cuts(models: dict, file: Path) -> None:
    f, axes = figure("Every cut of a line", "", "bits per byte of the rest")
    kinds = [kind for kind in CUTS if any(kind in m["sweep"]["byKind"] for m in models.values())]
    grouped(axes, models, kinds, lambda m, kind: m["sweep"]["byKind"].get(kind, {}).get("perByte"))
    axes.tick_params(axis="x", labelsize=9)
    save(f, axes, file)


def typed(models: dict, file: Path) -> None:
    f, axes = figure("Exact match of the rest while a line is typed", "characters typed of the line", "% of lines")
    for name, m in models.items():
        if curve := m["sweep"]["byTyped"]:
            band(axes, range(len(curve)), curve, name)
    axes.set_ylim(bottom=0)
    save(f, axes, file)


def phase(models: dict, file: Path) -> None:
    f, axes = figure(
        "Exact match by the cursor's phase in the patch", "offset in the file modulo the patch, bytes", "% of cuts"
    )
    for name, m in models.items():
        if found := m["sweep"]["phase"]:
            axes.plot(
                range(found["patch"]),
                100 * np.array(found["exact"]),
                marker="o",
                label=f"{name}: {found['asLarge']} of {found['shuffles']} shuffles spread as far",
            )
    axes.set_ylim(bottom=0)
    save(f, axes, file)


def draw(models: dict, out: Path) -> None:
    for plot in (saved, reliability, cuts, typed, phase):
        plot(models, out / f"{plot.__name__}.png")
