"""Figure 3: what a byte costs a Transformer, a linear Transformer and MEGABYTE of as many weights, by size and length.

    python -m byteline_model.paper.cost [--measure]

Worked out as in section 3.1: twice the weights that a byte meets, attention after Kaplan et al. 2020 (2001.08361),
that of linear Transformers (Katharopoulos et al. 2020, arXiv 2006.16236) as 9 D a layer. MEGABYTE has the Transformer's
width and layers: three quarters of the layers are global, a quarter is local, P = 8. `--measure` runs small networks of
this kind on one thread; a linear Transformer is not among them.
"""

import argparse
import time

import torch

from ..config import Config
from ..controls import TransformerConfig
from ..errors import command
from ..presets import LAYERS, build
from ..scorecard.machine import machine
from ..scorecard.markdown import table

PATCH = 8
# D and L of Table 14's S2, S4 and S6, and of GPT-3 (Brown et al. 2020)
SIZES = {"350M": (1024, 24), "1.3B": (2048, 24), "6.7B": (4096, 32), "174B": (12288, 96)}
LENGTHS = (1024, 8192, 65536, 1048576)


def transformer(D: int, L: int, T: int) -> float:
    """Forward FLOPs for each of T bytes: 12 D^2 weights a layer, and attention to T positions."""
    return L * (2 * 12 * D * D + 2 * T * D)


def linear_transformer(D: int, L: int) -> float:
    """The same with linear attention, at any length."""
    return L * (2 * 12 * D * D + 9 * D)


def megabyte(D: int, L: int, T: int, P: int = PATCH) -> float:
    """The same of MEGABYTE: the global layers once for each of T / P patches, the local ones over P bytes."""
    local = max(1, L // 4)
    return transformer(D, L - local, T // P) / P + transformer(D, local, P)


def worked_out() -> list[str]:
    """Million FLOPs a byte, and MEGABYTE's share of each of the others."""
    body = []
    for name, (D, L) in SIZES.items():
        for T in LENGTHS:
            a, b, c = transformer(D, L, T), linear_transformer(D, L), megabyte(D, L, T)
            body.append([name, f"{T:,}", *(f"{x / 1e6:,.0f}" for x in (a, b, c)), f"{c / a:.2f}", f"{c / b:.2f}"])
    return table(
        ["size", "T", "Transformer", "linear Transformer", "MEGABYTE", "of Transformer", "of linear Transformer"], body
    )


def networks(D: int, L: int, T: int) -> tuple[TransformerConfig, Config]:
    """A Transformer and a MEGABYTE of the same width, layers and, but for embeddings, weights."""
    local = max(1, L // 4)
    heads = D // 32
    return TransformerConfig(width=D, layers=L, heads=heads, context=T), Config(
        **LAYERS,
        patch=PATCH,
        d_global=D // PATCH,
        n_global=L - local,
        heads_global=heads,
        d_local=D,
        n_local=local,
        heads_local=heads,
        context=T,
    )


@torch.no_grad()
def seconds_per_byte(c: TransformerConfig | Config, T: int, rounds: int = 3) -> float:
    """CPU seconds of a forward pass for each of its bytes, the least of `rounds`."""
    torch.manual_seed(1)
    model, x, best = build(c).eval(), torch.randint(0, 256, (1, T)), float("inf")
    for _ in range(rounds):
        began = time.process_time()
        model(x)
        best = min(best, time.process_time() - began)
    return best / T


def measured(D: int, L: int, lengths: tuple[int, ...]) -> list[str]:
    """Microseconds of CPU time a byte, and MEGABYTE's share, beside the share that is worked out."""
    body = []
    for T in lengths:
        a, b = (seconds_per_byte(c, T) * 1e6 for c in networks(D, L, T))
        share = megabyte(D, L, T) / transformer(D, L, T)
        body.append([f"D={D}, L={L}", f"{T:,}", f"{a:.1f}", f"{b:.1f}", f"{b / a:.2f}", f"{share:.2f}"])
    return table(["size", "T", "Transformer", "MEGABYTE", "of Transformer", "worked out"], body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="run small networks as well: half a minute")
    a = parser.parse_args()
    print("\n".join(["Million forward FLOPs for each byte:", "", *worked_out()]))
    if a.measure:
        torch.set_num_threads(1)
        print("\n".join([f"Microseconds of CPU time for each byte of a forward pass, {machine()}, one thread:", ""]))
        print("\n".join(measured(256, 8, (1024, 4096, 16384))))


if __name__ == "__main__":
    command(main)
