"""The weights of a released model folder as the beginning of a run, also of one with other tables."""

import json
from pathlib import Path

import numpy as np
import torch

from .config import VOCAB, Config
from .dequantise import parameters
from .errors import InputError
from .export import architecture
from .network import Megabyte
from .presets import MEGABYTES, Network

Arrays = dict[str, np.ndarray]  # parameters by name


def tables(found: Arrays, architecture: dict, c: Config, fresh: Arrays) -> Arrays:
    """The n-gram and match tables of configuration c: the rows of an order that the released model has are its rows,
    those of another order and of a greater depth the `fresh` ones."""
    out = {}
    if "ngrams.weight" in found and c.hash_orders:
        orders = architecture["hashOrders"]
        old = found["ngrams.weight"].reshape(len(orders), -1, architecture["localWidth"])
        if old.shape[1] == c.hash_rows and old.shape[2] == c.d_local:
            new = fresh["ngrams.weight"].reshape(len(c.hash_orders), c.hash_rows, c.d_local).copy()
            for i, order in enumerate(c.hash_orders):
                if order in orders:
                    new[i] = old[orders.index(order)]
            out["ngrams.weight"] = new
    if "matches.weight" in found and c.match_orders:
        orders, depth = architecture["matchOrders"], architecture["matchDepth"]
        old = found["matches.weight"].reshape(len(orders), depth, VOCAB + 1, architecture["localWidth"])
        if old.shape[3] == c.d_local:
            new = fresh["matches.weight"].reshape(len(c.match_orders), c.match_depth, VOCAB + 1, c.d_local).copy()
            for i, order in enumerate(c.match_orders):
                if order in orders:
                    both = min(depth, c.match_depth)
                    new[i, :both] = old[orders.index(order), :both]
            out["matches.weight"] = new
    return out


def preset_of(folder: Path) -> str:
    """The name of the preset that a model folder was made with. Raises InputError where no weights lie there, or no
    preset has its architecture."""
    file = folder / "model.json"
    if not file.is_file():
        raise InputError(f"{folder}: no released model: there is no model.json")
    manifest = json.loads(file.read_text())
    parts = [part for f in manifest["files"] for part in (f, f.get("weights")) if part]
    if missing := [part["path"] for part in parts if not (folder / part["path"]).is_file()]:
        raise InputError(f"{folder / missing[0]} is missing: the released weights are not there")
    for name, config in MEGABYTES.items():
        with torch.device("meta"):
            if architecture(Megabyte(config)) == manifest["architecture"]:
                return name
    raise InputError(f"{file}: no preset of this version has its architecture")


def begin(model: Network, folder: Path) -> None:
    """Loads the weights of a released model; parameters that it lacks, and rows of tables for orders that it lacks,
    keep their first values. Raises InputError for a preset of other widths."""
    found = parameters(folder)
    architecture = json.loads((folder / "model.json").read_text())["architecture"]
    if isinstance(model.c, Config) and "hashOrders" in architecture:
        fresh = {n: p.detach().numpy() for n, p in model.named_parameters() if n in ("ngrams.weight", "matches.weight")}
        found |= tables(found, architecture, model.c, fresh)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in found and found[name].size != p.numel():
                raise InputError(f"{folder}: {name} has {found[name].size} weights, the preset {p.numel()}")
            if name in found:
                p.copy_(torch.from_numpy(found[name].astype("float32")).view_as(p))
