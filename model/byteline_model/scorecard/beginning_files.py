"""The beginnings of model/beginnings: files that have only just been begun, and which answers are right there."""

import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from .others import leads_out
from .worker import ROOT

FOLDER = ROOT / "model" / "beginnings"
CURSOR = "█"
FIELDS = {"id": str, "path": str, "text": str, "right": list, "example": str}  # all of them must be there


class Beginning(NamedTuple):
    """`before` and `behind` stand around the cursor of the file `path`; `others` are the folder's other files, text by
    path."""

    id: str
    language: str
    path: str
    before: str
    behind: str
    others: dict[str, str]
    right: tuple[re.Pattern[str], ...]

    def accepts(self, answer: str) -> bool:
        """Whether a whole completion is right, blanks at its end aside."""
        return any(pattern.fullmatch(answer.rstrip()) for pattern in self.right)


def read_beginnings(folder: Path = FOLDER) -> list[Beginning]:
    """All beginnings of a folder's TOML files, by file. Raises InputError, which names file and id, for one that is not
    whole, or whose patterns refuse its example or accept nothing at all."""
    found: dict[str, Beginning] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:  # of TOML, or of UTF-8
            raise InputError(f"{file}: {error}") from None
        entries = table.get("beginning", [])
        if not isinstance(entries, list):
            raise InputError(f"{file}: beginning: a list of tables, each under [[beginning]]")
        for n, entry in enumerate(entries, 1):
            where = f"{file}: {entry.get('id', f'beginning {n}')}"
            beginning = beginning_of(entry, table.get("language", file.stem), where)
            if beginning.id in found:
                raise InputError(f"{where}: another beginning has this id")
            found[beginning.id] = beginning
    if not found:
        raise InputError(f"{folder}: no beginnings: there is no [[beginning]] in a .toml file")
    return list(found.values())


def of_each_language(beginnings: list[Beginning], n: int) -> list[Beginning]:
    """The first `n` of each language."""
    by = defaultdict(list)
    for b in beginnings:
        by[b.language].append(b)
    return [b for some in by.values() for b in some[:n]]


def beginning_of(entry: dict, language: str, where: str) -> Beginning:
    """One [[beginning]]; `where` begins each message."""
    if unknown := entry.keys() - FIELDS.keys() - {"others"}:
        raise InputError(f"{where}: {', '.join(sorted(unknown))}: no field of a beginning")
    for name, kind in FIELDS.items():
        if not isinstance(entry.get(name), kind) or not entry[name]:
            raise InputError(f"{where}: {name} must be a {kind.__name__} that is not empty")
    if entry["text"].count(CURSOR) != 1:
        raise InputError(f"{where}: text must have one {CURSOR}, at the cursor")
    others = entry.get("others", {})
    for path, text in others.items() if isinstance(others, dict) else [("others", None)]:
        if not isinstance(text, str) or leads_out(path):
            raise InputError(f"{where}: others: {path}: not a file of the folder and its text")
    if leads_out(entry["path"]) or entry["path"] in others:
        raise InputError(f"{where}: path: {entry['path']}: not a file of the folder beside the others")
    try:
        right = tuple(re.compile(pattern) for pattern in entry["right"])
    except (re.error, TypeError) as error:
        raise InputError(f"{where}: right: {error}") from None
    before, behind = entry["text"].split(CURSOR)
    made = Beginning(entry["id"], language, entry["path"], before, behind, others, right)
    if not made.accepts(entry["example"]):
        raise InputError(f"{where}: right refuses the example {entry['example']!r}")
    if made.accepts(""):
        raise InputError(f"{where}: right accepts an empty answer")
    return made
