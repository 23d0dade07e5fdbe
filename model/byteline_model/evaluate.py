"""Bits per byte of raw files, in PyTorch: what `byteline score` computes through the shipped graph; and of pictures and
sound.

python -m byteline_model.evaluate CHECKPOINT --corpus DIR [--languages ts,js] [--limit-kb 2000]

Other languages than those of code are prose, picture and sound.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import torch

from .bits import bits_of
from .corpus.pack import Corpus
from .errors import InputError, command
from .presets import Network, build, config_of
from .reading import reading


def sample(corpus: Corpus, languages: set[str] | None, limit: int) -> list[int]:
    """Documents in the corpus's own (shuffled) order until `limit` bytes."""
    out, size = [], 0
    for i in range(len(corpus)):
        if (not languages or corpus.language(i) in languages) and size < limit:
            out.append(i)
            size += len(corpus.text(i))
    return out


def bits_per_byte(
    model: Network, corpus: Corpus, documents: list[int], dtype=torch.float32, bits_of=bits_of
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


def load(checkpoint: str | Path) -> Network:
    """The network of a checkpoint, of any kind, with the average of its last weights where it keeps one. Raises
    InputError for a kind that is not known."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = build(config_of(saved["config"]))
    model.load_state_dict(saved["model"] | (saved.get("average") or {}))
    return model.eval()


def modality_of(checkpoint: str | Path) -> dict | None:
    """What a checkpoint was trained on, as in corpus.pack.Corpus: None is text."""
    return torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True).get("modality")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--languages", help="by commas; default: all")
    parser.add_argument("--limit-kb", type=int, default=2000)
    a = parser.parse_args()
    corpus, modality = Corpus(a.corpus, "valid"), modality_of(a.checkpoint)
    if corpus.modality != modality:
        raise InputError(
            f"{a.checkpoint}: was trained on {modality or 'text'}; {a.corpus} is {corpus.modality or 'text'}"
        )
    chosen = sample(corpus, set(a.languages.split(",")) if a.languages else None, a.limit_kb * 1000)
    if not chosen:
        raise InputError(f"{a.corpus}: no document of {a.languages or 'any language'}")
    model = load(a.checkpoint)
    text = reading(model.c, a.checkpoint.parent, modality=modality)
    for name, value in bits_per_byte(model, corpus, chosen, bits_of=text.bits).items():
        print(f"{value:.3f} bits per byte  {name}")


if __name__ == "__main__":
    command(main)
