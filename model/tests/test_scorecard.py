"""The whole card: the same figures for the same seed, cut off in balance, and by the commands through the worker that
ships."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from byteline_model.corpus.pack import Corpus
from byteline_model.errors import command
from byteline_model.scorecard import __main__ as scorecard
from byteline_model.scorecard import calibrate
from byteline_model.scorecard.measure import run
from byteline_model.scorecard.plan import QUICK
from byteline_model.scorecard.worker import ROOT, parameters_of
from scorecard_models import SOURCES, OrderTwo, build_worker, documents_of, pack_sources


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    return pack_sources(tmp_path_factory.mktemp("corpus"))


def test_documents_come_in_turn_and_by_the_seed(corpus):
    documents = documents_of(corpus, 9)
    assert [d.repository for d in documents] == [*SOURCES] * 3 and len({d.number for d in documents}) == 9
    assert documents[:5] == documents_of(corpus, 5) and documents != documents_of(corpus, 9, seed=2)
    found = Corpus(corpus, "valid")
    assert {d.number for d in documents_of(corpus, 99)} == {
        i for i in range(len(found)) if b"\0" not in found.text(i) and found.text(i).strip()
    }


def test_the_same_seed_gives_the_same_card(corpus, tmp_path):
    documents = documents_of(corpus, 4)
    about = {"command": "c", "machine": "m", "date": "d", "seed": 1, "documents": 4, "repositories": []}
    text, plan = b"".join(d.text for d in documents[:2]), replace(QUICK, shuffles=100, resamples=200)
    for out in ("a", "b"):
        read = {
            p.name: (run(p, iter(documents), plan, None, lambda: None), p.patch, 1.0, [])
            for p in (OrderTwo(text), OrderTwo(text[:2000], "less"))
        }
        scorecard.write(tmp_path / out, about, read, {}, plan)
    for file in ("scorecard.json", "scorecard.md"):
        assert (tmp_path / "a" / file).read_text() == (tmp_path / "b" / file).read_text()
    card = json.loads((tmp_path / "a" / "scorecard.json").read_text())
    more, less = (card["models"][name] for name in ("order two", "less"))
    assert more["overall"]["bitsPerByte"]["value"] < less["overall"]["bitsPerByte"]["value"]
    assert less["difference"]["bitsPerByte"]["value"] > 0
    # it reads two bytes: any cut is alike
    assert more["sweep"]["falls"]["fell"] == 0 and more["sweep"]["phase"]["asLarge"] > 0
    assert more["sweep"]["trailingSpace"]["sameBytesBits"]["value"] == pytest.approx(0, abs=1e-9)
    assert more["sweep"]["trailingSpace"]["bits"]["value"] < 0  # the space is typed and costs nothing more
    text = (tmp_path / "a" / "scorecard.md").read_text()
    for png in ("saved", "reliability", "cuts", "typed", "phase"):
        assert f"({png}.png)" in text and (tmp_path / "a" / f"{png}.png").stat().st_size > 5000


def test_a_run_that_is_cut_off_has_read_whole_documents(corpus):
    documents = documents_of(corpus, 6)
    p = OrderTwo(documents[0].text)
    some = run(p, iter(documents), replace(QUICK, documents=6), 1e-9, lambda: None)
    assert [r.number for r in some] == [documents[0].number]
    more = run(p, iter(documents), replace(QUICK, documents=3), None, lambda: None)
    assert [r.number for r in more] == [d.number for d in documents[:3]]


def call(monkeypatch, module, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["card", *arguments])
    command(module.main)


def test_a_released_model_through_the_worker(corpus, tmp_path, monkeypatch):
    """Calibrated on one fold and scored on the other, by the commands."""
    build_worker()
    folder = tmp_path / "micro"
    shutil.copytree(ROOT / "model" / "models" / "micro", folder)
    before = json.loads((folder / "model.json").read_text())
    call(
        monkeypatch,
        calibrate,
        str(folder),
        "--corpus",
        str(corpus),
        "--documents",
        "2",
        "--prompts",
        "2",
        "--replay-bytes",
        "60",
    )
    after = (folder / "model.json").read_text()
    assert after == json.dumps(json.loads(after), indent=2) + "\n"
    fitted = json.loads(after).pop("confidence")
    assert {k: v for k, v in json.loads(after).items() if k != "confidence"} == {
        k: v for k, v in before.items() if k != "confidence"
    }
    assert fitted["fitted"]["repositories"] == ["one/model"] and fitted["logprob"] > 0 and 0 < fitted["threshold"] < 1
    for found, memory in [(fitted, False), (fitted["withMemory"], True)]:
        assert parameters_of(folder, memory).bias == found["bias"]
        assert found["levels"]["eager"] <= found["threshold"] <= found["levels"]["quiet"]
        assert found["threshold"] in [at["threshold"] for at in found["curve"]]
    assert fitted["withMemory"]["bias"] != fitted["bias"]

    call(
        monkeypatch,
        scorecard,
        str(folder),
        "--corpus",
        str(corpus),
        "--out",
        str(tmp_path / "card"),
        "--quick",
        "--no-beginnings",
        "--documents",
        "2",
        "--seed",
        "3",
    )
    result = json.loads((tmp_path / "card" / "scorecard.json").read_text())
    micro = result["models"]["micro"]
    assert "firstMinute" not in micro and "first minute" not in (tmp_path / "card" / "scorecard.md").read_text()
    assert result["about"]["repositories"] == ["three/tests", "two/server"] and result["about"]["documents"] == 2
    assert 0.5 < micro["overall"]["bitsPerByte"]["value"] < result["baselines"]["xz"]["value"]
    assert 0 < micro["lines"]["all"]["similarity"]["value"] < 1 and micro["lines"]["all"]["natsPerByte"]["value"] < 0
    # the fitted threshold may stand between two of those that are tried, and save more than both
    tried = {at["threshold"]: at["saved"]["value"] for at in micro["replay"]["byThreshold"]}
    assert micro["replay"]["best"]["saved"]["value"] == max(tried.values()) and tried[0.99] < max(tried.values())
    assert micro["replay"]["own"]["saved"]["value"] > tried[0.99]
    assert 20 < micro["speed"]["memory"] < 400 and micro["speed"]["typing"]["p50"] > 0
    assert micro["sweep"]["falls"]["fell"] <= 1  # int8 may differ at a tie


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["nowhere"], "nowhere: neither a folder with a model.json nor one of micro, nano"),
        (["nowhere.pt"], "No such file or directory: 'nowhere.pt'"),
        (["micro", "--languages", "cobol"], "the corpus has no document of three/tests, two/server in cobol"),
    ],
)
def test_bad_input_is_one_line_that_names_it(corpus, tmp_path, monkeypatch, arguments, message):
    with pytest.raises(SystemExit) as end:
        call(monkeypatch, scorecard, *arguments, "--corpus", str(corpus), "--out", str(tmp_path))
    assert str(end.value).endswith(message)
