"""Small predictors, a small corpus and the built worker for the score card's tests."""

import subprocess
from collections import Counter, defaultdict

import numpy as np
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.scorecard.documents import Document, in_turn
from byteline_model.scorecard.plan import QUICK
from byteline_model.scorecard.predictor import Completed, cut_by_cut
from byteline_model.scorecard.worker import BUNDLE, ROOT

SOURCES = {"one/model": "model/byteline_model/*.py", "two/server": "server/*/*.ts", "three/tests": "test/unit/*.ts"}


class OrderTwo:
    """A real model: each byte by the two before it, counted in a text. It reads nothing after the cursor."""

    patch, replays, blocks, parameters = 4, True, True, None

    def __init__(self, text: bytes, name: str = "order two"):
        self.name, self.counts = name, defaultdict(Counter)
        for i in range(2, len(text)):
            self.counts[text[i - 2 : i]][text[i]] += 1

    def enter(self, d):
        pass

    def logp(self, before: bytes, byte: int) -> float:
        seen = self.counts[before[-2:]]
        return float(np.log((seen[byte] + 0.01) / (seen.total() + 2.56)))

    def span(self, path, text, a, b):
        return np.array([self.logp(text[:i], text[i]) for i in range(a, b)])

    def bits(self, path, text):
        return float(-self.span(path, text, 0, len(text)).sum() / np.log(2))

    def complete(self, path, text, at, suffix_from, multiline, max_bytes):
        out, logps = bytearray(text[:at]), []
        while len(logps) < max_bytes and (found := self.counts[bytes(out[-2:])]):
            byte = max(found, key=lambda b: (found[b], b))
            if byte == 0x0A and not multiline and out[at:].strip():
                break
            logps.append(self.logp(bytes(out), byte))
            out.append(byte)
        made = bytes(out[at:])
        return Completed(made, np.array(logps)) if made.strip() and made.isascii() else Completed()

    def cuts(self, path, text, at, end, max_bytes):
        return cut_by_cut(self, path, text, at, end, max_bytes)

    def memory(self):
        return 1.0

    def close(self):
        pass


class Scripted(OrderTwo):
    """Says at a cursor what a table says: {byte offset: (text, probability of each byte)}; elsewhere nothing."""

    def __init__(self, says: dict[int, tuple[bytes, float]]):
        self.name, self.says, self.asked = "scripted", says, []

    def complete(self, path, text, at, suffix_from, multiline, max_bytes):
        self.asked.append(at)
        made, p = self.says.get(at, (b"", 1.0))
        return Completed(made, np.full(len(made), np.log(p)))


def pack_sources(folder):
    """Our own sources as a packed corpus of three repositories, split valid."""
    packer = Packer(folder, "valid")
    for row, pattern in enumerate(SOURCES.values()):
        for file in sorted(ROOT.glob(pattern))[:6]:
            packer.add(row, file.name, file.suffix[1:], file.read_bytes())
    packer.close([{"name": name, "commit": None, "licence": "MIT"} for name in SOURCES])
    return folder


def documents_of(folder, n: int, seed: int = 1) -> list[Document]:
    """The first `n` of a packed corpus."""
    found = Corpus(folder, "valid")
    return [
        d for d, _ in zip(in_turn(found, [r["name"] for r in found.repositories], None, QUICK.longest, seed), range(n))
    ]


def build_worker() -> None:
    """dist/, where it is not there or older than its sources."""
    if not BUNDLE.is_file() or BUNDLE.stat().st_mtime < max(f.stat().st_mtime for f in ROOT.glob("server/**/*.ts")):
        subprocess.run(["node", "esbuild.config.mjs"], cwd=ROOT, check=True)
