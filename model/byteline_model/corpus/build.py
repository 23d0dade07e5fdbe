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
DIR/owner+name, bare or a checkout. The text that passes the filters is spooled to disk, so memory holds hashes only.
Repositories never straddle splits: each list is one split, a repository of the held-out corpus is left out of
training, and so are documents that overlap a held-out one.

Without `--prose`, `--pictures` or `--sound` files are code (media.py). `--share` divides the files of one set of
folders between the splits, by a hash of their paths: give both commands the same one. Then, and for all that is not
code, it is the held-out corpus's files that are left out, not its repositories.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from ..errors import InputError, command
from .dedup import HeldOut, NearDuplicates
from .filters import Dropped
from .licences import LICENCE_FILE, restricted_folders
from .media import Code, Kind, Pictures, Prose, Sound
from .mix import Document, Share, choose
from .pack import Corpus, Packer
from .shards import Shards
from .sources import open_tree


def read_list(file: Path, mirror: Path) -> list[tuple[dict, Path]]:
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


def local(path: Path) -> tuple[dict, Path]:
    """A repository or folder named on the command line."""
    return {"name": path.resolve().name, "commit": None, "licence": "unknown", "path": str(path.resolve())}, path


CODE = Code()


def key_of(repository: dict) -> str:
    """What tells repositories apart: two folders of a user may have one name, two repositories of a list may not."""
    return repository.get("path", repository["name"])


class Collector:
    """Takes in repositories one by one: filtered, deduplicated documents go to `spool`, the rest is counted by
    reason."""

    def __init__(self, spool: BinaryIO, held_out: Corpus | None, kind: Kind = CODE, share: Share | None = None):
        self.spool, self.size, self.kind, self.share = spool, 0, kind, share
        self.repositories: list[dict] = []
        self.documents: list[Document] = []
        self.dropped, self.seen, self.near = Counter(), set(), NearDuplicates()
        self.held, self.held_names, self.held_files = None, set(), set()
        if not held_out:
            return
        if held_out.modality != kind.modality:
            raise InputError(f"{held_out.folder}: holds {held_out.modality}, but {kind.modality} is being built")
        if kind.modality:
            self.know(held_out)  # what overlaps is what is equal
        else:
            self.held = HeldOut(held_out.text(i) for i in range(len(held_out)))
        if isinstance(kind, Code) and not share:
            self.held_names = set(map(key_of, held_out.repositories))
        else:
            tiled = kind.modality and kind.modality["kind"] == "pictures"
            file_of = lambda path: path.rpartition("#")[0] if tiled else path
            self.held_files = {(d.repository, file_of(d.path)) for d in held_out.documents}

    def know(self, corpus: Corpus) -> None:
        """Documents like those of `corpus`, which is packed already, will be duplicates."""
        for i in tqdm(range(len(corpus)), desc="packed already", mininterval=1):
            self._copied(corpus.text(i))

    def take(self, repository: dict, where: Path) -> None:
        """Reads one repository at `where`; one that is missing, broken or held out is counted and left out."""
        if key_of(repository) in self.held_names:
            self.dropped["repository: held out"] += 1
            return tqdm.write(f"{repository['name']} is in the held-out corpus: left out")
        try:
            tree = open_tree(where, repository["commit"])
        except (OSError, ValueError) as error:
            self.dropped["repository: missing" if isinstance(error, FileNotFoundError) else "repository: broken"] += 1
            return tqdm.write(str(error))
        if repository["commit"] not in (None, tree.commit):
            tqdm.write(f"{repository['name']}: no commit {repository['commit']:.12} here, took {tree.commit:.12}")
        self.repositories.append(repository | {"commit": tree.commit})
        for path, raw in tree.read(self._wanted(repository, tree)):
            if raw is None:
                self.dropped["unreadable"] += 1
                continue
            try:
                documents = self.kind.documents(path, raw)
            except Dropped as reason:
                self.dropped[str(reason)] += 1
                continue
            for name, data in documents:
                self._add(repository["name"], name, data, self.kind.language(path))

    def _add(self, repository: str, path: str, data: bytes, language: str) -> None:
        if reason := self._copied(data):
            self.dropped[reason] += 1
            return
        if self.held:
            self.held.look(len(self.documents), repository, data)
        self.documents.append(Document(len(self.repositories) - 1, path, language, self.size, len(data)))
        self.spool.write(data)
        self.size += len(data)

    def _wanted(self, repository: dict, tree) -> list[str]:
        """Paths worth reading."""
        own = ()
        if isinstance(self.kind, Code):
            own = restricted_folders(
                (path, text or b"")
                for path, text in tree.read([path for path, _ in tree.files if LICENCE_FILE.search(path)])
            )
        wanted = []
        for path, size in tree.files:
            reason = self.kind.reason_to_skip(repository["name"], path, size)
            if not reason and path.startswith(own):
                reason = "folder's licence"
            elif not reason and (repository["name"], path) in self.held_files:
                reason = "file: held out"
            elif not reason and self.share and not self.share.takes(path):
                reason = "of the other split"
            if reason:
                self.dropped[reason] += 1
            else:
                wanted.append(path)
        return wanted

    def _copied(self, data: bytes) -> str | None:
        print_ = self.kind.fingerprint(data)
        if print_ in self.seen:
            return "exact duplicate"
        self.seen.add(print_)
        return "near duplicate" if self.kind.near and self.near.add(data) else None

    def kept(self) -> list[Document]:
        """What is left when held-out text is out. Ask once, at the end."""
        overlap = self.held.overlapping() if self.held else set()
        self.dropped["overlaps held-out text"] += len(overlap)
        return [d for i, d in enumerate(self.documents) if i not in overlap]


def build(
    sources: list[tuple[dict, Path]],
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
    with tempfile.TemporaryFile(dir=out) as spool:
        collector = Collector(spool, held_out, kind, share)
        for pack in shards.packs.values() if sources and shards else ():
            collector.know(pack)
        with tqdm(sources, desc="repositories", mininterval=1) as bar:
            for repository, where in bar:
                collector.take(repository, where)
                bar.set_postfix_str(
                    f"{len(collector.documents)} documents, {collector.size / 1e6:.0f} MB", refresh=False
                )
        chosen = choose(collector.kept(), mix == "balanced", cap, limit, seed, there)
        if shards and not chosen:
            return {
                "repositories": 0,
                "documents": 0,
                "bytes": {},
                "bytes before the mix": collector.size,
                "dropped": dict(collector.dropped),
                "shard": None,
            }
        packer = Packer(out, name)
        for d in tqdm(chosen, desc="packing", mininterval=1):
            spool.seek(d.offset)
            packer.add(d.repository, d.path, d.language, spool.read(d.length))
            packed[kind.group(d.language)] += d.length
        packer.close(collector.repositories, kind.modality)
    return {
        "repositories": len(collector.repositories),
        "documents": len(chosen),
        "bytes": dict(packed),
        "bytes before the mix": collector.size,
        "dropped": dict(collector.dropped),
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
