"""The models that the score card asks: the worker and PyTorch say the same, one pass over a line says what decoding
says."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from byteline_model.controls import Transformer
from byteline_model.corpus.pack import Corpus
from byteline_model.export import manifest, write
from byteline_model.presets import PRESETS
from byteline_model.scorecard.around import prompt_at
from byteline_model.scorecard.checkpoint import CheckpointPredictor, draft, ended
from byteline_model.scorecard.documents import Document
from byteline_model.scorecard.measure import run
from byteline_model.scorecard.models import open_models
from byteline_model.scorecard.plan import QUICK
from byteline_model.scorecard.predictor import cut_by_cut
from byteline_model.scorecard.sweep import measure_sweeps
from byteline_model.scorecard.worker import ROOT, WorkerPredictor, position
from byteline_model.tokens import tokenizer_of
from scorecard_models import build_worker, documents_of, pack_sources
from test_network import shaken

SHORT = replace(QUICK, typed=8, sweep_bytes=24, lines=1, max_bytes=32)


def test_positions_are_utf_16():
    text = "a\né😀x".encode()
    assert position(text, len(text) - 1) == {"line": 1, "character": 3} and position(text, 1) == {
        "line": 0,
        "character": 1,
    }


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A network of random weights with the context of a released one: its checkpoint, and its fp32 export as a model
    folder."""
    config, folder = replace(PRESETS["tiny"], context=4096), tmp_path_factory.mktemp("exported")
    model = shaken(config)
    torch.save({"config": asdict(config), "model": model.state_dict()}, folder / "random.pt")
    (folder / "model.json").write_text(json.dumps(manifest(model, "random", "0", write(model, folder, 32), {}, {})))
    return folder


def test_the_worker_and_pytorch_say_the_same(exported):
    """The same prompts (server/prompt/around.ts and around.py), in a text longer than the context, and the same
    numbers."""
    sources = [ROOT / "test" / "fixtures" / "sources" / f"{name}.ts.txt" for name in ("around", "cells")]
    text = b"".join(f.read_bytes() for f in sources)
    assert len(text) > 7000
    text = text[:3000] + "# größe 한 😀\n".encode() + text[3000:7000]
    build_worker()
    path = b"a folder/caf\xc3\xa9.ts"
    worker, network = WorkerPredictor(exported), CheckpointPredictor(exported / "random.pt")
    try:
        assert worker.bits(path, text) == pytest.approx(network.bits(path, text), rel=1e-4)
        for at in (5, text.find("😀".encode()), 6900):
            end = text.find(b"\n", at)
            assert worker.span(path, text, at, end) == pytest.approx(network.span(path, text, at, end), abs=2e-3)
            ours, theirs = (p.complete(path, text, at, end, False, 16) for p in (worker, network))
            assert ours.text == theirs.text and ours.logps == pytest.approx(theirs.logps, abs=2e-3)
        document = Document(0, "r", "ts", "a.ts", text)
        for ours, theirs in zip(measure_sweeps(worker, document, SHORT), measure_sweeps(network, document, SHORT)):
            assert [c.right for c in ours.cuts] == [c.right for c in theirs.cuts]
            assert [c.bits for c in ours.cuts] == pytest.approx([c.bits for c in theirs.cuts], rel=1e-3, abs=0.02)
    finally:
        worker.close()


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """A checkpoint that has nearly learnt one prompt by heart, and that text: (predictor, text, a, b) with the line at
    [a, b)."""
    text, config = b"alpha = beta(gamma)\ndelta = epsilon(zeta)\n" * 8, replace(PRESETS["tiny"], context=512)
    a, model = 210, shaken(config).train()
    b = text.find(b"\n", a)
    sequence = prompt_at(b"a", text[: b + 1], a, b, 8, 512, 80) + text[a : b + 1]
    x = torch.tensor([list(sequence + bytes(-len(sequence) % 8))])
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(90):
        loss = F.cross_entropy(model(x, torch.float32)[0], x[0])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    file = tmp_path_factory.mktemp("learnt") / "learnt.pt"
    torch.save({"config": asdict(config), "model": model.state_dict()}, file)
    return CheckpointPredictor(file), text[: b + 1], a, b


def test_one_pass_over_every_cut_is_what_decoding_says(learnt):
    p, text, a, b = learnt
    cuts = list(range(a, b))
    quick, slow = p.cuts(b"a", text, cuts, b, 64), cut_by_cut(p, b"a", text, cuts, b, 64)
    assert [right for _, right in quick] == [right for _, right in slow] and any(right for _, right in quick)
    for (ours, _), (theirs, _) in zip(quick, slow):
        assert ours == pytest.approx(theirs, abs=1e-3)


def test_a_draft_changes_nothing(learnt, monkeypatch):
    p, text, a, b = learnt
    drafted = p.complete(b"a", text, a, b, False, 40)
    monkeypatch.setattr("byteline_model.scorecard.checkpoint.draft", lambda text: b"")
    plain = p.complete(b"a", text, a, b, False, 40)
    assert drafted.text == plain.text == text[a:b] and drafted.logps == pytest.approx(plain.logps, abs=1e-4)


def test_drafts_and_ends():
    assert draft(b"for x in names: print(x)\nfor x in n").startswith(b"ames: print(x)") and draft(b"abcdefgh") == b""
    assert ended(b"\n  x = 1\ny", False, 0) == 8 and ended(b"\n  ", False, 0) == 0
    assert ended(b"a\n    b\nc", True, 4) == 7 and ended(b"a\n    b\n}", True, 4) == 0


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    return pack_sources(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def twin(corpus, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("twin")
    config = replace(PRESETS["bpe"], width=32, layers=2, heads=2, context=512, vocab=400, bytes_per_position=2)
    tokenizer_of(folder / "tokenizer.json", Corpus(corpus, "valid"), 400, 1)
    torch.manual_seed(1)
    torch.save({"config": asdict(config), "model": Transformer(config).state_dict()}, folder / "last.pt")
    return folder / "last.pt"


def test_a_twin_is_read_twice(twin, corpus):
    d, names = documents_of(corpus, 1)[0], []
    for p in open_models(str(twin), 1):
        names.append(p.name)
        (reading,) = run(p, iter([d]), SHORT, None, lambda: None)
        assert reading.bits > 0 and reading.blocks == [] and reading.replay is None
        assert len(reading.sweeps) == len(measure_sweeps(p, d, SHORT))
        assert all(np.isfinite(c.bits) and c.bits > 0 for s in reading.sweeps for c in s.cuts)
        assert not any(s.same_change for s in reading.sweeps)
    assert names == [twin.parent.name, twin.parent.name + ", healed"]
