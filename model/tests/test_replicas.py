"""Replicas of one run: they read apart, meet in their weights, hold nobody up, and share a budget."""

import json
import os
import signal

import pytest
import torch
from byteline_model.background import holder
from byteline_model.corpus.pack import Corpus
from byteline_model.presets import PRESETS, build
from byteline_model.progress import Progress
from byteline_model.replicas import Replicas
from byteline_model.train import train
from test_keep import keeping, rows, saved, until
from test_train import corpus


def network(value: float) -> torch.nn.Linear:
    layer = torch.nn.Linear(2, 2)
    torch.nn.init.constant_(layer.weight, value)
    return layer


def weight(layer: torch.nn.Linear) -> float:
    return layer.weight.unique().item()


def at(step: int, **other) -> Progress:
    return Progress(step=step, core=10.0 * step, seen=1000 * step, **other)


def test_weights_meet_at_the_mean_of_what_is_new(tmp_path):
    first, second, third = (Replicas(tmp_path, n, 3, every=2) for n in (1, 2, 3))
    a, b, c = network(1), network(2), network(6)
    first.exchange(a, at(1))
    assert not list(tmp_path.iterdir())  # not yet
    first.exchange(a, at(2))
    second.exchange(b, at(2))
    third.exchange(c, at(2))
    assert (weight(a), weight(b), weight(c)) == (1, 1.5, 3)  # of 1; of 2 and 1; of 6, 1 and 2: as each wrote them
    third.exchange(c, at(4))
    assert weight(c) == 3  # it has read all that: those who are paused do not hold it back
    first.exchange(a, at(4))
    assert weight(a) == pytest.approx((1 + 2 + 3) / 3)
    total = first.total(at(5))
    assert (total.step, total.core, total.seen) == (5, 50 + 20 + 40, 5000 + 2000 + 4000)


def test_one_that_was_away_takes_the_newest_weights_and_one_that_was_not_keeps_its_own(tmp_path):
    first, second = Replicas(tmp_path, 1, 2, every=1), Replicas(tmp_path, 2, 2, every=1)
    second.folder.mkdir()
    first.exchange(network(1), at(3, read={"train": 7}))
    new = network(5)
    assert second.join(new, None) == Progress(read={"train": 7}) and weight(new) == 1  # it begins where the other reads
    own = second.folder / "last.pt"
    own.write_bytes(b"")
    for age, expected in ((60, 1), (-60, 5)):  # seconds that its checkpoint is older than what the other wrote
        written = (tmp_path / "replica-1.pt").stat().st_mtime - age
        os.utime(own, (written, written))
        again, layer = Replicas(tmp_path, 2, 2, every=1), network(5)
        assert again.join(layer, at(4)) == at(4) and weight(layer) == expected
        assert again.total(at(4)).seen == 7000
        again.exchange(layer, at(5))
        assert weight(layer) == expected  # what was read at the start is not read again


def test_a_second_replica_of_a_run_that_had_one_begins_with_its_checkpoint(tmp_path):
    packed = Corpus(corpus(tmp_path / "corpus"), "train")
    train(PRESETS["tiny"], packed, None, tmp_path / "run", megabytes=1, rows=4, steps=3, quiet=True)
    state = saved(tmp_path / "run")
    model, replicas = build(PRESETS["tiny"]), Replicas(tmp_path / "run", 2, 2)
    assert replicas.join(model, None) == Progress(read=state["read"])
    assert all(torch.equal(w, state["model"][name]) for name, w in model.state_dict().items())
    assert replicas.total(Progress()).seen == state["seen"]


def test_replicas_read_other_documents(tmp_path):
    packed, written = Corpus(corpus(tmp_path / "corpus"), "train"), []
    for name, n in (("run", 1), ("run", 2), ("again", 1)):
        replicas = Replicas(tmp_path / name, n, 2, every=1)
        train(PRESETS["tiny"], packed, None, replicas.folder, megabytes=1, rows=4, steps=1, fim=0, replicas=replicas)
        written.append(torch.load(tmp_path / name / f"replica-{n}.pt", weights_only=True)["model"]["ngrams.weight"])
    assert torch.equal(written[0], written[2]) and not torch.equal(written[0], written[1])


def test_two_in_the_background_share_a_budget_and_pause_together(tmp_path):
    folder, run = corpus(tmp_path / "corpus"), tmp_path / "runs" / "small"
    call = keeping(folder, run, "--nice=0", "--replicas=2")
    folders = [run, run / "replica-2"]
    try:
        assert call("start").endswith(", 2 replicas")
        assert len({holder(f) for f in folders} - {None}) == 2
        until(lambda: any(r["bytes"] > r["step"] * 4 * 512 for r in rows(run)))  # the text of both
        assert "paused" in call("pause") and not any(map(holder, folders))
        spent = rows(run)[-1]["core"] / 3600
        finish = keeping(folder, run, "--nice=0", "--replicas=2", f"--core-hours={spent + 0.003}")
        finish("start")
        until(lambda: "finished" in finish("status"))
        assert json.loads((run / "done.json").read_text())["core_hours"] >= spent + 0.003
        assert "finished" in finish("start")  # nothing is left to do
    finally:
        for pid in filter(None, map(holder, folders)):
            os.kill(pid, signal.SIGKILL)
