"""Our models beside a trained one with a tokenizer: which places are asked, how answers are counted, what is said when
the peer is not there."""

import json
import sys

import pytest
from byteline_model.corpus.pack import Corpus
from byteline_model.errors import InputError, command
from byteline_model.scorecard import peers
from byteline_model.scorecard.llama import LlamaPeer
from byteline_model.scorecard.peers import ask, places, same_start, summary
from byteline_model.scorecard.plan import Plan
from byteline_model.scorecard.sweep import CUTS
from byteline_model.sequence import line_end
from scorecard_models import OrderTwo, Scripted, pack_sources


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return Corpus(pack_sources(tmp_path_factory.mktemp("peers")), "valid")


def chosen_of(corpus, n):
    return places(corpus, sorted(r["name"] for r in corpus.repositories), n, Plan())


def test_places_are_as_many_of_each_kind_with_text_behind_and_before_them(corpus):
    chosen = chosen_of(corpus, 20)
    assert chosen == chosen_of(corpus, 20) and [kind for _, _, kind in chosen].count(CUTS[0]) == 4
    assert {kind for _, _, kind in chosen} == set(CUTS) and len(chosen) == 20
    assert len({(d.number, kind) for d, _, kind in chosen}) == 20
    for d, at, kind in chosen:
        rest = d.text[at : line_end(d.text, at)]
        assert at >= peers.BEFORE and rest.strip() and len(rest) <= Plan.max_bytes
        assert (d.text[at - 1 : at] == b"\n") == (kind == "after a newline")


def test_a_right_answer_counts_and_a_wrong_one_as_far_as_it_goes(corpus):
    (d, at, _), *_ = chosen = chosen_of(corpus, 5)[:1]
    true = d.text[at : line_end(d.text, at)]
    for said, exact, right in ((true, True, len(true.decode().rstrip())), (true[:2] + b"\x00", False, 2)):
        (answer,) = ask(Scripted({at: (said, 0.9)}), chosen, Plan())
        assert (answer.exact, answer.right, answer.characters) == (exact, right, len(true.decode().rstrip()))
    assert same_start("abc", "abd") == 2 and same_start("ab", "abc") == 2 and same_start("", "a") == 0


def test_a_model_is_asked_once_and_the_table_has_every_kind(corpus, tmp_path, monkeypatch, capsys):
    order = OrderTwo(b"".join(corpus.text(i) for i in range(len(corpus))))
    monkeypatch.setattr(peers, "open_models", lambda *_: iter([order]))
    arguments = ["peers", "order", "--corpus", str(corpus.folder), "--out", str(tmp_path / "peers.json")]
    monkeypatch.setattr(sys, "argv", [*arguments, "--places", "10"])
    monkeypatch.setitem(peers.FOLDS, "score", sorted)
    peers.main()
    text = capsys.readouterr().out
    assert all(f"| … {kind} |" in text for kind in CUTS) and "| characters right |" in text
    assert len(json.loads((tmp_path / "peers.json").read_text())["models"]["order two"]["answers"]) == 10
    monkeypatch.setattr(order, "complete", lambda *_: pytest.fail("was asked before"))
    peers.main()
    assert capsys.readouterr().out == text == summary(json.loads((tmp_path / "peers.json").read_text())) + "\n"
    monkeypatch.setattr(sys, "argv", [*arguments, "--places", "5"])
    with pytest.raises(InputError, match=r"peers.json: holds answers of another run"):
        peers.main()


def test_what_the_peer_needs_is_named_where_it_is_missing(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"weights.gguf: not there"):
        LlamaPeer(tmp_path, tmp_path / "weights.gguf", "peer")
    (tmp_path / "weights.gguf").write_bytes(b"GGUF")
    with pytest.raises(InputError, match="has no node-llama-cpp: npm install"):
        LlamaPeer(tmp_path, tmp_path / "weights.gguf", "peer")
    monkeypatch.setattr(sys, "argv", ["peers", "--corpus", "x", "--out", "y", "--llama", "z"])
    with pytest.raises(SystemExit, match="--llama and --gguf go together"):
        command(peers.main)
