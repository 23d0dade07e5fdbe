"""Networks read all 256 byte values of pictures and sound: sequences, bits per byte, checkpoints."""

import itertools
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from byteline_model.bits import pieces, raw_bits_of
from byteline_model.corpus.media import Pictures, Prose, Sound
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.errors import InputError
from byteline_model.evaluate import bits_per_byte, load, modality_of, sample
from byteline_model.export import export
from byteline_model.presets import PRESETS
from byteline_model.presets import build as network
from byteline_model.reading import ByteText, RawBytes, reading
from byteline_model.train import train
from media_files import PARAGRAPH, make, photograph, tone

TINY = PRESETS["tiny"]


def test_raw_batches_hold_every_value_and_whole_rows():
    documents = [bytes(range(256)) * 4, bytes(range(255, -1, -1)) * 5, b"short"]
    endless = ((b"", d) for d in itertools.cycle(documents))
    raw = RawBytes(TINY)
    for n, x in zip(range(30), raw.batches(endless, 3, random.Random(1))):
        assert x.shape == (3, TINY.context) and x.dtype == torch.int64
        assert n or set(x.flatten().tolist()) == set(range(256))
        for row in x:
            piece = bytes(row.tolist())
            assert any(piece in d for d in documents)


def test_every_raw_byte_is_scored_once_behind_half_a_context():
    data, seen = bytes(random.Random(1).randbytes(1000)), b""
    for piece, first in pieces(data, 8, 256):
        assert len(piece) <= 256 and (first >= 128 or not seen)
        seen += piece[first:]
    assert seen == data


@pytest.mark.parametrize("name", ["tiny", "paper", "transformer", "perceiver-ar"])
def test_raw_bits_count_all_bytes_the_first_among_them(name):
    """A network that knows nothing gives 8 bits a byte, whatever the values."""
    model = network(replace(PRESETS[name], context=512)).eval()
    for p in model.parameters():
        p.data.zero_()
    data = bytes(range(256)) * 3 + b"\xff\xfe\xfd"
    assert raw_bits_of(model, data) == pytest.approx(8 * len(data), rel=1e-5)


def corpora(tmp_path, kind: str) -> tuple[Corpus, Corpus]:
    for i in range(8):
        if kind == "pictures":
            photograph(tmp_path / "in" / f"{i}.png", i)
        else:
            tone(tmp_path / "in" / f"{i}.wav", 200 + 50 * i)
    made = Pictures(32, 2) if kind == "pictures" else Sound(8000)
    _, valid = make(tmp_path / "in", tmp_path / "out", made, "valid", share="1/4")
    return make(tmp_path / "in", tmp_path / "out", made, "train", valid, share="1/4")[1], valid


@pytest.mark.parametrize("kind", ["pictures", "sound"])
def test_from_files_to_bits_per_byte_and_the_same_after_a_resume(tmp_path, kind):
    corpus, valid = corpora(tmp_path, kind)
    out = tmp_path / "run"
    options = dict(rows=2, steps=2, quiet=True, judge_kb=5)
    train(TINY, corpus, valid, out, megabytes=1, **options)
    saved = torch.load(out / "last.pt", weights_only=True)
    assert saved["modality"] == modality_of(out / "last.pt") == corpus.modality and saved["step"] == 2
    judged = sample(valid, None, 5000)
    judge = lambda: bits_per_byte(
        load(out / "last.pt"), valid, judged, bits_of=reading(TINY, out, modality=modality_of(out / "last.pt")).bits
    )
    before = judge()["all"]
    assert 7 < before < 9
    train(TINY, corpus, valid, out, megabytes=1, **options)  # nothing is left to do
    assert judge()["all"] == before
    train(TINY, corpus, valid, out, megabytes=1, **options | dict(steps=4))
    assert torch.load(out / "last.pt", weights_only=True)["step"] == 4
    shown = subprocess.run(
        [sys.executable, "-m", "byteline_model.evaluate", str(out / "last.pt"), "--corpus", str(valid.folder)]
        + ["--languages", {"pictures": "picture"}.get(kind, kind), "--limit-kb", "5"],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert shown.splitlines()[0] == f"{judge()['all']:.3f} bits per byte  all"


def test_a_run_does_not_go_on_with_another_modality(tmp_path):
    corpus, _ = corpora(tmp_path, "pictures")
    options = dict(megabytes=1, rows=2, quiet=True)
    train(TINY, corpus, None, tmp_path / "run", steps=1, **options)
    _, raster = make(tmp_path / "in", tmp_path / "raster", Pictures(32, 0))
    with pytest.raises(InputError, match=r"last\.pt: was trained on .*'block': 2"):
        train(TINY, raster, None, tmp_path / "run", steps=2, **options)
    with pytest.raises(InputError, match="FILE blocks are for text"):
        train(TINY, corpus, None, tmp_path / "other", steps=1, files=0.5, **options)
    with pytest.raises(InputError, match="the corpus"):
        train(TINY, corpus, raster, tmp_path / "other", steps=1, **options)
    with pytest.raises(InputError, match=r"last\.pt: was trained on pictures"):
        export(tmp_path / "run" / "last.pt", "x", tmp_path / "model", corpus, 1, 1, ["fp32"], "0", "")
    done = subprocess.run(
        [sys.executable, "-m", "byteline_model.evaluate", str(tmp_path / "run" / "last.pt")]
        + ["--corpus", str(_valid(tmp_path))],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "last.pt: was trained on {'kind': 'pictures'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def _valid(tmp_path) -> Path:
    packer = Packer(tmp_path / "text", "valid")
    packer.add(0, "a.txt", "prose", PARAGRAPH.encode())
    packer.close([{"name": "t", "commit": None, "licence": "MIT"}])
    return tmp_path / "text"


def test_documents_shorter_than_the_context_and_tokens_are_input_errors(tmp_path):
    photograph(tmp_path / "in" / "1.png", 1)
    _, corpus = make(tmp_path / "in", tmp_path / "out", Pictures(8, 2))  # 192 bytes each, less than 512
    with pytest.raises(InputError, match=f"{tmp_path / 'out'}: no document is as long as the context of 512"):
        reading(TINY, tmp_path, corpus)
    with pytest.raises(InputError, match="a network over tokens reads text, not pictures"):
        reading(PRESETS["bpe"], tmp_path, corpus)
    assert isinstance(reading(TINY, tmp_path), ByteText)
    assert isinstance(reading(TINY, tmp_path, modality=corpus.modality), RawBytes)


def test_prose_without_code_is_judged(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    for i in range(6):
        (docs / f"{i}.txt").write_text("".join(PARAGRAPH.format(f"letter {i} {j}") for j in range(9)))
    _, corpus = make(docs, tmp_path / "out", Prose())
    train(TINY, corpus, corpus, tmp_path / "run", megabytes=1, rows=2, steps=1, quiet=True, judge_kb=2)
    assert '"valid"' in (tmp_path / "run" / "metrics.jsonl").read_text()
    assert torch.load(tmp_path / "run" / "last.pt", weights_only=True)["modality"] is None
