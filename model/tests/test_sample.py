"""Sampling: from the distribution that `forward` has, in windows as bits are counted, of every modality, by the
command."""

import math
import sys
import wave
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from byteline_model import sample
from byteline_model.bits import windows
from byteline_model.config import Config
from byteline_model.controls import TransformerConfig
from byteline_model.corpus import pictures
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.errors import InputError
from byteline_model.presets import build
from byteline_model.sequence import BOS, EOM, plain
from byteline_model.tokens import tokenizer_of
from PIL import Image

PAPER = Config(d_global=4, n_global=2, heads_global=2, d_local=16, n_local=2, heads_local=2, context=64)
PLAIN = TransformerConfig(width=16, layers=2, heads=2, context=64)
NETWORKS = [
    PAPER,
    replace(PAPER, window=16, hash_orders=(2,), hash_rows=64, match_orders=(2,)),
    PLAIN,
    replace(PLAIN, kind="perceiver-ar", latents=16),
]
NAMES = ["paper", "byteline", "transformer", "perceiver-ar"]
TILES = {"kind": "pictures", "side": 8, "block": 2}


def shaken(c) -> torch.nn.Module:
    torch.manual_seed(3)
    model = build(c).eval()
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.3) if p.ndim > 1 else None
    return model


def checkpoint(file, c, modality=None, model=None):
    model = model or shaken(c)
    torch.save({"config": asdict(c), "model": model.state_dict(), "modality": modality}, file)
    return str(file)


def run(monkeypatch, *arguments) -> None:
    monkeypatch.setattr(sys, "argv", ["sample", *map(str, arguments)])
    sample.main()


def test_the_nucleus_is_the_fewest_that_reach_its_share():
    logits = torch.tensor([[0.1, 0.5, 0.15, 0.25], [0.7, 0.1, 0.1, 0.1]]).log()
    assert torch.allclose(sample.nucleus(logits, 1, 1), logits.exp().double(), atol=1e-6)
    want = torch.tensor([[0, 2 / 3, 0, 1 / 3], [1, 0, 0, 0]]).double()
    assert torch.allclose(sample.nucleus(logits, 1, 0.7 - 1e-6), want, atol=1e-6)
    hot = logits.exp().double() ** 0.5
    assert torch.allclose(sample.nucleus(logits, 2, 1), hot / hot.sum(-1, keepdim=True), atol=1e-6)


@pytest.mark.parametrize("known", [0, 9])
def test_bytes_come_as_often_as_forward_says(known):
    model, n = shaken(PAPER), 4000
    x = torch.randint(0, 256, (1, 16))
    with torch.no_grad():
        want = model(x)[0, known].softmax(-1) * n
    drawn = next(sample.drawn(model, x[:, :known].expand(n, -1), sample.picker(top_p=1)))
    seen, rare = torch.bincount(drawn, minlength=256), want < 5  # the rare are together one cell
    seen, want = (torch.cat((counts[~rare], counts[rare].sum()[None])) for counts in (seen, want))
    freedom, statistic = len(want) - 1, ((seen - want) ** 2 / want).sum().item()
    assert freedom > 20 and statistic < freedom + 5 * math.sqrt(2 * freedom)


@pytest.mark.parametrize("c", NETWORKS, ids=NAMES)
def test_past_the_context_the_logits_are_those_that_score_a_file(c):
    model, path = shaken(c), b"a"
    text = bytes(torch.randint(32, 127, (150,), generator=torch.Generator().manual_seed(1)).tolist())
    got = []

    def forced(logits: torch.Tensor) -> torch.Tensor:
        got.append(logits[0])
        return torch.tensor([text[40 + len(got) - 1]])

    steps = sample.drawn(model, torch.tensor([list(text[:40])]), forced, list(plain(path, c.patch)))
    for _ in range(110):
        next(steps)
    want = []
    with torch.no_grad():
        for sequence, first in windows(text, path, c.patch, c.context):
            padded = sequence + bytes(-len(sequence) % c.patch)
            want += model(torch.tensor([list(padded)]))[0, first : len(sequence)]
    assert (torch.stack(got) - torch.stack(want)[40:]).abs().max() < 1e-4


@pytest.mark.parametrize("c", NETWORKS, ids=NAMES)
def test_a_seed_draws_the_same_and_rows_do_not_mix(c):
    model = shaken(c)
    given = [bytes(range(20)), bytes(range(100, 120))]
    both = sample.raw(model, given, 50, sample.picker(1e-6))
    assert both == sample.raw(model, given[:1], 50, sample.picker(1e-6)) + sample.raw(
        model, given[1:], 50, sample.picker(1e-6)
    )
    assert all(len(new) == 50 and new.startswith(begin) for new, begin in zip(both, given))
    one, same, other = (sample.raw(model, given, 50, sample.picker(seed=seed)) for seed in (1, 1, 2))
    assert one == same != other


def test_a_text_of_a_network_that_knows_nothing_is_valid_utf8_and_ends_where_it_says(
    tmp_path, monkeypatch, capfdbinary
):
    c = replace(PAPER, context=128)
    file = checkpoint(tmp_path / "last.pt", c)
    run(monkeypatch, file, "--prompt", "né", "--bytes", 200, "--temperature", 2, "--top-p", 1, "--out", tmp_path / "a")
    new = (tmp_path / "a").read_bytes()
    assert 10 < len(new.decode().encode()) <= 203 and new.startswith("né".encode())
    assert any(b > 127 for b in new[3:]) and not set(new) & set(range(EOM, BOS + 1))
    run(monkeypatch, file, "--prompt", "né", "--bytes", 200, "--temperature", 2, "--top-p", 1)
    assert capfdbinary.readouterr().out == new + b"\n"
    units = [bytes([b]) for b in range(256)]
    told = iter([65, 66, EOM, 67])
    ending = lambda logits: torch.tensor([next(told)])
    assert sample.text(shaken(c), units, list(plain(b"a", 8)), [], 100, ending) == b"AB"


def test_the_twin_writes_tokens_that_are_valid_utf8(tmp_path, monkeypatch):
    packer = Packer(tmp_path / "corpus", "train")
    packer.add(0, "a.txt", "prose", "añadir líneas y más líneas 日本語\n".encode() * 50)
    packer.close([{"name": "t", "commit": None, "licence": "MIT"}])
    tokenizer_of(tmp_path / "tokenizer.json", Corpus(tmp_path / "corpus", "train"), 300, 1)
    c = replace(PLAIN, kind="bpe", vocab=320, context=128)
    run(monkeypatch, checkpoint(tmp_path / "last.pt", c), "--prompt", "más ", "--top-p", 1, "--out", tmp_path / "a")
    new = (tmp_path / "a").read_bytes().decode()
    assert new.startswith("más ") and len(new) > 6


def tiles(folder, n: int = 3) -> Corpus:
    packer, rng = Packer(folder, "valid"), np.random.default_rng(1)
    for i in range(n):
        packer.add(0, f"a.png#0,{i}", "picture", pictures.scan(rng.integers(0, 256, (8, 8, 3), np.uint8), 2))
    packer.close([{"name": "t", "commit": None, "licence": "MIT"}], TILES)
    return Corpus(folder, "valid")


@pytest.mark.parametrize("c", NETWORKS, ids=NAMES)
def test_a_picture_is_completed_beside_its_original(tmp_path, monkeypatch, c):
    corpus, file = tiles(tmp_path / "corpus"), checkpoint(tmp_path / "last.pt", c, TILES)
    given = ("--corpus", tmp_path / "corpus", "--document", 0, 2, "--count", 2)
    run(monkeypatch, file, "--out", tmp_path / "sheet.png", *given)
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert sheet.shape == (2 * 132 + 4, 4 * 132 + 4, 3)
    shown = lambda row, column: sheet[row * 132 + 4 : (row + 1) * 132, column * 132 + 4 : (column + 1) * 132][
        ::16, ::16
    ]
    for row, i in enumerate((0, 2)):
        original = pictures.unscan(corpus.text(i), 8, 2)
        assert (shown(row, 0) == original).all()
        assert (shown(row, 1)[:4] == original[:4]).all() and (shown(row, 1)[4:] == 128).all()
        for column in (2, 3):
            assert (shown(row, column)[:4] == original[:4]).all()
            assert (shown(row, column)[4:] != original[4:]).any()
        assert (shown(row, 2) != shown(row, 3)).any()
    Image.fromarray(pictures.unscan(corpus.text(1), 8, 2)).save(tmp_path / "one.png")
    run(monkeypatch, file, "--out", tmp_path / "sheet.png", "--complete", tmp_path / "one.png")
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert (shown(0, 0) == pictures.unscan(corpus.text(1), 8, 2)).all()


def test_a_sheet_of_pictures_of_a_network_that_knows_one_picture(tmp_path, monkeypatch):
    """Blocks are put where the patch scan took them from."""
    picture = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    document = pictures.scan(picture, 2)
    told = lambda model, given, pick: (torch.full((len(given),), byte) for byte in document)
    monkeypatch.setattr(sample, "drawn", told)
    run(monkeypatch, checkpoint(tmp_path / "last.pt", PAPER, TILES), "--count", 5, "--out", tmp_path / "sheet.png")
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert sheet.shape == (2 * 132 + 4, 3 * 132 + 4, 3)
    for row, column in ((0, 0), (0, 2), (1, 1)):
        assert (sheet[row * 132 + 4 :, column * 132 + 4 :][:128:16, :128:16] == picture).all()
    assert (sheet[132 + 4 : 2 * 132, 2 * 132 + 4 :] == 128).all()  # five of six


def test_a_sound_is_written_completed_and_played(tmp_path, monkeypatch):
    file = checkpoint(tmp_path / "last.pt", PAPER, {"kind": "sound", "rate": 8000})
    run(monkeypatch, file, "--out", tmp_path / "a.wav", "--bytes", 300)
    with wave.open(str(tmp_path / "a.wav")) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 1, 8000)
        assert len(set(sound.readframes(300))) > 20 and sound.getnframes() == 300
    for share, same in ((1, True), (0.95, False)):  # rare sounds are drawn, too: what follows silence is one of them
        run(monkeypatch, file, "--out", tmp_path / "c.wav", "--bytes", 300, "--top-p", share)
        assert ((tmp_path / "c.wav").read_bytes() == (tmp_path / "a.wav").read_bytes()) is same
    packer = Packer(tmp_path / "corpus", "valid")
    packer.add(0, "a.wav", "sound", bytes(range(256)))
    packer.close([{"name": "t", "commit": None, "licence": "MIT"}], {"kind": "sound", "rate": 8000})
    player = tmp_path / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\nfor file; do cp "$file" "{tmp_path}/played"; done 2>/dev/null\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{player.parent}:/bin:/usr/bin")
    run(monkeypatch, file, "--out", tmp_path / "b.wav", "--corpus", tmp_path / "corpus", "--bytes", 200, "--play")
    frames = {name: wave.open(str(tmp_path / name)).readframes(999) for name in ("b.wav", "b-original.wav")}
    assert frames["b-original.wav"] == bytes(range(200))
    assert frames["b.wav"][:100] == bytes(range(100)) and frames["b.wav"][100:] != bytes(range(100, 200))
    assert (tmp_path / "played").read_bytes() == (tmp_path / "b.wav").read_bytes()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"no aplay, ffplay or afplay here; the sound is in .*b\.wav"):
        run(monkeypatch, file, "--out", tmp_path / "b.wav", "--bytes", 20, "--play")


def test_bad_input_is_named(tmp_path, monkeypatch):
    tiles(tmp_path / "corpus")
    (tmp_path / "no.png").write_text("no picture")
    text = checkpoint(tmp_path / "text.pt", PAPER)
    drawing = checkpoint(tmp_path / "pictures.pt", PAPER, TILES)
    sounding = checkpoint(tmp_path / "sound.pt", PAPER, {"kind": "sound", "rate": 8000})
    out = ("--out", tmp_path / "out")
    for arguments, message in [
        ((text, "--temperature", 0), "--temperature 0.0: more than 0"),
        ((text, "--top-p", 1.5), "--top-p 1.5: more than 0 and at most 1"),
        ((text, "--bytes", 0), "--bytes 0: 1 or more"),
        ((text, "--count", 2), "a text is drawn after --prompt"),
        ((text, "--play"), "--play: only a network of sound"),
        ((text, "--path", "long" * 20), "--path: its header of 88 leaves no room in a context of 64"),
        ((drawing, "--count", 2), "--out FILE: where"),
        ((drawing, *out, "--prompt", "x"), "--prompt: this network knows pictures"),
        ((drawing, *out, "--bytes", 5), "--bytes: a picture has 192"),
        ((drawing, *out, "--corpus", tmp_path / "corpus", "--document", 3), "--document 3: .* has 3 documents"),
        ((drawing, *out, "--complete", tmp_path / "no.png"), r"no\.png: no picture that Pillow reads"),
        ((drawing, *out), "--out .*out: an ending like .png"),
        (
            (sounding, *out, "--corpus", tmp_path / "corpus"),
            "corpus: holds .*pictures.*, but the network reads .*sound",
        ),
        ((sounding, *out, "--count", 2), "--count and several documents are for pictures"),
    ]:
        with pytest.raises(InputError, match=message):
            run(monkeypatch, *arguments)
