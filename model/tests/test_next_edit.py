"""What a place for a next edit is worth: what is learned is so, and the file keeps what is measured elsewhere."""

import json
import math
import random
from pathlib import Path

import pytest
from byteline_model import next_edit
from byteline_model.errors import InputError

NAMES = ["always", "telling", "chance"]


def write(path: Path, repository: str, names: list[str] = NAMES) -> Path:
    """Places that are right nine times in ten where `telling` is so, and one time in ten where it is not."""
    draw = random.Random(repository)
    lines = [json.dumps(names)]
    for step in range(300):
        telling, chance = draw.random() < 0.5, draw.random() < 0.5
        right = int(draw.random() < (0.9 if telling else 0.1))
        bits = f"1{int(telling)}{int(chance)}"
        lines.append(json.dumps([f"{repository} diff {step // 10} {step % 10}.0", right, bits]))
    path.write_text("\n".join(lines) + "\n")
    return path


def run(monkeypatch: pytest.MonkeyPatch, *args: str | Path) -> None:
    monkeypatch.setattr("sys.argv", ["next_edit", *map(str, args)])
    next_edit.main()


def probability(made: dict, *names: str) -> float:
    """What the written network says of a place with these features."""
    rows = [made["hidden"][name] for name in ("always", *names)]
    hidden = [math.tanh(sum(column)) for column in zip(*rows, strict=True)]
    logit = made["bias"] + sum(a * b for a, b in zip(hidden, made["output"], strict=True))
    return 1 / (1 + math.exp(-logit))


def test_learns_what_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write(tmp_path / name, name) for name in ("a", "b", "c")]
    out = tmp_path / "weights.json"
    out.write_text('{"weights": {"gone": 1}, "precision": {"0.5": 0.7}}')
    run(monkeypatch, *files, "--write", out)
    made = json.loads(out.read_text())
    assert made["precision"] == {"0.5": 0.7}
    assert list(made) == ["hidden", "output", "bias", "precision"]
    assert list(made["hidden"]) == NAMES
    said = {names: probability(made, *names) for names in [(), ("telling",), ("chance",), ("telling", "chance")]}
    assert all(abs(value - (0.9 if "telling" in names else 0.1)) < 0.06 for names, value in said.items()), said
    assert "3 repositories, 900 places of 900 steps" in capsys.readouterr().out


def test_files_of_other_features_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = write(tmp_path / "a", "a"), write(tmp_path / "b", "b", ["always", "other", "chance"])
    with pytest.raises(InputError, match=r"b: has other features than .*a"):
        run(monkeypatch, one, other)
