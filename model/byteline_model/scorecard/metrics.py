"""How near a completion comes to what was written."""

from rapidfuzz.distance import Levenshtein


def first_line(text: bytes) -> bytes:
    """Up to the first line feed."""
    return text.split(b"\n", 1)[0]


def same_line(made: bytes, true: bytes) -> bool:
    """Exact match of a line: up to the first line feed, blanks at the end aside."""
    return first_line(made).rstrip() == first_line(true).rstrip()


def similarity(made: bytes, true: bytes) -> float:
    """Edit similarity of two texts, 0 to 1: one less the Levenshtein distance over the longer length, in characters."""
    return Levenshtein.normalized_similarity(
        made.decode(errors="replace").rstrip(), true.decode(errors="replace").rstrip()
    )


def indentation(line: bytes) -> bytes:
    """The blanks and tabs at the start."""
    return line[: len(line) - len(line.lstrip(b" \t"))]


def right_indentation(made: bytes, true: bytes, before: bytes) -> float:
    """Share of the true block's lines, by their number, that the made block indents alike; blank lines are not asked.
    Both blocks begin after `before`, the indentation in front of the cursor."""
    ours, theirs = ((before + text).split(b"\n") for text in (made.rstrip(), true.rstrip()))
    asked = [i for i, line in enumerate(theirs) if line.strip()]
    return sum(
        i < len(ours) and ours[i].strip() != b"" and indentation(ours[i]) == indentation(theirs[i]) for i in asked
    ) / len(asked)
