"""The UTF-8 automaton (Unicode 15, table 3-7) that masks decoding: output is valid by construction."""

from functools import cache

import numpy as np

from .sequence import EOM

STATES = 8  # 0 between characters; 1, 2, 3 continuation bytes to come; 4 after E0, 5 after ED, 6 after F0, 7 after F4
_CONTINUES = {
    1: (0x80, 0xBF, 0),
    2: (0x80, 0xBF, 1),
    3: (0x80, 0xBF, 2),
    4: (0xA0, 0xBF, 1),
    5: (0x80, 0x9F, 1),
    6: (0x90, 0xBF, 2),
    7: (0x80, 0x8F, 2),
}
_STARTS = [
    (0x00, 0x7F, 0),
    (0xC2, 0xDF, 1),
    (0xE0, 0xE0, 4),
    (0xE1, 0xEC, 2),
    (0xED, 0xED, 5),
    (0xEE, 0xEF, 2),
    (0xF0, 0xF0, 6),
    (0xF1, 0xF3, 3),
    (0xF4, 0xF4, 7),
]


@cache
def tables() -> tuple[np.ndarray, np.ndarray]:
    """next state i64 [STATES, 256] (0 for a byte that may not follow) and additive mask f32 [STATES, 256]: 0 or -1e9.
    EOM may stand between characters. Not to be written to."""
    follow, mask = np.zeros((STATES, 256), np.int64), np.full((STATES, 256), -1e9, np.float32)
    for low, high, state in _STARTS:
        follow[0, low : high + 1], mask[0, low : high + 1] = state, 0
    mask[0, EOM] = 0
    for state, (low, high, after) in _CONTINUES.items():
        follow[state, low : high + 1], mask[state, low : high + 1] = after, 0
    return follow, mask


def over(units: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """The same for units of one or more bytes, as tokens are: next state i64 and additive mask f32, [STATES, units]."""
    follow, mask = tables()
    state, allowed = np.zeros((STATES, len(units)), np.int64), np.zeros((STATES, len(units)), np.float32)
    for u, unit in enumerate(units):
        at = np.arange(STATES)
        for byte in unit:
            allowed[:, u] = np.minimum(allowed[:, u], mask[at, byte])
            at = follow[at, byte]
        state[:, u] = at
    return state, allowed


def state_after(text: bytes) -> int:
    """The automaton's state after a text, 0 to STATES - 1: its last four bytes say it."""
    follow, _ = tables()
    state = 0
    for byte in text[-4:] if len(text) < 4 or text[-4] & 0xC0 != 0x80 else text[-3:]:
        state = int(follow[state, byte])
    return state
