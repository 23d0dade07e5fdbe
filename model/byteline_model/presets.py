"""Every network that can be trained, by name, and what tells them apart: the configuration's class and `kind`.

`paper`, `byteline`, `transformer`, `perceiver-ar` and `bpe` are controls of one another: forward FLOPs for each byte of
text agree within 10% (flops.py, test_controls.py). Of these only `byteline` has tables (hash and match), which cost
none.
"""

from torch import nn

from . import network
from .controls import CONTROLS, Transformer, TransformerConfig
from .errors import InputError
from .network import Config, Megabyte

PRESETS: dict[str, Config | TransformerConfig] = network.PRESETS | CONTROLS


def build(config: Config | TransformerConfig) -> nn.Module:
    """The network with fresh weights: `forward(x int64 [B, T], dtype) -> logits [B, T, V]`, `c` its configuration."""
    return Megabyte(config) if isinstance(config, Config) else Transformer(config)


def config_of(saved: dict) -> Config | TransformerConfig:
    """The configuration that a checkpoint keeps (dataclasses.asdict). One without `kind` is MEGABYTE's."""
    if "kind" not in saved:
        return Config(**saved)
    if saved["kind"] not in {c.kind for c in CONTROLS.values()}:
        raise InputError(f"unknown kind of network: {saved['kind']}")
    return TransformerConfig(**saved)
