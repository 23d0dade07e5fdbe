"""The card's column with memory: the worker knows a repository's other files, and neither near-copies nor the document
itself."""

import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.errors import InputError, command
from byteline_model.scorecard import __main__ as scorecard
from byteline_model.scorecard.documents import Document, readable
from byteline_model.scorecard.models import open_models
from byteline_model.scorecard.others import lines_of, others, put_on_disk
from byteline_model.scorecard.worker import ROOT, WorkerPredictor
from scorecard_models import build_worker

NANO = ROOT / "model" / "models" / "nano"
CALL = (
    b'  registerQuorum("gannet-flotilla", { attempts: 41, backoff: zephyrBackoff(7), journal: openJournal(ledger) });\n'
)
REST = CALL[CALL.find(b", backoff") : -1]
BODY = b"".join(
    b"  const vessel%d = await harbourMaster.dock%s(pier, tideTable[%d]); // berth %s\n" % (i, word, 7 * i % 5, word)
    for i, word in enumerate(
        b"Kestrel Osprey Merlin Harrier Lanner Saker Hobby Goshawk Buzzard Condor Caracara Shikra".split()
    )
)
DOCUMENT = b"export async function settle(pier) {\n" + CALL + BODY + b"  return ledger;\n}\n"
PART = b"".join(BODY.splitlines(True)[:5])  # less than half of DOCUMENT's lines
SECRET = b"  const answer = 'the tern nests on basalt columns';\n"

FILES = {  # by repository, what stands in a.ts and beside it
    "repeats": {
        "src/b.ts": b"export async function moor(pier) {\n" + CALL + PART + b"}\n",
        "c.py": b"def unlike():\n    return 1\n",
    },
    "copied": {
        "src/b.ts": b"export async function moor(pier) {\n" + CALL + PART + b"}\n",
        "c.py": b"def unlike():\n    return 1\n",
        "src/copy.ts": DOCUMENT.replace(b"settle", b"settleAgain") + b"// and more\n",
    },
    "alone": {"c.py": b"def unlike():\n    return 1\n"},
}


def pack(folder: Path) -> Path:
    packer = Packer(folder, "valid")
    for row, files in enumerate(FILES.values()):
        for path, text in {"src/a.ts": DOCUMENT, **files}.items():
            packer.add(row, path, path[-2:], text)
    packer.close([{"name": name, "commit": None, "licence": "MIT"} for name in FILES])
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def corpus(folder) -> Corpus:
    return Corpus(folder, "valid")


def document(corpus: Corpus, repository: str) -> Document:
    return next(
        d
        for i in range(len(corpus))
        if (d := readable(corpus, i, 9999)).repository == repository and d.path == "src/a.ts"
    )


@pytest.fixture(scope="module")
def both(corpus):
    """nano without and with memory."""
    build_worker()
    plain, remembering = open_models("nano", 1, corpus)
    yield plain, remembering
    plain.close()
    remembering.close()


def test_others_are_of_the_repository_and_no_copies(corpus):
    paths = {name: [path for path, _ in others(corpus, document(corpus, name))] for name in FILES}
    assert paths == {"repeats": ["src/b.ts", "c.py"], "copied": ["src/b.ts", "c.py"], "alone": ["c.py"]}


def test_half_of_the_long_lines_make_a_copy(tmp_path):
    line = lambda i: b"  a line of more than %d characters;\n" % (1000 + i)
    texts = {
        "a": b"}\n" * 9 + b"".join(map(line, range(4))),
        "half": b"x\n" + line(1).strip() + b"\n\t" + line(3),
        "less": line(2) + b"}\n" * 9,
        "short": b"a\nb\n",
        "short copy": b"a\nb\nc\n",
        "short part": b"b, and a long line that says nothing\n",
    }
    packer = Packer(tmp_path, "valid")
    for path, text in texts.items():
        packer.add(0, path, "ts", text)
    packer.close([{"name": "r", "commit": None, "licence": "MIT"}])
    corpus = Corpus(tmp_path, "valid")
    of = lambda i: {path for path, _ in others(corpus, Document(i, "r", "ts", corpus.path(i), corpus.text(i)))}
    assert of(0) == {"less", "short", "short copy", "short part"}
    assert of(3) == {"a", "half", "less", "short part"}
    assert lines_of(b" a \n\nb\na") == {b"a", b"b"}


@pytest.mark.parametrize("path", ["../a.ts", "src/../../a.ts", "/a.ts"])
def test_no_file_is_written_outside(tmp_path, path):
    with pytest.raises(ValueError, match="not a path within a repository"):
        put_on_disk(tmp_path / "in", [(path, b"x")])
    assert not list(tmp_path.glob("*.ts"))


def asked(p, d: Document) -> tuple[float, bytes, np.ndarray]:
    """Bits of the document; what the model writes of CALL's rest; log-probabilities of that rest."""
    path, a, b = d.path.encode(), d.text.find(REST), d.text.find(REST) + len(REST)
    p.enter(d)
    return p.bits(path, d.text), p.complete(path, d.text, a, b, False, 128).text, p.span(path, d.text, a, b)


def same(one: tuple, other: tuple) -> bool:
    """A cached beginning may change a last digit of a log-probability."""
    return one[:2] == other[:2] and one[2] == pytest.approx(other[2], abs=1e-4)


def test_memory_pays_where_a_repository_repeats_itself(both, corpus):
    plain, _ = both
    assert [p.name for p in both] == ["nano", "nano + memory"]
    without, with_memory = ({name: asked(p, document(corpus, name)) for name in FILES} for p in both)
    assert all(same(without[name], without["repeats"]) for name in FILES)  # what is in the repository is nothing to it
    assert same(with_memory["copied"], with_memory["repeats"])  # the copy is not there
    assert with_memory["repeats"][0] < 0.9 * min(without["repeats"][0], with_memory["alone"][0])
    assert with_memory["repeats"][2].sum() > 0.5 * without["repeats"][2].sum()
    assert with_memory["repeats"][1] == REST and REST not in (with_memory["alone"][1], without["repeats"][1])
    assert plain.lsp.request("byteline/memory", None)[0] is None


def test_the_memory_knows_nothing_of_an_earlier_text_of_the_document(both, corpus):
    """Not of what bits() and span() read, however long it was open: it is no file of the workspace."""
    _, p = both
    d = document(corpus, "repeats")
    path, whole = d.path.encode(), d.text.replace(CALL, CALL + SECRET)
    at = whole.find(SECRET) + len(b"  const answer = ")
    p.enter(d)
    held = p.lsp.request("byteline/memory", None)[0]
    assert held == {"state": "ready", "files": 2, "bytes": sum(map(len, FILES["repeats"].values())), "skipped": {}}
    fresh = p.complete(path, whole, at, whole.find(b"\n", at), False, 64)
    p.bits(path, whole)
    time.sleep(1)  # the worker indexes half a second after an edit
    again = p.complete(path, whole, at, whole.find(b"\n", at), False, 64)
    assert (
        b"tern" not in again.text and again.text == fresh.text and again.logps == pytest.approx(fresh.logps, abs=1e-4)
    )
    ask = {"uri": p.uri, "position": {"line": 0, "character": 0}, "text": SECRET.decode()}
    assert not (p.lsp.request("byteline/why", ask)[0] or {}).get("path")
    assert p.lsp.request("byteline/memory", None)[0] == held


def test_the_card_has_a_column_with_memory(both, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(
        sys,
        "argv",
        [
            "card",
            "nano",
            "--memory",
            "--corpus",
            str(folder),
            "--out",
            str(tmp_path / "card"),
            "--quick",
            "--fold",
            "all",
            "--languages",
            "ts",
            "--documents",
            "2",
            "--no-baselines",
        ],
    )
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    command(scorecard.main)
    assert not list((tmp_path / "temporary").iterdir())
    result = json.loads((tmp_path / "card" / "scorecard.json").read_text())
    plain, remembering = result["models"]["nano"], result["models"]["nano + memory"]
    assert remembering["overall"]["bitsPerByte"]["value"] < plain["overall"]["bitsPerByte"]["value"]
    assert remembering["difference"]["bitsPerByte"]["value"] < 0 and "difference" not in plain
    text = (tmp_path / "card" / "scorecard.md").read_text()
    assert "|  | nano | nano + memory |" in text and "Each less nano, repository by repository:" in text
    assert "## The first minute" in text
    for m in (plain, remembering):  # a beginning of each language
        assert m["firstMinute"]["offered"]["of"] == m["firstMinute"]["byHandRight"]["of"] == 10


def test_a_model_without_a_gate_has_no_such_column(tmp_path, corpus):
    bare = tmp_path / "bare"
    shutil.copytree(NANO, bare)
    manifest = json.loads((bare / "model.json").read_text())
    del manifest["memory"]
    (bare / "model.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="bare: the model has no gate for a memory"):
        WorkerPredictor(bare, 1, corpus)
    names = []
    for p in open_models(str(bare), 1, corpus):
        names.append(p.name)
        p.close()
    assert names == ["nano"]
