"""Ranks of one training: they end each step with the same weights, count together, and stop together."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import torch
from byteline_model.background import holder
from byteline_model.muon import Muon
from byteline_model.ranks import Ranks
from test_keep import keeping, rows, until
from test_train import corpus

SHAPES = [(8, 8), (24, 8), (8, 32), (32, 8), (16, 16)]


def network(seed: int) -> torch.nn.ParameterList:
    """Parameters of SHAPES with gradients; those of all seeds have one and the same weights."""
    weights = torch.Generator().manual_seed(0)
    gradients = torch.Generator().manual_seed(seed)
    out = torch.nn.ParameterList(torch.randn(shape, generator=weights) for shape in SHAPES)
    for p in out:
        p.grad = torch.randn(p.shape, generator=gradients)
    return out


def member(folder: Path, count: int) -> None:
    """What each rank of the test does: two steps on gradients of its own."""
    ranks = Ranks.begin()
    assert ranks.world == count and ranks.sum(ranks.rank, 1) == [sum(range(count)), count]
    model = network(0)
    optimizer = Muon(model, decay=0.1)
    for step in range(2):
        for p, mine in zip(model, network(1 + step * count + ranks.rank)):
            p.grad = mine.grad
        ranks.add_gradients(model)
        optimizer.step()
    torch.save(list(model), folder / f"{ranks.rank}.pt")
    ranks.end()


def test_ranks_end_a_step_with_the_weights_that_one_process_has(tmp_path):
    code = f"import sys; from pathlib import Path; from test_ranks import member; member(Path({str(tmp_path)!r}), 3)"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (Path(__file__).parents[1], Path(__file__).parent)))}
    env |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0", "WORLD_SIZE": "3", "OMP_NUM_THREADS": "1"}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "3", "--no-python"]
    subprocess.run([*torchrun, sys.executable, "-c", code], env=env, check=True, timeout=300)
    model = network(0)
    optimizer = Muon(model, decay=0.1)
    for step in range(2):
        for p, *all_of_them in zip(model, *(network(1 + step * 3 + rank) for rank in range(3))):
            p.grad = sum(q.grad for q in all_of_them)
        optimizer.step()
    for rank in range(3):
        for p, theirs in zip(model, torch.load(tmp_path / f"{rank}.pt", weights_only=False)):
            assert (p - theirs).abs().max() < 1e-4, (rank, (p - theirs).abs().max())


def test_one_process_alone_is_rank_0_of_1():
    ranks, model = Ranks.begin(), network(1)
    before = [p.grad.clone() for p in model]
    ranks.add_gradients(model)
    assert (ranks.rank, ranks.world) == (0, 1) and ranks.sum(2, 3) == [2, 3]
    assert all(torch.equal(p.grad, g) for p, g in zip(model, before))


def test_two_in_the_background_share_a_budget_and_stop_together(tmp_path):
    folder, run = corpus(tmp_path / "corpus"), tmp_path / "runs" / "small"
    call = keeping(folder, run, "--nice=0", "--ranks=2")
    try:
        assert "runs (process" in call("start")
        first = holder(run)
        until(lambda: rows(run))
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        assert len(children) == 1
        row = rows(run)[-1]
        assert row["bytes"] == row["step"] * 2 * 4 * 512  # text of both
        os.kill(first, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{children[0]}").exists())  # nobody is left behind
        call("start")
        assert "paused" in call("pause") and not holder(run)
        finish = keeping(folder, run, "--nice=0", "--ranks=2", f"--core-hours={row['core'] / 3600 + 0.004}")
        finish("start")
        until(lambda: "finished" in finish("status"))
        assert json.loads((run / "done.json").read_text())["core_hours"] >= row["core"] / 3600 + 0.004
    finally:
        if pid := holder(run):
            os.kill(pid, signal.SIGKILL)
