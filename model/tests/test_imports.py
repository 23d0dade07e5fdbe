"""Imports point down: no circle, and no room imports one that stands over it. Those inside functions and those for
types count, too."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import byteline_model
import pytest

ROOT = Path(byteline_model.__file__).parent

# Rooms from the bottom up: a module may import those of its own room (in no circle) and of the rooms before it.
ORDER = (
    ("errors", "background", "weights"),
    ("sequence", "utf8", "corpus"),
    ("config", "ngrams", "transformer", "network", "controls", "presets", "flops"),
    ("layers", "patch_decoder", "graph", "device", "rows", "cached", "steps", "runtime"),
    ("bits", "tokens", "reading", "bpe", "evaluate", "baselines", "sample"),
    ("dequantise", "released", "export", "regraph", "peer"),
    ("muon", "recipe", "progress", "ranks", "checkpoints", "curve", "stream", "training_step", "train"),
    ("gate", "next_edit", "keep", "ablate", "pilot_queue", "pilot_runs", "pilots"),
    ("scorecard",),
    ("spelling",),
    ("learn", "paper"),
)


def modules(root: Path) -> dict[str, Path]:
    """Files by name below the package: "corpus.pack", "network"; a package's own file has the package's name."""
    names = {file: ".".join(file.relative_to(root).with_suffix("").parts) for file in root.rglob("*.py")}
    return {name.removesuffix("__init__").rstrip("."): file for file, name in names.items()}


def imports(name: str, file: Path, known: set[str]) -> set[str]:
    """Modules of the package that a module imports, wherever in it."""
    folder = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = folder[: len(folder) + 1 - node.level] + (node.module.split(".") if node.module else [])
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "byteline_model":
            base = node.module.split(".")[1:]
        else:
            assert not isinstance(node, ast.Import) or all("byteline_model" not in a.name for a in node.names), file
            continue
        for alias in node.names:
            module = ".".join([*base, alias.name])
            found.add(module if module in known else ".".join(base))
    return found - {""}


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """One circle of imports, as a path that ends where it begins; empty where there is none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def up(arrows: dict[str, set[str]]) -> list[str]:
    """Imports of a room that stands over the importer's."""
    level = {name: i for i, room in enumerate(ORDER) for name in room}
    height = lambda module: level[module.split(".")[0]]
    return [f"{a} -> {b}" for a in sorted(arrows) for b in sorted(arrows[a]) if height(b) > height(a)]


def arrows(root: Path) -> dict[str, set[str]]:
    found = modules(root)
    return {name: imports(name, file, set(found)) for name, file in found.items() if name}


def test_every_module_has_a_room():
    assert {name.split(".")[0] for name in arrows(ROOT)} == {name for room in ORDER for name in room}


def test_no_circle():
    assert circle(arrows(ROOT)) == []


def test_no_arrow_up():
    assert up(arrows(ROOT)) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("flops", "from .network import Megabyte", {"network"}),
        ("scorecard.models", "def f():\n    from ..network import Megabyte", {"network"}),
        ("flops", "from byteline_model.corpus import pack", {"corpus.pack"}),
        ("flops", "if TYPE_CHECKING:\n    from .corpus.pack import Corpus", {"corpus.pack"}),
        ("flops", "from . import network", {"network"}),
    ],
)
def test_imports_are_found_wherever_they_stand(tmp_path, name, text, found):
    file = tmp_path / "module.py"
    file.write_text(text)
    assert imports(name, file, set(modules(ROOT))) == found


def test_a_circle_and_an_arrow_up_are_seen():
    assert set(circle({"train": {"network"}, "network": {"sequence"}, "sequence": {"train"}})) == {
        "train",
        "network",
        "sequence",
    }
    assert up({"sequence": {"train"}, "train": {"sequence"}}) == ["sequence -> train"]
