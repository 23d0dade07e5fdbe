"""Copies found by shuffled keys are those of one pass over all documents in order."""

import random

import pytest
from byteline_model.corpus import copies as copying
from byteline_model.corpus.collect import Rules, hashes_of
from byteline_model.corpus.copies import copies
from byteline_model.corpus.dedup import NearDuplicates, fingerprint, shingles, sketch
from byteline_model.corpus.engine import Local
from byteline_model.corpus.spool import Hashes, Writer


def one_pass(documents: list[bytes], known: int) -> list[int]:
    """Rows of copies.REASONS. Of the first `known` documents only the fingerprints count."""
    seen, near, found = set(), NearDuplicates(), []
    for number, data in enumerate(documents):
        mine = shingles(data, 2)
        if fingerprint(data) in seen:
            found.append(1)
        else:
            seen.add(fingerprint(data))
            found.append(2 if number >= known and near.add(mine, sketch(mine)) else 0)
    return found


@pytest.mark.parametrize(("seed", "parts"), [(1, 1), (2, 7), (3, 64)])
def test_copies_are_those_of_one_pass_in_order(tmp_path, monkeypatch, seed, parts):
    rng, documents = random.Random(seed), []
    for _ in range(400):
        lines = list(rng.choice(documents)) if documents and rng.random() < 0.7 else rng.sample(range(10**6), 30)
        for _ in range(rng.choice((0, 0, 1, 2, 4, 6))):  # alike by chains: the ends are not
            lines[rng.randrange(30)] = rng.randrange(10**6)
        documents.append(lines)
    texts = [rng.choice((" ", "\n")).join(f"{line} x\n" for line in lines).encode() for lines in documents]
    rules, spools, known = Rules(tmp_path), [], 40
    for at in range(0, 400, 40):
        writer = Writer(tmp_path)
        for data in texts[at : at + 40]:
            writer.add("a.ts", "ts", data, Hashes(fingerprint(data)) if at < known else hashes_of(rules, data))
        spools += [(writer.close(), 40), (Writer(tmp_path).close(), 0)]
    engine = Local()
    engine.parts = parts
    monkeypatch.setattr(copying, "AT_ONCE", 9)  # many small tasks
    found = copies(engine, spools).tolist()
    assert found == one_pass(texts, known)
    assert min(found.count(reason) for reason in range(3)) > 20


def test_no_documents_have_no_copies(tmp_path):
    assert copies(Local(), []).size == copies(Local(), [(Writer(tmp_path).close(), 0)]).size == 0
