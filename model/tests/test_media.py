"""Pictures, sound and prose become corpora."""

import gzip
import io
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from byteline_model.corpus import media, pictures, sound
from byteline_model.corpus.media import Pictures, Prose, Sound
from byteline_model.corpus.mix import Share
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.corpus.prose import text_of, text_of_html
from byteline_model.corpus.shards import Shards
from byteline_model.errors import InputError
from media_files import PARAGRAPH, folder_of, make, photograph, tone
from PIL import Image


@pytest.mark.parametrize("block", [0, 1, 2, 8])
def test_the_scan_has_an_inverse(block):
    picture = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    data = pictures.scan(picture, block)
    assert sorted(data) == sorted(picture.tobytes())
    assert np.array_equal(pictures.unscan(data, 8, block), picture)
    with pytest.raises(InputError, match="192 bytes, not 191"):
        pictures.unscan(data[:-1], 8, block)


def test_the_patch_scan_reads_blocks_and_pixels_in_raster_order():
    picture = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    pixels = [picture[row, column] for row, column in [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3)]]
    assert pictures.scan(picture, 2)[:18] == np.concatenate(pixels).tobytes()
    assert pictures.scan(picture, 0) == picture.tobytes()


def test_a_picture_gives_tiles_of_its_middle_scaled_down(tmp_path):
    photograph(tmp_path / "a.png", 1, (16 * 8 * 3 + 10, 16 * 8 * 2))
    tiles = pictures.tiles((tmp_path / "a.png").read_bytes(), 16)
    assert {tile.shape for _, tile in tiles} == {(16, 16, 3)}
    assert len(tiles) == 8 * 12 and tiles[0][0] == "0,0" and tiles[-1][0] == "7,11"
    small = pictures.tiles((tmp_path / "a.png").read_bytes(), 128)
    with Image.open(
        tmp_path / "a.png"
    ) as file:  # 2 x 3 tiles of 128 pixels: not scaled, 5 columns left out at each side
        assert len(small) == 6 and np.array_equal(small[0][1], np.asarray(file)[:128, 5:133])


def test_a_broken_picture_is_counted_and_left_out(tmp_path):
    photograph(tmp_path / "in" / "good.png", 1)
    whole = (tmp_path / "in" / "good.png").read_bytes()
    (tmp_path / "in" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "in" / "text.jpg").write_bytes(b"no picture")
    (tmp_path / "in" / "copy.png").write_bytes(whole)
    photograph(tmp_path / "in" / "icon.png", 2, (20, 20))
    counts, corpus = make(tmp_path / "in", tmp_path / "out", Pictures(32, 2))
    assert counts["bytes"] == {"picture": 6 * 3072} and corpus.modality == {"kind": "pictures", "side": 32, "block": 2}
    assert {corpus.language(i) for i in range(len(corpus))} == {"picture"}
    assert counts["dropped"] == {
        "broken picture": 1,
        "unknown picture": 1,
        "smaller than a tile": 1,
        "exact duplicate": 6,
        "overlaps held-out text": 0,
    }


def test_sound_becomes_bytes_and_a_wav_again(tmp_path):
    tone(tmp_path / "in" / "a.wav", 400)
    (tmp_path / "in" / "b.wav").write_bytes(b"RIFF no sound at all")
    tone(tmp_path / "in" / "short.wav", 400, 0.05)
    counts, corpus = make(tmp_path / "in", tmp_path / "out", Sound(8000))
    assert corpus.modality == {"kind": "sound", "rate": 8000} and corpus.size == 8000
    assert counts["dropped"]["broken sound"] == 1 and counts["dropped"]["size"] == 1
    data = corpus.text(0)
    assert min(data) == 0 and max(data) == 255
    power = np.abs(np.fft.rfft(np.frombuffer(data, np.uint8) - 128.0))
    assert power.argmax() == 400  # bins of one second are hertz
    sound.write_wav(tmp_path / "back.wav", data, 8000)
    with wave.open(str(tmp_path / "back.wav")) as file:
        assert file.getparams()[:4] == (1, 1, 8000, 8000) and file.readframes(8000) == data
    assert sound.recording((tmp_path / "back.wav").read_bytes(), 8000)[:100] == data[:100]


@pytest.mark.parametrize(
    ("kind", "missing", "package"),
    [(lambda: Pictures(32, 2), "PIL", "Pillow"), (lambda: Sound(8), "soundfile", "soundfile")],
)
def test_a_missing_package_is_named(monkeypatch, kind, missing, package):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=f"the package {package}"):
        kind()


def test_a_block_that_does_not_divide_a_picture_is_an_input_error():
    with pytest.raises(InputError, match="a block of 3 pixels does not divide a side of 32"):
        Pictures(32, 3)


def test_html_loses_its_tags_and_its_navigation():
    page = (
        "<html><head><title>No</title><style>p {}</style><body class='navigable'><div class='navheader'><p>Next<div>x"
        "</div></div><h1>Fish &amp; chips</h1><p>One\n  <b>two</b><br>three<pre>  a\n    b\n</pre>"
        "<script>if (1 < 2) {}</script><ul><li>four<li>five</ul>"
    )
    assert text_of_html(page) == "Fish & chips\n\nOne two\n\nthree\n\n  a\n    b\n\nfour\n\nfive\n"


def test_prose_is_taken_from_html_and_gzip_wherever_it_lies(tmp_path):
    docs = tmp_path / "docs"
    paragraphs = lambda word: "".join(PARAGRAPH.format(f"{word} {i}") for i in range(4))
    page = "<p>" + paragraphs("letter").replace("\n", "<p>")
    (docs / "vendor" / "doc").mkdir(parents=True)
    (docs / "vendor" / "doc" / "a.html").write_text(page)
    (docs / "copying.txt.gz").write_bytes(gzip.compress(paragraphs("book").encode()))
    (docs / "b.txt").write_text(paragraphs("book"))
    (docs / "long.rst").write_text("".join(PARAGRAPH.format(f"scroll {i}") for i in range(5000)))
    (docs / "latin.txt").write_bytes(paragraphs("café").encode("latin-1"))
    (docs / "cut.md.gz").write_bytes(gzip.compress(paragraphs("song").encode())[:-20])
    (docs / "code.py").write_text(paragraphs("code"))
    counts, corpus = make(docs, tmp_path / "out", Prose())
    assert corpus.modality is None and counts["bytes"].keys() == {"prose"}
    assert {d.path: d.language for d in corpus.documents} == dict.fromkeys(
        ["vendor/doc/a.html", "long.rst", "b.txt"], "prose"
    )
    assert max(d.length for d in corpus.documents) > 400_000  # one document
    assert {k: v for k, v in counts["dropped"].items() if v} == {
        "exact duplicate": 1,
        "not UTF-8": 1,
        "broken gzip": 1,
        "ending": 1,
    }
    text = next(corpus.text(i) for i in range(len(corpus)) if corpus.path(i).endswith("html")).decode()
    assert text.startswith(PARAGRAPH.format("letter 0")) and "<p>" not in text
    assert text_of("x.TXT.gz", gzip.compress(b"a" * 150) + gzip.compress(b"b" * 150)) == b"a" * 150 + b"b" * 150


@pytest.mark.parametrize("kind", ["pictures", "sound", "prose", "code"])
def test_a_share_divides_whole_files(tmp_path, kind):
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(24):
        if kind == "pictures":
            photograph(folder / f"{i}.png", i)
        elif kind == "sound":
            tone(folder / f"{i}.wav", 100 + 37 * i, 0.2)
        elif kind == "prose":
            (folder / f"{i}.txt").write_text("".join(PARAGRAPH.format(f"letter {i} {j}") for j in range(9)))
        else:
            (folder / f"{i}.py").write_text("".join(f"value{i}_{j} = function{i}({j})\n" for j in range(30)))
    made = {"pictures": Pictures(32, 0), "sound": Sound(8000), "prose": Prose(), "code": media.Code()}[kind]
    _, valid = make(folder, tmp_path / "out", made, "valid", share="1/3")
    counts, corpus = make(folder, tmp_path / "out", made, "train", valid, share="1/3")
    files = [{d.path.partition("#")[0] for d in c.documents} for c in (valid, corpus)]
    assert not files[0] & files[1] and len(files[0] | files[1]) == 24 and 2 <= len(files[0]) <= 14
    # without a share, what is held out is left out all the same; of code that is the whole repository
    counts, corpus = make(folder, tmp_path / "again", made, "train", valid)
    reason = "repository: held out" if kind == "code" else "file: held out"
    assert counts["dropped"][reason] == (1 if kind == "code" else len(files[0]))
    assert {d.path.partition("#")[0] for d in corpus.documents} == (set() if kind == "code" else files[1])


def test_a_copy_of_a_held_out_file_under_another_name_is_left_out(tmp_path):
    _, valid = make(folder_of(tmp_path / "v", {"a.txt": PARAGRAPH * 3}), tmp_path / "out", Prose(), "valid")
    counts, corpus = make(
        folder_of(tmp_path / "t", {"b.txt": PARAGRAPH * 3, "c.txt": PARAGRAPH.upper() * 3}),
        tmp_path / "out",
        Prose(),
        held_out=valid,
    )
    assert [d.path for d in corpus.documents] == ["c.txt"] and counts["dropped"]["exact duplicate"] == 1


def test_a_share_is_a_fraction():
    for text in ("8", "1/0", "2/1", "0/8", "a/b"):
        with pytest.raises(InputError, match=f"--share {text}"):
            Share.of(text, "train")


def test_shards_of_one_corpus_have_one_modality(tmp_path):
    photograph(tmp_path / "a" / "1.png", 1)
    photograph(tmp_path / "b" / "2.png", 2)
    _, first = make(tmp_path / "a", tmp_path / "out", Pictures(32, 2))
    counts, _ = make(tmp_path / "b", tmp_path / "out", Pictures(32, 2), add=True)
    assert counts["shard"] == "train-01" and Shards(tmp_path / "out", "train").modality == first.modality
    with pytest.raises(InputError, match="'block': 0"):
        make(tmp_path / "b", tmp_path / "out", Pictures(32, 0), add=True)
    with pytest.raises(InputError, match="holds"):
        make(tmp_path / "b", tmp_path / "other", Sound(8000), held_out=first)
    packer = Packer(tmp_path / "out", "train-02")
    packer.close([], {"kind": "sound", "rate": 8000})
    with pytest.raises(InputError, match=r"train-02\.json"):
        Shards(tmp_path / "out", "train")


def test_the_command_builds_pictures_sound_and_prose(tmp_path):
    photograph(tmp_path / "in" / "a.png", 1)
    tone(tmp_path / "in" / "b.wav", 300)
    (tmp_path / "in" / "c.html").write_text("<p>" + PARAGRAPH * 5)

    def command(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "byteline_model.corpus.build", "in", "--split", "train", *arguments],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            text=True,
        )

    for arguments, modality in (
        (["--pictures", "32"], {"kind": "pictures", "side": 32, "block": 2}),
        (["--pictures", "16", "--block", "0"], {"kind": "pictures", "side": 16, "block": 0}),
        (["--sound", "8000"], {"kind": "sound", "rate": 8000}),
        (["--prose"], None),
    ):
        done = command(*arguments, "--out", "out")
        assert done.returncode == 0, done.stderr
        assert Corpus(tmp_path / "out", "train").modality == modality
    done = command("--pictures", "32", "--block", "5", "--out", "out")
    assert done.returncode == 1 and done.stderr.strip() == "pictures: a block of 5 pixels does not divide a side of 32"


def test_pillow_reads_a_picture_with_a_palette_and_one_with_transparency():
    for mode in ("P", "RGBA", "L", "I;16"):
        file = io.BytesIO()
        Image.new(mode, (64, 64)).save(file, "PNG")
        assert len(pictures.tiles(file.getvalue(), 32)) == 4
