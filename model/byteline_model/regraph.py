"""Writes the graphs of a released model again, with this version's operators, and keeps its weights; no checkpoint is
needed:

python -m byteline_model.regraph model/models/nano --preset nano
"""

import argparse
import json
from pathlib import Path

import onnx

from .config import Config
from .errors import InputError, command
from .export import graphs_of, manifest, save
from .presets import PRESETS, build
from .released import begin
from .weights import find

MOST = 1e5  # bytes of new constants in the graphs


def regraph(folder: Path, preset: str) -> None:
    """Raises InputError if the preset does not fit, or if the weights would change."""
    config = PRESETS.get(preset)
    if not isinstance(config, Config):
        raise InputError(
            f"--preset {preset}: one of {', '.join(n for n, c in PRESETS.items() if isinstance(c, Config))}"
        )
    model, file = build(config).eval(), folder / "model.json"
    begin(model, folder)
    old = json.loads(file.read_text())
    if [f["precision"] for f in old["files"] if f["device"] == "cpu"] != ["int8"]:
        raise InputError(f"{file}: only a model that is there in int8 alone can be written again")
    graphs = graphs_of(model, 8)
    before = [onnx.load(folder / f"int8{part}.onnx", load_external_data=False) for part in graphs]
    if find(list(graphs.values()), before, folder / "int8.weights") > MOST:
        raise InputError(f"{folder}: its weights are not those of this graph; export its checkpoint")
    files = save(graphs, folder, 8)
    new = manifest(model, old["name"], old["version"], files, old["training"], old["scoreCard"])
    file.write_text(json.dumps(old | new, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a model folder")
    parser.add_argument("--preset", required=True)
    a = parser.parse_args()
    regraph(a.model, a.preset)


if __name__ == "__main__":
    command(main)
