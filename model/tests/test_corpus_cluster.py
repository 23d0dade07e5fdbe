"""The corpus builder on a Dask cluster on loopback: a scheduler and two workers, each a process of its own."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from byteline_model.corpus import engine
from byteline_model.corpus.build import build
from byteline_model.corpus.engine import Cluster
from byteline_model.corpus.media import Pictures
from byteline_model.corpus.pack import Corpus
from byteline_model.errors import InputError
from media_files import photograph
from repositories import repository, source

MODEL = Path(__file__).parents[1]
WAIT = 240  # seconds, on a busy machine


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Cluster with two workers; one that dies is started again, and a task is tried twice."""
    folder = tmp_path_factory.mktemp("cluster")
    file, python_path = folder / "scheduler.json", f"{MODEL}{os.pathsep}{MODEL / 'tests'}"  # of the steps below
    environment = os.environ | {"PYTHONPATH": python_path, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    common = ["--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard"]
    worker = ["worker", *common, "--nthreads", "1", "--death-timeout", str(WAIT), "--local-directory", str(folder)]
    scheduler = ["scheduler", *common, "--port", "0", "--idle-timeout", "1800"]  # should this process be killed
    processes = []
    try:
        for number, arguments in enumerate((scheduler, worker, worker)):
            command = [sys.executable, "-m", "dask", *arguments]
            with open(folder / f"{number}.log", "wb") as log:
                processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder))
            end = time.monotonic() + WAIT
            while not file.exists() and processes[0].poll() is None and time.monotonic() < end:
                time.sleep(0.1)
        made = Cluster(json.loads(file.read_text())["address"])
        made.client.wait_for_workers(2, timeout=WAIT)
        yield made
        made.client.close()
    finally:
        for process in reversed(processes):  # workers first: their nannies stop them
            process.terminate()
            try:
                process.wait(WAIT)
            except subprocess.TimeoutExpired:
                process.kill()


def text(rng: random.Random, lines: int = 30) -> list[bytes]:
    return [b"export const name%d = compute(%d);" % (rng.randrange(10**6), rng.randrange(10**6)) for _ in range(lines)]


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> dict[str, list]:
    """Lists by split, of repositories with copies of one another's files, whole and changed in a few lines."""
    folder, rng, rows, written = tmp_path_factory.mktemp("mirror"), random.Random(1), {"valid": [], "train": []}, []
    for name in ("v", "a", "b", "c", "d", "e", "broken", "later"):
        files = {"LICENSE": b"MIT License", "ee/LICENSE": b"Mozilla Public License, version 2.0", "ee/a.ts": source(0)}
        for i in range(30):
            lines = list(rng.choice(written)) if written and rng.random() < 0.6 else text(rng)
            for _ in range(rng.choice((0, 1, 3, 5, 8))):  # alike by chains: the ends are not
                lines[rng.randrange(len(lines))] = text(rng, 1)[0]
            written.append(lines)
            files[f"src/{i}.{rng.choice(('ts', 'py', 'go'))}"] = (b"\n" if i % 2 else b"\r\n").join(lines)
        repository(folder / name, files, bare=name == "b")
        row = {"name": f"o/{name}", "commit": "0" * 40 if name == "c" else None, "licence": "MIT"}
        rows["valid" if name == "v" else "train"].append((row, folder / name))
    (folder / "broken" / ".git" / "refs" / "heads" / "master").unlink(missing_ok=True)
    (folder / "broken" / ".git" / "HEAD").write_text("ref: refs/heads/none\n")
    rows["train"] += [rows["valid"][0], ({"name": "o/missing", "commit": None, "licence": "MIT"}, folder / "missing")]
    return rows


def built(out: Path, sources: dict[str, list], on: Cluster | None) -> tuple[list[dict], dict[str, bytes]]:
    """Counts and files of a validation split, a balanced training split and a further shard."""
    whole, most = dict(cap=10**9, limit=None, engine=on), dict(mix="balanced", cap=40_000, limit=150_000, engine=on)
    counts = [build(sources["valid"], "valid", out, None, "none", **whole)]
    held, later = Corpus(out, "valid"), next(row for row in sources["train"] if row[0]["name"] == "o/later")
    counts.append(build([row for row in sources["train"] if row is not later], "train", out, held, **most))
    counts.append(build([later], "train", out, held, "none", add=True, **whole))
    return counts, {file.name: file.read_bytes() for file in out.iterdir()}


def test_the_corpus_is_that_of_the_local_run_to_the_byte(tmp_path, sources, cluster):
    counts, files = built(tmp_path / "local", sources, None)
    assert built(tmp_path / "cluster", sources, cluster) == (counts, files)
    assert sorted(files) == [f"{name}.{end}" for name in ("train-01", "train", "valid") for end in ("bin", "json")]
    dropped = counts[1]["dropped"]
    for reason in ("exact duplicate", "near duplicate", "overlaps held-out text", "folder's licence"):
        assert dropped[reason] >= 5, reason
    assert all(dropped[f"repository: {why}"] == 1 for why in ("held out", "missing", "broken"))
    assert counts[2]["shard"] == "train-01" and counts[2]["dropped"]["near duplicate"] > 0


def test_pictures_and_nothing_at_all(tmp_path, cluster):
    for i in range(6):
        photograph(tmp_path / "in" / f"{i}.png", i // 2)
    rows = [({"name": "in", "commit": None, "licence": "unknown", "path": "in"}, tmp_path / "in")]
    options, found = dict(mix="none", cap=0, limit=None, kind=Pictures(32, 2)), {}
    for name, on in (("local", None), ("cluster", cluster)):
        out = tmp_path / name
        assert build([], "valid", out, None, engine=on, **options)["documents"] == 0
        found[name] = [build(rows, "train", out, Corpus(out, "valid"), engine=on, **options)]
        found[name] += [file.read_bytes() for file in sorted(out.iterdir())]
    assert found["local"] == found["cluster"]
    assert found["local"][0]["dropped"]["exact duplicate"] == found["local"][0]["documents"] == 18


def test_the_command_prints_the_same(tmp_path, sources, cluster):
    def command(*arguments: str) -> str:
        where = [str(path) for _, path in sources["train"][:3]]
        command = [sys.executable, "-m", "byteline_model.corpus.build", *where, "--split", "train", "--out", "out"]
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(MODEL)}
        return subprocess.check_output([*command, *arguments], cwd=tmp_path, env=environment, text=True)

    assert command() == command("--cluster", cluster.address)


def die_once(file: Path) -> int:
    if not file.exists():
        file.touch()
        os._exit(1)
    return 7


def die(_) -> None:
    os._exit(1)


def test_a_worker_that_dies_is_replaced_and_its_task_runs_again(tmp_path, cluster):
    files = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    (tmp_path / "b").touch()
    (tmp_path / "c").touch()
    assert list(cluster.map(die_once, files)) == [7, 7, 7]


def test_what_workers_keep_dying_of_is_one_error_that_names_it(cluster):
    with pytest.raises(InputError, match=r"tcp://\S+: 2 workers died of the-repository"):
        list(cluster.map(die, ["the-repository"]))


def test_a_folder_that_workers_do_not_see_is_an_error(tmp_path, cluster):
    cluster.client.wait_for_workers(2, timeout=WAIT)  # those that died are back
    cluster.check(tmp_path)
    with pytest.raises(InputError, match=r"no-such: workers do not see this folder: tcp://\S+, tcp://"):
        cluster.check(tmp_path / "no-such")


def test_a_cluster_that_does_not_answer_is_an_error(monkeypatch):
    monkeypatch.setattr(engine, "PATIENCE", 1)
    with pytest.raises(InputError, match=r"--cluster tcp://127.0.0.1:9: .+"):
        Cluster("tcp://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="needs the package distributed"):
        Cluster("tcp://127.0.0.1:9")
