"""The byte sequence that the model reads: the same table and layout as server/prompt, held together by one fixture.

    BOS [FILE path LF text]*  SUF suffix  PAD..  PRE path LF [TAIL rest-of-line LF] prefix | middle EOM

The suffix starts at the next line; what follows the cursor on its own line goes into TAIL, only when it is not blank.
PAD fills up so that the first byte of the prefix stands at a patch boundary. Seven bytes that never occur in UTF-8
serve as sentinels, so the vocabulary stays 256 (method: Bavarian et al. 2022, arXiv 2207.14255, suffix first).
"""

import random
from dataclasses import dataclass, field

BOS, PAD, PRE, SUF, EOM, FILE, TAIL = 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0xFA, 0xF9
SENTINELS = {"BOS": BOS, "PAD": PAD, "PRE": PRE, "SUF": SUF, "EOM": EOM, "FILE": FILE, "TAIL": TAIL}
LF = b"\n"


@dataclass
class Prompt:
    """What stands around a cursor. All bytes are UTF-8 without sentinels (see `clean`)."""

    path: bytes
    prefix: bytes
    rest: bytes = b""  # the rest of the cursor's line, without its line feed
    suffix: bytes = b""  # from the next line on
    files: list[tuple[bytes, bytes]] = field(default_factory=list)  # (path, text) of other files


def clean(text: bytes) -> bytes:
    """Replaces bytes that stand for sentinels by `?`: valid UTF-8 has none, so it passes unchanged."""
    return text.translate(bytes(0x3F if b >= TAIL else b for b in range(256)))


def header(p: Prompt, patch: int) -> bytes:
    """Everything before the prefix: its length is a multiple of `patch`. A prompt is `header(p, patch) + p.prefix`."""
    files = b"".join(bytes([FILE]) + path + LF + text for path, text in p.files)
    before = bytes([BOS]) + files + bytes([SUF]) + p.suffix
    after = bytes([PRE]) + p.path + LF
    if p.rest.strip():
        after += bytes([TAIL]) + p.rest + LF
    return before + bytes([PAD]) * (-(len(before) + len(after)) % patch) + after


def prefix_first(p: Prompt, patch: int) -> bytes:
    """The other order, for training only: BOS PRE path LF prefix SUF suffix PAD.. PRE | middle. The second PRE says
    that the text goes on at the cursor; the rest of the line heads the suffix."""
    before = bytes([BOS, PRE]) + p.path + LF + p.prefix + bytes([SUF]) + p.rest + LF + p.suffix
    return before + bytes([PAD]) * (-(len(before) + 1) % patch) + bytes([PRE])


def plain(path: bytes, patch: int) -> bytes:
    """Header of a text that is read from its start, with nothing after it: BOS PAD.. PRE path LF."""
    after = bytes([PRE]) + path + LF
    return bytes([BOS]) + bytes([PAD]) * (-(1 + len(after)) % patch) + after


def split(text: bytes, rng: random.Random) -> tuple[int, int]:
    """A middle of the text, [a, b): by characters (35%), the rest of a line (30%), lines (25%), empty (10%)."""
    a, kind = rng.randrange(len(text) + 1), rng.random()
    if kind < 0.35:
        b = min(len(text), a + int(2 ** rng.uniform(0, 10)))
    elif kind < 0.65:
        b = line_end(text, a)
    elif kind < 0.90:
        b = a
        for _ in range(rng.randint(1, 12)):
            b = line_end(text, min(b + 1, len(text)))
    else:
        b = a
    return character_start(text, a), character_start(text, b)


def line_end(text: bytes, at: int) -> int:
    """Where the line that byte `at` stands in ends: at its line feed or the text's end."""
    end = text.find(LF, at)
    return len(text) if end < 0 else end


def character_start(text: bytes, at: int) -> int:
    """The start of the UTF-8 character that byte `at` belongs to."""
    while at < len(text) and at > 0 and text[at] & 0xC0 == 0x80:
        at -= 1
    return at


FIM = 0.75  # share of training sequences with a middle: two thirds suffix first, one third prefix first


def snippet(text: bytes, size: int, rng: random.Random) -> bytes:
    """Whole lines of a document from a random place on, at most `size` bytes (server/prompt/nearby.ts takes them around
    a place)."""
    start = text.rfind(LF, 0, rng.randrange(len(text) + 1)) + 1
    return text[start : text.rfind(LF, start, start + size) + 1]


def training_pieces(
    text: bytes, path: bytes, patch: int, limit: int, rng: random.Random, fim: float = FIM, files=()
) -> tuple[bytes, bytes]:
    """One training sequence from a document, cut where the middle begins: (before, middle and EOM). A share `fim` has a
    middle: two thirds of them suffix first, one third prefix first; the rest is plain. A document too long for `limit`
    bytes is cut to a window that starts at a random byte, so text meets patches at every phase. `files`: (path, text)
    of other documents, for FILE blocks in front of a suffix."""
    room = limit - len(path) - 2 * patch - 8
    kind = rng.random()
    if kind >= fim * 2 / 3:
        files = ()
    room -= sum(2 + len(name) + len(block) for name, block in files)
    if kind < fim:
        room -= 64
    if len(text) > room:
        start = rng.randrange(len(text) - room + 1)
        text = text[character_start(text, start) : character_start(text, start + room)]
    elif rng.random() < 0.5:  # a short document still has a random phase
        text = text[character_start(text, rng.randrange(min(patch, len(text) + 1))) :]
    if kind >= fim:
        return plain(path, patch), text + bytes([EOM])
    a, b = split(text, rng)
    end = line_end(text, b)
    p = Prompt(path, text[:a], text[b:end], text[end + 1 :], list(files))
    before = header(p, patch) + p.prefix if kind < fim * 2 / 3 else prefix_first(p, patch)
    return before, text[a:b] + bytes([EOM])


def training_sequence(
    text: bytes, path: bytes, patch: int, limit: int, rng: random.Random, fim: float = FIM, files=()
) -> bytes:
    """The same in one piece, at most `limit` bytes."""
    before, middle = training_pieces(text, path, patch, limit, rng, fim, files)
    return (before + middle)[:limit]


def stretches(documents, span: int, length: int, rng: random.Random):
    """(path, text) of documents for sequences of `length` bytes, shorter than `span`: consecutive pieces of the bytes
    that one sequence of `span` bytes would take, so that a short context reads the same text."""
    for path, text in documents:
        overhead = len(path) + 74
        room, piece = span - overhead, max(64, length - overhead)
        start = rng.randrange(max(0, len(text) - room) + 1)
        cuts = [character_start(text, at) for at in range(start, min(len(text), start + room), piece)]
        for a, b in zip(cuts, cuts[1:] + [character_start(text, min(len(text), start + room))]):
            yield path, text[a:b]


def pack(sequences, patch: int, length: int, rows: int, pad: int = PAD):
    """Packs sequences (bytes, or lists of tokens) into rows of `length`, each sequence at a patch boundary, `pad`
    between. Yields lists of `rows` lists; a sequence that does not fit opens the next row cut short."""
    row, out = [], []
    for sequence in sequences:
        sequence = [*sequence, *[pad] * (-len(sequence) % patch)]
        while sequence:
            take = length - len(row)
            if len(sequence) > take and take < length // 4:  # a scrap that short teaches less than it costs
                row += [pad] * take
            else:
                row += sequence[:take]
                sequence = sequence[take:] if take >= len(sequence) else []
            if len(row) == length:
                out.append(row)
                row = []
            if len(out) == rows:
                yield out
                out = []


def batches(documents, patch: int, length: int, rows: int, rng: random.Random, fim: float = FIM):
    """Lists of `rows` rows of `length` bytes, for ever as `documents` yields (path, text) or (path, text, files)."""
    return pack(
        (training_sequence(clean(text), path, patch, length, rng, fim, *files) for path, text, *files in documents),
        patch,
        length,
        rows,
    )
