"""A peer with trained weights and a tokenizer: a GGUF model in llama.cpp, through node-llama-cpp
(test/bench/completeLines.ts)."""

import json
import shutil
from pathlib import Path
from subprocess import PIPE, Popen

import numpy as np
import psutil

from ..errors import InputError
from .documents import Document
from .predictor import Completed
from .worker import ROOT

SCRIPT = ROOT / "test" / "bench" / "completeLines.ts"
READ = 4096  # bytes before a cursor that it sees: the context of our models


class LlamaPeer:
    """Completes lines, and nothing else of predictor.Predictor: see there for its methods. It sees nothing that stands
    after the cursor, and no path."""

    def __init__(self, llama: Path, file: Path, name: str, threads: int = 1):
        """`llama`: a folder with node-llama-cpp. Raises InputError where it or the file is not there."""
        if not (npx := shutil.which("npx")):
            raise InputError("npx is not on the PATH: llama.cpp runs in node")
        self.name = name
        command = [npx, "tsx", str(SCRIPT), str(llama.resolve()), str(file.resolve()), str(threads)]
        self.process = Popen(command, cwd=ROOT, text=True, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self.asks, self.says = self.process.stdin, self.process.stdout
        if not self.says.readline():
            said = [line for line in self.process.stderr.read().splitlines() if "Error: " in line]
            raise InputError(said[0].partition("Error: ")[2] if said else f"{file}: llama.cpp cannot load it")

    def enter(self, d: Document) -> None:
        pass

    def complete(
        self, path: bytes, text: bytes, at: int, suffix_from: int, multiline: bool, max_bytes: int
    ) -> Completed:
        before = text[max(0, at - READ) : at].decode(errors="ignore")
        self.asks.write(json.dumps({"text": before, "maxBytes": max_bytes}) + "\n")
        self.asks.flush()
        said = json.loads(self.says.readline())
        made = said["text"].encode()
        return Completed(made, np.zeros(len(made)), said["ms"], said["firstMs"])

    def memory(self) -> float:
        own = psutil.Process(self.process.pid)
        return sum(p.memory_info().rss for p in (own, *own.children(recursive=True))) / 1e6

    def close(self) -> None:
        self.asks.close()
        self.process.wait(10)
