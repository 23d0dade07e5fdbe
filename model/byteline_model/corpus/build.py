"""Builds a packed corpus:

    python -m byteline_model.corpus.build --list list.tsv --mirror DIR --split train --out DIR --held-out DIR
    python -m byteline_model.corpus.build my/checkout another/folder --split train --out DIR
    python -m byteline_model.corpus.build --add --list list.tsv --mirror DIR --split train --out DIR --held-out DIR
    python -m byteline_model.corpus.build --prose docs/folder --share 1/8 --split valid --out DIR
    python -m byteline_model.corpus.build --pictures 32 [--block 2] photographs --split train --out DIR --held-out DIR
    python -m byteline_model.corpus.build --sound 8000 recordings --split train --out DIR --held-out DIR

`--add` leaves what is packed as it is and writes a further shard (train-01, train-02, ..) of the sources that lie
there and that no shard has yet; documents that are exact or near duplicates of the other shards' are left out.

A list has a header and, by tabs: owner/name, commit, licence. A repository is looked for as DIR/owner+name/repo and
DIR/owner+name, bare or a checkout. The text that passes the filters is spooled to disk with its hashes, in a folder of
--out that goes at the end; memory holds names, keys, and the hashes of few repositories at a time.
Repositories never straddle splits: each list is one split, a repository of the held-out corpus is left out of
training, and so are documents that overlap a held-out one.

Without `--prose`, `--pictures` or `--sound` files are code (media.py). `--share` divides the files of one set of
folders between the splits, by a hash of their paths: give both commands the same one. Then, and for all that is not
code, it is the held-out corpus's files that are left out, not its repositories.

`--cluster tcp://host:8786` reads, hashes and compares on a Dask cluster (TRAINING.md), with the same result to the
byte.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from ..errors import InputError, command
from .collect import CODE, Collection, Source, key_of
from .engine import Cluster, Engine
from .media import Kind, Pictures, Prose, Sound
from .mix import Share, choose
from .pack import Corpus, Packer
from .shards import Shards


def read_list(file: Path, mirror: Path) -> list[Source]:
    """(name, commit and licence; where it should lie) of each row. Raises InputError with the line at fault."""
    rows = []
    for number, line in enumerate(file.read_text().splitlines()[1:], 2):
        cells = line.split("\t")
        if len(cells) < 3:
            raise InputError(f"{file}:{number}: expected owner/name, commit and licence, separated by tabs")
        folder = mirror / cells[0].replace("/", "+")
        where = folder / "repo" if (folder / "repo").is_dir() else folder
        rows.append(({"name": cells[0], "commit": cells[1], "licence": cells[2]}, where))
    return rows


def local(path: Path) -> Source:
    """A repository or folder named on the command line."""
    return {"name": path.resolve().name, "commit": None, "licence": "unknown", "path": str(path.resolve())}, path


def build(
    sources: list[Source],
    split: str,
    out: Path,
    held_out: Corpus | None,
    mix: str,
    cap: int,
    limit: int | None,
    seed: int = 1,
    add: bool = False,
    kind: Kind = CODE,
    share: Share | None = None,
    engine: Engine | None = None,
) -> dict:
    """Returns counts: documents, bytes by language group, dropped by reason. Writes out/<split>.bin and .json, or
    with `add` the next shard, which together with the others keeps the mix; none if it were empty.

    `cap` (bytes of one repository and language group) holds for the mix "balanced", `limit` (bytes) for both, of all
    shards.
    """
    out.mkdir(parents=True, exist_ok=True)
    packed, there, name = Counter(), Counter(), split
    shards = Shards(out, split) if add else None
    if shards:
        if shards.modality != kind.modality:
            raise InputError(f"{out}: holds {shards.modality}, but {kind.modality} is being built")
        known = {key_of(r) for pack in shards.packs.values() for r in pack.repositories}
        sources = [(r, where) for r, where in sources if where.exists() and key_of(r) not in known]
        name, seed = shards.free_name(), seed + len(shards.packs)
        for pack in shards.packs.values():
            for _, _, _, _, language, _, length in pack.documents:
                there[kind.group(language)] += length
    with tempfile.TemporaryDirectory(dir=out, prefix="spools-") as folder:
        there_already = shards.packs.values() if sources and shards else ()
        collected = Collection(Path(folder).absolute(), sources, kind, share, held_out, there_already, engine)
        chosen = choose(collected.documents, mix == "balanced", cap, limit, seed, there)
        if shards and not chosen:
            return {
                "repositories": 0,
                "documents": 0,
                "bytes": {},
                "bytes before the mix": collected.size,
                "dropped": dict(collected.dropped),
                "shard": None,
            }
        packer = Packer(out, name)
        for d in tqdm(chosen, desc="packing", mininterval=1):
            packer.add(d.repository, d.path, d.language, collected.text(d))
            packed[kind.group(d.language)] += d.length
        packer.close(collected.repositories, kind.modality)
    return {
        "repositories": len(collected.repositories),
        "documents": len(chosen),
        "bytes": dict(packed),
        "bytes before the mix": collected.size,
        "dropped": dict(collected.dropped),
        "shard": name,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, help="folders or git checkouts")
    parser.add_argument("--list", type=Path, help="owner/name, commit, licence by tabs, after a header")
    parser.add_argument(
        "--mirror", type=Path, default=Path("."), help="where the list's repositories lie, as owner+name"
    )
    parser.add_argument("--split", required=True, choices=("train", "valid"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--add", action="store_true", help="write a further shard of what no shard has yet")
    parser.add_argument("--held-out", type=Path, help="folder of the packed validation corpus")
    parser.add_argument("--mix", choices=("balanced", "none"), help="default: balanced for a training list, else none")
    parser.add_argument(
        "--cap-mb", type=float, default=2.5, help="balanced: most text of one repository and language group"
    )
    parser.add_argument("--limit-mb", type=float, help="most text of the pack; default: 410 if balanced, else all")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--prose", action="store_true", help="text in natural language: txt, rst, md, pod, html; .gz")
    kinds.add_argument("--pictures", type=int, metavar="SIDE", help="square tiles of SIDE pixels")
    kinds.add_argument("--sound", type=int, metavar="RATE", help="mono, 8 bits, RATE frames a second")
    parser.add_argument(
        "--block", type=int, default=2, help="pictures: pixels a side of a block of the patch scan; 0: raster scan"
    )
    parser.add_argument("--share", help="files that are validation, say 1/8; the same in both commands")
    parser.add_argument("--cluster", metavar="ADDRESS", help="run on a Dask cluster: its scheduler, tcp://host:8786")
    a = parser.parse_args()
    if not a.paths and not a.list:
        parser.error("name folders, or a --list")
    sources = (read_list(a.list, a.mirror) if a.list else []) + [local(path) for path in a.paths]
    kind = Prose() if a.prose else Pictures(a.pictures, a.block) if a.pictures else Sound(a.sound) if a.sound else CODE
    mix = a.mix or ("balanced" if a.list and a.split == "train" and kind is CODE else "none")
    limit = a.limit_mb or (410 if mix == "balanced" else None)
    counts = build(
        sources,
        a.split,
        a.out,
        Corpus(a.held_out, "valid") if a.held_out else None,
        mix,
        int(a.cap_mb * 1e6),
        limit and int(limit * 1e6),
        add=a.add,
        kind=kind,
        share=Share.of(a.share, a.split) if a.share else None,
        engine=Cluster(a.cluster) if a.cluster else None,
    )
    if not counts["shard"]:
        print("no repository that is there is new")
    print(
        f"{counts['documents']} documents of {counts['repositories']} repositories, "
        f"{sum(counts['bytes'].values()) / 1e6:.1f} MB (of {counts['bytes before the mix'] / 1e6:.1f}) in {a.out}"
    )
    for name, size in sorted(counts["bytes"].items(), key=lambda x: -x[1]):
        print(f"  {size / 1e6:8.1f} MB  {name}")
    for reason, n in sorted(counts["dropped"].items(), key=lambda x: -x[1]):
        print(f"  {n:8d} dropped: {reason}")


if __name__ == "__main__":
    command(main)
