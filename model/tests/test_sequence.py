"""The byte sequence: the fixture shared with TypeScript, FIM splits, packing."""

import json
import random
from pathlib import Path

from byteline_model.sequence import (
    BOS,
    EOM,
    PAD,
    PRE,
    SENTINELS,
    SUF,
    TAIL,
    Prompt,
    batches,
    clean,
    header,
    plain,
    prefix_first,
    training_sequence,
)

FIXTURE = json.loads((Path(__file__).parents[2] / "test" / "fixtures" / "sequence.json").read_text())
TEXT = "".join(f"def größe_{i}(a, b):\n    return a + {i}  # 한글\n\n" for i in range(40)).encode()


def test_shared_fixture():
    assert FIXTURE["sentinels"] == SENTINELS
    raw = bytes.fromhex
    for case in FIXTURE["prompts"]:
        p = Prompt(
            raw(case["path"]),
            raw(case["prefix"]),
            raw(case["rest"]),
            raw(case["suffix"]),
            [(raw(a), raw(b)) for a, b in case["files"]],
        )
        assert header(p, case["patch"]).hex() == case["header"]
        assert plain(p.path, case["patch"]).hex() == case["plain"]
        assert len(header(p, case["patch"])) % case["patch"] == 0
    for before, after in FIXTURE["clean"]:
        assert clean(raw(before)).hex() == after


def test_training_sequences_hold_every_byte_and_valid_utf8():
    rng, kinds = random.Random(0), {"suffix": 0, "prefix": 0, "plain": 0}
    for _ in range(400):
        s = training_sequence(TEXT[:900], b"a.py", 8, 2048, rng)
        assert s[0] == BOS and s[-1] == EOM and s.count(EOM) == 1
        assert len(s) <= 2048
        bytes(b for b in s if b < TAIL).decode("utf-8")  # raises where a character was cut
        body = s.replace(bytes([PAD]), b"")
        if body[1] == SUF:
            kinds["suffix"] += 1
        elif body.count(bytes([PRE])) == 2:
            kinds["prefix"] += 1
        else:
            kinds["plain"] += 1
    assert abs(kinds["suffix"] / 400 - 0.5) < 0.1 and abs(kinds["prefix"] / 400 - 0.25) < 0.1


def test_a_prefix_starts_at_a_patch_boundary_and_windows_at_any_phase():
    rng, phases = random.Random(1), set()
    long = TEXT * 4
    for _ in range(200):
        s = training_sequence(long, b"a.py", 8, 512, rng)
        assert len(s) <= 512
        at = s.rfind(b"\n    return")
        phases.add(at % 8)
    assert phases == set(range(8))


def test_prefix_first_ends_at_a_patch_boundary():
    p = Prompt(b"a", b"foo(", b")", b"next")
    assert len(prefix_first(p, 8)) % 8 == 0 and prefix_first(p, 8)[-1] == PRE


def test_batches_are_full_rows_and_sequences_start_at_patches():
    feed = batches(((b"a.py", TEXT[: 200 + 31 * i]) for i in range(60)), 8, 512, 4, random.Random(2))
    rows = [row for _, batch in zip(range(5), feed) for row in batch]
    assert len(rows) == 20 and all(len(r) == 512 for r in rows)
    assert all(i % 8 == 0 for r in rows for i, b in enumerate(r) if b == BOS)
