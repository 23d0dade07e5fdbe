"""The paper's tables with our figures beside its own, as Markdown. Intervals are 95%, by bootstrap over clusters
(runs.py); a figure is the mean of the seeds."""

from collections import defaultdict
from pathlib import Path

from ..controls import TransformerConfig
from ..flops import flops_per_byte
from ..presets import build, count_weights
from ..scorecard.bootstrap import Estimate, Row, estimate
from ..scorecard.markdown import number, table
from .runs import Run, read
from .settings import BASE, BEYOND, INFERENCE, SUBWORDS, TABLES, TRIED, Network, Table


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


def sweep() -> list[Run]:
    """The runs of other learning rates and those that they are compared with, of one seed."""
    return [
        Run(dataset, row, network, 1, megabytes, rate)
        for dataset, budgets in TRIED.items()
        for megabytes, factors in budgets.items()
        for row, network in BASE[dataset].items()
        for rate in factors
    ]


def total(result: dict) -> Estimate | None:
    """Bits per byte of one result."""
    return estimate(Row(name, *pair) for name, pair in result["bits"].items())


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
        values = [e.value for r in found if (e := total(r))]
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


def main_table(f: Figures) -> list[str]:
    """For each data set, budget and network: bits per byte, what the seeds differ by, what it needs more than the base,
    the paper's figure for its own data."""
    t, body = f.table, []
    for d, megabytes, row in ((d, m, row) for d in t.datasets for m in t.megabytes for row in t.rows):
        key = row, d, megabytes
        if key in f.rows:
            figure = t.paper.get(row, {}).get(d)
            figures = [number(of(*key)) for of in (f.bits, f.spread, f.behind)]
            body.append([d, f"{megabytes:g}", row, *figures, "" if figure is None else f"{t.columns[d]} {figure:.3f}"])
    head = ["data set", "MB seen", "network", "bits per byte", "spread", f"more than {t.base}", "the paper"]
    return table(head, body)


def rates(results: Path) -> list[str]:
    """What each learning rate gives, and what it saves of bits per byte, cluster by cluster."""
    found, body = read(results), []
    there = {(r.dataset, r.row, r.megabytes, r.rate): found[r.key]["bits"] for r in sweep() if r.key in found}
    for (dataset, row, megabytes, rate), bits in there.items():
        plain = there.get((dataset, row, megabytes, 1), {})
        more = estimate(Row(c, b - plain[c][0], n) for c, (b, n) in bits.items() if c in plain and rate != 1)
        figures = [number(estimate(Row(c, *pair) for c, pair in bits.items())), number(more)]
        body.append([dataset, row, f"{megabytes:g}", f"× {rate:g}", *figures])
    return table(["data set", "network", "MB seen", "learning rates", "bits per byte", "more than × 1"], body)


def settings() -> list[str]:
    """Our Table 15: sizes, weights, and forward FLOPs for each byte, of every network once."""
    known: dict[tuple[str, str], Network] = {
        (d, row): networks[d] for t in TABLES.values() for row, networks in t.rows.items() for d in networks
    }
    body = []
    for (d, row), c in known.items():
        if row in INFERENCE or d == "pictures-32-raster" or (d == "code" and row in BASE["prose"] | SUBWORDS | BEYOND):
            continue  # as megabyte, as pictures-32, as prose
        weights, cost = sum(count_weights(build(c))), sum(flops_per_byte(c).values())
        body.append([d, row, *sizes(c), f"{weights / 1e6:.2f}", f"{cost / 1e6:.2f}"])
    return table(["data set", "network", "global", "local", "context", "patch", "weights, M", "MFLOPs a byte"], body)


def sizes(c: Network) -> list[str]:
    """Global and local size, context and patch, as in Table 15."""
    layers = lambda width, n: f"D={width}, L={n}" if n else "–"
    if isinstance(c, TransformerConfig):
        latents = f", {c.latents} latents" if c.latents else ""
        positions = f"{c.context} tokens" if c.vocab > 256 else f"{c.context}"
        return [layers(c.width, c.layers), "–", positions + latents, "–"]
    return [layers(c.patch * c.d_global, c.n_global), layers(c.d_local, c.n_local), str(c.context), str(c.patch)]
