"""What is trained for which table: our Tables 14 and 15 (appendix A.2). The networks of a data set cost the forward
FLOPs of its MEGABYTE for each byte within 10% (flops.py), see the same bytes, and have the same layers (LAYERS): what
differs is the architecture alone. Data sets are named after the folders of corpora that model/data.sh builds."""

from dataclasses import dataclass, field, replace

from ..config import Config
from ..controls import TransformerConfig
from ..presets import LAYERS

Network = Config | TransformerConfig

TRANSFORMER = TransformerConfig(width=64, layers=3, heads=2, context=512)
PERCEIVER = TransformerConfig("perceiver-ar", width=64, layers=2, heads=2, context=2048, latents=256)

# text: P = 8, cross-patch attention to the whole patch before
TEXT = Config(
    **LAYERS, cross_patch=8, d_global=16, n_global=4, heads_global=4, d_local=64, n_local=2, heads_local=2, context=4096
)
# pictures: P = 12, blocks of 2 x 2 pixels; contexts by the side of the picture
PICTURE = replace(TEXT, patch=12, cross_patch=12, d_global=12, context=3072)
# sound: P = 16 frames, a second at 8 kHz
SOUND = replace(TEXT, patch=16, cross_patch=16, d_global=8, n_local=3, context=8192)

BASE: dict[str, dict[str, Network]] = {
    "prose": {"transformer": TRANSFORMER, "perceiver-ar": PERCEIVER, "megabyte": TEXT},
    "code": {"transformer": TRANSFORMER, "perceiver-ar": PERCEIVER, "megabyte": TEXT},
    "pictures-16": {
        "transformer": replace(TRANSFORMER, context=384),
        "perceiver-ar": replace(PERCEIVER, context=768, latents=192, layers=3),
        "megabyte": replace(PICTURE, context=768, n_global=5),
    },
    "pictures-32": {
        "transformer": replace(TRANSFORMER, context=384),
        "perceiver-ar": replace(PERCEIVER, context=1536, latents=192),
        "megabyte": replace(PICTURE, n_global=5),
    },
    "pictures-64": {
        "transformer": replace(TRANSFORMER, context=384),
        "perceiver-ar": replace(PERCEIVER, context=1536, latents=192),
        "megabyte": replace(PICTURE, context=12288, n_global=3),
    },
    "sound": {"transformer": TRANSFORMER, "perceiver-ar": PERCEIVER, "megabyte": SOUND},
}
BASE["pictures-32-raster"] = {name: BASE["pictures-32"][name] for name in ("perceiver-ar", "megabyte")}

# Table 10: what is left out, at the same cost.
ABLATIONS: dict[str, dict[str, Network]] = {
    "prose": {
        # the paper halves the patch for this row, too
        "without-local": replace(TEXT, patch=4, cross_patch=0, d_global=32, n_global=3, n_local=0, without_local=True),
        "without-global": replace(TEXT, n_global=0, n_local=5, without_global=True),
        "without-cross-patch": replace(TEXT, cross_patch=0),
        "convolutions": replace(TEXT, conv_encoder=True),
    },
    "sound": {
        "without-local": replace(SOUND, cross_patch=0, d_global=22, n_global=2, n_local=0, without_local=True),
        "without-global": replace(SOUND, n_global=0, n_local=4, without_global=True),
        "without-cross-patch": replace(SOUND, cross_patch=0),
        "convolutions": replace(SOUND, conv_encoder=True),
    },
}
# Table 8 compares with subword models: bits per byte of the text that the tokens stand for
SUBWORDS: dict[str, Network] = {
    "subwords": TransformerConfig("bpe", width=64, layers=4, heads=2, context=1280, vocab=4096, bytes_per_position=3.0)
}
# beside the paper: the real byte x_{t-1} at p = 0 in place of the pad (eq. 4); patches of half the size
BEYOND: dict[str, Network] = {
    "previous-byte": replace(TEXT, previous_byte=True),
    "patch-4": replace(TEXT, patch=4, cross_patch=4, d_global=24, n_global=3, context=2048),
}

# Factors of the recipe's learning rates (recipe.py) that were tried, by data set and megabytes seen. The tables have 1:
# what others save is gone at the next budget, or with the next size of pictures.
TRIED: dict[str, dict[float, tuple[float, ...]]] = {
    "prose": {2: (0.5, 1, 2, 4, 8), 4: (1, 2, 4)},
    "pictures-32": {4: (0.25, 0.5, 1, 2)},
    "pictures-64": {4: (0.5, 1)},
    "sound": {2: (0.5, 1, 2)},
}

# Table 11: MEGABYTE's checkpoints, scored otherwise (bits.bits_of)
INFERENCE = {
    "basic": dict(sliding=False),
    "sliding-window": dict(),
    "strided": dict(sliding=False, stride=True),
    "sliding-and-strided": dict(stride=True),
}


@dataclass(frozen=True)
class Table:
    """One table of the paper. `rows`: networks by row and data set; `paper`: its figures, likewise (bits per byte)."""

    title: str
    datasets: tuple[str, ...]
    rows: dict[str, dict[str, Network]]
    megabytes: tuple[float, ...]  # text seen: the budgets
    paper: dict[str, dict[str, float]] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)  # what the paper's column is called, where not the same
    base: str = "megabyte"  # the row that others are compared with


def by_row(datasets: tuple[str, ...], *groups: dict[str, dict[str, Network]]) -> dict[str, dict[str, Network]]:
    """{data set: {row: network}} turned over, of several groups."""
    rows: dict[str, dict[str, Network]] = {}
    for group in groups:
        for dataset in datasets:
            for row, network in group.get(dataset, {}).items():
                rows.setdefault(row, {})[dataset] = network
    return rows


TEXTS, PICTURES = ("prose", "code"), ("pictures-16", "pictures-32", "pictures-64")
SCANS = ("pictures-32", "pictures-32-raster")
TABLES = {
    "7": Table(
        "Prose and code",
        TEXTS,
        by_row(TEXTS, BASE, dict.fromkeys(TEXTS, BEYOND)),
        (2, 4, 8, 32),
        {
            "transformer": {"prose": 1.057, "code": 0.575},
            "perceiver-ar": {"prose": 1.104, "code": 0.546},
            "megabyte": {"prose": 1.000, "code": 0.411},
        },
        {"prose": "PG-19", "code": "Code"},
    ),
    "8": Table("Bytes and subwords", TEXTS, by_row(TEXTS, BASE, dict.fromkeys(TEXTS, SUBWORDS)), (2, 4)),
    "5": Table(
        "Pictures at three resolutions",
        PICTURES,
        by_row(PICTURES, BASE),
        (4, 16),
        {
            "transformer": {"pictures-16": 3.62, "pictures-32": 3.801, "pictures-64": 2.847},
            "perceiver-ar": {"pictures-16": 3.55, "pictures-32": 3.373, "pictures-64": 2.345},
            "megabyte": {"pictures-16": 3.52, "pictures-32": 3.158, "pictures-64": 2.282},
        },
        {"pictures-16": "Image64", "pictures-32": "Image256", "pictures-64": "Image640"},
    ),
    "16": Table(
        "Patch scan and raster scan",
        SCANS,
        by_row(SCANS, dict.fromkeys(SCANS, BASE["pictures-32-raster"])),
        (4,),
        {
            "perceiver-ar": {"pictures-32": 3.373, "pictures-32-raster": 3.552},
            "megabyte": {"pictures-32": 3.158, "pictures-32-raster": 3.428},
        },
        {"pictures-32": "Image256", "pictures-32-raster": "raster"},
    ),
    "11": Table(
        "Strided inference",
        ("prose",),
        by_row(("prose",), {"prose": dict.fromkeys(INFERENCE, TEXT)}),
        (32,),
        {
            "basic": {"prose": 0.9079},
            "sliding-window": {"prose": 0.8918},
            "strided": {"prose": 0.8926},
            "sliding-and-strided": {"prose": 0.8751},
        },
        {"prose": "PG-19"},
        "basic",
    ),
    "10": Table(
        "What each part is worth",
        ("sound", "prose"),
        by_row(("sound", "prose"), BASE, ABLATIONS),
        (2, 8),
        {
            "transformer": {"sound": 3.567},
            "perceiver-ar": {"sound": 3.543},
            "megabyte": {"sound": 3.477, "prose": 0.6871},
            "without-local": {"sound": 5.955, "prose": 1.263},
            "without-global": {"sound": 3.659, "prose": 1.373},
            "without-cross-patch": {"sound": 3.481, "prose": 0.6781},
            "convolutions": {"sound": 3.475, "prose": 0.6871},
        },
        {"sound": "Audio", "prose": "arXiv"},
    ),
}


def step_bytes(dataset: str) -> int:
    """Bytes in a training step: for pictures those of the largest."""
    return 3 * 64 * 64 if dataset.startswith("pictures") else 8192
