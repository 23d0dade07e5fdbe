"""Makes one of the paper's tables at our scale: trains what is missing, and prints the table.

    python -m byteline_model.paper 7 --data DIR --out DIR [--results FILE] [--seeds 1,2] [--only NAME,..]
        [--megabytes 2,4] [--print]

Tables: 5, 7, 8, 10, 11 and 16 of the paper; `rates` tries other learning rates; `settings` prints the sizes of all
networks. DIR of `--data` is what `bash model/data.sh DIR` makes, and in it `code`, a packed corpus of code or a link to
one (TRAINING.md). A run that is done is a line of the results' file; a killed one goes on from its checkpoint in OUT.
One thread: two commands may share a machine, for instance with other seeds. About a core-minute for each MB: all of a
table may take hours.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from tqdm import tqdm

from ..errors import InputError, command, numbers
from .runs import perform, read
from .settings import TABLES
from .tables import Figures, main_table, rates, runs, settings, sweep

RESULTS = Path(__file__).parents[2] / "results" / "paper.jsonl"


def show(name: str, results: Path, seeds: list[int], base: str | None = None) -> str:
    """The table of what is there, each row beside `base` or the table's own."""
    if name == "rates":
        return "\n".join(rates(results))
    t = replace(TABLES[name], base=base or TABLES[name].base)
    return "\n".join([f"Table {name}. {t.title}.", "", *main_table(Figures(t, results, seeds))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=[*TABLES, "rates", "settings"])
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--out", type=Path, help="folder of the checkpoints")
    parser.add_argument("--results", type=Path, default=RESULTS, help="default: model/results/paper.jsonl")
    parser.add_argument("--seeds", default="1,2", help="by commas")
    parser.add_argument("--only", help="rows, by commas; default: all")
    parser.add_argument("--megabytes", help="budgets, by commas; default: all of the table's")
    parser.add_argument("--base", help="the row that others are compared with; default: the paper's")
    parser.add_argument("--print", action="store_true", help="train nothing")
    a = parser.parse_args()
    if a.table == "settings":
        return print("\n".join(settings()))
    seeds = list(numbers(int, a.seeds))
    todo = sweep() if a.table == "rates" else runs(TABLES[a.table], seeds)
    rows = {run.row for run in todo}
    only = set(a.only.split(",")) if a.only else rows
    budgets = {run.megabytes for run in todo}
    wanted = set(numbers(float, a.megabytes)) if a.megabytes else budgets
    if unknown := wanted - budgets:
        raise InputError(f"--megabytes: table {a.table} has no budget of {min(unknown):g}")
    for option, names in (("--only", only), ("--base", {a.base} - {None})):
        if unknown := names - rows:
            raise InputError(f"{option}: no row {', '.join(sorted(unknown))} in table {a.table}")
    if not a.print:
        if not (a.data and a.out):
            raise InputError("--data and --out say where the data sets are and where checkpoints go")
        torch.set_num_threads(1)
        for run in tqdm([r for r in todo if r.row in only and r.megabytes in wanted], mininterval=5):
            if run.key not in read(a.results):
                perform(run, a.data, a.out, a.results)
    print(show(a.table, a.results, seeds, a.base))


if __name__ == "__main__":
    command(main)
