"""Proofs about the network: no leaks, the cached path equals the plain one, and equations 1-6 by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from byteline_model.cached import Cache, greedy
from byteline_model.config import PILOTS, Config
from byteline_model.errors import InputError
from byteline_model.network import Megabyte
from byteline_model.ngrams import NO_MATCH, match_rows
from byteline_model.presets import PRESETS
from byteline_model.sequence import BOS
from byteline_model.transformer import CHUNK, CHUNKS, causal, windowed, written_out

TINY = PRESETS["tiny"]
PAPER = Config(d_global=4, n_global=2, heads_global=2, d_local=16, n_local=2, heads_local=2, context=64)
SWITCHES = [
    dict(previous_byte=True),
    dict(window=16),
    dict(window=16, n_encoder=1),
    dict(hash_orders=(2, 3), hash_rows=64),
    dict(match_orders=(2, 3)),
    dict(qk_norm=True),
    dict(rope=True),
    dict(relu2=True),
    dict(zero_init=True),
    dict(global_to_layers=True),
    dict(value_embeddings=True),
    dict(hash_to_layers=True, hash_orders=(2, 3), hash_rows=64, match_orders=(2, 3)),
    dict(rope=True, cross_patch=3),
    dict(conv_encoder=True),
    dict(without_local=True, n_local=0),
    dict(without_global=True, n_global=0, rope=True, cross_patch=8, previous_byte=True),
]


def shaken(config: Config) -> Megabyte:
    """A model whose zero-initialised weights are not zero, so that every path carries something."""
    torch.manual_seed(3)
    model = Megabyte(config)
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.3) if p.ndim > 1 else None
    if config.hash_to_layers:
        torch.nn.init.ones_(model.hash_scales)
    return model.eval()


ALL_PILOTS = replace(TINY, global_to_layers=True, value_embeddings=True, hash_to_layers=True)


@pytest.mark.parametrize(
    "config",
    [PAPER, TINY, ALL_PILOTS] + [replace(PAPER, **s) for s in SWITCHES],
    ids=["paper", "byteline", "pilots"] + ["+".join(s) for s in SWITCHES],
)
def test_flipping_a_byte_moves_no_logit_at_or_before_it(config):
    model, T = shaken(config), 64
    x = torch.randint(0, 256, (1, T))
    with torch.no_grad():
        base = model(x)
        for j in range(3 * config.patch):
            y = x.clone()
            y[0, j] ^= 0x55
            moved = (model(y) - base).abs().amax(-1)[0]
            assert moved[: j + 1].max() == 0
            assert moved[j + 1 :].max() > 0


def moved_by(config: Config, at: int) -> list[int]:
    """Positions whose logits a change of the byte at `at` moves."""
    model, x = shaken(config), torch.randint(0, 256, (1, 64))
    y = x.clone()
    y[0, at] ^= 0x55
    with torch.no_grad():
        return (model(x) - model(y)).abs().amax(-1)[0].nonzero().flatten().tolist()


def test_what_each_variation_of_the_paper_sees():
    """Byte 20 stands at p = 4 of patch 2, byte 22 at p = 6: it is the local model's input at p = 7."""
    alone = replace(PAPER, n_global=0, without_global=True, rope=True)
    assert moved_by(alone, 20) == [21, 22, 23]  # inside the patch
    one = replace(alone, n_local=1)
    assert moved_by(replace(one, cross_patch=1), 20) == [21, 22, 23]  # the last of the patch before is p = 7
    assert moved_by(replace(one, cross_patch=1), 22) == [23, *range(24, 32)]
    assert moved_by(replace(one, cross_patch=3), 20) == [21, 22, 23, *range(24, 32)]  # p = 5, 6 and 7
    two = replace(alone, cross_patch=8)
    assert moved_by(two, 20) == [21, 22, 23, *range(24, 40)]  # a patch for each layer
    assert moved_by(replace(PAPER, n_local=0, without_local=True), 20) == list(range(24, 64))


def test_the_convolutional_encoder_sees_the_bytes_before_a_patch():
    """Filters of 3, 5 and 7 bytes, one after the other: 13 bytes, so patch 2's embedding knows those from byte 4 on."""
    model = shaken(replace(PAPER, conv_encoder=True))
    x = torch.randint(0, 256, (1, 64))
    at = torch.arange(64)
    with torch.no_grad():
        base = model.patches(x, model.encode(x, [], at, []), at)
        for j, moved in ((3, [0, 1]), (4, [0, 1, 2]), (22, [2, 3, 4])):
            y = x.clone()
            y[0, j] ^= 0x55
            changed = (model.patches(y, model.encode(y, [], at, []), at) - base).abs().amax(-1)[0]
            assert changed.nonzero().flatten().tolist() == moved


@pytest.mark.parametrize("switch", PILOTS)
def test_a_pilots_switch_does_something_begins_as_nothing_and_is_named_where_it_is_not_known(switch):
    config, x = replace(TINY, **{switch: True}), torch.randint(0, 249, (1, 64))
    with torch.no_grad():
        base = shaken(TINY)
        changed = shaken(config)
        shared = base.state_dict()
        changed.load_state_dict(changed.state_dict() | shared)
        assert (changed(x) - base(x)).abs().max() > 1e-3
        fresh = Megabyte(config)
        fresh.load_state_dict(fresh.state_dict() | shared)  # the rest starts at zero
        assert (fresh.eval()(x) - base(x)).abs().max() < 1e-5
    with pytest.raises(InputError, match=f"{switch} is for training alone"):
        Cache(fresh)


def test_flipping_a_byte_moves_no_cached_logit_at_or_before_it():
    model = shaken(TINY)
    x = torch.randint(0, 249, (1, 32))
    with torch.no_grad():
        base = Cache(model).extend(x)
        for j in range(32):
            y = x.clone()
            y[0, j] ^= 0x55
            moved = (Cache(model).extend(y) - base).abs().amax(-1)[0]
            assert moved[: j + 1].max() == 0


def test_cached_and_uncached_logits_agree_at_every_phase():
    model, P = shaken(TINY), TINY.patch
    x = torch.randint(0, 249, (1, 160))
    with torch.no_grad():
        whole = model(x)[0]
        cache = Cache(model)
        assert (cache.extend(x[:, :128])[0] - whole[:128]).abs().max() < 1e-4
        for phase in range(P):
            rest = iter(x[0, 128 + phase : 136].tolist())
            got, logits = cache.open_patch(x[0, 128 : 128 + phase].tolist(), lambda _, rest=rest: next(rest))
            assert got == x[0, 128:136].tolist()
            assert (logits - whole[128:136]).abs().max() < 1e-4
        cache.truncate(5)  # an edit higher up
        assert (cache.extend(x[:, 40:])[0] - whole[40:]).abs().max() < 1e-4


def test_a_chosen_byte_typed_ahead_changes_nothing():
    model = shaken(TINY)
    prompt = bytes(range(60, 95))
    text = greedy(model, prompt, 12)
    assert len(text) == 12
    for i in range(1, 12):
        assert greedy(model, prompt + text[:i], 12 - i) == text[i:]


def test_equations_1_to_6_by_hand():
    """P = 2, D_G = 2, D_L = 2, no layers: every equation but the transformers themselves, written out in numpy."""
    torch.manual_seed(0)
    c = Config(patch=2, d_global=2, n_global=0, heads_global=1, d_local=2, n_local=0, heads_local=1, context=8)
    model = Megabyte(c).eval()
    weight = {n: p.detach().numpy() for n, p in model.named_parameters()}
    norm = lambda h: h / np.sqrt((h * h).mean() + 1e-5)
    x = [7, 200, 31, 5]
    logits = []
    for t in range(4):
        k, p = divmod(t, 2)
        if k == 0:
            h_in = weight["pad_global"].reshape(-1)  # eq. 2, patch 0
        else:  # eq. 1-2: the bytes of the patch before, with their positions
            h_in = np.concatenate(
                [
                    weight["embed_global.weight"][x[i]] + weight["embed_position.weight"][i]
                    for i in (2 * k - 2, 2 * k - 1)
                ]
            )
        h_out = norm(h_in)  # eq. 3 with no layers
        byte = weight["pad_local"] if p == 0 else weight["embed_local.weight"][x[t - 1]]
        h_local = weight["global_to_local.weight"] @ h_out[2 * p : 2 * p + 2] + byte  # eq. 4
        logits.append(weight["embed_local.weight"] @ norm(h_local))  # eq. 5 with no layers, eq. 6
    assert np.allclose(model(torch.tensor([x]))[0].detach().numpy(), np.array(logits), atol=1e-5)


def test_config_errors_name_the_setting():
    with pytest.raises(ValueError, match="window must divide context"):
        Config(window=48)
    with pytest.raises(ValueError, match="encoder needs a window"):
        Config(n_encoder=1)
    with pytest.raises(ValueError, match="cross_patch is at most a patch"):
        Config(cross_patch=9, rope=True)
    with pytest.raises(ValueError, match="cross_patch needs rope"):
        Config(cross_patch=8)
    with pytest.raises(ValueError, match="without_local and without_global want no layers"):
        Config(without_local=True)


def test_matches_are_the_bytes_that_followed():
    text = [BOS] + list(b"abcabdabcabd, abdabd") + [BOS] + list(b"abcabc")
    orders, depth = (2, 3), 3
    rows = match_rows(torch.tensor([text]), orders, depth)[0].tolist()
    for t in range(len(text)):
        start = max(i for i in range(t + 1) if text[i] == BOS)
        for j, n in enumerate(orders):
            padded = [0] * n + text  # a text begins after zeros
            gram = lambda i, padded=padded, n=n: padded[i + 1 : i + 1 + n]
            followers = [text[i + 1] for i in range(t - 1, start - 1, -1) if gram(i) == gram(t)][:depth]
            want = followers + [NO_MATCH] * (depth - len(followers))
            assert [
                row - (j * depth + d) * (NO_MATCH + 1) for d, row in enumerate(rows[t][j * depth : (j + 1) * depth])
            ] == want


def test_attention_under_a_mask_is_that_of_the_kernel_that_a_gpu_takes():
    torch.manual_seed(1)
    q, k, v = torch.randn(6, 3, 8, 4), torch.randn(6, 3, 16, 4), torch.randn(6, 3, 16, 4)
    seen = torch.rand(3, 8, 16) < 0.5
    seen[..., 0] = True
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
    assert torch.allclose(written_out(q, k, v, seen), expected, atol=1e-6)


@pytest.mark.parametrize("n", [1, 100, CHUNK, 2 * CHUNK + 44, CHUNK * CHUNKS, CHUNK * CHUNKS + 1])
def test_causal_attention_by_chunks_is_that_of_the_kernel(n):
    check_attention(causal, torch.ones(n, n).tril().bool())


@pytest.mark.parametrize("n", [1, 16, 40, 64])
def test_windowed_attention_is_that_under_the_mask(n):
    check_attention(windowed(16), torch.ones(n, n).tril().triu(-15).bool())


def check_attention(attend, seen):
    """Outputs and gradients of `attend` are those of the kernel under the mask."""
    torch.manual_seed(1)
    results = []
    inputs = [torch.randn(2, 3, len(seen), 8, dtype=torch.double) * 4 for _ in range(4)]
    for f in (attend, lambda *qkv: torch.nn.functional.scaled_dot_product_attention(*qkv, attn_mask=seen)):
        qkv = [x.clone().requires_grad_() for x in inputs[:3]]
        out = f(*qkv)
        out.backward(inputs[3])
        results.append([out.detach()] + [x.grad for x in qkv])
    for mine, theirs in zip(*results):
        assert torch.allclose(mine, theirs, atol=1e-9)
