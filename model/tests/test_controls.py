"""The controls: no leaks, Perceiver AR's passes by hand, equal FLOPs, the same training loop, the same text."""

import json
import random
from dataclasses import asdict, replace

import pytest
import torch
from byteline_model.bits import bits_of
from byteline_model.config import Config
from byteline_model.controls import TransformerConfig
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.evaluate import load
from byteline_model.flops import flops_per_byte
from byteline_model.presets import PRESETS, build, config_of
from byteline_model.sequence import stretches
from byteline_model.train import train
from byteline_model.transformer import causal
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

PLAIN = TransformerConfig(width=16, layers=2, heads=2, context=64)
PERCEIVER = replace(PLAIN, kind="perceiver-ar", latents=16, layers=3)
CONTROLS = [n for n in ("paper", "byteline", "transformer", "perceiver-ar", "bpe") if n in PRESETS]


def shaken(c) -> torch.nn.Module:
    """A network whose zero-initialised weights are not zero, so that every path carries something."""
    torch.manual_seed(3)
    model = build(c)
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.3) if p.ndim > 1 else None
    return model.eval()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("c", [PLAIN, PERCEIVER], ids=["transformer", "perceiver-ar"])
def test_flipping_a_byte_moves_no_logit_at_or_before_it(c, training):
    model = shaken(c).train(training)
    x = torch.randint(0, 256, (1, 53))
    with torch.no_grad():
        base = model(x)
        assert base.shape == (1, 53, 256)
        for j in range(52):
            y = x.clone()
            y[0, j] ^= 0x55
            moved = (model(y) - base).abs().amax(-1)[0]
            assert moved[: j + 1].max() == 0
            assert moved[j + 1] > 0


def test_perceiver_ar_is_a_pass_of_its_own_for_each_block_of_latents():
    model, N = shaken(PERCEIVER), PERCEIVER.latents
    x = torch.randint(0, 256, (1, 3 * N))
    at = torch.arange(3 * N)

    def one_pass(end: int) -> torch.Tensor:
        """Logits of the N positions before `end`: cross-attention from them to all before, then they alone."""
        h = model.inputs(x, torch.float32)[:, :end]
        cross = model.layers[0]
        h = cross(
            h,
            at[:end],
            lambda q, k, v: torch.cat(
                (
                    q[:, :, : end - N],
                    torch.nn.functional.scaled_dot_product_attention(
                        q[:, :, end - N :], k, v, attn_mask=at[end - N : end, None] >= at[None, :end]
                    ),
                ),
                2,
            ),
        )[:, end - N :]
        for block in model.layers[1:]:
            h = block(h, at[end - N : end], causal)
        return model.logits(h)[0]

    with torch.no_grad():
        training, scoring = model.train()(x)[0], model.eval()(x)[0]
        for end in (N, 2 * N, 3 * N):
            assert (training[end - N : end] - one_pass(end)).abs().max() < 1e-4
        for end in (2 * N - N // 2, 2 * N, 3 * N - N // 2, 3 * N):  # the later half of each pass
            assert (scoring[end - N // 2 : end] - one_pass(end)[N // 2 :]).abs().max() < 1e-4


def test_controls_cost_the_same_within_a_tenth():
    cost = {name: sum(flops_per_byte(PRESETS[name]).values()) for name in CONTROLS}
    assert max(cost.values()) / min(cost.values()) <= 1.1


PAPER = Config(d_global=4, n_global=2, heads_global=2, d_local=16, n_local=2, heads_local=2, context=64)


@pytest.mark.parametrize(
    "c, pairs",
    [
        (PLAIN, 64 / 32.5),
        (PERCEIVER, (64 + 2 * 16) / (32.5 + 2 * 8.5)),
        (PAPER, 8 / 4.5),
        (replace(PAPER, rope=True, cross_patch=4, conv_encoder=True), (4 * 8 + 16 * 12) / (4 * 4.5 + 16 * 8)),
        (
            replace(PRESETS["tiny"], context=128),
            (32 * 16 + 128 * 2 * 64) / (32 * 8.5 + 128 * 48.25),
        ),  # a window reads two blocks
    ],
    ids=["transformer", "perceiver-ar", "paper", "variations", "byteline"],
)
def test_flops_are_those_that_pytorch_counts(c, pairs):
    """PyTorch counts whole squares of attention: `pairs` times those that are not masked."""
    x = torch.zeros(1, c.context, dtype=torch.long)
    model = build(c).train()
    with (
        FlopCounterMode(display=False) as counter,
        sdpa_kernel(SDPBackend.MATH),
    ):  # it does not count the CPU's fused kernel
        model(x)
    counts = {str(op): n / c.context for op, n in counter.get_flop_counts()["Global"].items()}
    want = flops_per_byte(c)
    assert sum(n for op, n in counts.items() if "bmm" not in op) == pytest.approx(want["matrices"])
    assert sum(n for op, n in counts.items() if "bmm" in op) == pytest.approx(want["attention"] * pairs)


def corpus(folder) -> Corpus:
    packer = Packer(folder, "train")
    for i in range(40):
        text = "".join(f"export function add{i}(a: number) {{\n  return a + {j};\n}}\n" for j in range(30))
        packer.add(0, f"src/{i}.ts", "ts", text.encode())
    packer.close([{"name": "t", "commit": None, "licence": "MIT"}])
    return Corpus(folder, "train")


@pytest.mark.parametrize("c", [PLAIN, PERCEIVER], ids=["transformer", "perceiver-ar"])
def test_a_control_trains_on_exactly_its_bytes_across_a_stop(tmp_path, c):
    c, packed = replace(c, context=256), corpus(tmp_path / "corpus")
    run = dict(rows=4, quiet=True, megabytes=0.1, out=tmp_path / "run", valid=None, corpus=packed)
    train(c, steps=40, **run)
    train(c, **run)
    saved = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
    assert saved["seen"] == -(-100_000 // 1024) * 1024 and saved["step"] == 98 and saved["cooling"]
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [r["step"] for r in rows] == [20, 40, 60, 80] and rows[-1]["train"] < rows[0]["train"] - 1
    model = load(tmp_path / "run" / "last.pt")
    assert model.c == c and bits_of(model, packed.text(0), b"src/0.ts") / len(packed.text(0)) < 4


def test_a_run_that_goes_on_inside_its_cooldown_saves_the_trunk_first(tmp_path):
    packed, c = corpus(tmp_path / "corpus"), replace(PLAIN, context=256)
    run = dict(rows=4, quiet=True, out=tmp_path / "run", valid=None, corpus=packed)
    train(c, megabytes=0.1, steps=10, **run)
    stopped = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
    train(c, megabytes=0.012, **run)
    trunk, last = (torch.load(tmp_path / "run" / f, weights_only=True) for f in ("trunk.pt", "last.pt"))
    assert (trunk["read"], trunk["seen"]) == (stopped["read"], stopped["seen"]) and last["seen"] > trunk["seen"]


def test_a_checkpoint_tells_its_kind():
    for name in CONTROLS:
        assert config_of(asdict(PRESETS[name])) == PRESETS[name]
    with pytest.raises(ValueError, match="unknown kind of network: rnn"):
        config_of({"kind": "rnn"})


def test_a_short_context_reads_the_text_of_a_long_one_in_pieces():
    text = "".join(f"línea {i}\n" for i in range(900)).encode()
    pieces = [t for _, t in stretches([(b"a.ts", text)], 4096, 1024, random.Random(5))]
    assert b"".join(pieces) in text and 3900 < sum(map(len, pieces)) <= 4096
    assert all(0 < len(p) <= 1024 - 70 for p in pieces)
    b"".join(pieces).decode()
    assert [t for _, t in stretches([(b"a.ts", text[:500])], 4096, 1024, random.Random(5))] == [text[:500]]
