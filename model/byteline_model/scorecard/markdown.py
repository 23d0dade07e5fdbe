"""The card as Markdown: models side by side."""

from .bootstrap import Estimate
from .plan import Plan


def number(e: Estimate | float | None, digits: int = 3) -> str:
    """`0.412 (0.380 to 0.450)`, with the 95% interval where there is one; a dash for what was not measured."""
    if e is None:
        return "–"
    if not isinstance(e, Estimate):
        return f"{e:.{digits}f}"
    return f"{e.value:.{digits}f} ({e.low:.{digits}f} to {e.high:.{digits}f})"


def share(e: Estimate | None) -> str:
    return "–" if e is None else f"{100 * e.value:.1f}% ({100 * e.low:.1f} to {100 * e.high:.1f})"


def table(head: list[str], body: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body)] + [""]


def side_by_side(models: dict, what: list[tuple]) -> list[str]:
    """A row for each (label, format, function of a model's figures), a column for each model."""
    return table(["", *models], [[label, *(show(of(m)) for m in models.values())] for label, show, of in what])


def bits(models: dict, baselines: dict[str, Estimate | None]) -> list[str]:
    of = lambda name: (number(m["overall"][name]) for m in models.values())
    body = [
        ["whole files", *of("bitsPerByte"), *map(number, baselines.values())],
        ["middle spans, given prefix and suffix", *of("middleBitsPerByte"), *("–" for _ in baselines)],
    ]
    return ["## Bits per byte", ""] + table(["", *models, *baselines], body)


def differences(models: dict) -> list[str]:
    first, others = next(iter(models)), dict(list(models.items())[1:])
    if not others:
        return []
    of = lambda name: lambda m: m["difference"][name]
    return [f"Each less {first}, repository by repository:", ""] + side_by_side(
        others,
        [
            ("bits per byte, whole files", number, of("bitsPerByte")),
            ("bits per byte, middle spans", number, of("middleBitsPerByte")),
            ("exact match of the rest of a line", share, of("exact")),
            ("characters saved", share, of("saved")),
        ],
    )


def lines(models: dict) -> list[str]:
    out = [
        "## The rest of a line",
        "",
        "A completion of a line ends at its line feed, so its exact match is that of its first line.",
        "",
    ]
    for kind in next(iter(models.values()))["lines"]:
        of = lambda name, kind=kind: lambda m: m["lines"][kind][name]
        place = "all places" if kind == "all" else f"at a {kind} place" if kind == "random" else kind
        out += [f"### {place[0].upper()}{place[1:]}", ""] + side_by_side(
            models,
            [
                ("exact match", share, of("exact")),
                ("edit similarity", number, of("similarity")),
                ("log-probability of the true rest, nats per byte", number, of("natsPerByte")),
                ("prompts with an offer", share, of("offered")),
                ("offers that are right", share, of("offersRight")),
            ],
        )
    return out


def blocks(models: dict) -> list[str]:
    of = lambda name: lambda m: m["blocks"][name]
    return ["## Blocks of several lines", ""] + side_by_side(
        models,
        [
            ("exact match of the first line", share, of("first")),
            ("edit similarity", number, of("similarity")),
            ("lines with the right indentation", share, of("indentation")),
        ],
    )


def replay(models: dict) -> list[str]:
    best = lambda name: lambda m: m["replay"]["best"] and m["replay"]["best"][name]
    own = lambda name: lambda m: m["replay"]["own"] and m["replay"]["own"][name]
    return [
        "## Characters saved",
        "",
        "Files typed again, Tab pressed wherever the offer is what was written: characters accepted over "
        "characters in the text.",
        "",
        "![saved characters by threshold](saved.png)",
        "",
    ] + side_by_side(
        models,
        [
            ("threshold that saves most here", lambda t: "–" if t is None else f"{t:.2f}", best("threshold")),
            ("characters saved there", share, best("saved")),
            ("less one key for each Tab", share, best("lessTabs")),
            ("offers shown that were accepted", share, best("accepted")),
            ("saved at the model's own threshold", share, own("saved")),
            ("less one key for each Tab", share, own("lessTabs")),
            ("offers shown that were accepted", share, own("accepted")),
        ],
    )


def sweep(models: dict, plan: Plan) -> list[str]:
    out = ["## Every cut of a line", "", "![bits of the rest of the line by kind of cut](cuts.png)", ""]
    kinds = list(next(iter(models.values()))["sweep"]["byKind"])
    for label, show, name in (
        ("Bits of the rest of the line", lambda e: number(e, 1), "bits"),
        ("Bits per byte of it", number, "perByte"),
        ("Exact match", share, "exact"),
    ):
        out += [f"{label}, by kind of cut:", ""] + side_by_side(
            models,
            [
                (kind, show, lambda m, kind=kind, name=name: m["sweep"]["byKind"].get(kind, {}).get(name))
                for kind in kinds
            ],
        )
    space = lambda name: lambda m: m["sweep"]["trailingSpace"][name]
    out += ["The cut after a space against the cut before it:", ""] + side_by_side(
        models,
        [
            ("bits of the rest, the space counted before the cut", number, space("bits")),
            ("bits of the bytes behind the space", number, space("sameBytesBits")),
            ("exact match", share, space("exact")),
        ],
    )
    fell = lambda m: f"{m['sweep']['falls']['fell']} of {m['sweep']['falls']['right']}"
    out += [
        f"Exact match against characters typed, lines of more than {plan.typed} characters:",
        "",
        "![keystroke curve](typed.png)",
        "",
    ]
    steps = [n for n in (0, 4, 8, 12, 16, 20, 24, 32, 40) if n <= plan.typed]
    at = lambda n: lambda m: m["sweep"]["byTyped"][n] if m["sweep"]["byTyped"] else None
    out += side_by_side(
        models,
        [(f"{n} typed", share, at(n)) for n in steps]
        + [("right completions that a further keystroke made wrong", str, fell)],
    )
    phase = lambda m: m["sweep"]["phase"]
    return (
        out
        + ["By the cursor's offset in the file modulo the patch:", "", "![exact match by phase](phase.png)", ""]
        + side_by_side(
            models,
            [
                (
                    "spread of exact match, best less worst phase",
                    lambda p: f"{100 * p['spread']:.1f}%" if p else "–",
                    phase,
                ),
                (
                    "shuffles with as large a spread",
                    lambda p: f"{p['asLarge']} of {p['shuffles']}" if p else "–",
                    phase,
                ),
            ],
        )
    )


def confidence_and_speed(models: dict) -> list[str]:
    def times(name):
        return lambda m: m["speed"][name]

    both = lambda t: f"{t['p50']:.0f}, {t['p95']:.0f} (n = {t['n']})" if t else "–"
    return (
        ["## Confidence", "", "![predicted against observed](reliability.png)", ""]
        + side_by_side(
            models,
            [
                ("expected calibration error, 10 bins", number, lambda m: m["confidence"]["error"]),
                ("completions", str, lambda m: m["confidence"]["n"]),
            ],
        )
        + ["## Time and memory of these runs", ""]
        + side_by_side(
            models,
            [
                ("completion at a cursor elsewhere, ms (p50, p95)", both, times("apart")),
                ("its first text", both, times("apartFirst")),
                ("completion while typing", both, times("typing")),
                ("resident MB at the end", lambda mb: f"{mb:.0f}", times("memory")),
            ],
        )
    )


def first_minute(models: dict) -> list[str]:
    asked = {name: m for name, m in models.items() if "firstMinute" in m}
    if not asked:
        return []
    of = lambda name: lambda m: m["firstMinute"][name]
    return [
        "## The first minute",
        "",
        "Files that have only just been begun (`model/beginnings`), in a folder of at most one other file, "
        "eagerness as the product has it. Right is a whole line that nobody would change; 95% Wilson intervals.",
        "",
    ] + side_by_side(
        asked,
        [
            ("offered by itself", str, of("offered")),
            ("offers that are right", str, of("offersRight")),
            ("offers that are right as far as they go", str, of("offersBegin")),
            ("right by hand", str, of("byHandRight")),
        ],
    )


def groups(models: dict) -> list[str]:
    out = []
    for name in ("language", "repository"):
        keys = sorted({key for m in models.values() for key in m["by"][name]})
        body = []
        for key in keys:
            cells = [m["by"][name].get(key) for m in models.values()]
            value = lambda c, what, scale, digits: (
                "–" if c is None or c[what] is None else f"{scale * c[what].value:.{digits}f}"
            )
            body.append(
                [
                    key,
                    str(next((c["bitsPerByte"].n for c in cells if c), 0)),
                    *(
                        " · ".join(
                            (
                                value(c, "bitsPerByte", 1, 3),
                                value(c, "middleBitsPerByte", 1, 3),
                                value(c, "exact", 100, 1),
                                value(c, "saved", 100, 1),
                            )
                        )
                        for c in cells
                    ),
                ]
            )
        out += [
            f"## By {name}",
            "",
            "Bits per byte · of middle spans · exact match % · characters saved % at the best threshold.",
            "",
        ]
        out += table([name, "files", *models], body)
    return out


def card(about: dict, models: dict, baselines: dict[str, Estimate | None], plan: Plan) -> str:
    """The whole card. `about` says how it was made: command, machine, date, corpus, seed, documents, repositories."""
    names = about["repositories"]
    head = [
        "# Score card",
        "",
        f"`{about['command']}`",
        "",
        f"{about['machine']}, {about['date']}. Seed {about['seed']}, {about['documents']} documents "
        f"of {len(names)} repositories: {', '.join(names)}. Means are over repositories, not bytes; in brackets the "
        "95% interval of a bootstrap over repositories.",
        "",
    ]
    if about.get("memory"):
        head += [
            "With memory, the worker's memory holds the other files of the document's repository, but for those that "
            "hold half of its lines of more than 20 characters. Confidence and threshold are fitted for each.",
            "",
        ]
    parts = (
        head,
        bits(models, baselines),
        differences(models),
        lines(models),
        blocks(models),
        replay(models),
        sweep(models, plan),
        first_minute(models),
        confidence_and_speed(models),
        groups(models),
    )
    return "\n".join(line for part in parts for line in part)
