"""The prompt at a cursor for a network in PyTorch: the twin of server/prompt/around.ts, scaled to contexts of any
length."""

from ..sequence import Prompt, character_start, clean, header, line_end

PATH, REST, BLOCK = 96, 192, 1024  # bytes


def prompt_at(path: bytes, text: bytes, at: int, suffix_from: int, patch: int, context: int, completion: int) -> bytes:
    """The sequence for a cursor at byte `at` of text[:at] + text[suffix_from:], with `completion` bytes of the context
    left free. Windows slide in blocks of 1,024 UTF-16 units, of a quarter of the context where that is less."""
    end = line_end(text, suffix_from)
    p = Prompt(
        clean(path)[-PATH:], b"", cut(clean(text[suffix_from:end]), REST), cut(clean(text[end + 1 :]), context // 4)
    )
    head = header(p, patch)
    return head + last_blocks(clean(text[:at]), context - len(head) - completion, min(BLOCK, context // 4))


def cut(text: bytes, limit: int) -> bytes:
    """At most `limit` bytes, whole characters."""
    return text if len(text) <= limit else text[: character_start(text, limit)]


def last_blocks(text: bytes, limit: int, block: int) -> bytes:
    """The end of a text: at most `limit` bytes, from a multiple of `block` UTF-16 units on (the next character's start
    there)."""
    units = text.decode("utf-8", "replace").encode("utf-16-le")
    start = -(-max(0, len(units) // 2 - limit) // block) * block
    while True:
        end = units[2 * start :].decode("utf-16-le", "ignore").encode()  # half a character at the start is ignored
        if len(end) <= limit:
            return end
        start += block
