"""Tables and examples of the results, as Markdown that a terminal shows as well."""

from typing import Any

from ..scorecard.bootstrap import Row, estimate
from ..scorecard.markdown import number, table
from ..scorecard.shares import Share, share_of

SETS = {"unseen": "unseen words", "longer": "longer words", "shuffled": "shuffled letters"}
SHOWN = 8  # words, and places, that are printed


def answers(said: dict[str, list[tuple[str, str]]]) -> dict[str, Any]:
    """What a row keeps of (word, answer) by set: how many are right of how many, and as `examples` the answers to
    unseen words, one of each length."""
    row: dict[str, Any] = {name: [sum(a == w[::-1] for w, a in pairs), len(pairs)] for name, pairs in said.items()}
    by_length = {len(w): (w, a) for w, a in reversed(said["unseen"])}
    return row | {"examples": [by_length[n] for n in sorted(by_length)][-SHOWN:]}


def reversal(rows: list[dict[str, Any]]) -> str:
    """Answers of each network after the last budget to a few unseen words, then shares of exact answers by
    budget and seed."""
    rows = [r for r in rows if r["part"] == "reversal"]
    if not rows:
        return ""
    most, networks = max(r["megabytes"] for r in rows), list(dict.fromkeys(r["network"] for r in rows))
    shown = {r["network"]: dict(r["examples"]) for r in reversed(rows) if r["megabytes"] == most}
    networks = [n for n in networks if n in shown]
    lines = [f"Words that no network has seen, after {most:g} MB of pairs:", ""]
    lines += padded(
        ["word", *networks],
        [
            [w] + [f"{shown[n][w]} {'right' if shown[n][w] == w[::-1] else 'WRONG'}" for n in networks]
            for w in shown[networks[0]]
        ],
    )
    order = [r["network"] for r in rows]
    body = []
    for r in sorted(rows, key=lambda r: (order.index(r["network"]), r["megabytes"], r["seed"])):
        shares = [percent(share_of(i < r[name][0] for i in range(r[name][1]))) for name in SETS]
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
    for of_one in zip(*(r["examples"] for r in rows)):  # the same places of all
        repository, line, rest, _, _ = of_one[0]
        lines += [f"  {line}␣|{rest}    ({repository})"]
        for n, (_, _, _, bits, text) in zip(names, of_one):
            for where, b, t in zip(("before the space", "behind the space"), bits, text):
                lines.append(f"    {n:<18} {where} {b:5.1f} bits  {t!r}")
    body = []
    for r in rows:
        mean = lambda of, digits, r=r: number(estimate(Row(p[0], of(*p[1:])) for p in r["places"]), digits)
        body.append(
            [r["network"], mean(lambda before, *_: before, 1), mean(lambda _, b, *__: b, 1)]
            + [mean(lambda before, behind, *_: behind - before, 2)]
            + [mean(lambda *p, i=i: 100.0 * p[i], 0) for i in (2, 3)]
        )
    head = ["model", "bits, space and rest", "bits, space typed", "the space costs"]
    head += ["exact before, %", "exact behind, %"]
    return "\n".join(
        [
            *lines,
            "",
            f"Means over repositories, with 95% intervals, of {len(rows[0]['places'])} places:",
            "",
            *table(head, body),
        ]
    )


def percent(s: Share) -> str:
    return f"{s.count / max(1, s.of):.1%} ({s.low:.1%} to {s.high:.1%})"


def padded(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a Markdown table in even columns."""
    rows = [head, *rows]
    width = [max(len(row[i]) for row in rows) for i in range(len(head))]
    line = lambda row: "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, width)) + " |"
    return [line(rows[0]), "|" + "|".join("-" * (w + 2) for w in width) + "|", *map(line, rows[1:])]
