"""Exports a checkpoint to a model folder that Byteline loads, and checks what it wrote:

    python -m byteline_model.export CHECKPOINT --name nano --out model/models/nano --valid DIR

On --prompts validation prompts onnxruntime in fp32 must yield the bytes that PyTorch yields; the bits per byte that
other precisions lose are printed and go into model.json. The worker takes the smallest that loses at most 1%. Only the
precisions that --keep names stay in the folder.
"""

import argparse
import json
import math
import random
from collections.abc import Collection
from datetime import date
from pathlib import Path

import onnx
import torch
from tqdm import tqdm

from .bits import bits_of, windows
from .cached import greedy
from .config import Config
from .corpus.pack import Corpus
from .device import GlobalBuilder
from .errors import InputError, command
from .evaluate import load, modality_of, sample
from .graph import Builder
from .network import Megabyte
from .presets import count_weights
from .runtime import Runtime
from .sequence import SENTINELS, Prompt, character_start, clean, header, line_end
from .utf8 import state_after, tables
from .weights import move, part_of

CHUNK = 32  # patches a call while prefilling
PRECISIONS = {32: "fp32", 8: "int8", 4: "int4"}
JUDGED = ("ts", "js")  # languages that the releases are compared by


def prompts(corpus: Corpus, c: Config, n: int, decoded: int) -> list[bytes]:
    """Prompts at random cursors of validation files, with suffixes; short, so that PyTorch can follow, and so that the
    context has room for `decoded` bytes more."""
    rng, out, longest = random.Random(7), [], min(600, c.context // 4)
    while len(out) < n:
        i = rng.randrange(len(corpus))
        text = clean(corpus.text(i))
        at = character_start(text, rng.randrange(len(text)))
        end = line_end(text, at)
        p = Prompt(corpus.path(i).encode(), text[max(0, at - longest) : at], text[at:end], text[end + 1 : end + 201])
        prompt = header(p, c.patch) + p.prefix
        if len(prompt) + decoded <= c.context:
            out.append(prompt)
    return out


def runtime_greedy(file: str, config: Config, prompt: bytes, n: int) -> bytes:
    """The n bytes after `prompt` that the graph in `file` decodes, CHUNK patches a call."""
    r, P = Runtime(file, config), config.patch
    whole = len(prompt) // P * P
    for i in range(0, whole, CHUNK * P):
        forced = prompt[whole:] if i + CHUNK * P >= whole else b""
        patch = r.extend(prompt[i : min(whole, i + CHUNK * P)], forced)[0]
    out = bytearray(patch[len(prompt) - whole :])
    while len(out) < n:
        patch = r.extend(patch)[0]
        out += patch
    return bytes(out[:n])


def runtime_bits(file: str, config: Config, text: bytes, path: bytes) -> float:
    """Total bits of a file's bytes by the graph in `file`: the twin of bits.bits_of."""
    total, P = 0.0, config.patch
    for sequence, first in windows(clean(text), path, P, config.context):
        r, scores = Runtime(file, config), []
        padded = sequence + bytes(-len(sequence) % P)
        for i in range(0, len(padded), CHUNK * P):
            scores.extend(r.extend(padded[i : i + CHUNK * P])[2])
        total -= sum(scores[first : len(sequence)]) / math.log(2)
    return float(total)


def check(
    model: Megabyte, files: dict[int, str], corpus: Corpus, n: int, score_bytes: int, languages: Collection[str]
) -> dict:
    """{"same": prompts with equal bytes, "prompts", "bitsPerByte" {32: .., 8: .., "pytorch": ..}} on documents in
    `languages`, all where there is none."""
    mask = torch.from_numpy(tables()[1])
    same = 0
    for prompt in tqdm(prompts(corpus, model.c, n, 16), desc="prompts"):
        want = greedy(model, prompt, 16, lambda text: mask[state_after(text)])
        same += runtime_greedy(files[32], model.c, prompt, 16) == want
    chosen = sample(corpus, set(languages), score_bytes)
    size = sum(len(corpus.text(i)) for i in chosen)
    bits: dict[int | str, float] = {
        b: sum(
            runtime_bits(f, model.c, corpus.text(i), corpus.path(i).encode()) for i in tqdm(chosen, desc=PRECISIONS[b])
        )
        / size
        for b, f in files.items()
    }
    bits["pytorch"] = sum(bits_of(model, corpus.text(i), corpus.path(i).encode()) for i in chosen) / size
    return {"same": same, "prompts": n, "bytes": size, "bitsPerByte": bits}


def graphs_of(model: Megabyte, bits: int) -> dict[str, onnx.ModelProto]:
    """The graphs of one precision by what is added to the file's name; with 8 bits those for a GPU, too."""
    graphs = {"": Builder(model, bits).build()}
    if bits == 8:
        graphs |= {
            "-global": GlobalBuilder(model, bits).build(),
            "-encode": Builder(model, bits).build("encode"),
            "-local": Builder(model, bits).build("local"),
        }
    return graphs


def write(model: Megabyte, out: Path, bits: int) -> list[dict]:
    """Writes the graphs of one precision and their weights. Returns model.json's files."""
    graphs = graphs_of(model, bits)
    move(list(graphs.values()), out / f"{PRECISIONS[bits]}.weights")
    return save(graphs, out, bits)


def save(graphs: dict[str, onnx.ModelProto], out: Path, bits: int) -> list[dict]:
    """Writes the graphs whose weights are there. Returns model.json's files."""
    precision = PRECISIONS[bits]
    parts, weights = {}, part_of(out / f"{precision}.weights")
    for part, graph in graphs.items():
        onnx.save(graph, out / f"{precision}{part}.onnx")
        parts[part] = part_of(out / f"{precision}{part}.onnx")
    files = [parts[""] | {"precision": precision, "device": "cpu", "weights": weights}]
    if bits == 8:
        files.append(
            parts["-global"]
            | {
                "precision": precision,
                "device": "gpu",
                "weights": weights,
                "encode": parts["-encode"],
                "local": parts["-local"],
            }
        )
    return files


def architecture(model: Megabyte) -> dict:
    """What model.json says of a network's sizes."""
    c = model.c
    network, table = count_weights(model)
    return {
        "type": "megabyte",
        "patch": c.patch,
        "window": c.window,
        "context": c.context,
        "globalWidth": c.patch * c.d_global,
        "globalLayers": c.n_global,
        "globalHeads": c.heads_global,
        "localWidth": c.d_local,
        "localLayers": c.n_encoder + c.n_local,
        "reach": c.reach,
        "hashOrders": list(c.hash_orders),
        "matchOrders": list(c.match_orders),
        "matchDepth": c.match_depth,
        "networkWeights": network,
        "tableWeights": table,
    }


def manifest(model: Megabyte, name: str, version: str, files: list[dict], training: dict, card: dict) -> dict:
    """What model.json says (server/engine/manifest.ts reads it)."""
    return {
        "format": 4,
        "name": name,
        "version": version,
        "licence": "MIT",
        "architecture": architecture(model),
        "sentinels": SENTINELS,
        "files": files,
        "training": training,
        "scoreCard": card,
    }


def export(
    checkpoint: Path,
    name: str,
    out: Path,
    valid: Corpus | None,
    n: int,
    score_bytes: int,
    keep: list[str],
    version: str,
    licence_list: str,
    languages: Collection[str] = JUDGED,
) -> dict:
    """Writes the model folder `out` and returns its model.json; the bits per byte there are of documents in
    `languages`, all where there is none. Raises InputError for a checkpoint or precision that
    cannot be exported, and SystemExit where fp32 decodes other bytes than PyTorch."""
    model = load(checkpoint)
    if not isinstance(model, Megabyte):
        raise InputError(f"{checkpoint}: a control of MEGABYTE cannot be exported")
    if modality := modality_of(checkpoint):
        raise InputError(f"{checkpoint}: was trained on {modality['kind']}, an editor needs text")
    out.mkdir(parents=True, exist_ok=True)
    for precision in keep:
        if precision not in PRECISIONS.values():
            raise InputError(f"--keep {precision}: one of {', '.join(PRECISIONS.values())}")
    paths = {
        bits: out / f"{precision}.onnx" for bits, precision in PRECISIONS.items() if bits == 32 or precision in keep
    }
    try:
        files = {bits: write(model, out, bits) for bits in paths}
    except InputError as error:
        raise InputError(f"{checkpoint}: {error}") from None
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
    training = {
        "bytesSeen": saved["seen"],
        "seconds": round(saved["elapsed"]),
        "steps": saved["step"],
        "corpus": licence_list,
        "date": date.today().isoformat(),
    }
    card = {}
    if valid:
        done = check(model, {b: str(p) for b, p in paths.items()}, valid, n, score_bytes, languages)
        bits = done["bitsPerByte"]
        print(f"{done['same']} of {n} prompts: onnxruntime fp32 yields PyTorch's bytes")
        print(f"{bits['pytorch']:.4f} bits per byte in PyTorch on {done['bytes']} bytes")
        for b in paths:
            print(f"{bits[b]:.4f} in {PRECISIONS[b]} ({(bits[b] / bits[32] - 1) * 100:+.2f}%)")
        card = {
            "bitsPerByte": {
                "typescript-javascript" if languages == JUDGED else "held-out": {
                    PRECISIONS[b]: round(bits[b], 4) for b in paths
                }
            },
            "bytes": done["bytes"],
        }
        if done["same"] < n:
            raise SystemExit(f"{out}: fp32 differs from PyTorch on {n - done['same']} of {n} prompts")
    for path in paths.values():
        if path.stem not in keep:
            path.unlink()
            path.with_suffix(".weights").unlink()
    by_name = {PRECISIONS[bits]: entries for bits, entries in files.items()}
    result = manifest(
        model, name, version, [entry for precision in keep for entry in by_name[precision]], training, card
    )
    if saved.get("files"):
        result["fileBlocks"] = True  # the worker gives it the documents worked on last
    (out / "model.json").write_text(json.dumps(result, indent=2) + "\n")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--valid", type=Path, help="packed validation corpus; without it nothing is checked")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--score-kb", type=int, default=300)
    parser.add_argument("--keep", default="int8", help="precisions with commas between: int8, int4, fp32")
    parser.add_argument("--corpus-note", default="permissively licensed public repositories, see the model's card")
    a = parser.parse_args()
    torch.set_num_threads(1)
    export(
        a.checkpoint,
        a.name,
        a.out,
        Corpus(a.valid, "valid") if a.valid else None,
        a.prompts,
        a.score_kb * 1000,
        a.keep.split(","),
        a.version,
        a.corpus_note,
    )


if __name__ == "__main__":
    command(main)
