"""A released folder's graphs written again: the weights stay as they are."""

import json

import numpy as np
import pytest
from byteline_model.errors import InputError
from byteline_model.export import manifest, write
from byteline_model.presets import PRESETS
from byteline_model.regraph import regraph
from byteline_model.runtime import Runtime
from test_network import shaken

TEXT = b"const value = compute(1, 2);\nreturn value + compute(3, 4);\n     "


@pytest.fixture()
def folder(tmp_path):
    model = shaken(PRESETS["tiny"])
    (tmp_path / "model.json").write_text(
        json.dumps(
            manifest(model, "tiny", "1", write(model, tmp_path, 8), {"steps": 1}, {}) | {"confidence": {"bias": 1}}
        )
    )
    return tmp_path


def test_writes_graphs_of_the_same_weights(folder):
    want = Runtime(str(folder / "int8.onnx"), PRESETS["tiny"]).extend(TEXT)
    weights, card = (folder / "int8.weights").read_bytes(), json.loads((folder / "model.json").read_text())
    regraph(folder, "tiny")
    assert (folder / "int8.weights").read_bytes() == weights
    again = json.loads((folder / "model.json").read_text())
    assert {k: again[k] for k in card if k != "files"} == {k: card[k] for k in card if k != "files"}
    got = Runtime(str(folder / "int8.onnx"), PRESETS["tiny"]).extend(TEXT)
    assert got[0] == want[0] and np.abs(got[2] - want[2]).max() < 1e-4


def test_refuses_a_preset_that_does_not_fit_and_one_that_is_none(folder):
    before = (folder / "model.json").read_text()
    with pytest.raises(InputError, match="has 64 weights, the preset 256"):
        regraph(folder, "nano")
    with pytest.raises(InputError, match=r"--preset huge: one of .*nano"):
        regraph(folder, "huge")
    assert (folder / "model.json").read_text() == before
