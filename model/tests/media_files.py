"""Small pictures, sounds and texts, and the corpora that are built of them."""

import wave
from pathlib import Path

import numpy as np
from byteline_model.corpus.build import build
from byteline_model.corpus.mix import Share
from byteline_model.corpus.pack import Corpus
from PIL import Image

PARAGRAPH = "The {} is old, and nobody knows who wrote it; it has been read aloud in this town every spring since.\n"


def photograph(file: Path, seed: int, size=(96, 64)) -> None:
    """Noise: no two tiles are equal."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise).save(file)


def tone(file: Path, hertz: float, seconds: float = 1, rate: int = 16000) -> None:
    at = np.arange(int(seconds * rate)) / rate
    frames = (np.sin(2 * np.pi * hertz * at) * 20000).astype("<i2")
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.repeat(frames, 2).tobytes())


def make(folder: Path, out: Path, kind, split: str = "train", held_out=None, share: str | None = None, **options):
    row = {"name": folder.name, "commit": None, "licence": "unknown", "path": str(folder)}
    divided = Share.of(share, split) if share else None
    counts = build([(row, folder)], split, out, held_out, "none", 10**9, None, kind=kind, share=divided, **options)
    return counts, Corpus(out, counts["shard"])


def folder_of(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder
