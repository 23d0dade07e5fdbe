"""From sources to the documents that may be packed: filtered, deduplicated, without held-out text. Repositories are
read one by one into spools (spool.py), by whichever worker; text stays there until it is packed."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from ..errors import InputError
from .copies import REASONS, copies
from .dedup import HeldOut, overlaps, shingles, sketch
from .engine import Engine, Local
from .filters import Dropped
from .licences import LICENCE_FILE, restricted_folders
from .media import Code, Kind
from .mix import Document, Share
from .pack import Corpus
from .sources import open_tree
from .spool import Hashes, Spool, Writer

CODE = Code()
OVERLAPS = len(REASONS)  # beside them: shares too much with held-out text
Source = tuple[dict, Path]  # a repository's name, commit and licence; where it should lie


def key_of(repository: dict) -> str:
    """What tells repositories apart: two folders of a user may have one name, two repositories of a list may not."""
    return repository.get("path", repository["name"])


class Rules(NamedTuple):
    """What is taken, and the folder of the spools: `names` and `files` (repository, path) are held out, and `known` is
    a file with held-out runs."""

    spools: Path
    kind: Kind = CODE
    share: Share | None = None
    names: frozenset[str] = frozenset()
    files: frozenset[tuple[str, str]] = frozenset()
    known: Path | None = None

    @classmethod
    def of(cls, spools: Path, kind: Kind, share: Share | None, held_out: Corpus | None) -> "Rules":
        """Raises InputError where held-out documents are of another kind."""
        if not held_out:
            return cls(spools, kind, share)
        if held_out.modality != kind.modality:
            raise InputError(f"{held_out.folder}: holds {held_out.modality}, but {kind.modality} is being built")
        names, files, known = set(), set(), None
        if not kind.modality:  # else what overlaps is what is equal
            known = spools / "held-out.npy"
            np.save(known, HeldOut.of(held_out.text(i) for i in range(len(held_out))).known)
        if isinstance(kind, Code) and not share:
            names = set(map(key_of, held_out.repositories))
        else:
            tiled = kind.modality and kind.modality["kind"] == "pictures"
            file_of = lambda path: path.rpartition("#")[0] if tiled else path
            files = {(d.repository, file_of(d.path)) for d in held_out.documents}
        return cls(spools, kind, share, frozenset(names), frozenset(files), known)


class Taken(NamedTuple):
    """What came of a source: its spool with that many documents; no repository where it was left out; what was left
    out, by reason; what there is to say."""

    spool: Path
    documents: int
    repository: dict
    dropped: Counter
    notes: list[str]


@lru_cache(1)
def held_out_runs(file: Path) -> HeldOut:
    return HeldOut(np.load(file))


def hashes_of(rules: Rules, data: bytes) -> Hashes:
    """Those of a document that may be packed."""
    fingerprint = rules.kind.fingerprint(data)
    pairs = shingles(data, 2) if rules.kind.near else None
    found = Hashes(fingerprint) if pairs is None else Hashes(fingerprint, pairs, sketch(pairs))
    if rules.known:
        hits, runs = held_out_runs(rules.known).look(data)
        found = found._replace(hits=hits, runs=runs)
    return found


def take(rules: Rules, source: Source) -> Taken:
    """Reads one repository; one that is missing, broken or held out is counted and left out."""
    repository, where = source
    dropped, notes = Counter(), []
    left_out = lambda why, note: Taken(rules.spools, 0, {}, Counter({f"repository: {why}": 1}), [note])
    if key_of(repository) in rules.names:
        return left_out("held out", f"{repository['name']} is in the held-out corpus: left out")
    try:
        tree = open_tree(where, repository["commit"])
    except (OSError, ValueError) as error:
        return left_out("missing" if isinstance(error, FileNotFoundError) else "broken", str(error))
    if repository["commit"] not in (None, tree.commit):
        notes = [f"{repository['name']}: no commit {repository['commit']:.12} here, took {tree.commit:.12}"]
    writer = Writer(rules.spools)
    for path, raw in tree.read(wanted(rules, repository["name"], tree, dropped)):
        if raw is None:
            dropped["unreadable"] += 1
            continue
        try:
            documents = rules.kind.documents(path, raw)
        except Dropped as reason:
            dropped[str(reason)] += 1
            continue
        for name, data in documents:
            writer.add(name, rules.kind.language(path), data, hashes_of(rules, data))
    return Taken(writer.close(), len(writer.paths), repository | {"commit": tree.commit}, dropped, notes)


def wanted(rules: Rules, repository: str, tree, dropped: Counter) -> list[str]:
    """Paths worth reading; the others are counted."""
    own = ()
    if isinstance(rules.kind, Code):
        own = restricted_folders(
            (path, text or b"")
            for path, text in tree.read([path for path, _ in tree.files if LICENCE_FILE.search(path)])
        )
    paths = []
    for path, size in tree.files:
        reason = rules.kind.reason_to_skip(repository, path, size)
        if not reason and path.startswith(own):
            reason = "folder's licence"
        elif not reason and (repository, path) in rules.files:
            reason = "file: held out"
        elif not reason and rules.share and not rules.share.takes(path):
            reason = "of the other split"
        if reason:
            dropped[reason] += 1
        else:
            paths.append(path)
    return paths


def know(rules: Rules, source: tuple[Corpus, bool]) -> tuple[Path, int]:
    """The spool, without text, of a corpus that is packed already, and its number of documents: what equals them is a
    duplicate, and what is `near` them, too."""
    corpus, near = source
    writer = Writer(rules.spools)
    plain = rules._replace(known=None)
    for i in range(len(corpus)):
        data = corpus.text(i)
        hashes = hashes_of(plain, data) if near else Hashes(rules.kind.fingerprint(data))
        writer.add(corpus.path(i), corpus.language(i), None, hashes)
    return writer.close(), len(corpus)


def held_out_rows(sources: list[tuple[Path, np.ndarray]]) -> np.ndarray:
    """Held-out runs that documents of one repository's spools have; `reasons` [documents] are 0 for what is kept."""
    found = [np.zeros(0, np.int64)]
    for folder, reasons in sources:
        spool = Spool(folder)
        found += [spool.hits(row) for row in np.flatnonzero(reasons == 0).tolist()]
    return np.unique(np.concatenate(found))


def overlapping(repositories: np.ndarray, source: tuple[Path, np.ndarray]) -> list[int]:
    """Rows of a spool that are kept and share too much with held-out text."""
    spool = Spool(source[0])
    kept = np.flatnonzero(source[1] == 0).tolist()
    return [row for row in kept if overlaps(spool.hits(row), spool.records["runs"][row], repositories)]


class Collection:
    """All documents that may be packed. `documents` are in the order of the sources; offsets are those of spools."""

    def __init__(
        self,
        spools: Path,
        sources: Iterable[Source],
        kind: Kind = CODE,
        share: Share | None = None,
        held_out: Corpus | None = None,
        packed: Iterable[Corpus] = (),
        engine: Engine | None = None,
    ):
        """`spools` is an empty folder, `packed` are corpora whose documents, and those like them, are duplicates.
        Raises InputError."""
        engine = engine or Local()
        engine.check(spools)
        rules = Rules.of(spools, kind, share, held_out)
        # of a held-out corpus of code no repository is read, else no file that is equal to one of its files
        known = [(held_out, False)] if held_out and not rules.names else []
        known += [(pack, True) for pack in packed]
        before = list(tqdm(engine.map(partial(know, rules), known), "packed already", len(known), disable=not known))
        self.dropped, self.taken = Counter(), []
        sources = [(repository, where.absolute()) for repository, where in sources]
        for taken in tqdm(engine.map(partial(take, rules), sources), "repositories", len(sources), mininterval=1):
            self.dropped.update(taken.dropped)
            for note in taken.notes:
                tqdm.write(note)
            if taken.repository:
                self.taken.append(taken)
        all_spools = before + [(taken.spool, taken.documents) for taken in self.taken]
        found = copies(engine, all_spools)[sum(documents for _, documents in before) :]
        for reason in (1, 2):
            if n := int((found == reason).sum()):
                self.dropped[REASONS[reason]] += n
        self._reasons = np.split(found, np.cumsum([t.documents for t in self.taken])[:-1]) if self.taken else []
        self.dropped["overlaps held-out text"] += self._leave_overlapping(engine, rules.known) if rules.known else 0
        self.documents, self.size = [], 0  # size: bytes before held-out text went
        for number, (taken, reasons) in enumerate(zip(self.taken, self._reasons)):
            offset = 0
            for reason, (path, language, size) in zip(reasons.tolist(), Spool(taken.spool).names()):
                if reason == 0:
                    self.documents.append(Document(number, path, language, offset, size))
                if reason in (0, OVERLAPS):
                    self.size += size
                offset += size

    def _leave_overlapping(self, engine: Engine, known: Path) -> int:
        """Marks what shares too much with held-out text; returns how many."""
        sources = [(taken.spool, reasons) for taken, reasons in zip(self.taken, self._reasons)]
        named = defaultdict(list)
        for taken, source in zip(self.taken, sources):
            named[taken.repository["name"]].append(source)
        repositories = np.zeros(len(np.load(known)), np.int64)
        for rows in engine.map(held_out_rows, named.values()):
            repositories[rows] += 1
        found = 0
        for (_, reasons), rows in zip(sources, engine.map(partial(overlapping, repositories), sources)):
            reasons[rows] = OVERLAPS
            found += len(rows)
        return found

    @property
    def repositories(self) -> list[dict]:
        """The rows of the pack's index: those that were read."""
        return [taken.repository for taken in self.taken]

    def text(self, d: Document) -> bytes:
        """The bytes of one of the documents."""
        return Spool(self.taken[d.repository].spool).text(d.offset, d.length)
