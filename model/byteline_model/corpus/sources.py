"""The files of a git commit (bare repository or not) or of a plain folder: first their paths, then the bytes wanted."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

# a snapshot may be a partial clone: what it lacks is not fetched
GIT_ENVIRONMENT = {"GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0"}
AT_ONCE = 128  # requests in the pipe: few enough that git never waits for us to read while we wait for it


def git_dir(path: Path) -> Path | None:
    """The git directory of a bare repository, a checkout or a linked worktree; None for any other folder."""
    link = path / ".git"
    if link.is_file():  # a worktree or a submodule
        link = path / link.read_text().removeprefix("gitdir:").strip()
    for candidate in (path, link):
        if (candidate / "HEAD").is_file() and any((candidate / name).exists() for name in ("objects", "commondir")):
            return candidate
    return None


def open_tree(path: Path, commit: str | None) -> "GitTree | FolderTree":
    """Raises FileNotFoundError where there is nothing, and ValueError for a repository without a readable commit and
    for a plain folder where a commit is asked for."""
    if git := git_dir(path):
        return GitTree(git, commit)
    if not path.is_dir():
        raise FileNotFoundError(f"no such repository or folder: {path}")
    if commit:
        raise ValueError(f"{path}: no git repository, but commit {commit[:12]} is asked for")
    for parent in path.resolve().parents:
        if git := git_dir(parent):
            try:
                return GitTree(git, None, path.resolve().relative_to(parent).as_posix())
            except ValueError:  # no commit has it: it is ignored, or new
                break
    return FolderTree(path)


class GitTree:
    """One commit: `commit` where the repository has it, else HEAD; `self.commit` says which. Of it all, or the folder
    `under`, from which paths then begin. Raises ValueError where there is no such commit or folder."""

    def __init__(self, git: Path, commit: str | None, under: str = ""):
        self.command = ["git", f"--git-dir={git}"]
        self.environment = os.environ | GIT_ENVIRONMENT
        found = (self._run("rev-parse", "-q", "--verify", f"{name}^{{commit}}") for name in (commit, "HEAD") if name)
        done = next((done for done in found if done.returncode == 0), None)
        if done is None:
            raise ValueError(f"{git}: no commit")
        self.commit = done.stdout.decode().strip()
        listed = self._run("ls-tree", "-r", "-l", "-z", "--full-tree", f"{self.commit}:{under}")
        if listed.returncode:
            raise ValueError(f"{git}: {listed.stderr.decode(errors='replace').strip()}")
        self.files: list[tuple[str, int]] = []  # path, bytes
        self._object: dict[str, bytes] = {}
        for entry in listed.stdout.split(b"\0")[:-1]:
            meta, name = entry.split(b"\t", 1)
            mode, kind, sha, size = meta.split()
            if kind == b"blob" and mode != b"120000":  # a link's text is a path
                path = name.decode("utf-8", "replace")
                # the size is "-" or BAD where the snapshot lacks the object: read() will say so
                self.files.append((path, int(size) if size.isdigit() else -1))
                self._object[path] = sha

    def _run(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([*self.command, *arguments], capture_output=True, env=self.environment)

    def read(self, paths: list[str]) -> Iterator[tuple[str, bytes | None]]:
        """(path, bytes) in the order asked; None for an object that is missing or damaged."""
        while paths:
            batch = subprocess.Popen(
                [*self.command, "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self.environment,
            )
            done = 0
            try:
                for path, text in self._answers(batch, paths):
                    done += 1
                    yield path, text
            except (BrokenPipeError, EOFError):  # git dies of a damaged object: go on after it
                yield paths[done], None
                done += 1
            finally:
                batch.kill()
                batch.communicate()
            paths = paths[done:]

    def _answers(self, batch: subprocess.Popen, paths: list[str]) -> Iterator[tuple[str, bytes | None]]:
        assert batch.stdin and batch.stdout  # both are pipes
        for start in range(0, len(paths), AT_ONCE):
            asked = paths[start : start + AT_ONCE]
            batch.stdin.write(b"".join(self._object[path] + b"\n" for path in asked))
            batch.stdin.flush()
            for path in asked:
                header = batch.stdout.readline()
                if not header:
                    raise EOFError(path)
                if not header.rstrip().split(b" ")[-1].isdigit():  # "<object> missing"
                    yield path, None
                    continue
                size = int(header.split()[-1])
                text = batch.stdout.read(size + 1)
                if len(text) != size + 1:
                    raise EOFError(path)
                yield path, text[:-1]


class FolderTree:
    """A folder that is no git repository. Does not follow links; hidden and installed folders are left out."""

    def __init__(self, folder: Path):
        self.folder, self.commit = folder, None
        self.files: list[tuple[str, int]] = []
        for root, folders, names in os.walk(folder):
            folders[:] = sorted(
                f for f in folders if not f.startswith(".") and f not in ("node_modules", "__pycache__")
            )
            for name in sorted(names):
                file = Path(root, name)
                if file.is_file() and not file.is_symlink():
                    self.files.append((file.relative_to(folder).as_posix(), file.stat().st_size))

    def read(self, paths: list[str]) -> Iterator[tuple[str, bytes | None]]:
        """(path, bytes) in the order asked; None for a file that cannot be read."""
        for path in paths:
            try:
                text = (self.folder / path).read_bytes()
            except OSError:
                text = None
            yield path, text
