"""Every network that can be trained, by name, and what tells them apart: the configuration's class and `kind`.

`paper`, `byteline`, `transformer`, `perceiver-ar` and `bpe` are controls of one another: forward FLOPs for each byte of
text agree within 10% (flops.py, test_controls.py). Of these only `byteline` has tables (hash and match), which cost
none.
"""

from dataclasses import replace
from typing import Any, overload

from torch import nn

from .config import Config
from .controls import CONTROLS, Transformer, TransformerConfig
from .errors import InputError
from .network import Megabyte

MATCHES: dict[str, Any] = dict(match_orders=(3, 4, 6, 10, 20), match_depth=2)
MORE_MATCHES: dict[str, Any] = dict(match_orders=(2, 3, 4, 5, 6, 8, 12, 20), match_depth=2)
LAYERS: dict[str, Any] = dict(qk_norm=True, rope=True, relu2=True, zero_init=True)
BYTELINE: dict[str, Any] = dict(**LAYERS, previous_byte=True, window=64, n_encoder=1)
MICRO = Config(
    **BYTELINE,
    **MATCHES,
    hash_orders=(2, 3, 4),
    hash_rows=16384,
    d_global=20,
    n_global=4,
    heads_global=4,
    d_local=96,
    n_local=1,
    heads_local=2,
)
MEGABYTES: dict[str, Config] = {
    # controls of one size: the paper to the letter, and ours
    "paper": Config(d_global=21, n_global=4, heads_global=4, d_local=96, n_local=2, heads_local=2),
    "byteline": MICRO,
    # as released: nano 0.3 and micro 0.2
    "nano": Config(**BYTELINE, **MORE_MATCHES, hash_orders=(2, 3, 4, 5, 6), hash_rows=32768, n_local=2),
    "micro": MICRO,
    # nano as it was, and what micro will be: the same widths, fewer and more tables
    "nano-0.2": Config(**BYTELINE, **MATCHES, hash_orders=(2, 3, 4, 5), hash_rows=32768, n_local=2),
    "micro-0.3": replace(MICRO, **MORE_MATCHES, hash_orders=(2, 3, 4, 5, 6)),
    # for minutes of a large GPU: about 43 MB in int8, and hardly slower than nano at the user's
    "medium": Config(
        **BYTELINE,
        **MORE_MATCHES,
        hash_orders=(3, 4, 5),
        hash_rows=16384,
        d_global=64,
        n_global=8,
        heads_global=8,
        d_local=256,
        n_local=3,
        heads_local=4,
    ),
    # for a good CPU or a GPU: int8 under 70 MB
    "small": Config(
        **BYTELINE | dict(window=128),
        **MATCHES,
        hash_orders=(3, 5),
        hash_rows=8192,
        d_global=96,
        n_global=7,
        heads_global=12,
        d_local=320,
        n_local=4,
        heads_local=5,
    ),
    "tiny": Config(
        **BYTELINE,
        hash_orders=(2, 3),
        hash_rows=256,
        match_orders=(3, 5),
        match_depth=2,
        d_global=8,
        n_global=2,
        heads_global=2,
        d_local=32,
        n_local=1,
        heads_local=2,
        context=512,
    ),
}

# the paper's network in a size that learns something in ten minutes: a sequence is one picture of 32 x 32 pixels, a
# patch a block of 2 x 2 (appendix D.1); or a second of sound at 8 kHz
RAW: dict[str, Config] = {
    "pictures": Config(
        **LAYERS, patch=12, d_global=16, n_global=4, d_local=96, n_local=2, context=3072, cross_patch=12
    ),
    "sound": Config(**LAYERS, patch=16, d_global=12, n_global=4, d_local=96, n_local=2, context=8192, cross_patch=16),
}
PRESETS: dict[str, Config | TransformerConfig] = {**MEGABYTES, **RAW, **CONTROLS}


Network = Megabyte | Transformer


@overload
def build(config: Config) -> Megabyte: ...
@overload
def build(config: TransformerConfig) -> Transformer: ...
@overload
def build(config: Config | TransformerConfig) -> Network: ...
def build(config: Config | TransformerConfig) -> Network:
    """The network with fresh weights: `forward(x int64 [B, T], dtype) -> logits [B, T, V]`, `c` its configuration."""
    return Megabyte(config) if isinstance(config, Config) else Transformer(config)


def config_of(saved: dict) -> Config | TransformerConfig:
    """The configuration that a checkpoint keeps (dataclasses.asdict). One without `kind` is MEGABYTE's."""
    if "kind" not in saved:
        return Config(**saved)
    if saved["kind"] not in {c.kind for c in CONTROLS.values()}:
        raise InputError(f"unknown kind of network: {saved['kind']}")
    return TransformerConfig(**saved)


def rows_in(step: int, c: Config | TransformerConfig) -> int:
    """Sequences that hold about `step` bytes of text; one at least."""
    each = c.bytes_per_position if isinstance(c, TransformerConfig) else 1
    return max(1, round(step / (c.context * each)))


def count_weights(model: nn.Module) -> tuple[int, int]:
    """Weights in the network, and in its hash tables."""
    tables = sum(p.numel() for n, p in model.named_parameters() if n.split(".")[0] in ("ngrams", "matches"))
    return sum(p.numel() for p in model.parameters()) - tables, tables
