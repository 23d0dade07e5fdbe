"""Forward floating point operations for each byte of text, by configuration: two for each multiplication and addition
of the matrices and of the attention to the positions that a position may see, averaged over a full context. Embeddings,
hash and match tables, norms and element-wise work count as none. Training costs three times as much.

    python -m byteline_model.flops
"""

from .config import VOCAB, Config
from .controls import TransformerConfig
from .network import CONVOLUTIONS


def block(width: int) -> int:
    """Multiplications of a layer's matrices at one position: q, k, v, out, up, down."""
    return 12 * width * width


def seen(positions: int, window: int = 0) -> float:
    """Positions that one attends to on average, itself among them; the last `window` at most."""
    w = window or positions
    return w - w * (w - 1) / (2 * positions)


def flops_per_byte(c: Config | TransformerConfig) -> dict[str, float]:
    """{"matrices", "attention"}: floating point operations a byte."""
    if isinstance(c, TransformerConfig):
        inner = seen(c.latents) if c.latents else seen(c.context)
        matrices = c.layers * block(c.width) + c.vocab * c.width
        attention = 2 * c.width * (seen(c.context) + (c.layers - 1) * inner)
        return {"matrices": 2 * matrices / c.bytes_per_position, "attention": 2 * attention / c.bytes_per_position}
    width, locals_ = c.patch * c.d_global, c.n_encoder + c.n_local
    encoded = bool(c.hash_orders or c.match_orders or c.n_encoder)
    matrices = (
        c.n_global * block(width) / c.patch
        + locals_ * block(c.d_local)
        + (1 + encoded) * c.d_global * c.d_local
        + VOCAB * c.d_local
        + c.conv_encoder * sum(CONVOLUTIONS) * c.d_global * c.d_global
        + c.global_to_layers * c.n_local * c.d_global * c.d_local
    )  # width * d_local for a patch
    local = seen(c.context, c.window) if c.window else seen(c.patch) + c.cross_patch * (1 - c.patch / c.context)
    attention = c.n_global * 2 * width * seen(c.context // c.patch) / c.patch + locals_ * 2 * c.d_local * local
    return {"matrices": 2 * matrices, "attention": 2 * attention}


def main() -> None:
    from .presets import PRESETS

    for name, config in PRESETS.items():
        parts = flops_per_byte(config)
        total = sum(parts.values())
        print(f"{total / 1e6:.3f} million forward FLOPs a byte, {parts['attention'] / total:.0%} attention  {name}")


if __name__ == "__main__":
    main()
