"""A prompt that ends in a space: what a model says behind `return ` against behind `return`."""

import random
import re
from typing import Any

import numpy as np

from ..corpus.pack import Corpus
from ..scorecard.documents import Document, in_turn
from ..scorecard.predictor import Predictor
from ..sequence import line_end

KEYWORDS = (
    rb"(?:return|const|let|var|new|import|from|export|class|def|if|elif|for|while|in|await|async|throw|typeof|extends"
    rb"|public|private|static|struct|func|fn|type|package|case)"
)
SPACE = re.compile(rb"(?<![^\s(])" + KEYWORDS + rb" (?=[^\s])")
CODE = {"ts", "tsx", "js", "jsx", "go", "cpp", "c", "java", "rb", "py", "rust", "lua", "cs", "kt", "swift"}
COMMENTS = (b"*", b"//", b"/*", b"#", b"--")  # of these languages: what prose begins with
LONGEST = 40  # bytes of a rest of a line that is asked for
BEFORE = 200  # bytes of a file that stand before a place at least
READ = 2000  # bytes of a file that are looked at: its beginning
EACH = 4  # places in a file at most


def places(corpus: Corpus, n: int, seed: int = 1) -> list[tuple[Document, int]]:
    """Up to `n` (document, byte of a space): one space behind a keyword, before the last 2 to LONGEST bytes of its
    line, in code and not in a comment of whole lines. Documents are one of each repository in turn."""
    names, out = sorted({r["name"] for r in corpus.repositories}), []
    for d in in_turn(corpus, names, CODE, READ, seed):
        found = [m.end() - 1 for m in SPACE.finditer(d.text, min(BEFORE, len(d.text)))]
        found = [at for at in found if not d.text[d.text.rfind(b"\n", 0, at) + 1 : at].lstrip().startswith(COMMENTS)]
        fits = [at for at in found if 2 <= len(d.text[at + 1 : line_end(d.text, at)].rstrip()) <= LONGEST]
        rng = random.Random(f"{seed} {d.number}")
        out += [(d, at) for at in sorted(rng.sample(fits, min(EACH, len(fits))))]
        if len(out) >= n:
            break
    return out[:n]


def ask(p: Predictor, d: Document, at: int, shown: bool) -> dict[str, Any]:
    """What a model says at the space at byte `at`, before it is typed and after: `bits` of the rest of the line, the
    space counted in the first; `right`, whether the greedy completion is the rest of the line; where it is
    `shown`, `text`, that completion. Nothing of the line stands behind the cursor."""
    path, end = d.path.encode(), line_end(d.text, at)
    said = p.cuts(path, d.text, [at, at + 1], end, LONGEST)
    bits = [-nats / np.log(2) for nats, _ in said]
    out: dict[str, Any] = {"bits": [float(b.sum()) for b in bits], "right": [bool(right) for _, right in said]}
    if shown:
        texts = [p.complete(path, d.text, cut, end, False, LONGEST).text for cut in (at, at + 1)]
        out["text"] = [t.decode("utf-8", "replace").split("\n")[0] for t in texts]
    return out
