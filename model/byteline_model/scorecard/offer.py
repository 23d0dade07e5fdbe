"""How much of a completion is offered: the twin of server/completion/confidence.ts and eagerness.ts, held to them by
test/fixtures/offers.json."""

from typing import NamedTuple

import numpy as np


class Parameters(NamedTuple):
    """`confidence` of model.json: P(text is right) = sigmoid(bias + logprob * logit(e^S) + length * ln(1 + n)) for a
    text of n bytes whose log-probabilities (nats) add up to S (Platt 1999, on the sequence's probability); an offer has
    at least `threshold`."""

    bias: float
    logprob: float
    length: float
    threshold: float


def parameters_for(confidence: dict, memory: bool, eagerness: str | float = "balanced") -> Parameters:
    """The numbers that offers are judged by, of model.json's `confidence`: the twin of confidenceFor in
    server/completion/eagerness.ts. `eagerness` is a level or a probability; without levels all of them have the one
    threshold."""
    fit = (memory and confidence.get("withMemory")) or confidence
    p = Parameters(*(float(fit[name]) for name in Parameters._fields))
    if eagerness == "balanced":
        return p
    return p._replace(
        threshold=fit.get("levels", {}).get(eagerness, p.threshold) if isinstance(eagerness, str) else eagerness
    )


SUREST = -1e-4  # nats; the logit of more would be infinite


def logit(nats):
    """ln(e^S / (1 - e^S)) of a text's log-probability S in nats; arrays or numbers."""
    nats = np.minimum(nats, SUREST)
    return nats - np.log(-np.expm1(nats))


def confidence(nats, n, p: Parameters | None):
    """Probability (0 to 1) that texts of `n` bytes with log-probability `nats` are right; arrays or numbers. Before
    calibration it is the probability that the network itself gives the text, e^S."""
    if p is None:
        return np.exp(np.minimum(nats, 0.0))
    z = p.bias + p.logprob * logit(nats) + p.length * np.log1p(n)
    return 1 / (1 + np.exp(np.clip(-z, -700, 700)))  # beyond that exp overflows


def is_word(byte: int) -> bool:
    """ASCII letters, digits, _ and $; a byte beyond ASCII counts too, so no offer ends inside a character."""
    return byte >= 0x80 or chr(byte).isalnum() or byte in b"_$"


def beginnings(text: bytes) -> list[int]:
    """Lengths in bytes at which an offer may end: all of the text, or where a word ends and text stands."""
    out, visible = [], False
    for k in range(1, len(text) + 1):
        blank = text[k - 1 : k].isspace()
        visible = visible or not blank
        ends = k == len(text) or (not blank and not (is_word(text[k - 1]) and is_word(text[k])))
        if visible and ends:
            out.append(k)
    return out


def confidences(text: bytes, logps: np.ndarray, p: Parameters | None) -> tuple[np.ndarray, np.ndarray]:
    """(lengths [n], confidence of each [n]) of the beginnings that may be offered, shortest first."""
    lengths = np.array(beginnings(text), int)
    return lengths, confidence(np.cumsum(logps)[lengths - 1] if len(lengths) else np.zeros(0), lengths, p)


def offer_length(text: bytes, logps: np.ndarray, p: Parameters | None, threshold: float) -> int:
    """Bytes of the longest beginning whose confidence is at least `threshold`; 0 for none."""
    lengths, values = confidences(text, logps, p)
    kept = lengths[values >= threshold]
    return int(kept[-1]) if len(kept) else 0
