"""Which pilots there are, in which order, and the table of those that are done."""

import argparse
import csv
import json
import os
from pathlib import Path

from .background import ROOT

VARIANTS = {
    "base": {},
    "global": dict(global_to_layers=True),  # BLT, arXiv 2412.09871
    "hash": dict(hash_to_layers=True),  # modded-nanogpt
    "values": dict(value_embeddings=True),  # modded-nanogpt
}
QUEUE = [(variant, seed) for group in (("base", "global", "hash"), ("values",)) for seed in (1, 2) for variant in group]
COLUMNS = (
    "preset",
    "variant",
    "seed",
    "minutes",
    "megabytes",
    "core_seconds",
    "bits_per_byte",
    "validation_bytes",
    "corpus_megabytes",
    "commit",
    "date",
    "machine",
)
RESULTS = ROOT / "model" / "results" / "pilots.tsv"


def read_results(file: Path) -> list[dict]:
    """Rows of the table as strings; none where it is not there."""
    if not file.exists():
        return []
    with open(file, newline="") as text:
        return list(csv.DictReader(text, delimiter="\t"))


def collect(folder: Path, results: Path) -> list[dict]:
    """Adds the rows of finished pilots in `folder` that `results` lacks; returns all rows."""
    rows = read_results(results)
    known = {(r["preset"], r["variant"], r["seed"], r["minutes"]) for r in rows}
    new = [json.loads(f.read_text()) for f in sorted(folder.glob("*/row.json"), key=lambda f: f.stat().st_mtime)]
    new = [r for r in new if (r["preset"], r["variant"], r["seed"], r["minutes"]) not in known]
    if new:
        results.parent.mkdir(parents=True, exist_ok=True)
        part = results.with_suffix(f".{os.getpid()}")
        with open(part, "w", newline="") as text:
            writer = csv.DictWriter(text, COLUMNS, delimiter="\t", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows + new)
        os.replace(part, results)
    return rows + new


def folder_of(a: argparse.Namespace, variant: str, seed: int) -> Path:
    """One pilot's run."""
    return a.runs / f"{a.preset}-{variant}-{seed}-{a.minutes:g}min"


def todo(a: argparse.Namespace) -> list[tuple[str, int]]:
    """(variant, seed) of pilots whose row is missing, in the order of QUEUE."""
    done = {
        (r["variant"], int(r["seed"]))
        for r in collect(a.runs, a.results)
        if r["preset"] == a.preset and float(r["minutes"]) == a.minutes
    }
    return [(v, s) for v, s in QUEUE if (v, s) not in done and v in a.only]
