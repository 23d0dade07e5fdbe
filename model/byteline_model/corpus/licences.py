"""Licences: marks that keep a file out, and sub-trees that come under a licence of their own.

Rules on text, not a legal review. A repository's own licence is the list's business; only folders below its root are
judged here.
"""

import re
from collections.abc import Iterable

RESTRICTED = re.compile(
    rb"GNU (Lesser |Library |Affero )?General Public|\bA?L?GPL-?[ v]?[23]|Mozilla Public License|\bMPL-?2|"
    rb"Business Source License|BUSL-1|Elastic License|Server Side Public|Commons Clause|PolyForm|"
    rb"Functional Source License|Eclipse Public License|"
    rb"European Union Public Licence|Common Development and Distribution|"
    rb"Attribution-(NonCommercial|ShareAlike)|CC[- ]BY-(NC|SA|ND)|All rights reserved\. ?Confidential",
    re.I,
)
COMMERCIAL = re.compile(rb"Enterprise (Edition|License)|subscription|commercial license|proprietary", re.I)
PERMISSIVE = re.compile(
    rb"Permission\s+is\s+hereby\s+granted,\s+free|Permission\s+to\s+use,\s+copy,\s+modify|MIT\s+licen[cs]e|Apache\s+License|"
    rb"Redistribution\s+and\s+use\s+in\s+source|free\s+and\s+unencumbered|\bCC0\b|Unlicense|ISC\s+License|BSD",
    re.I,
)
LICENCE_FILE = re.compile(r"/(un)?(licen[cs]e|copying)(?!-(header|banner))(-[\w.]+?)?(\.(md|txt|rst))?$", re.I)


def restricts(licence: bytes) -> bool:
    """Whether a licence's text is not permissive. The first mark decides ("MIT, with parts under MPL" is MIT); a text
    with no mark, such as a link to the root's licence, restricts nothing."""
    marks = [found.start() for mark in (RESTRICTED, COMMERCIAL) if (found := mark.search(licence))]
    free = PERMISSIVE.search(licence)
    return bool(marks) and not (free and free.start() < min(marks))


def restricted_folders(licences: Iterable[tuple[str, bytes]]) -> tuple[str, ...]:
    """Folders, each with its last slash, that a restricting licence file (path, text) lies in."""
    return tuple(sorted({path.rsplit("/", 1)[0] + "/" for path, text in licences if restricts(text)}))
