"""Tables and examples of the results, as Markdown that a terminal shows as well."""

from typing import Any

from ..scorecard.bootstrap import Row, estimate
from ..scorecard.markdown import number
from ..scorecard.shares import Share, share_of

SETS = {"unseen": "unseen words", "longer": "longer words", "shuffled": "shuffled letters"}
SHOWN = 8  # words, and places, that are printed


def reversal(rows: list[dict[str, Any]]) -> str:
    """Answers of each network after the last budget to a few unseen words, then shares of exact answers by
    budget and seed."""
    rows = [r for r in rows if r["part"] == "reversal"]
    if not rows:
        return ""
    most, networks = max(r["megabytes"] for r in rows), list(dict.fromkeys(r["network"] for r in rows))
    shown = {r["network"]: dict(r["unseen"]) for r in reversed(rows) if r["megabytes"] == most}
    networks = [n for n in networks if n in shown]
    words = list(dict.fromkeys(w for n in networks for w in shown[n]))
    by_length = sorted({len(w): w for w in reversed(words)}.values(), key=len)[-SHOWN:]
    lines = [f"Words that no network has seen, after {most:g} MB of pairs:", ""]
    lines += table(
        ["word", *networks],
        [
            [w] + [f"{shown[n][w]} {'right' if shown[n][w] == w[::-1] else 'WRONG'}" for n in networks]
            for w in by_length
        ],
    )
    order = [r["network"] for r in rows]
    body = []
    for r in sorted(rows, key=lambda r: (order.index(r["network"]), r["megabytes"], r["seed"])):
        shares = [percent(share_of(said == w[::-1] for w, said in r[name])) for name in SETS]
        cells = [f"{r['megabytes']:g}", str(r["seed"]), f"{r['flops'] / 1e6:.2f}", str(r["seconds"])]
        body.append([r["network"], *cells, *shares])
    head = ["network", "MB of pairs", "seed", "MFLOPs a byte", "core seconds", *SETS.values()]
    return "\n".join([*lines, "", "Exact answers, with 95% intervals:", "", *table(head, body)])


def spaces(rows: list[dict[str, Any]]) -> str:
    """What each model says behind a space at a few places, then means over repositories."""
    rows = list({r["network"]: r for r in rows if r["part"] == "spaces"}.values())  # the last of each
    if not rows:
        return ""
    names, lines = [r["network"] for r in rows], ["Prompts that end in a space; what each model goes on with:", ""]
    first = {r["network"]: {(p["path"], p["at"]): p for p in r["places"] if "text" in p} for r in rows}
    shared = [key for key in first[names[0]] if all(key in first[n] for n in names)]
    for key in shared[:SHOWN]:
        place = first[names[0]][key]
        lines += [f"  {place['line']}␣|{place['rest']}    ({place['repository']})"]
        for n in names:
            bits, text = first[n][key]["bits"], first[n][key]["text"]
            for where, b, t in zip(("before the space", "behind the space"), bits, text):
                lines.append(f"    {n:<18} {where} {b:5.1f} bits  {t!r}")
    body = []
    for r in rows:
        mean = lambda of, r=r: number(estimate(Row(p["repository"], of(p)) for p in r["places"]), 2)
        share = lambda i, r=r: number(estimate(Row(p["repository"], 100.0 * p["right"][i]) for p in r["places"]), 1)
        body.append(
            [r["network"], str(len(r["places"])), mean(lambda p: p["bits"][0]), mean(lambda p: p["bits"][1])]
            + [mean(lambda p: p["bits"][1] - p["bits"][0]), share(0), share(1)]
        )
    head = ["model", "places", "bits of space and rest", "bits of the rest behind the space", "what the space costs"]
    head += ["exact % before the space", "exact % behind it"]
    return "\n".join([*lines, "", "Means over repositories, with 95% intervals:", "", *table(head, body)])


def percent(s: Share) -> str:
    return f"{s.count / max(1, s.of):.1%} ({s.low:.1%} to {s.high:.1%})"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a Markdown table, padded."""
    rows = [[cell.replace("|", "\\|") for cell in row] for row in [head, *rows]]
    width = [max(len(row[i]) for row in rows) for i in range(len(head))]
    line = lambda row: "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, width)) + " |"
    return [line(rows[0]), "|" + "|".join("-" * (w + 2) for w in width) + "|", *map(line, rows[1:])]
