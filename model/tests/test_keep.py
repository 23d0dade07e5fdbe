"""A run in the background: it lives on, is found again, survives SIGKILL, reads shards that come, and begins with
what was released where its folder is lost."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections import Counter
from pathlib import Path

import pytest
import torch
from byteline_model import keep, pilot_queue, pilot_runs
from byteline_model.background import hold, holder
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.corpus.shards import SPAN, Shards
from byteline_model.export import export
from byteline_model.network import Megabyte
from byteline_model.presets import PRESETS
from byteline_model.released import begin
from byteline_model.train import train
from test_train import corpus

MODEL = Path(__file__).parents[1]


def shard(folder: Path, name: str, documents: int = 40) -> None:
    packer = Packer(folder, name)
    for i in range(documents):
        text = "".join(f"def {name.replace('-', '_')}_{i}_{j}(a, b):\n    return a - b * {j}\n" for j in range(12))
        packer.add(0, f"src/{i}.py", "py", text.encode())
    packer.close([{"name": name, "commit": None, "licence": "MIT"}])


def rows(run: Path) -> list[dict]:
    file = run / "metrics.jsonl"
    return [json.loads(x) for x in file.read_text().splitlines() if x.endswith("}")] if file.exists() else []


def until(what, seconds: float = 120):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.1)
    return found


def saved(run: Path) -> dict:
    return torch.load(run / "last.pt", weights_only=True)


def keeping(folder: Path, run: Path, *options: str):
    """What calls `byteline_model.keep` for this run, and gives the line that it says."""

    def call(what: str) -> str:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "byteline_model.keep",
                what,
                "--preset=tiny",
                "--core-hours=1",
                f"--out={run}",
                f"--corpus={folder}",
                f"--valid={folder}",
                "--rows=4",
                "--save-every=0",
                "--eager",
                *options,
            ],
            env=os.environ | {"PYTHONPATH": str(MODEL)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0 and done.stdout.count("\n") == 1, done.stderr
        return done.stdout.strip()

    return call


def test_a_run_in_the_background_yields_to_everything_else(tmp_path):
    keeping(corpus(tmp_path / "corpus"), run := tmp_path / "small")("start")
    pid = holder(run)
    try:
        assert os.getsid(pid) == pid != os.getsid(0) and os.getpriority(os.PRIO_PROCESS, pid) == 19
        group = Path(f"/proc/{pid}/autogroup")
        assert not group.exists() or group.read_text().endswith(" nice 19\n")  # nice counts between sessions, too
    finally:
        os.kill(pid, signal.SIGKILL)


def test_a_run_in_the_background_is_found_killed_resumed_fed_and_paused(tmp_path):
    folder, run = corpus(tmp_path / "corpus"), tmp_path / "runs" / "small"
    call = keeping(folder, run, "--nice=0")  # else it stands still for minutes where the machine is busy
    assert call("status") == "small: not begun, no figures yet"
    assert "runs (process" in call("start")
    first = holder(run)
    try:
        assert f"runs (process {first})" in call("start")  # a second call starts nothing
        assert holder(run) == first
        until(lambda: len(rows(run)) >= 2)
        os.kill(first, signal.SIGKILL)
        until(lambda: not holder(run))
        before, state = rows(run), saved(run)
        assert state["step"] >= before[-1]["step"] - 1  # a checkpoint after each step here: at most the last is lost
        assert f"paused; {before[-1]['bytes'] / 1e6:.1f} MB seen" in call("status")
        call("start")
        assert holder(run) not in (None, first)
        shard(folder, "train-01")  # while it runs
        until(lambda: saved(run)["read"].get("train-01"))
        assert len(rows(run)) >= len(before)
        said = call("pause")
        assert "small: paused; " in said and " of 1, " in said and not holder(run)
    finally:
        if pid := holder(run):
            os.kill(pid, signal.SIGKILL)
    steps = [r["step"] for r in rows(run) if "train" in r]
    assert steps == list(range(20, steps[-1] + 1, 20))  # no gap, none twice
    assert rows(run)[: len(before)][:-1] == before[:-1]
    assert (run / "curve.png").stat().st_size > 1000
    assert saved(run)["seen"] == saved(run)["step"] * 4 * 512


def options(tmp_path, **other) -> Namespace:
    return Namespace(
        **{
            "preset": "tiny",
            "megabytes": None,
            "ranks": 1,
            "core_hours": 0.0025,  # twenty steps and more, on a machine that is not quiet, too
            "corpus": tmp_path / "corpus",
            "valid": tmp_path,
            "out": tmp_path / "run",
            "rows": 4,
            "rate": None,
            "flat": None,
            "seed": 1,
            "start": None,
            "save_every": 60,
            "evaluate_every": 60,
            "eager": True,
        }
        | other
    )


def test_a_run_whose_folder_was_lost_begins_with_the_released_weights_and_ends_with_its_budget(tmp_path):
    packed = Corpus(corpus(tmp_path / "corpus"), "train")
    train(PRESETS["tiny"], packed, None, tmp_path / "first", megabytes=5, rows=4, steps=60, quiet=True)
    export(tmp_path / "first" / "last.pt", "tiny", tmp_path / "released", None, 0, 0, ["int8"], "0.1.0", "a test")
    a = options(tmp_path, start=tmp_path / "released")
    assert not keep.finished(a)
    keep.run(a)
    assert rows(a.out)[0]["train"] < rows(tmp_path / "first")[0]["train"] - 0.5
    assert keep.finished(a) and saved(a.out)["core"] >= 3600 * a.core_hours
    step = saved(a.out)["step"]
    keep.run(a)
    assert saved(a.out)["step"] == step  # nothing is left to do
    more = options(tmp_path, start=tmp_path / "released", core_hours=0.004)
    keep.run(more)
    assert saved(a.out)["core"] >= 3600 * more.core_hours
    slower = options(tmp_path, out=tmp_path / "slower", rate=0.5, flat=0.0)
    keep.run(slower)
    rates = lambda run: [g["initial_lr"] for o in saved(run)["optimizers"] for g in o["param_groups"]]
    assert rates(slower.out) == [rate / 2 for rate in rates(a.out)]


def test_the_script_says_where_its_run_is_and_how_it_is_called(tmp_path):
    env = os.environ | {"PYTHON": sys.executable, "RUNS": str(tmp_path), "CORPUS": str(tmp_path)}
    call = lambda *arguments: subprocess.run(
        ["bash", str(MODEL / "keep-training.sh"), *arguments], env=env, capture_output=True, text=True
    )
    assert call("status").stdout == "nano: not begun, no figures yet\n"
    assert re.fullmatch(
        r"pilots of nano, 60 minutes each: \d done, \d to do, 0 workers run\n", call("pilots", "status").stdout
    )
    assert call("start").stderr.strip().endswith('build one first (CONTRIBUTING, "Train a model")')
    assert call("begin").returncode == 2 and "safe to call again" in call("begin").stderr


def test_a_milestone_is_what_a_run_without_a_folder_goes_on_from(tmp_path):
    train(PRESETS["tiny"], Corpus(corpus(tmp_path), "train"), None, tmp_path / "nano", megabytes=5, steps=5)
    env = os.environ | {"PYTHON": sys.executable, "RUNS": str(tmp_path), "MILESTONES": str(tmp_path / "kept")}
    call = lambda *arguments: subprocess.run(
        ["bash", *arguments], env=env | {"CORPUS": str(tmp_path / "none")}, capture_output=True, text=True
    )
    script, milestone = str(MODEL / "keep-training.sh"), tmp_path / "kept" / "nano"
    assert f"--from {MODEL / 'models' / 'nano'} " in call("-x", script, "start").stderr
    assert call(script, "milestone").returncode == 0
    begun, was = Megabyte(PRESETS["tiny"]), saved(tmp_path / "nano")["average"]
    begin(begun, milestone)
    assert all(torch.allclose(p, was[n], atol=was[n].abs().max().item() / 250) for n, p in begun.named_parameters())
    assert f"--from {milestone} " in call("-x", script, "start").stderr


def test_pilots_share_budgets_and_a_finished_one_is_not_run_again(tmp_path, monkeypatch):
    folder = corpus(tmp_path / "corpus")
    for kind in ("bin", "json"):
        (folder / f"valid.{kind}").write_bytes((folder / f"train.{kind}").read_bytes())
    monkeypatch.setattr(pilot_runs, "JUDGE_KB", 2)
    monkeypatch.setattr(pilot_runs, "POINTS", 1)
    monkeypatch.setattr(pilot_queue, "QUEUE", [("base", 1), ("global", 1), ("base", 2)])
    a = Namespace(
        preset="tiny",
        minutes=0.005,
        only=list(pilot_queue.VARIANTS),
        corpus=folder,
        valid=folder,
        runs=tmp_path / "runs",
        worker=1,
        results=tmp_path / "results" / "pilots.tsv",
        save_every=60,
        eager=True,
    )
    a.runs.mkdir()
    (a.runs / "rates-tiny.json").write_text('{"base": 200000, "global": 150000, "hash": 1, "values": 1}')
    with hold(pilot_queue.folder_of(a, "global", 1)):  # another worker has it
        pilot_runs.work(a)
    found = [(r["variant"], r["seed"], r["megabytes"]) for r in pilot_queue.read_results(a.results)]
    assert found == [("base", "1", "0.06"), ("base", "2", "0.06")]
    shard(folder, "train")  # the corpus is built again: the pilots keep theirs
    (a.runs / "rates-tiny.json").write_text('{"base": 400000, "global": 300000, "hash": 1, "values": 1}')
    budgets = pilot_runs.budgets(a, None)  # this machine is faster: the pilots before it say how much text
    assert (budgets["base"], budgets["global"]) == (0.06, 0.04)
    pilot_runs.work(a)
    done = pilot_queue.read_results(a.results)
    assert [(r["variant"], r["seed"]) for r in done] == [("base", "1"), ("base", "2"), ("global", "1")]
    assert len({r["corpus_megabytes"] for r in done}) == 1 and all(7 < float(r["bits_per_byte"]) < 10 for r in done)
    a.runs = tmp_path / "another machine"
    assert pilot_queue.todo(a) == []


def test_the_speeds_of_pilots_are_measured_side_by_side(tmp_path):
    found = pilot_runs.rates("tiny", ["base", "values"], Corpus(corpus(tmp_path / "corpus"), "train"), False, rounds=1)
    assert found.keys() == {"base", "values"} and all(rate > 0 for rate in found.values())


def test_shards_are_read_equally_often_whenever_they_come(tmp_path):
    shard(tmp_path, "train", 30)
    shards, read, drawn = Shards(tmp_path, "train"), {}, []
    draw = lambda n: [(pack.repository(i), pack.path(i)) for pack, i in (shards.draw(1, read) for _ in range(n))]
    assert len(set(draw(30))) == 30 and read == {"train": 30}  # one epoch
    draw(15)
    shard(tmp_path, "train-01", 20)
    shard(tmp_path, "training", 5)  # another split
    drawn = draw(55)
    assert set(shards.packs) == {"train", "train-01"} and read == {"train": 60, "train-01": 40}
    mixed = [name for name, _ in drawn]
    assert len(set(mixed[:15])) == 2 and len(set(drawn[:20])) == 20
    again, half = Shards(tmp_path, "train"), dict(read)
    assert draw(20) == [(pack.repository(i), pack.path(i)) for pack, i in (again.draw(1, half) for _ in range(20))]
    assert shards.free_name() == "train-02"


def test_a_document_is_read_as_often_as_its_text_fills_sequences(tmp_path):
    packer, sizes = Packer(tmp_path, "train"), [1, SPAN, SPAN + 1, 10 * SPAN - 1, 0, *[100] * 95]
    for i, size in enumerate(sizes):
        packer.add(0, f"{i}.py", "py", b"x" * size)
    packer.close([{"name": "r", "commit": None, "licence": "MIT"}])

    def epochs(seed: int, count: int) -> list[list[str]]:
        shards, read = Shards(tmp_path, "train"), {}
        drawn = [pack.path(i) for pack, i in (shards.draw(seed, read) for _ in range(count * 110))]
        return [drawn[at : at + 110] for at in range(0, len(drawn), 110)]

    first, second = epochs(1, 2)
    for epoch in (first, second):
        assert Counter(epoch) == {f"{i}.py": {2: 2, 3: 10}.get(i, 1) for i in range(100)}
    assert first != second and epochs(2, 1) != [first], "each epoch and each seed has an order of its own"
    assert first != sorted(first, key=lambda path: int(path[:-3])), "that of the pack is none"


@pytest.mark.parametrize("held", [True, False])
def test_a_lock_tells_who_holds_it(tmp_path, held):
    lock = hold(tmp_path)
    if not held:
        lock.close()
    assert holder(tmp_path) == (os.getpid() if held else None)
