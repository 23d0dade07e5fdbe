"""The plain compressors: sizes that decompress, and the table."""

import lzma
import random

import pyppmd
from byteline_model import baselines
from byteline_model.baselines import MEMORY, ORDER, ppmd_bits, repositories, xz_bits
from byteline_model.corpus.pack import Corpus, Packer

TEXTS = ["".join(f"const a{i} = {i * j};\n" for j in range(40)).encode() for i in range(6)]


def test_ppmd_counts_what_decompresses_to_the_texts():
    encoder = pyppmd.Ppmd7Encoder(ORDER, MEMORY)
    packed = b"".join(encoder.encode(t) for t in TEXTS) + encoder.flush()
    size = sum(map(len, TEXTS))
    assert pyppmd.Ppmd7Decoder(ORDER, MEMORY).decode(packed, size) == b"".join(TEXTS)
    assert ppmd_bits(TEXTS) == 8 * len(packed)


def test_a_text_seen_before_costs_almost_nothing_and_noise_costs_eight_bits():
    noise = random.Random(1).randbytes(5000)
    for bits in (ppmd_bits, xz_bits):
        assert bits([noise]) / 5000 > 7.9
        assert bits([noise, noise]) - bits([noise]) < 0.05 * bits([noise])
    assert lzma.decompress(lzma.compress(b"".join(TEXTS), preset=9 | lzma.PRESET_EXTREME)) == b"".join(TEXTS)


def test_table(tmp_path, monkeypatch, capsys):
    packer = Packer(tmp_path, "valid")
    for i, text in enumerate(TEXTS):
        packer.add(i % 2, f"{i}.ts", "ts", text)
    packer.add(0, "a.py", "py", b"x = 1\n" * 50)
    packer.close([{"name": n, "commit": None, "licence": "MIT"} for n in ("b/b", "a/a")])
    texts = repositories(Corpus(tmp_path, "valid"), {"ts"}, 10**6)
    assert list(texts) == ["a/a", "b/b"] and sorted(texts["b/b"]) == sorted(TEXTS[::2])
    assert len(repositories(Corpus(tmp_path, "valid"), None, 1)["b/b"]) == 1
    monkeypatch.setattr("sys.argv", ["baselines", "--corpus", str(tmp_path), "--languages", "ts", "--least-kb", "0"])
    baselines.main()
    rows = capsys.readouterr().out.splitlines()
    value = ppmd_bits(texts["a/a"]) / sum(map(len, texts["a/a"]))
    assert (
        rows[2].startswith("| a/a |")
        and f"{value:.3f}" in rows[2]
        and rows[-1].startswith("| average over 2 repositories")
    )
