"""The ablations: every variant is a network, runs are found again, the table's differences are paired by seed."""

import json
import random
import sys

import pytest
import torch
from byteline_model import ablate
from byteline_model.ablate import VARIANTS, Variant, files, middle_bits, scores, table
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.errors import InputError
from byteline_model.presets import PRESETS, build
from byteline_model.sequence import PAD, Prompt, header, split

TEXTS = [
    "".join(f"export function größe{i}(a: number) {{\n  return a + {j};\n}}\n" for j in range(12)).encode()
    for i in range(20)
]


def pack(folder, split: str) -> Corpus:
    packer = Packer(folder, split)
    for i, text in enumerate(TEXTS):
        packer.add(i % 2, f"src/{i}.ts", "ts", text)
    packer.add(2, "a.py", "py", b"x = 1\n")
    packer.close([{"name": n, "commit": None, "licence": "MIT"} for n in ("a/a", "b/b", "c/c")])
    return Corpus(folder, split)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_a_network_of_its_own(name):
    variant = VARIANTS[name]
    assert build(variant.config)(torch.zeros(1, 256, dtype=torch.long)).shape == (1, 256, 256)
    assert variant.of == name or (variant.config, variant.fim) != (
        VARIANTS[variant.of].config,
        VARIANTS[variant.of].fim,
    )


def test_files_are_shared_out_among_repositories(tmp_path):
    corpus = pack(tmp_path, "valid")
    chosen = files(corpus, {"ts"}, 3000)
    assert list(chosen) == ["a/a", "b/b"] and all(
        1500 <= sum(len(t) for _, t in f) < 1500 + len(TEXTS[0]) + 20 for f in chosen.values()
    )
    assert list(files(corpus, {"ts", "py"}, 3000)) == ["a/a", "b/b"]  # six bytes of Python are no share


def test_middle_bits_are_those_of_the_middle_given_both_sides():
    torch.manual_seed(1)
    model, text, path = build(PRESETS["tiny"]).eval(), TEXTS[0], b"src/0.ts"
    seeds = [s for s in range(40) if middle_bits(model, path, text, random.Random(s))[1]]
    assert len(seeds) > 20
    for seed in seeds[:5]:
        bits, size = middle_bits(model, path, text, random.Random(seed))
        a, _ = split(text, random.Random(seed))
        b = a + size
        end = text.index(b"\n", b)
        head = header(Prompt(path, b"", text[b:end][:192], text[end + 1 : end + 1 + 128]), 8)
        prefix = text[max(0, b - (512 - len(head) - 8)) : a]
        x = list(head + prefix + text[a:b])
        x += [PAD] * (-len(x) % 8)
        logps = model(torch.tensor([x]))[0].log_softmax(-1)
        want = (
            -sum(logps[i, x[i]].item() for i in range(len(head + prefix), len(head + prefix) + size))
            / 0.6931471805599453
        )
        assert bits == pytest.approx(want, rel=1e-3)


def test_runs_are_written_once_and_the_table_pairs_seeds(tmp_path, monkeypatch, capsys):
    pack(tmp_path / "c", "train"), pack(tmp_path / "c", "valid")
    monkeypatch.setattr(ablate, "MEGABYTES", {"byteline": PRESETS["tiny"]})
    monkeypatch.setattr(
        ablate, "VARIANTS", {"byteline": Variant(), "no-matches": Variant(dict(match_orders=()), fim=0.0)}
    )
    command = [
        "ablate",
        "--corpus",
        str(tmp_path / "c"),
        "--valid",
        str(tmp_path / "c"),
        "--out",
        str(tmp_path / "out"),
        "--megabytes",
        "0.008",
        "--score-kb",
        "4",
    ]
    monkeypatch.setattr(sys, "argv", command + ["--only", "byteline", "--seeds", "1"])
    ablate.main()
    first = (tmp_path / "out" / "results.jsonl").read_text()
    monkeypatch.setattr(sys, "argv", command)
    ablate.main()
    log = (tmp_path / "out" / "results.jsonl").read_text()
    rows = [json.loads(line) for line in log.splitlines()]
    assert log.startswith(first) and [(r["name"], r["seed"]) for r in rows] == [
        ("byteline", 1),
        ("no-matches", 1),
        ("byteline", 2),
        ("no-matches", 2),
    ]
    assert not list((tmp_path / "out").glob("*/*.pt")) and all(0 < r["file"] < 9 and 0 < r["middle"] < 9 for r in rows)
    worth = sum(rows[i + 1]["file"] - rows[i]["file"] for i in (0, 2)) / 2
    assert f"{worth:+.3f}" in capsys.readouterr().out.splitlines()[-1].split(" | ")[3]
    monkeypatch.setattr(sys, "argv", command + ["--megabytes", "0.05"])
    with pytest.raises(InputError, match=r"holds runs of 0\.008 MB"):
        ablate.main()
    monkeypatch.setattr(sys, "argv", command + ["--only", "magic"])
    with pytest.raises(InputError, match="--only: no variant 'magic'"):
        ablate.main()


def test_scores_are_the_same_for_the_same_model(tmp_path):
    chosen = files(pack(tmp_path, "valid"), {"ts"}, 3000)
    model = build(PRESETS["tiny"])
    assert scores(model, chosen) == scores(model, chosen)
    assert table([]).count("\n") == 2
