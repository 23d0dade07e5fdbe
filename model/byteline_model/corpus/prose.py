"""Plain text of documentation: what markup shows, without the markup. For natural language, not for code."""

import gzip
import re
import zlib
from html.parser import HTMLParser

from .filters import Dropped, normalised

ENDINGS = ("txt", "rst", "md", "pod", "html", "htm", "xhtml")
SMALLEST, LARGEST = 200, 64_000_000  # bytes of text: a whole book is one document
HIDDEN = frozenset("head script style nav svg math template noscript".split())
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# links to other pages, as DocBook, Sphinx and others mark them; tables of contents
AROUND = re.compile(r"(^|[\s_-])(nav|navigation|navheader|navfooter|docnav|toc|nosearch|sidebar)([\s_-]|$)", re.I)
BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr li main ol p pre section table tbody td th thead tr ul".split()
)


def ending_of(path: str) -> str:
    """The ending that says what a file is, lower case; that of what is packed for a `.gz`."""
    return path.lower().removesuffix(".gz").rsplit("/", 1)[-1].rpartition(".")[2]


class _Text(HTMLParser):
    """Collects what a page shows: a block is a paragraph, white space counts inside `pre` only."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.paragraphs, self.words, self.hidden, self.kept = [], [], [], 0

    def end_paragraph(self) -> None:
        text = "".join(self.words)
        text = text.strip("\n").rstrip() if self.kept else " ".join(text.split())
        self.words = []
        if text.strip():
            self.paragraphs.append(text)

    def handle_starttag(self, tag, attrs) -> None:
        if tag == "body":
            self.hidden = []  # nobody need close a head
        marks = " ".join(value or "" for name, value in attrs if name in ("class", "role", "id"))
        if tag not in VOID and (self.hidden or tag in HIDDEN or (tag != "body" and AROUND.search(marks))):
            self.hidden.append(tag)
        if tag in BLOCKS and not self.hidden:
            if tag == "br" and self.kept:
                return self.words.append("\n")
            self.end_paragraph()
            self.kept += tag == "pre"

    def handle_startendtag(self, tag, attrs) -> None:  # <script src=.. /> opens nothing
        if tag in BLOCKS and not self.hidden:
            self.end_paragraph()

    def handle_endtag(self, tag) -> None:
        if tag in self.hidden:  # the last one, with those inside it that nobody closed
            del self.hidden[len(self.hidden) - 1 - self.hidden[::-1].index(tag) :]
        elif self.hidden:
            pass
        elif tag in BLOCKS:
            self.end_paragraph()
            self.kept = max(0, self.kept - (tag == "pre"))

    def handle_data(self, data) -> None:
        if not self.hidden:
            self.words.append(data)


def text_of_html(page: str) -> str:
    """The text of an HTML or XHTML page, a blank line between blocks."""
    parser = _Text()
    parser.feed(page)
    parser.close()
    parser.end_paragraph()
    return "\n\n".join(parser.paragraphs) + "\n"


def unpacked(raw: bytes) -> bytes:
    """What a gzip file holds. Raises Dropped for a broken one and one of more than LARGEST bytes."""
    try:
        stream = zlib.decompressobj(wbits=31)
        text = stream.decompress(raw, LARGEST + 1)
    except zlib.error:
        raise Dropped("broken gzip") from None
    if len(text) > LARGEST:
        raise Dropped("size")
    if not stream.eof:
        raise Dropped("broken gzip")
    # several members one after another are rare; the library reads them
    return gzip.decompress(raw) if stream.unused_data.startswith(b"\x1f\x8b") else text


def text_of(path: str, raw: bytes) -> bytes:
    """A file's text in UTF-8, line feeds only. Raises Dropped with the reason."""
    text = normalised(unpacked(raw) if path.lower().endswith(".gz") else raw)
    try:
        decoded = text.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Dropped("not UTF-8") from None
    if "\0" in decoded:
        raise Dropped("control bytes")
    if ending_of(path) in ("html", "htm", "xhtml"):
        text = text_of_html(decoded).encode()
    if not SMALLEST <= len(text) <= LARGEST:
        raise Dropped("size")
    return text
