"""One step after the other gives the logits of `forward`: of every kind of network, after a beginning of any length."""

from dataclasses import replace

import pytest
import torch
from byteline_model.config import Config
from byteline_model.controls import TransformerConfig
from byteline_model.presets import PRESETS, build
from byteline_model.steps import PatchSteps, TransformerSteps, WholeSteps, steps_of

PAPER = Config(d_global=4, n_global=2, heads_global=2, d_local=16, n_local=2, heads_local=2, context=64)
PLAIN = TransformerConfig(width=16, layers=2, heads=2, context=64)
PERCEIVER = replace(PLAIN, kind="perceiver-ar", latents=16, layers=3)
KINDS = {
    "paper": (PAPER, PatchSteps),
    "paper with tables": (replace(PAPER, hash_orders=(2, 3), hash_rows=64, match_orders=(2,)), PatchSteps),
    "the byte before": (replace(PAPER, previous_byte=True, rope=True), PatchSteps),
    "window": (replace(PAPER, window=16), PatchSteps),
    "byteline": (PRESETS["tiny"], PatchSteps),
    "transformer": (PLAIN, TransformerSteps),
    "bpe": (replace(PLAIN, kind="bpe", vocab=300), TransformerSteps),
    "perceiver-ar": (PERCEIVER, TransformerSteps),
    "perceiver-ar, an odd block": (replace(PERCEIVER, latents=15, context=60), TransformerSteps),
    "cross-patch attention": (replace(PAPER, rope=True, cross_patch=3), PatchSteps),
    "convolutions": (replace(PAPER, conv_encoder=True), PatchSteps),
    "without a local model": (replace(PAPER, without_local=True, n_local=0), PatchSteps),
    "without a global model": (replace(PAPER, without_global=True, n_global=0, rope=True, cross_patch=8), PatchSteps),
    "pilot": (replace(PAPER, global_to_layers=True), WholeSteps),
}


@pytest.mark.parametrize("first", [0, 1, 8, 21])
@pytest.mark.parametrize(("c", "kind"), KINDS.values(), ids=KINDS)
def test_the_steps_give_the_logits_of_forward(c, kind, first):
    torch.manual_seed(3)
    model = build(c).eval()
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.3) if p.ndim > 1 else None
    x = torch.randint(0, 256, (2, 56))
    x[0, 20:30] = x[0, 5:15]  # something for the match tables
    with torch.no_grad():
        whole = model(x)
    steps = steps_of(model, 2)
    assert isinstance(steps, kind)
    got = [steps.extend(x[:, :first])] + [steps.extend(x[:, t : t + 1]) for t in range(first, 55)]
    assert (torch.stack(got, 1) - whole[:, first:]).abs().max() < 1e-4
    steps = steps_of(model, 2)  # pieces of any length
    pieces = [steps.extend(x[:, a:b])[0] for a, b in zip((0, 3, 16, 17, 40), (3, 16, 17, 40, 55))]
    assert (torch.stack(pieces) - whole[0, [3, 16, 17, 40, 55]]).abs().max() < 1e-4
