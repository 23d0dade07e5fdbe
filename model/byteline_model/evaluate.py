"""Bits per byte of raw files, in PyTorch: what `byteline score` computes through the shipped graph.

python -m byteline_model.evaluate CHECKPOINT --corpus DIR [--languages ts,js] [--limit-kb 2000]
"""

import argparse
import math
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from .corpus.pack import Corpus
from .errors import command
from .presets import build, config_of
from .sequence import clean, plain


def windows(text: bytes, path: bytes, patch: int, context: int):
    """(sequence, first scored position) for each window of a file: a window holds the header and up to `context` bytes,
    and begins half a context after the one before, so each byte is scored once with at least half a context before
    it."""
    head = plain(path, patch)
    room = (context - len(head)) // (2 * patch) * 2 * patch
    start = scored = 0
    while scored < len(text):
        piece = text[start : start + room]
        yield head + piece, len(head) + scored - start
        scored = start + len(piece)
        start += room // 2


@torch.no_grad()
def bits_of(model: nn.Module, text: bytes, path: bytes, dtype=torch.float32) -> float:
    """Total bits of a file's bytes, by a network over bytes."""
    c, device, bits = model.c, next(model.parameters()).device, 0.0
    for sequence, first in windows(clean(text), path, c.patch, c.context):
        padded = sequence + bytes(-len(sequence) % c.patch)
        x = torch.tensor(list(padded), device=device)[None]
        logits = model(x, dtype)[0, first : len(sequence)].float()
        bits += F.cross_entropy(logits, x[0, first : len(sequence)], reduction="sum").item() / math.log(2)
    return bits


def sample(corpus: Corpus, languages: set[str] | None, limit: int) -> list[int]:
    """Documents in the corpus's own (shuffled) order until `limit` bytes."""
    out, size = [], 0
    for i in range(len(corpus)):
        if (not languages or corpus.language(i) in languages) and size < limit:
            out.append(i)
            size += len(corpus.text(i))
    return out


def bits_per_byte(
    model: nn.Module, corpus: Corpus, documents: list[int], dtype=torch.float32, bits_of=bits_of
) -> dict[str, float]:
    """{"all": over all bytes, "<repository>": ...}; `bits_of` is that of the network's reading."""
    bits, size = defaultdict(float), defaultdict(int)
    for i in documents:
        text = corpus.text(i)
        b = bits_of(model, text, corpus.path(i).encode(), dtype)
        for key in ("all", corpus.repository(i)):
            bits[key] += b
            size[key] += len(text)
    return {key: bits[key] / size[key] for key in bits}


def load(checkpoint: str | Path) -> nn.Module:
    """The network of a checkpoint, of any kind, with the average of its last weights where it keeps one. Raises
    InputError for a kind that is not known."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = build(config_of(saved["config"]))
    model.load_state_dict(saved["model"] | (saved.get("average") or {}))
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--languages", help="by commas; default: all")
    parser.add_argument("--limit-kb", type=int, default=2000)
    a = parser.parse_args()
    corpus = Corpus(a.corpus, "valid")
    chosen = sample(corpus, set(a.languages.split(",")) if a.languages else None, a.limit_kb * 1000)
    from .reading import reading  # which reads by this file

    model = load(a.checkpoint)
    text = reading(model.c, a.checkpoint.parent)
    for name, value in bits_per_byte(model, corpus, chosen, bits_of=text.bits).items():
        print(f"{value:.3f} bits per byte  {name}")


if __name__ == "__main__":
    command(main)
