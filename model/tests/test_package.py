"""model/ as a package: built without a network, and run where there is no checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch
from byteline_model.corpus.pack import Packer

MODEL = Path(__file__).parents[1]
VERSION = json.loads((MODEL.parent / "package.json").read_text())["version"]


def test_the_version_is_the_products():
    assert tomllib.loads((MODEL / "pyproject.toml").read_text())["project"]["version"] == VERSION


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The folder of an installed wheel. It is built from a copy: setuptools writes beside the sources."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(MODEL, folder / "model", ignore=shutil.ignore_patterns("models", "results", "tests", "__pycache__"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-build-isolation", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder / "site"), str(folder / "model")], check=True)
    shutil.rmtree(folder / "model")
    return folder / "site"


def run(site: Path, folder: Path, module: str, *arguments: str) -> str:
    """What `python -m byteline_model.MODULE` prints in `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", f"byteline_model.{module}", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_the_package_and_its_dependencies(installed):
    assert {file.name for file in installed.iterdir()} == {"byteline_model", f"byteline_model-{VERSION}.dist-info"}
    there, wanted = ({f.relative_to(d) for f in d.rglob("*.py")} for d in (installed, MODEL))
    assert there == {file for file in wanted if file.parts[0] == "byteline_model"}
    metadata = (installed / f"byteline_model-{VERSION}.dist-info" / "METADATA").read_text().splitlines()
    packages = lambda file: re.findall(r"^[\w-]+==\S+", (MODEL / file).read_text(), re.M)
    assert len(packages("requirements.txt")) > 10 and len(packages("requirements-dev.txt")) > 3
    for package in packages("requirements.txt"):
        assert f"Requires-Dist: {package}" in metadata
    for package in packages("requirements-dev.txt"):
        assert f'Requires-Dist: {package}; extra == "experiments"' in metadata


def test_the_installed_package_counts_trains_and_samples(installed, tmp_path):
    assert "a byte" in run(installed, tmp_path, "flops")
    packer = Packer(tmp_path / "corpus", "train")
    for i in range(40):
        packer.add(0, f"{i}.txt", "prose", "".join(f"{i} times {j} is {i * j}.\n" for j in range(60)).encode())
    packer.close([{"name": "t", "commit": None, "licence": "MIT"}])
    training = ["--preset", "tiny", "--corpus", "corpus", "--out", "run", "--megabytes", "0.06", "--threads", "1"]
    assert "weights in the network" in run(installed, tmp_path, "train", *training)
    assert torch.load(tmp_path / "run" / "last.pt", weights_only=True)["step"] > 2
    assert run(installed, tmp_path, "sample", "run/last.pt", "--prompt", "3 times", "--bytes", "20").startswith(
        "3 times"
    )
