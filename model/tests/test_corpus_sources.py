"""What is read of real git repositories and of folders."""

import subprocess
from pathlib import Path

import pytest
from byteline_model.corpus.sources import AT_ONCE, open_tree
from repositories import paths, repository, run, source


def test_bare_plain_and_folder_sources_give_back_the_exact_bytes(tmp_path):
    a = repository(tmp_path / "a", {"src/a.ts": source(0)})
    b = repository(tmp_path / "b", {"b.py": b"\xef\xbb\xbf" + source(20).replace(b"\n", b"\r\n")}, bare=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "c.go").write_bytes(source(40))
    counts, corpus = run(tmp_path, [a, b, tmp_path / "c", tmp_path / "missing"])
    found = {corpus.path(i): (corpus.repository(i), corpus.language(i), corpus.text(i)) for i in range(len(corpus))}
    assert found == {
        "src/a.ts": ("a", "ts", source(0)),
        "b.py": ("b", "py", source(20)),
        "c.go": ("c", "go", source(40)),
    }
    assert counts["dropped"]["repository: missing"] == 1
    assert all(len(r["commit"]) == 40 for r in corpus.repositories if r["name"] in "ab")


def blob(git: Path, spec: str) -> Path:
    """The loose object that `spec` names."""
    sha = subprocess.run(
        ["git", "-C", str(git), "rev-parse", spec], check=True, capture_output=True, text=True
    ).stdout.strip()
    return git / ".git" / "objects" / sha[:2] / sha[2:]


def test_missing_and_damaged_objects_are_skipped_and_counted(tmp_path):
    a = repository(tmp_path / "a", {f"{name}.ts": source(20 * i) for i, name in enumerate(("damaged", "gone", "well"))})
    damaged = blob(a, "HEAD:damaged.ts")
    damaged.chmod(0o644)
    damaged.write_bytes(b"not an object")
    blob(a, "HEAD:gone.ts").unlink()
    counts, corpus = run(tmp_path, [a])
    assert paths(corpus) == ["well.ts"] and corpus.text(0) == source(40)
    assert counts["dropped"]["unreadable"] == 2


def test_a_broken_repository_does_not_stop_the_build(tmp_path):
    broken, empty = repository(tmp_path / "broken", {"a.ts": source(0)}), tmp_path / "empty"
    blob(broken, "HEAD^{tree}").unlink()
    subprocess.run(["git", "init", "-q", str(empty)], check=True)
    counts, corpus = run(tmp_path, [broken, empty, repository(tmp_path / "b", {"b.ts": source(20)})])
    assert paths(corpus) == ["b.ts"] and counts["dropped"]["repository: broken"] == 2


def test_a_folder_where_a_commit_is_asked_for_is_no_repository(tmp_path):
    (tmp_path / "half").mkdir()
    with pytest.raises(ValueError, match="half: no git repository, but commit 0123456789ab is asked for"):
        open_tree(tmp_path / "half", "0123456789abcdef")


def test_more_files_than_one_request_come_back_in_order(tmp_path):
    files = {f"{i:03}.ts": f"const file = {i};\n".encode() * (1 + i % 900) for i in range(2 * AT_ONCE + 3)}
    tree = open_tree(repository(tmp_path / "a", files), None)
    assert list(tree.read(sorted(files))) == sorted(files.items())


def test_the_commit_named_is_taken_else_head(tmp_path):
    a = repository(tmp_path / "a", {"old.ts": source(0)})
    old = open_tree(a, None).commit
    repository(a, {"new.ts": source(20)})
    assert [path for path, _ in open_tree(a, old).files] == ["old.ts"]
    head = open_tree(a, "0" * 40)
    assert head.commit != old and [path for path, _ in head.files] == ["new.ts", "old.ts"]


def test_a_linked_worktree_is_read_as_git(tmp_path):
    a = repository(tmp_path / "a", {"a.ts": source(0)})
    subprocess.run(["git", "-C", str(a), "worktree", "add", "-q", str(tmp_path / "w")], check=True)
    (tmp_path / "w" / "untracked.ts").write_bytes(source(20))
    _, corpus = run(tmp_path, [tmp_path / "w"])
    assert paths(corpus) == ["a.ts"]


def test_a_folder_leaves_out_links_and_hidden_folders(tmp_path):
    for name in ("a.ts", ".hidden/b.ts", "node_modules/c.ts"):
        (tmp_path / "f" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "f" / name).write_bytes(source(0))
    (tmp_path / "f" / "link.ts").symlink_to("a.ts")
    assert [path for path, _ in open_tree(tmp_path / "f", None).files] == ["a.ts"]


def test_a_folder_inside_a_repository_is_what_the_commit_has_of_it(tmp_path):
    files = {"lib/in/a.ts": source(0), "lib/b.ts": source(20), "c.ts": source(40)}
    top = repository(tmp_path / "top", files)
    (top / "lib" / "ignored.ts").write_bytes(source(30))
    _, corpus = run(tmp_path, [top / "lib"])
    assert paths(corpus) == ["b.ts", "in/a.ts"]
    (top / "new").mkdir()
    (top / "new" / "d.ts").write_bytes(source(10))
    assert open_tree(top / "new", None).files == [("d.ts", len(source(10)))], "a folder that no commit has"
