"""Which documents of all sources are copies of earlier ones.

Two documents have to do with each other only if they share a key: their fingerprint, or a band of their sketches. A
shuffle brings equal keys together and gives links; what hangs together by links is judged in order, apart from the
rest, so the result is that of one pass over all documents. Only keys and links travel.
"""

from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import xxhash
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .dedup import BANDS, NearDuplicates
from .engine import Engine
from .spool import Spool

KEY = np.dtype([("key", "u8"), ("document", "i8")])
REASONS = ("", "exact duplicate", "near duplicate")  # what a document's number in the result means
AT_ONCE = 5000  # documents of one task

Place = tuple[Path, int]  # a spool's folder, a row of it


def keys(parts: int, source: tuple[Path, int]) -> Iterator[tuple[int, np.ndarray]]:
    """(part, KEY array) of a spool, whose documents are counted from `first` on."""
    folder, first = source
    records, per_band = Spool(folder).records, BANDS[1]
    hashes = [records["fingerprint"].copy().view("u8").reshape(-1, 2)[:, 0]]
    if records["sketch"].any():
        rows = np.ascontiguousarray(records["sketch"].reshape(len(records), *BANDS)).view(f"V{4 * per_band}")
        for band in range(BANDS[0]):
            hashed = (xxhash.xxh3_64_intdigest(row.tobytes(), band + 1) for row in rows[:, band, 0])
            hashes.append(np.fromiter(hashed, np.uint64, len(records)))
    found = np.empty(len(hashes) * len(records), KEY)
    found["key"], found["document"] = np.concatenate(hashes), np.tile(np.arange(len(records)) + first, len(hashes))
    part = found["key"] % np.uint64(parts)
    for p in np.unique(part).tolist():
        yield p, found[part == p]


def links(values: list[np.ndarray]) -> np.ndarray:
    """Pairs of document numbers [n, 2] that chain those with equal keys."""
    found = np.concatenate(values)
    found.sort(order=("key", "document"))
    equal = found["key"][1:] == found["key"][:-1]
    documents = found["document"]
    return np.unique(np.stack((documents[:-1][equal], documents[1:][equal]), axis=1), axis=0)


def groups(pairs: np.ndarray) -> list[np.ndarray]:
    """Sorted document numbers of each set that hangs together by `pairs` [n, 2]."""
    numbers, rows = np.unique(pairs, return_inverse=True)
    if not numbers.size:
        return []
    a, b = rows.reshape(-1, 2).T
    _, label = connected_components(coo_array((np.ones(len(a), bool), (a, b)), (numbers.size, numbers.size)), False)
    order = np.argsort(label, kind="stable")
    return np.split(numbers[order], np.flatnonzero(np.diff(label[order])) + 1)


def judged(batch: list[list[Place]]) -> np.ndarray:
    """For each document of some groups, in order, its row of REASONS: an exact duplicate of any earlier one of its
    group, a near duplicate of one that stays, or neither."""
    found, opened = [], lru_cache(256)(Spool)  # no longer: a map keeps the disk of a file that is gone
    for group in batch:
        seen, near = set(), NearDuplicates()
        for folder, row in group:
            spool = opened(folder)
            record, shingles = spool.records[row], spool.shingles(row)
            fingerprint = record["fingerprint"].tobytes()
            if fingerprint in seen:
                found.append(1)
                continue
            seen.add(fingerprint)
            found.append(2 if shingles.size and near.add(shingles, record["sketch"]) else 0)
    return np.array(found, np.uint8)


def batches(found: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """Groups together, so that a task is worth its while; a large one is alone."""
    batch, size = [], 0
    for group in found:
        if batch and size + len(group) > AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(group)
        size += len(group)
    if batch:
        yield batch


def copies(engine: Engine, spools: list[tuple[Path, int]]) -> np.ndarray:
    """A row of REASONS for each document of all spools (folder, number of documents), end to end."""
    spools = [spool for spool in spools if spool[1]]
    starts = np.cumsum([0, *(size for _, size in spools)])
    sources = [(folder, first) for (folder, _), first in zip(spools, starts.tolist())]
    reasons = np.zeros(starts[-1], np.uint8)
    pairs = list(engine.shuffle(partial(keys, engine.parts), sources, links))
    tasks = list(batches(groups(np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64))))

    def places(group: np.ndarray) -> list[Place]:
        at = np.searchsorted(starts, group, side="right") - 1
        return [(spools[i][0], row) for i, row in zip(at.tolist(), (group - starts[at]).tolist())]

    for task, found in zip(tasks, engine.map(judged, ([places(group) for group in task] for task in tasks))):
        reasons[np.concatenate(task)] = found
    return reasons
