"""The paper's tables with our figures beside its own, as Markdown. Intervals are 95%, by bootstrap over clusters
(runs.py); a figure is the mean of the seeds."""

from collections import defaultdict
from pathlib import Path

from ..controls import TransformerConfig
from ..scorecard.bootstrap import Estimate, Row, estimate
from ..scorecard.markdown import number, table
from .runs import Run, read
from .settings import Network, Table


def runs(t: Table, seeds: list[int]) -> list[Run]:
    """Every run of a table, smaller budgets first, since larger ones go on from them; the first seed of all first."""
    return [
        Run(dataset, row, networks[dataset], seed, megabytes)
        for seed in seeds
        for megabytes in t.megabytes
        for dataset in t.datasets
        for row, networks in t.rows.items()
        if dataset in networks
    ]


class Figures:
    """What the results' file says of a table."""

    def __init__(self, t: Table, results: Path, seeds: list[int]):
        self.table, found = t, read(results)
        self.rows: dict[tuple[str, str, float], list[dict]] = defaultdict(list)
        for run in runs(t, seeds):
            if run.key in found:
                self.rows[run.row, run.dataset, run.megabytes].append(found[run.key])

    def bits(self, row: str, dataset: str, megabytes: float) -> Estimate | None:
        """Bits per byte, the seeds together."""
        return estimate(
            Row(name, bits, size)
            for r in self.rows.get((row, dataset, megabytes), ())
            for name, (bits, size) in r["bits"].items()
        )

    def spread(self, row: str, dataset: str, megabytes: float) -> float | None:
        """The largest less the smallest of the seeds' bits per byte; None for fewer than two seeds."""
        found = self.rows.get((row, dataset, megabytes), ())
        each = [estimate(Row(name, *pair) for name, pair in r["bits"].items()) for r in found]
        values = [e.value for e in each if e]
        return max(values) - min(values) if len(values) > 1 else None

    def behind(self, row: str, dataset: str, megabytes: float) -> Estimate | None:
        """What a row needs more than the base, in bits per byte: seed by seed, cluster by cluster."""
        of_base = {r["seed"]: r["bits"] for r in self.rows.get((self.table.base, dataset, megabytes), ())}
        return estimate(
            Row(name, bits - of_base[r["seed"]][name][0], size)
            for r in self.rows.get((row, dataset, megabytes), ())
            if r["seed"] in of_base and row != self.table.base
            for name, (bits, size) in r["bits"].items()
        )

    def any_of(self, row: str, dataset: str) -> dict | None:
        """One result of a row and data set, for what all of them have."""
        return next((rows[0] for key, rows in self.rows.items() if key[:2] == (row, dataset)), None)


def main_table(f: Figures, megabytes: float) -> list[str]:
    """A row for each network: of each data set bits per byte, the seeds' spread, what it needs more than the base, the
    paper's figure."""
    t = f.table
    head = ["", "weights, M", "MFLOPs a byte"]
    for d in t.datasets:
        head += [d, "spread", f"more than {t.base}", f"paper, {t.columns[d]}" if d in t.columns else "paper"]
    body = []
    for row, networks in t.rows.items():
        found = next((r for d in t.datasets if (r := f.any_of(row, d))), None)
        cells = [row, f"{found['weights'] / 1e6:.2f}" if found else "", f"{found['flops'] / 1e6:.2f}" if found else ""]
        for d in t.datasets:
            figure = t.paper.get(row, {}).get(d)
            cells += [
                number(f.bits(row, d, megabytes)) if d in networks else "",
                number(f.spread(row, d, megabytes)) if d in networks else "",
                number(f.behind(row, d, megabytes)) if d in networks and row != t.base else "",
                "" if figure is None else f"{figure:g}",
            ]
        body.append(cells)
    return table(head, body)


def curve(f: Figures) -> list[str]:
    """Bits per byte over budgets: a row for each network and data set."""
    t = f.table
    body = [
        [f"{d}, {row}", *(number(f.bits(row, d, m)) for m in t.megabytes)]
        for d in t.datasets
        for row, networks in t.rows.items()
        if d in networks
    ]
    return table(["MB of text seen", *(f"{m:g}" for m in t.megabytes)], body)


def settings(t: Table) -> list[str]:
    """Our Table 15: the sizes of each network."""
    body = [[d, row, *sizes(networks[d])] for d in t.datasets for row, networks in t.rows.items() if d in networks]
    return table(["data set", "network", "global", "local", "context, bytes", "patch"], body)


def sizes(c: Network) -> list[str]:
    """Global and local size, context and patch, as in Table 15."""
    layers = lambda width, n: f"D={width}, L={n}" if n else "–"
    if isinstance(c, TransformerConfig):
        latents = f" ({c.latents} latents)" if c.latents else ""
        positions = f"{c.context} tokens" if c.vocab > 256 else f"{c.context}"
        return [layers(c.width, c.layers), "–", positions + latents, "–"]
    return [layers(c.patch * c.d_global, c.n_global), layers(c.d_local, c.n_local), str(c.context), str(c.patch)]
