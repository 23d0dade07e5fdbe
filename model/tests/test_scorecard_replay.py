"""Offers, the replay with Tab and the calibration."""

import json
from pathlib import Path

import numpy as np
import pytest
from byteline_model.scorecard.calibrate import Sample, error, fit
from byteline_model.scorecard.documents import Document
from byteline_model.scorecard.levels import GRID, Levels, Point, curve, levels
from byteline_model.scorecard.offer import Parameters, beginnings, confidence, offer_length, parameters_for
from byteline_model.scorecard.replay import Walk, follow, walk
from scorecard_models import Scripted

PLAIN = Parameters(0, 1, 0, 0)


def test_offers_end_where_words_end():
    assert beginnings(b"foo.bar_1(x) ") == [3, 4, 9, 10, 11, 12, 13]
    assert beginnings("\n  für x".encode()) == [7, 9] and beginnings(b"  \n") == []


def test_an_offer_is_the_longest_beginning_that_is_sure_enough():
    text, logps = b"a.bc", np.log([0.9, 0.9, 0.5, 0.5])
    assert [offer_length(text, logps, None, t) for t in (0.2, 0.5, 0.85, 0.95)] == [4, 2, 1, 0]
    longer = Parameters(-3, 0, 2, 0)  # surer with length alone
    assert offer_length(text, logps, longer, confidence(0, 4, longer)) == 4


def test_the_worker_and_the_card_agree_on_offers():
    """The fixture is written beside the worker's own test of it."""
    cases = json.loads((Path(__file__).parents[2] / "test/fixtures/offers.json").read_text())
    assert cases
    for case in cases:
        p = parameters_for(case["confidence"], case["memory"], case["eagerness"])
        assert offer_length(case["text"].encode(), np.array(case["logps"]), p, p.threshold) == case["offer"], case


TEXT = b"x = foo(a)\ny = foo(b)\n"


def test_a_completion_is_asked_for_where_none_is_left_that_agrees():
    p = Scripted({0: (b"x = fob", 0.9), 7: (b"(a)", 0.9), 10: (b"\nz", 0.9), 12: (b" = foo(b)", 0.9)})
    steps, asked = follow(p, Document(0, "r", "py", "a.py", TEXT), 0, len(TEXT), 64)
    # `fob` fails at 6; what is typed at 11 agrees with nothing; at 21 all is used up
    assert [at for at, _ in asked] == p.asked == [0, 7, 10, 12, 21]
    assert [(s.at, s.text) for s in steps[5:8]] == [(5, b"ob"), (6, b"b"), (7, b"(a)")]


def test_tab_replay_by_hand():
    p = Scripted({0: (b"x = fob", 0.9), 7: (b"(a)", 0.9), 10: (b"\ny = foo(b)", 0.8)})
    steps, _ = follow(p, Document(0, "r", "py", "a.py", TEXT), 0, len(TEXT), 64)
    everything, strict, nothing = walk(steps, TEXT, None, (0.0, 0.7, 1.0))
    # all of the text: `x = fob` and what is left of it, wrong at 0 to 6; `(a)` and `\ny = foo(b)` accepted
    assert everything == Walk(saved=3 + 11, tabs=2, shown=7 + 2)
    # from 0.7 on: `x =` (0.9^3) accepted; `fob`, `ob`, `b` wrong; `(a)` (0.9^3) accepted; then one byte of 0.8 at a
    # time, where
    # a word ends and no blank stands before it: `y`, `=`, the last `o`, `(`, `b`, `)`
    assert strict == Walk(saved=3 + 3 + 6, tabs=2 + 6, shown=2 + 3 + 6)
    assert nothing == Walk(0, 0, 0)


def test_offers_beyond_the_region_count_to_its_end():
    p = Scripted({0: (b"x = foo(a)", 0.9)})
    steps, _ = follow(p, Document(0, "r", "py", "a.py", TEXT), 0, 5, 64)
    assert walk(steps, TEXT, None, (0.0,)) == [Walk(5, 1, 1)]


def samples(p: Parameters, n: int) -> list[Sample]:
    rng, out = np.random.default_rng(2), []
    for _ in range(n):
        lengths = np.sort(rng.choice(np.arange(1, 60), 4, replace=False))
        nats = -np.cumsum(rng.exponential(0.4, 4))
        out.append(Sample(nats, lengths, (rng.random(4) < confidence(nats, lengths, p)).astype(float)))
    return out


def test_calibration_recovers_the_parameters_that_made_the_data():
    true = Parameters(2.0, 1.4, -0.5, 0)
    found = fit(samples(true, 8000))
    assert found.bias == pytest.approx(true.bias, abs=0.3) and found.logprob == pytest.approx(true.logprob, abs=0.1)
    assert found.length == pytest.approx(true.length, abs=0.1)


def test_calibration_of_separable_samples_stays_finite():
    found = fit(
        [
            Sample(np.array([-0.1]), np.array([3]), np.array([1.0])),
            Sample(np.array([-9.0]), np.array([3]), np.array([0.0])),
        ]
        * 5
    )
    assert all(np.isfinite(found)) and confidence(-0.1, 3, found) > 0.9 > 0.1 > confidence(-9, 3, found)


def test_the_threshold_is_the_one_that_saves_most():
    """A long offer of probability 0.3 is wrong, its first word of 0.7 right: showing less saves more."""
    p = Scripted(dict.fromkeys(range(0, 40, 3), (b"ab cd", 0.8)))
    text = b"ab " * 13
    steps, _ = follow(p, Document(0, "r", "py", "a.py", text), 0, len(text), 64)
    points = curve([("r", text, steps)], PLAIN)
    at = {t: walk(steps, text, PLAIN, [t])[0].saved / len(steps) for t in GRID}
    assert {p.threshold: p.saved for p in points} == at
    chosen = levels(points).balanced
    assert max(at.values()) == at[chosen] > at[GRID[0]]
    assert all(value < at[chosen] for t, value in at.items() if t > chosen)


def test_the_levels_keep_most_of_what_balanced_saves():
    saved = {0.1: 0.4, 0.2: 0.46, 0.3: 0.5, 0.4: 0.5, 0.5: 0.48, 0.6: 0.451, 0.7: 0.449}
    assert levels([Point(t, 0.5, 0.5, value) for t, value in saved.items()]) == Levels(0.6, 0.4, 0.2)


def test_the_curve_by_hand():
    """A wrong offer after each of two keys, a right one of eight characters, and nothing to its end."""
    p = Scripted({0: (b"zz", 0.9), 1: (b"zz", 0.9), 2: (b"= foo(a)", 0.9)})
    steps, _ = follow(p, Document(0, "r", "py", "a.py", TEXT), 0, 12, 64)
    at = curve([("r", TEXT, steps)], PLAIN, (0.1, 0.99))
    assert at == [Point(0.1, 3 / 5, 1 / 3, 8 / 12), Point(0.99, 0.0, 0.0, 0.0)]


def test_the_calibration_error_is_that_of_another_fit_where_it_is_not_true():
    true, other = Parameters(2.0, 1.4, -0.5, 0), Parameters(0.0, 1.4, -0.5, 0)
    found = samples(true, 4000)
    assert error(found, true) < 0.01 < 0.1 < error(found, other)
