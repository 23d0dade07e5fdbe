"""A released model through the worker that ships: `byteline serve --stdio`, spoken to as an editor does
(server/wire/protocol.ts)."""

import json
import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import numpy as np
import psutil

from ..corpus.pack import Corpus
from ..errors import InputError
from .documents import Document
from .lsp import Connection
from .offer import Parameters, parameters_for
from .others import others, put_on_disk
from .predictor import Completed, cut_by_cut

ROOT = Path(__file__).resolve().parents[3]
BUNDLE = ROOT / "dist" / "byteline.cjs"
ENVIRONMENT = {
    "ORT_DISABLE_TELEMETRY": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
}  # these two as in server/wire/protocol.ts
FLAGS = ["--expose-gc"]
POLL = 0.02  # seconds between two looks at the memory while it indexes
# The model sees paths relative to the first folder of the workspace. It is not on disk: the memory takes in no document
# of such a folder, so it cannot know from bits() or span() what is taken out of the text for complete().
FOLDER = "card:/repository"


def parameters_of(folder: Path, memory: bool) -> Parameters | None:
    """`confidence` of a model folder's model.json, for completions with or without the memory; None where it has
    none."""
    found = json.loads((folder / "model.json").read_text()).get("confidence")
    return parameters_for(found, memory) if found else None


def has_gate(folder: Path) -> bool:
    """Whether a model folder has a gate for the memory."""
    return bool(json.loads((folder / "model.json").read_text()).get("memory"))


def started(folder: Path, workspace: list[dict[str, str]], memory: dict, threads: int = 1) -> Connection:
    """A worker that has loaded the model of `folder`; `memory` as in the protocol's options. Raises InputError where
    the bundle is not built or the model cannot be loaded."""
    if not BUNDLE.is_file():
        raise InputError(f"{BUNDLE} is missing: npm run build")
    if not (node := shutil.which("node")):
        raise InputError("node is not on the PATH: the worker runs in it")
    lsp = Connection([node, *FLAGS, str(BUNDLE), "serve", "--stdio"], os.environ | ENVIRONMENT)
    lsp.request(
        "initialize",
        {
            "processId": os.getpid(),
            "rootUri": None,
            "capabilities": {"workspace": {"workspaceFolders": True}},
            "workspaceFolders": workspace,
            "initializationOptions": {
                "model": str(folder.resolve()),
                "streaming": True,
                "threads": threads,
                "device": "cpu",
                "memory": memory,
            },
        },
    )
    lsp.notify("initialized", {})
    status = lsp.wait_for("byteline/status", lambda s: s["state"] in ("ready", "error"))
    if status["state"] == "error":
        lsp.close()
        raise InputError(status.get("message") or f"{folder}: the worker cannot load it")
    return lsp


def swap_folders(lsp: Connection, added: TemporaryDirectory, removed: TemporaryDirectory | None) -> dict | None:
    """Puts a folder of the workspace in the place of another. Returns what the memory says once it holds its files;
    None where there is no memory."""
    lsp.notify(
        "workspace/didChangeWorkspaceFolders",
        {"event": {"added": [on_disk(added)], "removed": [on_disk(removed)] if removed else []}},
    )
    while (held := lsp.request("byteline/memory", None)[0]) and held["state"] != "ready":
        time.sleep(POLL)
    return held


class WorkerPredictor:
    """See predictor.Predictor for its methods."""

    replays = blocks = True

    def __init__(self, folder: Path, threads: int = 1, memory: Corpus | None = None):
        """Starts a worker; with `memory`, one that knows the other files of a document's repository there (`enter`).
        Raises InputError where the bundle is not built, the worker cannot load the model or the model has no gate for a
        memory."""
        manifest = json.loads((folder / "model.json").read_text())
        if memory and not has_gate(folder):
            raise InputError(f"{folder}: the model has no gate for a memory: python -m byteline_model.gate")
        self.folder, self.name, self.patch, self.parameters = (
            folder,
            manifest["name"],
            manifest["architecture"]["patch"],
            parameters_of(folder, memory is not None),
        )
        self.name += " + memory" if memory else ""
        self.corpus, self.files = memory, None
        self.lsp = started(folder, [{"uri": FOLDER, "name": "card"}], {"enable": bool(memory)}, threads)
        self.uri, self.text, self.version = "", b"", 0

    def enter(self, d: Document) -> None:
        """Has the memory hold the other files of the document's repository and nothing else. Raises InputError where it
        does not."""
        if not self.corpus:
            return
        files, before = others(self.corpus, d), self.files
        self.files = TemporaryDirectory(prefix="byteline-card-")
        put_on_disk(Path(self.files.name), files)
        held = swap_folders(self.lsp, self.files, before)
        if not held or held["files"] + sum(held["skipped"].values()) != len(files):
            raise InputError(f"{d.repository}: the worker's memory says {held} of {len(files)} files")
        if before:
            before.cleanup()

    def _open(self, path: bytes, text: bytes) -> None:
        """Brings the worker's document to `text`. One document at a time, so neighbouring cursors meet its cache."""
        uri = f"{FOLDER}/{quote(path)}"
        if uri != self.uri:
            if self.uri:
                self.lsp.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})
            self.version += 1
            self.lsp.notify(
                "textDocument/didOpen",
                {
                    "textDocument": {
                        "uri": uri,
                        "languageId": "plaintext",
                        "version": self.version,
                        "text": text.decode(),
                    }
                },
            )
        elif text != self.text:
            self.version += 1
            self.lsp.notify(
                "textDocument/didChange",
                {"textDocument": {"uri": uri, "version": self.version}, "contentChanges": [{"text": text.decode()}]},
            )
        self.uri, self.text = uri, text

    def bits(self, path: bytes, text: bytes) -> float:
        self._open(path, text)
        return self.lsp.request("byteline/score", {"uri": self.uri})[0]["bits"]

    def span(self, path: bytes, text: bytes, a: int, b: int) -> np.ndarray:
        self._open(path, text)
        asked = {"uri": self.uri, "range": {"start": position(text, a), "end": position(text, b)}}
        return np.array(self.lsp.request("byteline/score", asked)[0]["logps"])

    def complete(
        self, path: bytes, text: bytes, at: int, suffix_from: int, multiline: bool, max_bytes: int
    ) -> Completed:
        self._open(path, text[:at] + text[suffix_from:])
        began, first = time.perf_counter(), []

        def hear(method: str, params: dict) -> None:
            if method == "byteline/partial" and not first:
                first.append((time.perf_counter() - began) * 1000)

        result, ms = self.lsp.request(
            "byteline/complete",
            {
                "id": 1,
                "uri": self.uri,
                "position": position(text, at),
                "multiline": multiline,
                "maxBytes": max_bytes,
                "detail": True,
            },
            hear,
        )
        if result["kind"] == "none":
            return Completed(ms=ms)
        return Completed(result["text"].encode(), np.array(result["logps"]), ms, first[0] if first else ms)

    def cuts(self, path: bytes, text: bytes, at, end: int, max_bytes: int) -> list[tuple[np.ndarray, bool]]:
        return cut_by_cut(self, path, text, at, end, max_bytes)

    def memory(self) -> float:
        return psutil.Process(self.lsp.process.pid).memory_info().rss / 1e6

    def close(self) -> None:
        self.lsp.close()
        if self.files:
            self.files.cleanup()


def on_disk(folder: TemporaryDirectory) -> dict[str, str]:
    """As LSP names a workspace folder."""
    return {"uri": Path(folder.name).resolve().as_uri(), "name": "files"}


def position(text: bytes, at: int) -> dict[str, int]:
    """Byte offset `at` as LSP counts: lines, and UTF-16 units on the line."""
    line = text[text.rfind(b"\n", 0, at) + 1 : at].decode()
    return {"line": text.count(b"\n", 0, at), "character": len(line.encode("utf-16-le")) // 2}
