"""Builds a packed corpus:

    python -m byteline_model.corpus.build --list list.tsv --mirror DIR --split train --out DIR --held-out DIR
    python -m byteline_model.corpus.build my/checkout another/folder --split train --out DIR

A list has a header and, by tabs: owner/name, commit, licence. A repository is looked for as DIR/owner+name. The text
that passes the filters is spooled to disk, so memory holds hashes only. Repositories never straddle splits: each list
is one split, and training documents that overlap the held-out corpus are dropped.
"""
import argparse
import random
import tempfile
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from . import filters
from .dedup import HeldOut, NearDuplicates, fingerprint
from .pack import Corpus, Packer
from .sources import folder_files, git_dir, git_files, resolve_commit

GROUPS = {  # share of the balanced mix by language group
    "ts js vue svelte astro": 0.42, "py": 0.19, "go": 0.07, "rust": 0.07, "java kotlin": 0.055, "c cpp": 0.055, "cs": 0.03,
    "html css": 0.013, "json yaml md toml rst": 0.08, "": 0.017,
}
GROUP_OF = {language: group for group in GROUPS for language in group.split()}


def group_of(language: str) -> str:
    return GROUP_OF.get(language, "")


def read_list(file: Path, mirror: Path) -> list[tuple[dict, Path]]:
    rows = []
    for number, line in enumerate(file.read_text().splitlines()[1:], 2):
        cells = line.split("\t")
        if len(cells) < 3:
            raise SystemExit(f"{file}:{number}: expected owner/name, commit and licence, separated by tabs")
        rows.append(({"name": cells[0], "commit": cells[1], "licence": cells[2]}, mirror / cells[0].replace("/", "+")))
    return rows


def stream(repository: dict, where: Path):
    """Files of one repository, git or folder. Writes the commit used into `repository`. None where there is nothing."""
    wanted = lambda path: filters.by_path(path) is None
    if git := git_dir(where):
        repository["commit"] = resolve_commit(git, repository.get("commit"))
        return git_files(git, repository["commit"], wanted)
    return folder_files(where, wanted) if where.is_dir() else None


def choose(documents: list[tuple], mix: str, cap: int, limit: int, rng: random.Random) -> list[tuple]:
    """Shuffles; for a balanced mix, caps each repository and language group at `cap` bytes and each group at its share."""
    rng.shuffle(documents)
    if mix == "none":
        return documents
    by_pair, kept, total = Counter(), [], Counter()
    for d in documents:
        pair = (d[0], group_of(d[2]))
        if by_pair[pair] + d[4] <= cap:
            by_pair[pair] += d[4]
            total[pair[1]] += d[4]
            kept.append(d)
    # the total is as large as the scarcest of the big groups allows, and no larger than the limit
    size = min([limit] + [int(total[g] / share) for g, share in GROUPS.items() if share >= 0.15 and total[g]])
    taken, out = Counter(), []
    for d in kept:
        g = group_of(d[2])
        if taken[g] + d[4] <= size * GROUPS[g]:
            taken[g] += d[4]
            out.append(d)
    return out


def build(sources: list[tuple[dict, Path]], split: str, out: Path, held_out: Corpus | None, mix: str, cap: int, limit: int,
          seed: int = 1) -> dict:
    """Returns counts: documents, bytes by language group, dropped by reason. Writes out/<split>.bin and .json."""
    out.mkdir(parents=True, exist_ok=True)
    dropped, seen, near = Counter(), set(), NearDuplicates()
    held = HeldOut(held_out.text(i) for i in range(len(held_out))) if held_out else None
    documents, repositories = [], []
    with tempfile.TemporaryFile(dir=out) as spool:
        for repository, where in tqdm(sources, desc="repositories", mininterval=5):
            try:
                files = stream(repository, where)
            except ValueError as error:
                tqdm.write(str(error))
                files = None
            if files is None:
                tqdm.write(f"no such repository: {where}")
                dropped["repository missing"] += 1
                continue
            for path, raw in files:
                text = filters.normalised(raw)
                reason = "unreadable" if not raw else filters.reason_to_drop(text)
                if not reason:
                    print_ = fingerprint(text)
                    reason = "exact duplicate" if print_ in seen else "near duplicate" if near.add(text) else None
                    seen.add(print_)
                if reason:
                    dropped[reason] += 1
                    continue
                if held:
                    held.look(len(documents), repository["name"], text)
                documents.append((len(repositories), path, filters.language_of(path), spool.tell(), len(text)))
                spool.write(text)
            repositories.append(repository)
        overlap = held.overlapping() if held else set()
        dropped["overlaps held-out text"] = len(overlap)
        chosen = choose([d for i, d in enumerate(documents) if i not in overlap], mix, cap, limit, random.Random(seed))
        packer, by_group = Packer(out, split), Counter()
        for repository, path, language, offset, length in tqdm(chosen, desc="packing", mininterval=5):
            spool.seek(offset)
            packer.add(repository, path, language, spool.read(length))
            by_group[group_of(language) or "other"] += length
        packer.close(repositories)
    return {"documents": len(chosen), "bytes": dict(by_group), "dropped": dict(dropped)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, help="folders or git checkouts")
    parser.add_argument("--list", type=Path, help="owner/name, commit, licence by tabs, after a header")
    parser.add_argument("--mirror", type=Path, default=Path("."), help="where the list's repositories lie, as owner+name")
    parser.add_argument("--split", required=True, choices=("train", "valid"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, help="folder of the packed validation corpus")
    parser.add_argument("--mix", choices=("balanced", "none"), help="default: balanced for a training list, else none")
    parser.add_argument("--cap-mb", type=float, default=2.5, help="most text of one repository and language group")
    parser.add_argument("--limit-mb", type=float, default=410, help="most text of a balanced mix")
    a = parser.parse_args()
    if not a.paths and not a.list:
        parser.error("name folders, or a --list")
    sources = read_list(a.list, a.mirror) if a.list else []
    sources += [({"name": p.resolve().name, "commit": None, "licence": "unknown"}, p) for p in a.paths]
    mix = a.mix or ("balanced" if a.list and a.split == "train" else "none")
    counts = build(sources, a.split, a.out, Corpus(a.held_out, "valid") if a.held_out else None, mix,
                   int(a.cap_mb * 1e6), int(a.limit_mb * 1e6))
    print(f"{counts['documents']} documents, {sum(counts['bytes'].values()) / 1e6:.1f} MB in {a.out}")
    for name, size in sorted(counts["bytes"].items(), key=lambda x: -x[1]):
        print(f"  {size / 1e6:8.1f} MB  {name}")
    for reason, n in sorted(counts["dropped"].items(), key=lambda x: -x[1]):
        print(f"  {n:8d} dropped: {reason}")


if __name__ == "__main__":
    main()
