"""Whether confidence means what it says: predicted against observed probability of being right."""

import numpy as np

BINS = 10


def reliability(pairs: list[tuple[float, bool]]) -> dict:
    """Bins of equal width over (confidence, right): mean confidence, share right and number in each that is not empty;
    and the expected calibration error, the mean distance of the two weighted by number (Guo et al. 2017, arXiv
    1706.04599, eq. 3)."""
    sure, right = np.array([p for p, _ in pairs]), np.array([r for _, r in pairs], float)
    bin_of = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins = [
        {"predicted": float(sure[here].mean()), "observed": float(right[here].mean()), "n": int(here.sum())}
        for here in (bin_of == b for b in range(BINS))
        if here.any()
    ]
    error = sum(b["n"] * abs(b["predicted"] - b["observed"]) for b in bins) / len(pairs) if pairs else None
    return {"bins": bins, "error": error, "n": len(pairs)}
