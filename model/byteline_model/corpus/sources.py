"""Streams the files of a git repository (bare or not, at a commit) or of a plain folder."""
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from .filters import LARGEST


def git_dir(path: Path) -> Path | None:
    """The git directory of a checkout, a bare repository, or a folder that holds either as `repo`."""
    for candidate in (path, path / ".git", path / "repo", path / "repo" / ".git"):
        if (candidate / "HEAD").is_file() and (candidate / "objects").is_dir():
            return candidate
    return None


def resolve_commit(git: Path, commit: str | None) -> str:
    """`commit` where the repository has it, else HEAD. Raises CalledProcessError for a repository without commits."""
    for name in filter(None, (commit, "HEAD")):
        done = subprocess.run(["git", f"--git-dir={git}", "rev-parse", "-q", "--verify", name + "^{commit}"],
                              capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.strip()
    raise ValueError(f"{git}: no commit")


def git_files(git: Path, commit: str, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of each wanted regular file of a commit, through one `git cat-file --batch`."""
    tree = subprocess.run(["git", f"--git-dir={git}", "ls-tree", "-r", "-l", "-z", commit], capture_output=True, check=True)
    entries = []
    for entry in tree.stdout.split(b"\0")[:-1]:
        meta, name = entry.split(b"\t", 1)
        mode, kind, sha, size = meta.split()
        path = name.decode("utf-8", "replace")
        if kind == b"blob" and mode != b"120000" and size.isdigit() and int(size) <= LARGEST * 2 and wanted(path):
            entries.append((path, sha))
    batch = subprocess.Popen(["git", f"--git-dir={git}", "cat-file", "--batch"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    try:
        for path, sha in entries:
            batch.stdin.write(sha + b"\n")
            batch.stdin.flush()
            answer = batch.stdout.readline().split()
            if len(answer) != 3:  # a snapshot may lack its largest files
                yield path, b""
                continue
            text = batch.stdout.read(int(answer[2]))
            batch.stdout.read(1)
            yield path, text
    finally:
        batch.stdin.close()
        batch.wait()


def folder_files(folder: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if file.is_file() and not file.is_symlink() and wanted(path):
            try:
                yield path, file.read_bytes() if file.stat().st_size <= LARGEST * 2 else b""
            except OSError as error:
                print(f"skipped {file}: {error}", file=sys.stderr)
                yield path, b""
