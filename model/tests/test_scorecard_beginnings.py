"""The first minute: its beginnings are whole and strict, the real worker is asked, and the figures add up."""

import json
import sys
import tomllib
from collections import Counter

import pytest
from byteline_model.errors import InputError, command
from byteline_model.scorecard import beginnings as first_minute
from byteline_model.scorecard.beginning_files import FOLDER, Beginning, of_each_language, read_beginnings
from byteline_model.scorecard.beginnings import Answer, ask, figures_of, judge, options_of, report
from byteline_model.scorecard.shares import share_of
from byteline_model.scorecard.worker import ROOT
from scorecard_models import build_worker

MICRO = ROOT / "model" / "models" / "micro"
ALL = read_beginnings()  # compiles each pattern, and has it accept its example and refuse an empty answer
BY_ID = {b.id: b for b in ALL}


def test_seventy_of_ten_languages():
    languages = Counter(b.language for b in ALL)
    assert len(ALL) == len(BY_ID) >= 70 and len(languages) == 10 and min(languages.values()) >= 7
    assert 4 * sum(bool(b.others) for b in ALL) >= len(ALL)  # a folder of one file
    assert {b.path.rpartition(".")[2] for b in ALL} >= {"tsx", "css", "html", "sh", "cs", "cpp", "rs"}


@pytest.mark.parametrize("b", ALL, ids=lambda b: b.id)
def test_a_right_answer_is_a_whole_line_and_no_more(b: Beginning):
    example = next(e["example"] for e in entries(b) if e["id"] == b.id)
    assert b.accepts(example) and b.accepts(example + "\n")
    assert not b.accepts(example + " ?!") and not b.accepts("?" + example) and not b.accepts(" ")


def entries(b: Beginning) -> list[dict]:
    """What stands in the file of a beginning's language."""
    tables = [tomllib.loads(file.read_text()) for file in FOLDER.glob("*.toml")]
    return next(t["beginning"] for t in tables if t["language"] == b.language)


@pytest.mark.parametrize(
    "id, right, wrong",
    [
        ("js-for", ["< 10; i++", "< items.length; i += 1) {"], ["<", "< 10", "< 10; j++", "> 10; i++"]),
        ("ts-import-from-sum", ["'./sum';", '"./sum"'], ["'./sum\";", "'./add';", "'vitest';"]),
        ("py-main", ['"__main__":', "'__main__':\n    main()"], ['"__main__"', '"main":', '"__main__":\n    run()']),
        ("go-if-err", ["!= nil {", "!= nil {\n\t\tpanic(err)\n\t}"], ["!=", "!= nil", "== nil {"]),
        ("ts-expect", ["toBe(3);", "toEqual(3)"], ["toBe(", "toBe(2);", "toBeTruthy();"]),
        ("cs-property", ["get; set; }", "get;"], ["get", "set; }"]),
        ("html-doctype", ["html>", "HTML>", 'html>\n<html lang="en">'], ["html", "xml>"]),
    ],
)
def test_what_is_right(id, right, wrong):
    assert [a for a in right if not BY_ID[id].accepts(a)] == [] and [a for a in wrong if BY_ID[id].accepts(a)] == []


def test_an_offer_may_be_the_beginning_of_a_right_line():
    b = BY_ID["js-for"]
    part, whole = judge(b, "<", "< 10; i++"), judge(b, "< 10; i++", "< 10; i++")
    assert (part.offer_right, part.offer_begins, part.by_hand_right) == (False, True, True)
    assert (whole.offer_right, whole.offer_begins) == (True, True)
    assert not judge(b, "", "< 10; i++").offer_begins
    lost = judge(b, "<", "< x")
    assert not (lost.offer_right or lost.offer_begins or lost.by_hand_right)


def test_shares_have_wilson_intervals():
    """10 of 20: 0.299 to 0.701 (any table of the score interval)."""
    half, none, nothing = share_of([True, False] * 10), share_of([False] * 10), share_of([])
    assert (half.count, half.of) == (10, 20) and half[2:] == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert none.low == 0 and none.high == pytest.approx(0.2775, abs=1e-4)
    assert str(half) == "10 of 20: 50% (30% to 70%)" and str(nothing) == "–"


def test_the_small_model_is_asked_and_the_totals_add_up(tmp_path, monkeypatch):
    """In folders of their own, which are gone afterwards; the other file of one of them is in the memory."""
    build_worker()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    some = [BY_ID["html-doctype"], BY_ID["js-require-slug"]]
    calls = []
    answers = ask(MICRO, some, options_of(memory=True), progress=lambda: calls.append(1))
    assert len(calls) == 2 and [a.id for a in answers] == [b.id for b in some] and not list(tmp_path.iterdir())
    assert answers[0].by_hand == "html>" and answers[0].by_hand_right
    assert all(a == judge(b, a.offered, a.by_hand) for a, b in zip(answers, some))
    f = figures_of(answers)
    assert f["offered"].of == f["byHandRight"].of == 2 and f["offersRight"].of == f["offered"].count
    assert f["offered"].count == sum(a.offered != "" for a in answers)
    rows = [line.split(" | ") for line in report(answers).splitlines()[2:]]
    assert [row[0] for row in rows] == ["| HTML and CSS", "| JavaScript", "| all"]
    assert sum(int(row[2]) for row in rows[:2]) == f["offered"].count and rows[2][2] == str(f["offered"])


def test_more_is_offered_to_who_asks_for_more():
    build_worker()
    some = of_each_language(ALL, 1)
    assert len(some) == 10
    offered = lambda eagerness: [a.offered for a in ask(MICRO, some, options_of(memory=False), eagerness)]
    none, quiet, every = (offered(level) for level in (1.0, "quiet", 0.0))
    assert not any(none) and sum(map(bool, quiet)) < sum(map(bool, every))


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(first_minute, "read_beginnings", lambda: of_each_language(ALL, 1))
    out = tmp_path / "first.json"
    arguments = ["micro", "--no-memory", "--eagerness", "eager", "--out", str(out), "--verbose"]
    monkeypatch.setattr(sys, "argv", ["beginnings", *arguments])
    command(first_minute.main)
    made, printed = json.loads(out.read_text()), capsys.readouterr().out
    answers = [Answer(**a) for a in made["models"]["micro"]["answers"]]
    assert made["models"]["micro"]["figures"] == {name: s._asdict() for name, s in figures_of(answers).items()}
    assert report(answers) in printed and all(f"\n{a.id}: by itself" in "\n" + printed for a in answers)
    assert made["about"]["command"].endswith("scorecard.beginnings " + " ".join(arguments))


WHOLE = """
language = "Go"
[[beginning]]
id = "main"
path = "main.go"
text = "package █"
right = ["main"]
example = "main"
"""


@pytest.mark.parametrize(
    "old, new, message",
    [
        ('"package █"', '"package "', "main: text must have one █, at the cursor"),
        ('right = ["main"]', "right = []", "main: right must be a list that is not empty"),
        ('right = ["main"]', 'right = ["("]', "main: right: missing ), unterminated subpattern at position 0"),
        ('right = ["main"]', 'right = ["maim"]', "main: right refuses the example 'main'"),
        ('right = ["main"]', 'right = [".*"]', "main: right accepts an empty answer"),
        ('id = "main"\n', "", "beginning 1: id must be a str that is not empty"),
        ('path = "main.go"', 'path = "../main.go"', "main: path: ../main.go: not a file of the folder beside"),
        ('example = "main"', 'example = "main"\nothers."/a.go" = ""', "main: others: /a.go: not a file of the folder"),
        ('example = "main"', 'example = "main"\nwrong = ["x"]', "main: wrong: no field of a beginning"),
        ("[[beginning]]", "[beginning]", "beginning: a list of tables, each under [[beginning]]"),
        ("[[beginning]]", "[[beginning]", "Expected ']]' at the end of an array declaration"),
        (WHOLE, WHOLE + WHOLE.replace('language = "Go"\n', ""), "main: another beginning has this id"),
    ],
)
def test_bad_data_are_one_line_that_names_file_and_id(tmp_path, old, new, message):
    file = tmp_path / "go.toml"
    file.write_text(WHOLE)
    assert [b.id for b in read_beginnings(tmp_path)] == ["main"]
    assert old in WHOLE
    file.write_text(WHOLE.replace(old, new))
    with pytest.raises(InputError) as error:
        read_beginnings(tmp_path)
    assert str(error.value).startswith(f"{file}: {message}")


def test_a_model_without_a_gate_is_asked_alone(tmp_path, monkeypatch):
    manifest = json.loads((MICRO / "model.json").read_text())
    del manifest["memory"]
    (tmp_path / "model.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(sys, "argv", ["beginnings", str(tmp_path)])
    with pytest.raises(SystemExit, match="the model has no gate for a memory: --no-memory asks it alone"):
        command(first_minute.main)
