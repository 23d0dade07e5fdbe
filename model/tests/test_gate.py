"""The gate between a model and the workspace's memory: what it computes, its training and what that writes."""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from byteline_model import gate as module
from byteline_model.errors import InputError
from byteline_model.gate import MOST, Gate, Places, bits, read, train, write

BYTE, PLACE = 84, 54  # numbers of a byte and of a place: server/memory/gate.ts


def test_the_worker_and_the_training_agree():
    """The fixture is written beside the worker's own test of it."""
    fixture = json.loads((Path(__file__).parents[2] / "test/fixtures/gate.json").read_text())
    assert fixture["cases"]
    wide = len(fixture["cases"][0]["rows"][0])
    gate = Gate(wide, len(fixture["cases"][0]["place"]), len(fixture["gate"]["byte"]["b1"]))
    for layers, given in ((gate.byte, fixture["gate"]["byte"]), (gate.gate, fixture["gate"]["gate"])):
        for to, key in (
            (layers[0].weight, "w1"),
            (layers[0].bias, "b1"),
            (layers[2].weight, "w2"),
            (layers[2].bias, "b2"),
        ):
            to.data = torch.tensor(given[key]).reshape(to.shape)
    for case in fixture["cases"]:
        size = len(case["bytes"])
        rows = torch.zeros(size + 1, MOST, wide)  # each byte that was found comes in turn, then another
        rows[:, :size] = torch.tensor(case["rows"])
        truth = torch.arange(MOST) == torch.tensor([*range(size), -1])[:, None]
        logp = torch.tensor([case["logps"].get(str(byte), case["rest"]) for byte in [*case["bytes"], 0]])
        with torch.no_grad():
            got = gate(
                Places(
                    rows,
                    (torch.arange(MOST) < size).expand(size + 1, -1),
                    truth,
                    torch.tensor(case["place"]).expand(size + 1, -1),
                    logp,
                )
            )
        assert (2**-got).tolist() == pytest.approx([*case["mixture"], case["other"]], rel=1e-4), case["found"]


def features(folder: Path, n: int = 4000) -> Path:
    """Two repositories where the first byte that was found comes nine times in ten if its first number is 1; the model
    knows nothing."""
    rng = np.random.default_rng(3)
    sizes = rng.integers(0, 4, n).astype(np.uint8)
    rows = np.zeros((n, MOST, BYTE), np.float32)
    sure = rng.random(n) < 0.5
    rows[sure, 0, 0] = 1
    rows[:, :, -2] = 0.1
    comes = (sizes > 0) & np.where(sure, rng.random(n) < 0.9, rng.random(n) < 0.05)
    (folder / "about.json").write_text(
        json.dumps({"byte": BYTE, "place": PLACE, "ends": [["one", n // 2], ["two", n]]})
    )
    for name, data in (
        ("sizes.u8", sizes),
        ("truths.i8", np.where(comes, 0, -1).astype(np.int8)),
        ("logps.f32", np.full(n, np.log(0.1), np.float32)),
        ("places.f32", rng.random((n, PLACE)).astype(np.float32)),
        ("rows.f32", rows[np.arange(MOST) < sizes[:, None]]),
    ):
        data.tofile(folder / name)
    return folder


def test_places_are_read_as_they_were_written(tmp_path):
    x, ends = read(features(tmp_path))
    assert len(x) == 4000 and ends == [["one", 2000], ["two", 4000]]
    sizes = np.fromfile(tmp_path / "sizes.u8", np.uint8)
    assert (x.mask.sum(1).numpy() == sizes).all() and not x.rows[~x.mask].any()
    assert x.truth.sum() == (np.fromfile(tmp_path / "truths.i8", np.int8) == 0).sum() and not x.truth[:, 1:].any()
    (tmp_path / "rows.f32").unlink()
    with pytest.raises(InputError, match=f"{tmp_path}.*rows.f32"):
        read(tmp_path)


def test_training_learns_when_to_trust_what_was_found(tmp_path):
    x, _ = read(features(tmp_path))
    which = torch.arange(len(x))
    model, untrained = bits(train(x, which, 8, 0), x, which)
    assert model == pytest.approx(np.log2(10), rel=1e-4)
    trained = bits(train(x, which, 8, 30), x, which)[1]
    assert trained < 0.95 * untrained < 0.95 * model
    nothing = (~x.mask.any(1)).nonzero()[:, 0]
    assert bits(Gate(BYTE, PLACE, 8), x, nothing)[1] == pytest.approx(model, rel=1e-4)


def model_in(folder: Path) -> Path:
    folder.mkdir()
    (folder / "model.json").write_text(json.dumps({"name": "a", "files": [{"path": "x"}]}))
    return folder


def test_the_gate_goes_into_the_models_folder_and_its_hash_into_model_json(tmp_path):
    folder = model_in(tmp_path / "model")
    torch.manual_seed(0)
    gate = Gate(BYTE, PLACE, 3)
    write(gate, folder, {"bytes": 7})
    text = (folder / "memory.json").read_bytes()
    written = json.loads(text)
    assert written["features"] == 4 and written["training"] == {"bytes": 7}
    assert np.allclose(np.reshape(written["byte"]["w1"], (3, BYTE + PLACE)), gate.byte[0].weight.detach(), rtol=1e-4)
    assert len(written["gate"]["w1"]) == 3 * (PLACE + 3) and written["gate"]["b2"] == pytest.approx(
        gate.gate[2].bias.item(), rel=1e-4
    )
    assert json.loads((folder / "model.json").read_text()) == {
        "name": "a",
        "files": [{"path": "x"}],
        "memory": {"path": "memory.json", "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()},
    }


def run(monkeypatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["gate", *map(str, arguments), "--hidden", "4", "--epochs", "1"])
    module.main()


def test_the_command_writes_a_gate_or_scores_each_repository(tmp_path, monkeypatch, capsys):
    folder = model_in(tmp_path / "model")
    run(monkeypatch, features(tmp_path), "--cross")
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["one", "two", "mean"]
    assert not (folder / "memory.json").exists()
    run(monkeypatch, tmp_path, "--model", folder)
    assert json.loads((folder / "memory.json").read_text())["training"]["repositories"] == ["one", "two"]
    assert "memory" in json.loads((folder / "model.json").read_text())


def test_either_a_model_or_cross(tmp_path, monkeypatch):
    for arguments in ((), ("--cross", "--model", tmp_path)):
        with pytest.raises(InputError, match=r"^--model FOLDER or --cross, one of them$"):
            run(monkeypatch, features(tmp_path), *arguments)
    assert not (tmp_path / "memory.json").exists()
