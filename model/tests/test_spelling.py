"""Spelling: held-out words stay out of training, the twin's tokens are those of ordinary text, greedy answers, and the
whole command on a list of the test."""

import json
import random
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from byteline_model.controls import CONTROLS, Transformer
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.errors import InputError, command
from byteline_model.presets import PRESETS, build
from byteline_model.scorecard.shares import share_of
from byteline_model.sequence import plain
from byteline_model.spelling import __main__ as spelling
from byteline_model.spelling.report import percent
from byteline_model.spelling.report import reversal as reversal_table
from byteline_model.spelling.report import spaces as spaces_table
from byteline_model.spelling.reversal import Speller, questions
from byteline_model.spelling.spaces import places
from byteline_model.spelling.words import PATH, held_out, pack, pair, question, read_words
from byteline_model.tokens import TokenText, tokenizer_of

SYLLABLES = ["ba", "co", "di", "fu", "ge", "hal", "jin", "kor", "lam", "mes"]
LIST = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES[:5]] + [
    "kor" + "lam" * 2 + a for a in SYLLABLES
]
TWIN = replace(CONTROLS["bpe"], width=16, layers=1, heads=2, context=128, vocab=500, bytes_per_position=3)
NETWORKS = {
    "bytes": replace(PRESETS["tiny"], hash_orders=(), hash_rows=0, match_orders=()),
    "bpe": TWIN,
}
READERS = {"byteline": PRESETS["tiny"], "bpe": TWIN}
SIZES = spelling.Sizes((0.01, 0.02), (1,), 0.02, 2)


@pytest.fixture(scope="module")
def word_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("words") / "words"
    file.write_text("\n".join(LIST + ["Capital", "it's", "noon", "ab", "naïve", "live", "evil"]) + "\n")
    return file


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Code that uses the words as names, in two repositories a split."""
    folder, rng = tmp_path_factory.mktemp("corpus"), random.Random(1)
    for split in ("train", "valid"):
        packer = Packer(folder, split)
        for i in range(40):
            names = rng.choices(LIST, k=40)
            packer.add(i % 2, f"src/{i}.ts", "ts", "".join(f"const {n} = 1;\n  return {n};\n" for n in names).encode())
        packer.close([{"name": n, "commit": None, "licence": "MIT"} for n in ("a/a", "b/b")])
    return folder


@pytest.fixture(scope="module")
def finished(word_file, corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    return out, spelling.run(word_file, corpus, out, SIZES, NETWORKS, READERS)


def test_held_out_words_are_never_in_training_text(word_file, tmp_path):
    words = read_words(word_file)
    pack(words.trained, tmp_path, 480, 1)
    pack(words.trained, tmp_path / "again", 480, 1)
    text = (tmp_path / "train.bin").read_bytes()
    assert text == (tmp_path / "again" / "train.bin").read_bytes()  # deterministic
    said = set(re.findall(r"[a-z]+", text.decode()))
    assert set(words.trained) <= said  # all of them are read
    for word in words.unseen + words.longer:
        assert word not in said and word[::-1] not in said
    assert all(len(w) <= 10 for w in words.trained) and {len(w) for w in words.longer} == {11, 12}
    assert not {"Capital", "noon", "ab"} & set(words.unseen + words.longer) and "ab" not in words.trained
    assert held_out("live") == held_out("evil")


def test_each_line_is_a_word_and_its_letters_backwards(word_file, tmp_path):
    pack(read_words(word_file).trained, tmp_path, 480, 2)
    pairs = Corpus(tmp_path, "train")
    lines = [line for i in range(len(pairs)) for line in pairs.text(i).decode().splitlines()]
    for line in lines:
        word, backwards = line.split(" > ")
        assert "".join(reversed(word)) == backwards
    assert len(lines) > 500 and max(len(pairs.text(i)) for i in range(len(pairs))) <= 480


def test_asked_words_are_new_and_the_shuffled_are_no_words(word_file):
    words = read_words(word_file)
    asked = questions(words, {"unseen": 10, "longer": 5, "shuffled": 10})
    assert asked == questions(words, {"unseen": 10, "longer": 5, "shuffled": 10})
    assert set(asked["unseen"]) <= set(words.unseen) and len(asked["unseen"]) == 10 and len(asked["longer"]) == 5
    known = {w for all_ in words for w in all_}
    assert asked["shuffled"] and not known & {w for s in asked["shuffled"] for w in (s, s[::-1])}
    letters = {"".join(sorted(w)) for w in words.unseen}
    assert all("".join(sorted(s)) in letters for s in asked["shuffled"])


def test_the_twins_tokenizer_knows_words_and_no_reversals(corpus, word_file, finished):
    text = TokenText(TWIN, tokenizer_of(finished[0] / "tokenizer.json", None, 500, 1), 4096, 4096)
    tokens = lambda w: len(text.encode(f" {w}".encode()))
    assert finished[0].joinpath("tokenizer.json").read_text() == (finished[0] / "bpe-1" / "tokenizer.json").read_text()
    words = read_words(word_file).unseen
    assert sum(tokens(w[::-1]) for w in words) > 1.5 * sum(map(tokens, words))
    assert text.encode(pair("corlam")) == text.encode(question("corlam")) + text.encode(b" malroc\n")  # no token across


@pytest.mark.parametrize("name", NETWORKS)
def test_answers_are_the_most_probable_ids_one_after_the_other(name, finished):
    """Against plain greedy decoding of one prompt after the other, without guesses."""
    torch.manual_seed(3)
    model = build(NETWORKS[name]).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.3)
    speller = Speller(model, finished[0])
    made = speller.answers(["live", "halcodi", "fuge"], ["evil", "baba", "coco"], 9)
    for word, before, answer in zip(["live", "halcodi", "fuge"], ["evil", "baba", "coco"], made):
        ids = speller.encode(plain(PATH, model.c.patch) + pair(before) + question(word))
        out = []
        while len(b"".join(speller.bytes[i] for i in out)) < 9 and not (out and out[-1] in speller.ends):
            x = ids + out + [0]
            x = torch.tensor([x + [0] * (-len(x) % model.c.patch)])
            out.append(int(model(x)[0, len(ids + out), : len(speller.bytes)].argmax()))
        assert answer == b"".join(speller.bytes[i] for i in out).split(b"\n")[0]


def test_a_right_guess_changes_no_answer(finished):
    class Mirror(Transformer):
        """Is sure of the right answer at every byte."""

        def forward(self, x, dtype=torch.float32):
            out = torch.zeros(*x.shape, 256)
            for row, said in zip(x.tolist(), out):
                for t in range(1, len(row)):
                    line = bytes(row[:t]).split(b"\n")[-1]
                    word, mark, after = line.partition(b" >")
                    if mark:
                        said[t, (b" " + word[::-1] + b"\n")[len(after)]] = 1 if len(after) <= len(word) + 1 else 0
            return out

    assert Speller(Mirror(CONTROLS["transformer"]), finished[0]).answers(["live", "halcodi"], ["ba", "co"], 12) == [
        b" evil",
        b" idoclah",
    ]


def interval(right: int, n: int) -> tuple[float, float]:
    found = share_of([True] * right + [False] * (n - right))
    return found.low, found.high


def test_wilson():
    assert interval(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)  # Brown, Cai and DasGupta 2001's formula
    assert interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
    assert interval(10, 10)[1] == pytest.approx(1) and 0.72 < interval(10, 10)[0] < 0.73


def test_places_are_spaces_behind_keywords(corpus):
    valid = Corpus(corpus, "valid")
    found = places(valid, 8)
    assert found == places(valid, 8) and len(found) == 8 and len({d.repository for d, _ in found}) == 2
    for d, at in found:
        assert d.text[at : at + 1] == b" " and re.search(rb"\b(const|return)$", d.text[:at]) and at >= 200


def test_the_command_writes_rows_and_tables(finished):
    out, text = finished
    rows = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    parts = [(r["network"], r["megabytes"]) for r in rows if r["part"] == "reversal"]
    assert parts == [("bytes", 0.01), ("bytes", 0.02), ("bpe", 0.01), ("bpe", 0.02)]
    assert [r["network"] for r in rows if r["part"] == "spaces"] == ["code-byteline", "code-bpe", "code-bpe, healed"]
    for r in rows:
        assert r["flops"] > 0
        for _, before, behind, *right in r.get("places", []):
            assert min(before, behind) >= 0 and set(right) <= {0, 1} and len(right) == 2
        for _, line, *_ in r.get("examples", []) if r["part"] == "spaces" else ():
            assert line.split()[-1] in ("const", "return")
    word, _ = rows[1]["examples"][0]
    assert "Words that no network has seen, after 0.02 MB" in text and f"| {word} " in reversal_table(rows)
    right, of = rows[1]["unseen"]
    assert of and percent(share_of([True] * right + [False] * (of - right))) in text
    for name in ("code-byteline", "code-bpe", "code-bpe, healed"):
        assert f"| {name} " in text


def test_the_page_has_the_figures_of_the_results():
    page = Path(spelling.__file__).parents[2]
    rows = [json.loads(line) for line in (page / "results" / "spelling.jsonl").read_text().splitlines()]
    shown = reversal_table(rows) + "\n" + spaces_table(rows)
    figures = [line for line in shown.splitlines() if line.startswith("| ")]
    assert len(figures) > 25 and not set(figures) - set((page / "SPELLING.md").read_text().splitlines())


def test_a_finished_part_is_not_run_again_and_more_goes_on(finished, word_file, corpus):
    out, text = finished
    before, last = (out / "results.jsonl").read_bytes(), (out / "bytes-1" / "last.pt").stat().st_mtime_ns
    assert spelling.run(word_file, corpus, out, SIZES, NETWORKS, READERS) == text
    assert (out / "results.jsonl").read_bytes() == before and (out / "bytes-1" / "last.pt").stat().st_mtime_ns == last
    with pytest.raises(InputError, match="has seen"):
        spelling.run(word_file, corpus, out, replace(SIZES, megabytes=(0.001,)), NETWORKS, READERS)
    (out.parent / "others").write_text("\n".join(LIST[:-1]))
    with pytest.raises(InputError, match="other words"):
        spelling.run(out.parent / "others", corpus, out, SIZES, NETWORKS, READERS)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "no trained words"),
        ({"--words": "none"}, "none"),
        ({"--seeds": "one"}, "one"),
        ({"--networks": "x"}, "x: of"),
    ],
)
def test_bad_input_is_one_line(tmp_path, corpus, monkeypatch, options, said):
    (tmp_path / "words").write_text("Only\nIt's\n")
    options = {"--words": str(tmp_path / "words"), "--corpus": str(corpus), "--out": str(tmp_path / "out")} | options
    monkeypatch.setattr(sys, "argv", ["spelling", *(x for pair_ in options.items() for x in pair_)])
    with pytest.raises(SystemExit, match=said) as end:
        command(spelling.main)
    assert len(str(end.value).splitlines()) == 1
