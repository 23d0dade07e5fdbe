"""Training on a tiny config: it learns, it survives SIGKILL, and Muon orthogonalises."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from byteline_model import train as trainer
from byteline_model.bits import bits_of, windows
from byteline_model.config import Config
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.corpus.shards import Shards
from byteline_model.errors import InputError
from byteline_model.evaluate import bits_per_byte, load
from byteline_model.export import export
from byteline_model.network import Megabyte
from byteline_model.presets import PRESETS
from byteline_model.presets import PRESETS as CONTROLS
from byteline_model.reading import ByteText
from byteline_model.sequence import FILE, SUF, batches
from byteline_model.stream import Batches, stream
from byteline_model.stream import main as stream_command
from byteline_model.train import train

ROOT = Path(__file__).parents[1]


def corpus(folder: Path) -> Path:
    packer = Packer(folder, "train")
    for i in range(40):
        packer.add(
            0,
            f"src/{i}.ts",
            "ts",
            "".join(
                f"export function add{i}(a: number, b: number) {{\n  return a + b * {j};\n}}\n" for j in range(12)
            ).encode(),
        )
    packer.close([{"name": "t", "commit": None, "licence": "MIT"}])
    return folder


def command(folder: Path, out: Path, megabytes: float) -> list[str]:
    """The budget is in bytes: what a test sees then does not depend on the machine's speed."""
    return [
        sys.executable,
        "-m",
        "byteline_model.train",
        "--preset",
        "tiny",
        "--corpus",
        str(folder),
        "--out",
        str(out),
        "--megabytes",
        str(megabytes),
        "--rows",
        "4",
        "--threads",
        "1",
    ]


def test_trains_survives_a_kill_and_goes_on(tmp_path):
    folder, out = corpus(tmp_path / "corpus"), tmp_path / "run"
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run(command(folder, out, 0.1), env=env, check=True, capture_output=True, timeout=600)
    seen = torch.load(out / "last.pt", weights_only=True)["seen"]
    run = subprocess.Popen(command(folder, out, 50), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    rows = lambda: [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    for _ in range(3000):
        time.sleep(0.2)
        if rows() and rows()[-1]["bytes"] > seen:
            break
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert rows()[-1]["bytes"] > seen  # it went on from the checkpoint, and the curve with it
    assert rows()[0]["train"] > 4 and rows()[-1]["train"] < rows()[0]["train"]
    subprocess.run(command(folder, out, 0.3), env=env, check=True, capture_output=True, timeout=600)
    assert torch.load(out / "last.pt", weights_only=True)["seen"] == -(-300_000 // 2048) * 2048
    assert (out / "curve.png").stat().st_size > 1000
    steps = [row["step"] for row in rows()]
    assert steps == sorted(steps)  # the cooldown of the first run was undone, and left the curve
    text = Corpus(folder, "train").text(0)
    assert bits_of(load(out / "last.pt"), text, b"src/0.ts") / len(text) < 3


def test_two_processes_train_one_model(tmp_path):
    folder, out = corpus(tmp_path / "corpus"), tmp_path / "run"
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run(torchrun + command(folder, out, 0.2)[1:], env=env, check=True, capture_output=True, timeout=600)
    rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    saved = torch.load(out / "last.pt", weights_only=True)
    assert saved["seen"] == saved["step"] * 2 * 4 * 512  # both ranks' bytes count
    assert rows[-1]["train"] < rows[0]["train"]


def test_compiled_and_eager_training_agree(tmp_path):
    packed = Corpus(corpus(tmp_path / "corpus"), "train")
    curves = []
    for compiled in (False, True):
        out = tmp_path / str(compiled)
        train(PRESETS["tiny"], packed, None, out, megabytes=5, rows=4, steps=60, quiet=True, compiled=compiled)
        curves.append([json.loads(line)["train"] for line in (out / "metrics.jsonl").read_text().splitlines()])
    assert len(curves[0]) == 3 and curves[0][-1] < curves[0][0] - 0.5
    assert max(abs(a - b) for a, b in zip(*curves)) < 0.02


def test_training_goes_on_eagerly_without_a_compiler(tmp_path):
    folder, out = corpus(tmp_path / "corpus"), tmp_path / "run"
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "CXX": str(tmp_path / "none"),
        "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache"),
    }
    run = subprocess.run(
        command(folder, out, 0.02) + ["--compile"], env=env, capture_output=True, text=True, timeout=600
    )
    assert run.returncode == 0 and "going on without it" in run.stdout + run.stderr, run.stderr[-2000:]
    assert torch.load(out / "last.pt", weights_only=True)["step"] > 0


def test_the_run_on_a_lent_machine_packs_trains_and_exports(tmp_path):
    folder = corpus(tmp_path / "corpus")
    for kind in ("bin", "json"):
        (tmp_path / f"valid.{kind}").write_bytes((folder / f"train.{kind}").read_bytes())
    gpu = lambda *arguments: subprocess.run(
        ["bash", str(ROOT / "gpu.sh"), *map(str, arguments)],
        check=True,
        capture_output=True,
        timeout=300,
        env=os.environ | {"PYTHON": sys.executable, "CXX": "none", "OMP_NUM_THREADS": "1", "WORKERS": "0"},
    )
    gpu("pack", folder, tmp_path, tmp_path / "pieces")
    assert [p.name for p in (tmp_path / "pieces").iterdir()] == ["corpus.tar.xz.00"]
    gpu("run", tmp_path / "pieces", tmp_path / "out", "tiny", 0.1, "--threads", 1)
    weights = next((tmp_path / "out" / "tiny").glob("*.weights.00"))
    assert not weights.with_suffix("").exists()  # what comes back is in pieces
    gpu("join", tmp_path / "out" / "tiny")
    assert weights.with_suffix("").exists() and not weights.exists()
    manifest = json.loads((tmp_path / "out" / "tiny" / "model.json").read_text())
    assert manifest["name"] == "tiny" and manifest["training"]["steps"] > 0
    assert (tmp_path / "out" / "tiny" / manifest["files"][0]["path"]).stat().st_size == manifest["files"][0]["bytes"]


def test_every_validation_point_is_judged_in_one_precision_and_is_what_the_checkpoint_gives(tmp_path, monkeypatch):
    packed, precisions = Corpus(corpus(tmp_path / "corpus"), "train"), []

    def noted(model, valid, documents, dtype=torch.float32, bits_of=bits_of):
        precisions.append(dtype)
        return bits_per_byte(model, valid, documents[:3], dtype, bits_of)

    monkeypatch.setattr(trainer, "bits_per_byte", noted)
    monkeypatch.setattr(trainer, "native_bf16", lambda: True)
    train(PRESETS["tiny"], packed, packed, tmp_path / "run", megabytes=5, rows=4, steps=4, quiet=True, evaluate_every=0)
    assert len(precisions) > 2 and set(precisions) == {torch.float32}
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    last = bits_per_byte(load(tmp_path / "run" / "last.pt"), packed, range(3))["all"]
    assert rows[-1]["valid"] == pytest.approx(last, abs=1e-3) and len({r["step"] for r in rows}) == len(rows)


def test_a_step_takes_twice_the_rows_later_unless_rows_are_given(tmp_path):
    packed, seen = Corpus(corpus(tmp_path / "corpus"), "train"), []
    for rows in (None, 32):
        train(PRESETS["tiny"], packed, None, tmp_path / str(rows), megabytes=0.1, rows=rows, steps=3, quiet=True)
        seen.append(torch.load(tmp_path / str(rows) / "last.pt", weights_only=True)["seen"])
    assert seen == [16384 * 4, 16384 * 3]  # after 20% of the budget, 2 steps, 32 kB


def test_windows_score_each_byte_once():
    text, scored = bytes(range(97, 117)) * 30, 0
    for sequence, first in windows(text, b"a.ts", 8, 256):
        assert len(sequence) <= 256
        assert sequence[first:] == text[scored : scored + len(sequence) - first]
        scored += len(sequence) - first
    assert scored == len(text)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ["train", "--corpus", "nowhere", "--out", "run", "--minutes", "1"],
            "No such file or directory: 'nowhere/train.json'",
        ),
        (["export", "nowhere.pt", "--name", "a", "--out", "a"], "No such file or directory: 'nowhere.pt'"),
        (
            ["export", "paper.pt", "--name", "a", "--out", "a"],
            "paper.pt: only configurations with window, previous_byte and rope can be exported",
        ),
        (
            ["corpus.build", "--list", "bad.tsv", "--split", "train", "--out", "c"],
            "bad.tsv:2: expected owner/name, commit and licence, separated by tabs",
        ),
    ],
)
def test_bad_input_is_one_line_that_names_it(tmp_path, arguments, message):
    (tmp_path / "bad.tsv").write_text("name\tcommit\tlicence\nowner/name only\n")
    paper = Config(d_global=2, n_global=1, heads_global=1, d_local=8, n_local=1, heads_local=1)
    torch.save({"config": asdict(paper), "model": Megabyte(paper).state_dict()}, tmp_path / "paper.pt")
    run = subprocess.run(
        [sys.executable, "-m", f"byteline_model.{arguments[0]}", *arguments[1:]],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stderr.strip().splitlines()[-1].endswith(message) and "Traceback" not in run.stderr


def test_file_blocks_are_lines_of_other_documents_in_the_repository(tmp_path):
    packer = Packer(tmp_path / "corpus", "train")
    for i in range(40):
        packer.add(
            i % 2, f"src/{i}.ts", "ts", "".join(f"export const a{i}_{j} = {i % 2}{j};\n" for j in range(30)).encode()
        )
    packer.close([{"name": name, "commit": None, "licence": "MIT"} for name in "tu"])
    packed = Corpus(tmp_path / "corpus", "train")
    feed, blocks = stream(Shards.of(packed), 1, {}, 0, 1, files=0.5, room=256), 0
    for _ in range(40):
        path, text, *files = next(feed)
        i = int(path[4:-3])
        for name, block in files[0] if files else []:
            blocks += 1
            j = int(name[4:-3])
            assert j != i and j % 2 == i % 2 and block.endswith(b"\n") and b"\n" + block in b"\n" + packed.text(j)
        assert sum(2 + len(name) + len(block) for name, block in (files[0] if files else [])) <= 256
    assert 10 < blocks < 60
    rows = [
        bytes(row)
        for _, batch in zip(
            range(10), batches(stream(Shards.of(packed), 1, {}, 0, 1, 1, 256), 8, 1024, 4, random.Random(3))
        )
        for row in batch
    ]
    text = b"".join(rows)
    assert text.count(bytes([FILE])) > 10
    for part in text.split(bytes([FILE]))[1:]:  # a block is followed by another one or by the suffix
        assert part.find(bytes([SUF])) >= 0 or part.count(b"\n") > 1
    train(PRESETS["tiny"], packed, None, tmp_path / "run", megabytes=5, rows=4, steps=3, quiet=True, files=0.5)
    made = export(tmp_path / "run" / "last.pt", "tiny", tmp_path / "model", None, 0, 0, ["int8"], "0.1.0", "a test")
    assert (
        made["fileBlocks"] is True and json.loads((tmp_path / "model" / "model.json").read_text())["fileBlocks"] is True
    )
    with pytest.raises(InputError, match="FILE blocks are for patch models"):
        train(CONTROLS["transformer"], packed, None, tmp_path / "no", megabytes=5, files=0.5)


def test_processes_that_make_batches_read_as_ranks_do_and_a_run_goes_on_with_them(tmp_path):
    shards, tiny = Shards(corpus(tmp_path / "corpus"), "train"), PRESETS["tiny"]
    ranks = [Batches(ByteText(tiny), shards, 2, rank=i, world=2).made(0) for i in (0, 1)]
    for i, (x, read) in zip(range(8), Batches(ByteText(tiny), shards, 2).made(2)):  # in turn
        expected, read_there = next(ranks[i % 2])
        assert torch.equal(x, expected) and read == read_there
    for steps in (3, 6):
        train(tiny, shards, None, tmp_path / "run", megabytes=0.05, rows=2, steps=steps, quiet=True, workers=2)
        saved = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
        assert saved["step"] == steps and saved["read"]["train"] >= 2 * steps


def test_the_speed_of_batches_is_measured_alone(tmp_path, capsys, monkeypatch):
    folder = corpus(tmp_path / "corpus")
    arguments = ["stream", "--preset", "tiny", "--corpus", str(folder), "--rows", "2", "--seconds", "0.1"]
    monkeypatch.setattr(sys, "argv", arguments)
    stream_command()
    assert re.fullmatch(r"\d+\.\d\d MB/s\n", capsys.readouterr().out)
