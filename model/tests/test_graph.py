"""The exported graph against PyTorch: same bytes, same log-probabilities, at every phase."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from byteline_model.cached import greedy
from byteline_model.graph import Builder
from byteline_model.layers import int4
from byteline_model.presets import PRESETS
from byteline_model.runtime import Runtime
from byteline_model.utf8 import state_after, tables
from test_network import shaken

TINY = PRESETS["tiny"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model, folder = shaken(TINY), tmp_path_factory.mktemp("graph")
    files = {}
    for bits in (32, 8):
        files[bits] = str(folder / f"{bits}.onnx")
        onnx.save(Builder(model, bits).build(), files[bits])
    return model, files


def mask_of(text: bytes) -> torch.Tensor:
    return torch.from_numpy(tables()[1][state_after(text)])


def test_scores_are_the_networks_log_probabilities(exported):
    model, files = exported
    text = bytes(range(32, 126)) * 2
    text = text[: len(text) // 8 * 8]
    with torch.no_grad():
        x = torch.tensor([list(text)])
        want = -F.cross_entropy(model(x)[0], x[0], reduction="none").numpy()
    whole, chunked = Runtime(files[32], TINY), Runtime(files[32], TINY)
    assert np.abs(whole.extend(text)[2] - want).max() < 1e-4
    got = [chunked.extend(text[i : i + 24])[2] for i in range(0, len(text), 24)]
    assert np.abs(np.concatenate(got) - want).max() < 1e-4


@pytest.mark.parametrize("phase", range(8))
def test_decodes_the_bytes_that_pytorch_decodes(exported, phase):
    model, files = exported
    prompt = "const größe = [1, 2, 3];\n  return größe".encode()[: 32 + phase]
    while state_after(prompt):
        prompt += b"\xb6"
    want = greedy(model, prompt, 16, mask_of)
    r, whole = Runtime(files[32], TINY), len(prompt) // 8 * 8
    out = b""
    patch, *_ = r.extend(prompt[:whole], prompt[whole:])
    out += patch[len(prompt) - whole :]
    while len(out) < 16:
        patch, *_ = r.extend(patch)
        out += patch
    assert out[:16] == want


def test_text_that_repeats_inside_the_open_patch(exported):
    """The n-grams of the open patch find each other and those before: forced bytes score as PyTorch scores them."""
    model, files = exported
    text = b"abcdefgh" + b"xyxyxyxyxy " + b"abcabcabcabcab" + b"zz" * 8
    for end in range(8, len(text) - 7, 8):
        with torch.no_grad():
            logits = model(torch.tensor([list(text[: end + 8])]))[0, end:]
        masked = torch.stack([logits[i] + mask_of(text[: end + i]) for i in range(8)])
        want = -F.cross_entropy(masked, torch.tensor(list(text[end : end + 8])), reduction="none").numpy()
        patch, logp, _ = Runtime(files[32], TINY).extend(text[:end], text[end : end + 8])
        assert patch == text[end : end + 8]
        assert np.abs(logp - want).max() < 1e-4, end


def test_the_open_patch_alone_and_drafts(exported):
    """A call without new patches decodes the same open patch; `best` is what decoding yields as long as the draft is
    right."""
    _, files = exported
    r = Runtime(files[32], TINY)
    prompt = b"const size = [1, 2, 3];\n  return"
    first, logp, _ = r.extend(prompt[:32], prompt[32:])
    again, same, score = r.extend(b"", prompt[32:])
    assert again == first and np.array_equal(logp, same) and len(score) == 0
    second, _, _ = r.extend(first)
    third, _, _ = r.extend(second)
    r.truncate(4)
    open_patch, _, _ = r.extend(first + second)  # checked as a draft, in one call
    assert r.best == first + second and open_patch == third
    r.truncate(4)
    r.extend(first[:3] + bytes([first[3] ^ 1]) + first[4:])
    assert r.best[:4] == first[:4]


def test_a_decoded_patch_is_not_read_again(exported):
    """Its rows come out of the call that decoded it: the next calls yield the same from them, also before drafts."""
    _, files = exported
    prompt = b"const size = [1, 2, 3];\n  return"
    read, taken = Runtime(files[32], TINY), Runtime(files[32], TINY)
    patch = read.extend(prompt[:32], prompt[32:])[0]
    assert taken.extend(prompt[:32], prompt[32:])[0] == patch
    for more in (b"", b"", b"12345678"):
        want, got = read.extend(patch + more), taken.extend(patch + more, again=False)
        assert got[0] == want[0] and np.abs(got[1] - want[1]).max() < 1e-4
        assert np.abs(read.u - taken.u).max() < 1e-4 and all(
            np.abs(read.l[k] - taken.l[k]).max() < 1e-4 for k in read.l
        )
        assert len(got[2]) == len(more) and np.abs(got[2] - want[2][8:]).max(initial=0) < 1e-4
        patch = want[0]


def test_int8_is_close(exported):
    _, files = exported
    text = b"function add(a, b) { return a + b; }\n" * 8
    text = text[: len(text) // 8 * 8]
    a, b = Runtime(files[32], TINY).extend(text)[2], Runtime(files[8], TINY).extend(text)[2]
    assert abs(a.mean() - b.mean()) < 0.05 * abs(a.mean())


def test_utf8_states():
    follow, mask = tables()
    for text in ("aé한😀\U0010ffff", "߿ࠀ퟿𐀀"):
        state = 0
        for byte in text.encode():
            assert mask[state, byte] == 0
            state = follow[state, byte]
        assert state == 0
    for bad in (b"\xc0", b"\xe0\x80", b"\xed\xa0", b"\xf4\x90", b"\xf5", b"\x80"):
        state = 0
        for byte in bad[:-1]:
            state = follow[state, byte]
        assert mask[state, bad[-1]] < 0
    assert state_after("a한".encode()[:3]) == 1 and state_after("aé".encode()) == 0


def test_int4_stands_for_what_it_is_multiplied_as(tmp_path):
    """layers.int4 in the halves and scales that MatMulNBits reads, and near the weights."""
    weight = np.random.default_rng(1).normal(size=(8, 2, 32)).astype(np.float32)
    halves, scale = int4(weight)
    values = np.stack((halves & 15, halves >> 4), -1).reshape(weight.shape).astype(np.float32) - 8
    near = values * scale[..., None]
    assert np.abs(near - weight).max() < np.abs(weight).max() / 7
    node = onnx.helper.make_node(
        "MatMulNBits", ["x", "w", "s"], ["y"], domain="com.microsoft", K=64, N=8, bits=4, block_size=32
    )
    graph = onnx.helper.make_graph(
        [node],
        "g",
        [onnx.helper.make_tensor_value_info("x", 1, [1, 64])],
        [onnx.helper.make_tensor_value_info("y", 1, [1, 8])],
        [
            onnx.numpy_helper.from_array(halves, "w"),
            onnx.numpy_helper.from_array(scale.astype(np.float32).reshape(-1), "s"),
        ],
    )
    onnx.save(
        onnx.helper.make_model(
            graph,
            ir_version=9,
            opset_imports=[onnx.helper.make_opsetid("", 20), onnx.helper.make_opsetid("com.microsoft", 1)],
        ),
        tmp_path / "g.onnx",
    )
    x = np.random.default_rng(2).normal(size=(1, 64)).astype(np.float32)
    got = onnxruntime.InferenceSession(tmp_path / "g.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    assert np.abs(got - x @ near.reshape(8, 64).T).max() < 1e-3
