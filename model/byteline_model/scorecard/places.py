"""Where cursors are put: places in a text, all drawn from the seed and the document alone, so that every model meets
the same."""

import random
import re

from ..sequence import line_end
from .offer import is_word
from .plan import Plan

TRIGGERS = b".(= "
KINDS = ("random", "line start", "after a trigger", "in an identifier")


def rng_for(plan: Plan, number: int, section: str) -> random.Random:
    """One generator a document and section: another count in one section leaves the others' prompts alone."""
    return random.Random(f"{plan.seed} {number} {section}")


def character_starts(text: bytes, a: int, b: int) -> list[int]:
    return [i for i in range(a, b) if text[i] & 0xC0 != 0x80]


def line_start(text: bytes, at: int) -> int:
    return text.rfind(b"\n", 0, at) + 1


def cursors(text: bytes, kind: str, n: int, longest: int, rng: random.Random) -> list[int]:
    """Up to `n` cursors of one of KINDS, behind which 1 to `longest` bytes stand on the line that are not all blank."""
    fits = [at for at in character_starts(text, 1, len(text)) if _rest_fits(text, at, longest)]
    if kind == "after a trigger":  # each trigger as often as the others, or blanks would be nearly all
        by_trigger = [found for t in TRIGGERS if (found := [at for at in fits if text[at - 1] == t])]
        return sorted({rng.choice(rng.choice(by_trigger)) for _ in range(n)}) if by_trigger else []
    stands = {
        "random": lambda at: True,
        "line start": lambda at: text[at - 1] == 0x0A,
        "in an identifier": lambda at: is_word(text[at - 1]) and is_word(text[at]),
    }[kind]
    found = [at for at in fits if stands(at)]
    return sorted(rng.sample(found, min(n, len(found))))


def _rest_fits(text: bytes, at: int, longest: int) -> bool:
    rest = text[at : line_end(text, at)]
    return len(rest) <= longest and rest.strip() != b""


def blocks(text: bytes, n: int, longest: int, rng: random.Random) -> list[tuple[int, int]]:
    """Up to `n` blocks [a, b) of 2 or more lines and at most `longest` bytes that stand further right than the line
    before them. `a` stands after the first line's indentation, where an editor puts the cursor; `b` before the line
    feed at the end."""
    found = []
    for head in re.finditer(rb"^([ \t]*)\S.*\n(?=\1[ \t]+\S)", text, re.M):
        outer, a = len(head[1]), head.end()
        b = at = a
        while at < len(text):
            end = line_end(text, at)
            line = text[at:end]
            if line.strip():
                if len(line) - len(line.lstrip(b" \t")) <= outer:
                    break
                b = end
            at = end + 1
        a = a + len(text[a:]) - len(text[a:].lstrip(b" \t"))
        if text[a:b].count(b"\n") and b - a <= longest and at < len(text):
            found.append((a, b))
    return sorted(rng.sample(found, min(n, len(found))))


def lines_to_sweep(text: bytes, n: int, typed: int, longest: int, rng: random.Random) -> list[tuple[int, int]]:
    """Up to `n` lines [a, b) of at most `longest` bytes with more than `typed` characters after their indentation."""
    found, a = [], 0
    while a < len(text):
        b = line_end(text, a)
        if a > 0 and b - a <= longest and len(text[a:b].decode().strip()) > typed:
            found.append((a, b))
        a = b + 1
    return sorted(rng.sample(found, min(n, len(found))))


def region(text: bytes, length: int, rng: random.Random) -> tuple[int, int]:
    """About `length` bytes [a, b) of whole characters that begin at a line's start, with room for them where there is
    any."""
    starts = [0] + [m.end() for m in re.finditer(b"\n", text)]
    a = rng.choice([at for at in starts if at + length <= len(text)] or starts[:1])
    return a, next((i for i in range(min(len(text), a + length), len(text)) if text[i] & 0xC0 != 0x80), len(text))
