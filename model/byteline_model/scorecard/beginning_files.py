"""The beginnings of model/beginnings: files that have only just been begun, and which answers are right there."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
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
            table = tomllib.loads(file.read_text())
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"{file}: {error}") from None
        for n, entry in enumerate(table.get("beginning", []), 1):
            where = f"{file}: {entry.get('id', f'beginning {n}')}"
            beginning = beginning_of(entry, table.get("language", file.stem), where)
            if beginning.id in found:
                raise InputError(f"{where}: another beginning has this id")
            found[beginning.id] = beginning
    if not found:
        raise InputError(f"{folder}: no beginnings: there is no [[beginning]] in a .toml file")
    return list(found.values())


def beginning_of(entry: dict, language: str, where: str) -> Beginning:
    """One [[beginning]]; `where` begins each message."""
    if unknown := entry.keys() - FIELDS.keys() - {"others"}:
        raise InputError(f"{where}: {', '.join(sorted(unknown))}: no field of a beginning")
    for name, kind in FIELDS.items():
        if not isinstance(entry.get(name), kind) or not entry[name]:
            raise InputError(f"{where}: {name} must be a {kind.__name__} that is not empty")
    if entry["text"].count(CURSOR) != 1:
        raise InputError(f"{where}: text must have one {CURSOR}, at the cursor")
    try:
        right = tuple(re.compile(pattern) for pattern in entry["right"])
    except (re.error, TypeError) as error:
        raise InputError(f"{where}: right: {error}") from None
    before, behind = entry["text"].split(CURSOR)
    made = Beginning(entry["id"], language, entry["path"], before, behind, entry.get("others", {}), right)
    if not made.accepts(entry["example"]):
        raise InputError(f"{where}: right refuses the example {entry['example']!r}")
    if made.accepts(""):
        raise InputError(f"{where}: right accepts an empty answer")
    return made
