"""The score card's measures on cases worked by hand."""

import random

import numpy as np
import pytest
from byteline_model.scorecard.bootstrap import Row, estimate, ratios
from byteline_model.scorecard.folds import FOLDS, calibration, scoring
from byteline_model.scorecard.metrics import right_indentation, same_line, similarity
from byteline_model.scorecard.places import KINDS, TRIGGERS, blocks, cursors, lines_to_sweep, region
from byteline_model.scorecard.reliability import reliability
from byteline_model.scorecard.sweep import Cut, Sweep, by_phase, falls, kind_of, phase_test

CODE = b"""def area(r):
    # the width of \xc3\xa4 circle
    total = 3.14 * r * r
    if total > 1:
        return total

print(area(2))
"""


def test_a_line_matches_up_to_its_line_feed_and_blanks_at_its_end():
    assert same_line(b"return x  \nmore", b"return x")
    assert not same_line(b" return x", b"return x") and not same_line(b"\nreturn x", b"return x")


def test_edit_similarity_counts_characters():
    assert similarity("größe".encode(), "grösse".encode()) == pytest.approx(1 - 2 / 6)
    assert similarity(b"", b"ab") == 0 and similarity(b"ab\n", b"ab") == 1


def test_indentation_is_compared_line_by_line():
    true = b"if a:\n        b\n\n    c"
    assert right_indentation(true, true, b"    ") == 1
    assert right_indentation(b"x\n        y\n\n  z", true, b"    ") == pytest.approx(2 / 3)
    assert right_indentation(b"x", true, b"    ") == pytest.approx(1 / 3)
    assert right_indentation(b"", true, b"    ") == 0


@pytest.mark.parametrize("kind", KINDS)
def test_cursors_stand_where_their_kind_says_before_a_rest_that_fits(kind):
    found = cursors(CODE, kind, 5, 40, random.Random(3))
    assert found and found == cursors(CODE, kind, 5, 40, random.Random(3))
    for at in found:
        assert CODE[at] & 0xC0 != 0x80  # never inside a character
        assert CODE[at:].split(b"\n")[0].strip()
        before, after = chr(CODE[at - 1]), chr(CODE[at])
        assert {
            "random": True,
            "line start": before == "\n",
            "after a trigger": before.encode() in TRIGGERS,
            "in an identifier": (before + after).isalnum() or CODE[at - 1] >= 0x80 or CODE[at] >= 0x80,
        }[kind]


def test_blocks_begin_after_the_indentation_and_end_with_their_last_line():
    found = blocks(CODE, 9, 200, random.Random(0))
    # one line under `if` is no block
    assert [CODE[a:b].split(b"\n")[0] for a, b in found] == ["# the width of ä circle".encode()]
    a, b = found[0]
    assert CODE[:a].endswith(b"\n    ") and CODE[a:b].endswith(b"        return total") and CODE[b : b + 2] == b"\n\n"
    assert blocks(CODE, 9, 30, random.Random(0)) == []


def test_regions_and_lines_to_sweep_are_whole_characters():
    ((a, b),) = lines_to_sweep(CODE, 9, 20, 80, random.Random(0))[:1]
    assert CODE[a:b].decode().strip() == "# the width of ä circle"
    for seed in range(20):
        a, b = region(CODE, 34, random.Random(seed))
        assert a == 0 or CODE[a - 1] == 0x0A
        CODE[a:b].decode()


def test_means_are_over_repositories():
    rows = [Row("a", 8, 10), Row("a", 2, 90), Row("b", 3, 10)]
    assert ratios(rows) == {"a": 0.1, "b": 0.3}
    e = estimate(rows)
    assert (
        e.value == pytest.approx(0.2)
        and (e.low, e.high) == pytest.approx((0.1, 0.3))
        and (e.repositories, e.n) == (2, 3)
    )
    assert estimate([]) is None and estimate([Row("a", 0, 0)]) is None


def test_the_interval_covers_as_often_as_it_says():
    """Of 300 samples of 12 repositories the 95% interval holds the true mean in most; a bootstrap of so few is a little
    narrow."""
    rng, covered = np.random.default_rng(5), 0
    for _ in range(300):
        e = estimate([Row(str(i), value) for i, value in enumerate(rng.normal(1, 1, 12))], 400)
        covered += e.low <= 1 <= e.high
    assert 0.85 < covered / 300 < 0.98


def test_calibration_error():
    pairs = [(0.05, False)] * 3 + [(0.05, True)] + [(0.95, True)] * 4
    found = reliability(pairs)
    assert found["error"] == pytest.approx(0.5 * 0.2 + 0.5 * 0.05) and [b["n"] for b in found["bins"]] == [4, 4]
    assert reliability([])["error"] is None


def test_folds_are_disjoint_and_cover():
    names = [f"r{i:02}" for i in range(11)]
    assert sorted(calibration(names) + scoring(names)) == names and len(calibration(names)) == 4
    assert FOLDS["all"](iter(names)) == names and FOLDS["score"](iter(names)) == scoring(names)


def test_kinds_of_cuts():
    text = b"a\n  foo = bar(x)"
    assert [kind_of(text, 2, at) for at in (2, 3, 4, 5, 8, 12, 13)] == [
        "after a newline",
        "in an indent",
        "in an indent",
        "in an identifier",
        "after a space",
        "in an identifier",
        "other",
    ]


def line_of(at: int, right: list[bool]) -> Sweep:
    return Sweep([Cut(at + i, "other", 1.0, 1, r) for i, r in enumerate(right)], right)


def test_a_right_completion_that_becomes_wrong_is_a_fall():
    assert falls([line_of(0, [False, True, True]), line_of(9, [True, False, True])]) == (1, 2)


def test_the_phase_test_finds_a_model_that_fails_at_one_phase_and_no_other():
    rng = random.Random(1)
    lines = [(rng.randrange(1000), rng.randint(16, 40)) for _ in range(60)]
    fair = [line_of(at, [rng.random() < 0.5 for _ in range(n)]) for at, n in lines]
    biased = [line_of(at, [(at + i) % 8 != 3 and rng.random() < 0.5 for i in range(n)]) for at, n in lines]
    assert by_phase(biased, 8)[3] == 0 and phase_test(biased, 8, 200, 0)["asLarge"] == 0
    assert phase_test(fair, 8, 200, 0)["asLarge"] > 10
