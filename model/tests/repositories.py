"""Repositories of a few files, and the corpus that is built of them."""

import subprocess

from byteline_model.corpus.build import build
from byteline_model.corpus.pack import Corpus

LINES = [f"export const value{i} = compute({i}, 'name{i % 7}');" for i in range(60)]


def source(start: int, n: int = 20) -> bytes:
    return "\n".join(LINES[start : start + n]).encode() + b"\n"


def repository(folder, files: dict[str, bytes], bare: bool = False):
    work = folder if not bare else folder.with_name(folder.name + "-work")
    for path, text in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(text)
    git = ["git", "-C", str(work), "-c", "user.name=t", "-c", "user.email=t@t"]
    for command in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "x"]):
        subprocess.run(git + command, check=True)
    if bare:
        subprocess.run(["git", "clone", "-q", "--bare", str(work), str(folder)], check=True)
    return folder


def run(tmp_path, sources, split="train", held_out=None, **options):
    options = {"mix": "none", "cap": 10**9, "limit": 10**9} | options
    rows = [({"name": p.name, "commit": None, "licence": "MIT"}, p) for p in sources]
    counts = build(rows, split, tmp_path / "out", held_out, **options)
    return counts, Corpus(tmp_path / "out", split)


def paths(corpus: Corpus) -> list[str]:
    return sorted(corpus.path(i) for i in range(len(corpus)))
