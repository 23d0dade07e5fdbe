"""Learn my code: a folder makes a model folder that the worker loads, or says why not; nothing half made is left."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from byteline_model.corpus.pack import Corpus
from byteline_model.errors import InputError
from byteline_model.export import export
from byteline_model.learn.check import compare
from byteline_model.learn.division import FEWEST, divide, rank
from byteline_model.learn.learning import Learning
from byteline_model.presets import PRESETS
from byteline_model.released import preset_of
from byteline_model.scorecard.documents import Document
from byteline_model.scorecard.worker import WorkerPredictor
from byteline_model.train import train
from byteline_model.weights import part_of
from repositories import repository
from scorecard_models import ROOT, build_worker
from test_train import corpus

NANO = ROOT / "model" / "models" / "nano"
LONG = 100.0  # minutes: the passes end the run
NO_TIME = 1e-6  # minutes: one step


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """A small model as released ones are: it knows nothing of the folder, and has nano's gate and confidence."""
    build_worker()
    torch.set_num_threads(1)  # several threads wait for one another on a busy machine
    folder = tmp_path_factory.mktemp("released")
    packed = Corpus(corpus(folder / "corpus"), "train")
    train(PRESETS["tiny"], packed, None, folder / "run", megabytes=5, rows=4, steps=60, quiet=True)
    export(folder / "run" / "last.pt", "tiny", folder / "tiny", None, 0, 0, ["int8"], "0.1.0", "a test")
    shutil.copy(NANO / "memory.json", folder / "tiny")
    manifest, nano = (json.loads((f / "model.json").read_text()) for f in (folder / "tiny", NANO))
    manifest |= {"memory": part_of(folder / "tiny" / "memory.json"), "confidence": nano["confidence"]}
    (folder / "tiny" / "model.json").write_text(json.dumps(manifest))
    return folder / "tiny"


@pytest.fixture(scope="module")
def code(tmp_path_factory) -> Path:
    """Real code that makes a folder just large enough."""
    folder = tmp_path_factory.mktemp("code") / "mine"
    files = [
        f
        for room in ("prompt", "completion", "documents", "wire", "engine")
        for f in (ROOT / "server" / room).glob("*.ts")
    ]
    for file in files:
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return folder


def command(code: Path, released: Path, out: Path, *more: str) -> list[str]:
    run = [sys.executable, "-m", "byteline_model.learn", str(code), "--from", str(released), "--out", str(out)]
    return [*run, "--minutes", str(LONG), "--rate", "1", "--passes", "0.4", *more]


ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "model"), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}


def run(command: list[str]) -> subprocess.CompletedProcess:
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)


def wait_for_steps(work: Path, process: subprocess.Popen) -> None:
    """Returns when the process has trained for some steps, or ended."""
    curve = work / "run" / "metrics.jsonl"
    while process.poll() is None and not (curve.exists() and curve.read_text()):
        time.sleep(0.05)


def test_a_killed_run_goes_on_and_makes_a_model_that_is_better_and_loads(tmp_path, code, released):
    out, work = tmp_path / "models" / "mine", tmp_path / "models" / ".mine.learning"
    first = subprocess.Popen(command(code, released, out), env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    wait_for_steps(work, first)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL, "it ended before it could be killed"
    assert not out.exists()
    judged = (work / "before.json").stat().st_mtime_ns
    (work / "run" / "metrics.jsonl").unlink()  # so that there are steps of the second alone

    second = subprocess.Popen(command(code, released, out), env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    wait_for_steps(work, second)
    assert (work / "before.json").stat().st_mtime_ns == judged, "what was done is not done again"
    second.send_signal(signal.SIGTERM)
    second.communicate()
    assert second.returncode == 1 and not out.exists() and (work / "run" / "last.pt").exists()

    third = run(command(code, released, out))
    assert third.returncode == 0, third.stderr
    assert [f.name for f in out.parent.iterdir()] == ["mine"]
    manifest, before = (json.loads((f / "model.json").read_text()) for f in (out, released))
    assert manifest["name"] == "mine" and manifest["confidence"] == before["confidence"]
    assert (out / "memory.json").read_bytes() == (released / "memory.json").read_bytes()
    assert preset_of(out) == "tiny"
    card = (out / "README.md").read_text()
    assert "| with the memory | " in card and "mine (commit none)" in card
    worker = WorkerPredictor(out)
    text = b"import { x } from './y.ts';\n"
    assert 0 < worker.bits(b"a.ts", text) < 8 * len(text)
    worker.close()


@pytest.fixture(scope="module")
def exported(tmp_path_factory, code, released) -> Path:
    """What a run of one step had done when it was killed after its export."""
    with Learning(code, released, tmp_path_factory.mktemp("exported") / "mine", NO_TIME, 1) as learning:
        learning.divide()
        learning.judge_start()
        learning.train(0.4, 1.0, False)
        learning.export()
    return learning.work


@pytest.mark.parametrize("keep", [False, True])
def test_says_that_a_model_is_not_better(tmp_path, code, released, exported, keep):
    out, work = tmp_path / "mine", tmp_path / exported.name
    shutil.copytree(exported, work)
    more = ["--minutes", str(NO_TIME), *(["--keep"] if keep else [])]
    done = run(command(code, released, out, *more))
    assert done.returncode == 3, done.stderr
    assert "not better" in done.stdout
    assert "fp32" not in done.stderr, "what is exported is not exported again"
    assert [f.name for f in tmp_path.iterdir()] == (["mine"] if keep else [])
    assert not keep or "1 steps" in (out / "README.md").read_text()


def held(texts: list[bytes]) -> list[Document]:
    return [Document(-1, "r", "ts", f"{i}.ts", text) for i, text in enumerate(texts)]


def test_better_is_more_than_noise():
    files = held([b"x" * 100] * 40)
    before = [80.0 + i % 7 for i in range(40)]
    assert compare(before, [b * 0.95 for b in before], files).better
    assert not compare(before, [b * (1.1 if i % 2 else 0.85) for i, b in enumerate(before)], files).better
    assert not compare(before, [b * 0.999 for b in before], files).better, "sure, but not worth a model"
    change = compare([200.0, 100.0], [100.0, 100.0], held([b"x" * 100, b"y" * 200]))
    assert (change.before, change.after) == (1.0, 200 / 300)


def sources(n: int, start: int = 0) -> dict[str, bytes]:
    """Files that share nothing."""
    line = lambda i, j: f"export const value_{i}_{j} = compute_{i}({j}, 'name {i * j % 97} of {i}');\n"
    return {f"src/{i}.ts": "".join(line(i, j) for j in range(60)).encode() for i in range(start, start + n)}


def files_of(corpus: Corpus) -> dict[str, bytes]:
    return {corpus.path(i): corpus.text(i) for i in range(len(corpus))}


def test_what_is_held_out_is_not_trained_on(tmp_path):
    files = sources(FEWEST)
    divide(repository(tmp_path / "one", files), tmp_path / "plain", 1)
    chosen = files_of(Corpus(tmp_path / "plain", "valid"))
    text = next(iter(chosen.values()))
    lines = text.splitlines(True)
    other = b"".join(b"let other%d = unlike(%d) + %d;\n" % (j, j, j * j) for j in range(90))
    last = max(rank(path, 1) for path in chosen)
    names = (path for i in range(999) if rank(path := f"test/{i}.ts", 1) > last)  # none that would be held out itself
    copied, part, half, unlike = (next(names) for _ in range(4))
    files |= {
        copied: text.replace(b"name 7 of", b"name seven of") + b"// a copy\n",
        part: other + b"".join(lines[:45]),
        half: b"".join(line + b"// %d\n" % j for j, line in enumerate(lines[:40])),
        unlike: other.replace(b"other", b"another"),
    }
    counts = divide(repository(tmp_path / "two", files), tmp_path / "copies", 1)
    valid, training = (files_of(Corpus(tmp_path / "copies", split)) for split in ("valid", "train"))
    assert valid == chosen
    assert training.keys() == files.keys() - valid.keys() - {copied, part, half}
    assert (counts["files"], counts["held out"], counts["near"]) == (len(training), len(valid), 2)
    divide(tmp_path / "two", tmp_path / "again", 1)
    assert files_of(Corpus(tmp_path / "again", "valid")) == valid
    divide(tmp_path / "two", tmp_path / "other", 2)
    assert files_of(Corpus(tmp_path / "other", "valid")).keys() != valid.keys()


def test_prose_is_never_held_out(tmp_path):
    prose = {f"docs/{i}.md": text for i, text in enumerate(sources(60, start=500).values())}
    divide(repository(tmp_path / "one", sources(FEWEST) | prose), tmp_path / "packed", 1)
    valid, training = (files_of(Corpus(tmp_path / "packed", split)) for split in ("valid", "train"))
    assert all(path.endswith(".ts") for path in valid) and prose.keys() <= training.keys()


def bad(tmp_path, **arguments) -> str:
    """What Learning, or its first step, says of bad input; nothing may be left."""
    given = dict(folder=tmp_path / "code", start=NANO, out=tmp_path / "out" / "mine", minutes=1.0, seed=1) | arguments
    with pytest.raises(InputError) as error, Learning(**given) as learning:
        learning.divide()
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    return str(error.value)


def test_bad_input_is_one_error_that_names_it(tmp_path):
    repository(tmp_path / "code", sources(5))
    assert bad(tmp_path) == (
        f"{tmp_path}/code: too little code: 5 files with 17 kB are left, 40 files with 100 kB are needed "
        "(left out: nothing)"
    )
    assert "no such folder" in bad(tmp_path, folder=tmp_path / "missing")
    assert "is there already" in bad(tmp_path, out=tmp_path / "code")
    assert "names the model" in bad(tmp_path, out=tmp_path / "out" / "my model")
    assert "must be more than 0" in bad(tmp_path, minutes=0.0)
    assert "no released model" in bad(tmp_path, start=tmp_path)
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(NANO / "model.json", bare)
    assert "int8.onnx is missing: the released weights are not there" in bad(tmp_path, start=bare)
    manifest = json.loads((NANO / "model.json").read_text())
    manifest["architecture"]["localWidth"] = 100
    shutil.copytree(NANO, tmp_path / "odd")
    (tmp_path / "odd" / "model.json").write_text(json.dumps(manifest))
    assert "no preset of this version has its architecture" in bad(tmp_path, start=tmp_path / "odd")
