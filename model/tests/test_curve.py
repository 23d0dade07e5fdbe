"""The curve over all runs: a run's points replace those it had, and the prediction goes through what it was made of."""

import json
from pathlib import Path

import pytest
from byteline_model.curve import collect, draw, predicted, runs
from byteline_model.errors import InputError


def log(run: Path, *rows: dict) -> Path:
    run.mkdir(exist_ok=True)
    (run / "metrics.jsonl").write_text("".join(json.dumps({"core": 7200, "step": 1} | r) + "\n" for r in rows))
    return run


def test_the_prediction_is_that_of_the_releases():
    assert predicted(183) == pytest.approx(0.750) and predicted(154) == pytest.approx(0.760, abs=0.002)
    assert predicted(2000) == pytest.approx(0.652, abs=0.001)


def test_points_of_a_run_are_collected_once_and_drawn(tmp_path):
    file = tmp_path / "out" / "nano.jsonl"
    first = log(tmp_path / "first", {"bytes": 1e6, "train": 1.0}, {"bytes": 2e6, "valid": 0.8})
    second = log(tmp_path / "second", {"bytes": 5e6, "valid": 0.7})
    collect(first, 183, file)
    collect(second, 0, file)
    log(first, {"bytes": 2e6, "valid": 0.8}, {"bytes": 4e6, "valid": 0.75})
    rows = collect(first, 183, file)
    assert [(r["run"], r["megabytes"], r["valid"]) for r in rows] == [
        ("second", 5.0, 0.7),
        ("first", 185.0, 0.8),
        ("first", 187.0, 0.75),
    ]
    assert rows == [json.loads(line) for line in file.read_text().splitlines()]
    *lines, (megabytes, bits, _, label) = runs(rows)
    assert [(x, y) for x, y, *_ in lines] == [([5.0], [0.7]), ([185.0, 187.0], [0.8, 0.75])]
    assert lines[1][3] == "first, 2.0 core-hours"
    assert label == "predicted" and bits == [predicted(x) for x in megabytes]
    draw(runs(rows), tmp_path / "nano.png", top=1.2)
    assert (tmp_path / "nano.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="no validation points"):
        collect(log(tmp_path / "third", {"bytes": 1, "train": 1.0}), 0, file)
