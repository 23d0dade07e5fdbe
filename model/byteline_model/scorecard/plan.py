"""How much is asked of a model: counts for each document. The defaults take a worker model through all of them in
minutes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    seed: int = 1
    documents: int = 32  # of all repositories together, in turn
    longest: int = 16384  # bytes of a document that are looked at: its beginning
    max_bytes: int = 128  # of a completion, as the extension asks by default; longer rests of a line are not taken
    spans: int = 3
    lines: int = 2  # prompts of each kind of place on a line
    blocks: int = 1
    block_bytes: int = 256  # longest block that is taken
    sweeps: int = 2  # lines of which every cut is tried
    sweep_bytes: int = 80  # longest such line
    typed: int = 24  # characters of a line that the keystroke curve follows; shorter lines are not swept
    replay_bytes: int = 400  # of each document, typed in order
    beginnings: int = 8  # of each language, of the first minute
    shuffles: int = 1000  # of the permutation test
    resamples: int = 1000  # of the bootstrap


QUICK = Plan(
    documents=4,
    longest=3000,
    spans=1,
    lines=1,
    block_bytes=128,
    max_bytes=64,
    sweeps=1,
    sweep_bytes=40,
    typed=12,
    replay_bytes=80,
    beginnings=1,
)
