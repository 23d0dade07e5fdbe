"""The BPE twin: tokens stand for all bytes, training reports bits per byte, healing, the decoder's cache,
completions."""

import json
import math
import random
from dataclasses import replace

import pytest
import torch
from byteline_model.bpe import Twin, line
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.presets import PRESETS
from byteline_model.reading import reading
from byteline_model.sequence import BOS, EOM, PAD, PRE, SUF
from byteline_model.train import train

SMALL = replace(PRESETS["bpe"], width=32, layers=2, heads=2, context=128, vocab=400, bytes_per_position=3)
FILES = [
    "".join(f"export function add{i}(value: number) {{\n  return value + {j};\n}}\n" for j in range(12)).encode()
    for i in range(40)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of some seconds, stopped once."""
    out = tmp_path_factory.mktemp("bpe")
    packer = Packer(out, "train")
    for i, text in enumerate(FILES):
        packer.add(0, f"src/{i}.ts", "ts", text)
    packer.close([{"name": "t", "commit": None, "licence": "MIT"}])
    run = dict(corpus=Corpus(out, "train"), valid=None, out=out, rows=4, megabytes=0.16, quiet=True)
    train(SMALL, steps=40, **run)
    train(SMALL, **run)
    return out


@pytest.fixture(scope="module")
def twin(folder) -> Twin:
    return Twin.load(folder / "last.pt")


def test_any_bytes_have_tokens_and_sentinels_their_own(twin):
    text, encode = twin.text, twin.text.encode
    noise = random.Random(1).randbytes(3000) + "größe 한글\r\n\t\t x\0".encode()
    assert b"".join(text.bytes[t] for t in encode(noise)) == noise
    ids = encode(bytes([BOS, SUF, PAD, PRE, EOM]) + b"a")
    assert len(ids) == 6 and set(ids[:5]) < text.sentinels and ids[2] == text.pad
    assert len(encode(FILES[0])) < len(FILES[0]) / 2


def test_training_counts_bytes_of_text(folder, twin):
    rows = [json.loads(r) for r in (folder / "metrics.jsonl").read_text().splitlines()]
    saved = torch.load(folder / "last.pt", weights_only=True)
    a_step = saved["seen"] / saved["step"]
    assert 160_000 <= saved["seen"] < 160_000 + 2 * a_step and a_step > 2 * 4 * SMALL.context  # bytes, not tokens
    assert rows[-1]["train"] < rows[0]["train"] - 1
    feed = twin.text.batches(iter([(b"a.ts", FILES[0])] * 50), 2, random.Random(2))
    x = next(feed)
    assert x.shape == (2, SMALL.context) and int(twin.text.sizes(x)[0].sum()) == len(
        b"".join(twin.text.bytes[t] for t in x[0])
    )


def test_bits_are_those_of_every_token_once(twin):
    path, text = b"src/1.ts", FILES[1]
    tokens, head = twin.text.encode(text), twin.text.encode(bytes([BOS, PRE]) + path + b"\n")
    assert len(tokens) > 1.5 * SMALL.context
    total, room, start = 0.0, SMALL.context - len(head), 0
    for i, token in enumerate(tokens):  # the window that scores token i, by hand
        while i >= start + room:
            start += room // 2
        x = torch.tensor([head + tokens[start : i + 1]])
        total -= twin.model(x)[0, -1].log_softmax(-1)[token].item() / math.log(2)
    assert twin.bits(path, text) == pytest.approx(total, rel=1e-4)
    assert twin.bits(path, text) / len(text) < 1.5


def test_span_is_the_sum_over_the_middle_and_healing_renormalises(twin):
    at = (b"src/1.ts", FILES[1][:200] + b"export func", b" {", FILES[1][300:400])
    middle = b"tion add"
    target = twin.text.encode(middle)
    tokens, _ = twin.prompt(*at, len(target) + 2)
    logps = twin.model(torch.tensor([tokens + target]))[0].log_softmax(-1)
    want = sum(logps[len(tokens) + i, t].item() for i, t in enumerate(target))
    assert twin.span(*at, middle) == pytest.approx(want, abs=1e-3)
    held = twin.text.bytes[tokens[-1]]
    joint = twin.text.encode(held + middle)
    logps = twin.model(torch.tensor([tokens[:-1] + joint]))[0].log_softmax(-1)
    allowed = [i for i, b in enumerate(twin.text.bytes) if b.startswith(held)]
    want = (
        sum(logps[len(tokens) - 1 + i, t].item() for i, t in enumerate(joint))
        - logps[len(tokens) - 1, allowed].logsumexp(0).item()
    )
    assert twin.span(*at, middle, healing=True) == pytest.approx(want, abs=1e-3)
    assert twin.span(*at, middle, healing=True) > twin.span(*at, middle) + 1  # the cut stands inside a word
    assert twin.span(*at, b"") == 0
    with pytest.raises(ValueError, match="more than half a context"):
        twin.span(*at, FILES[3])


def test_completions_end_with_the_line_and_healing_mends_a_cut_word(twin):
    prefix = FILES[1][: FILES[1].index(b"return", 300)]
    text = twin.complete(b"src/1.ts", prefix, b"", b"}\n", 40)
    assert text.startswith(b" return value") and b"\n" not in text  # the prefix ends in a blank of the next token
    assert twin.complete(b"src/1.ts", prefix, b"", b"}\n", 40, healing=True).startswith(b"return value")
    assert twin.complete(b"src/1.ts", prefix + b"r", b"", b"}\n", 40, healing=True).startswith(b"eturn value")
    assert twin.complete(b"src/1.ts", prefix, b"", b"}\n", 5) == text[:5]


def test_a_prompt_longer_than_the_context_keeps_what_is_nearest(twin):
    at = (b"src/1.ts", FILES[1] * 3, b" // rest", FILES[2] * 3)
    tokens, own = twin.prompt(*at, 20)
    assert len(tokens) == SMALL.context - 20
    text = [b"".join(twin.text.bytes[t] for t in part) for part in (tokens[:-own], tokens[-own:])]
    assert at[1].endswith(text[1]) and text[0].endswith(b"src/1.ts\n\xf9 // rest\n") and FILES[2][:20] in text[0]
    twin.complete(*at, 20).decode()


def test_line_ends_after_text():
    assert line(b"  \n  x;\ny") == 7 and line(b"\n \n") is None and line(b"ab") is None and line(b"\n") is None


def test_a_missing_tokenizer_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"tokenizer\.json: not there"):
        reading(SMALL, tmp_path)
