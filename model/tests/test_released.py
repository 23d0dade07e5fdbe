"""From a checkpoint to a released model and back: what a run begins with, and what is not exported."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from byteline_model.config import PILOTS
from byteline_model.corpus.pack import Corpus
from byteline_model.dequantise import parameters
from byteline_model.errors import InputError
from byteline_model.export import export
from byteline_model.network import Megabyte
from byteline_model.presets import PRESETS
from byteline_model.released import begin
from byteline_model.train import train
from test_train import corpus

ROOT = Path(__file__).parents[1]


def test_goes_on_from_a_released_model(tmp_path):
    packed = Corpus(corpus(tmp_path / "corpus"), "train")
    first = train(PRESETS["tiny"], packed, None, tmp_path / "first", megabytes=5, rows=4, steps=60, quiet=True)
    export(tmp_path / "first" / "last.pt", "tiny", tmp_path / "model", None, 0, 0, ["int8"], "0.1.0", "a test")
    kept = parameters(tmp_path / "model")
    assert kept.keys() == dict(first.named_parameters()).keys()
    for name, p in first.named_parameters():  # int8 keeps each weight to half a step of its block
        assert np.abs(kept[name].reshape(p.shape) - p.detach().numpy()).max() <= p.detach().abs().max().item() / 250, (
            name
        )
    train(
        PRESETS["tiny"],
        packed,
        None,
        tmp_path / "second",
        megabytes=5,
        rows=4,
        steps=20,
        quiet=True,
        start=tmp_path / "model",
    )
    curve = lambda run: json.loads((tmp_path / run / "metrics.jsonl").read_text().splitlines()[0])["train"]
    assert curve("second") < curve("first") - 0.5
    with pytest.raises(InputError, match="pad_global has 64 weights, the preset 160"):
        train(
            PRESETS["micro"],
            packed,
            None,
            tmp_path / "third",
            megabytes=5,
            rows=4,
            steps=1,
            quiet=True,
            start=tmp_path / "model",
        )


def test_the_next_release_begins_with_the_rows_of_the_orders_that_the_released_model_has():
    released = ROOT / "models" / "micro"
    old, c = parameters(released), PRESETS["micro-0.3"]
    model = Megabyte(c)
    fresh = {n: p.detach().clone() for n, p in model.named_parameters()}
    begin(model, released)
    new, was = dict(model.named_parameters()), PRESETS["micro"]
    same = lambda a, b: np.array_equal(a.detach().numpy().ravel(), b.ravel())
    assert all(same(p, old[n]) for n, p in new.items() if n not in ("ngrams.weight", "matches.weight"))
    grams, matches = new["ngrams.weight"].view(5, -1, c.d_local), new["matches.weight"].view(8, 2, 257, c.d_local)
    for i, order in enumerate(c.hash_orders):
        there = order in was.hash_orders
        want = fresh["ngrams.weight"].view(grams.shape)[i].numpy()
        if there:
            want = old["ngrams.weight"].reshape(len(was.hash_orders), -1, c.d_local)[was.hash_orders.index(order)]
        assert same(grams[i], want), order
    for i, order in enumerate(c.match_orders):
        there = order in was.match_orders
        want = np.zeros((2, 257, c.d_local), "float32")
        if there:
            want = old["matches.weight"].reshape(len(was.match_orders), *want.shape)[was.match_orders.index(order)]
        assert same(matches[i], want) and (there == bool(np.abs(want).max() > 0)), order


@pytest.mark.parametrize("switch", PILOTS)
def test_a_checkpoint_with_a_pilots_switch_is_not_exported(tmp_path, switch):
    config = replace(PRESETS["tiny"], **{switch: True})
    torch.save({"config": asdict(config), "model": Megabyte(config).state_dict()}, tmp_path / "last.pt")
    with pytest.raises(InputError, match=f"last.pt: {switch} is for training alone: the graph does not know it"):
        export(tmp_path / "last.pt", "tiny", tmp_path / "model", None, 0, 0, ["int8"], "0.1.0", "a test")
