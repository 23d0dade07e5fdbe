"""Small predictors for the score card's tests."""
from collections import Counter, defaultdict

import numpy as np

from byteline_model.corpus.pack import Packer
from byteline_model.scorecard.predictor import Completed, cut_by_cut


class OrderTwo:
    """A real model: each byte by the two before it, counted in a text. It reads nothing after the cursor."""
    patch, replays, blocks, parameters = 4, True, True, None

    def __init__(self, text: bytes, name: str = "order two"):
        self.name, self.counts = name, defaultdict(Counter)
        for i in range(2, len(text)):
            self.counts[text[i - 2: i]][text[i]] += 1

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


def pack(folder, files: dict[str, dict[str, bytes]]):
    """A packed corpus of {repository: {path: text}}, split valid."""
    packer = Packer(folder, "valid")
    for row, texts in enumerate(files.values()):
        for path, text in texts.items():
            packer.add(row, path, path.rpartition(".")[2], text)
    packer.close([{"name": name, "commit": None, "licence": "MIT"} for name in files])
    return folder
