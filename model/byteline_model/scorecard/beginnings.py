"""The first minute: what a released model offers in files that have only just been begun (model/beginnings), by itself
and by hand, through the worker that ships:

    python -m byteline_model.scorecard.beginnings MODEL... [--no-memory] [--no-starter] [--eagerness LEVEL]

Each is asked in a folder of its own that holds no more than the beginning's other file, with the product's defaults.
What the editor alone keeps back is offered here: text inside a name that is new to the document.
"""

import argparse
import json
import shlex
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tqdm import tqdm

from ..errors import InputError, command
from .beginning_files import Beginning, read_beginnings
from .machine import machine
from .markdown import table
from .models import folder_of
from .others import put_on_disk
from .shares import Share, share_of
from .worker import has_gate, on_disk, position, started, swap_folders

MAX_BYTES = 128  # byteline.maxBytes as package.json has it


@dataclass
class Answer:
    """What one beginning got: `offered` by itself, '' for nothing, and the whole `by_hand`."""

    id: str
    language: str
    offered: str
    by_hand: str
    offer_right: bool  # the whole line
    offer_begins: bool  # right, or the beginning of the right answer by hand
    by_hand_right: bool


def figures_of(answers: list[Answer]) -> dict[str, Share]:
    """The card's rows. The two kinds of right offers are shares of the offers, the others of all beginnings."""
    offers = [a for a in answers if a.offered]
    return {
        "offered": share_of(bool(a.offered) for a in answers),
        "offersRight": share_of(a.offer_right for a in offers),
        "offersBegin": share_of(a.offer_begins for a in offers),
        "byHandRight": share_of(a.by_hand_right for a in answers),
    }


def ask(
    folder: Path,
    beginnings: list[Beginning],
    memory: dict,
    eagerness: str | float = "balanced",
    threads: int = 1,
    progress: Callable[[], object] = lambda: None,
) -> list[Answer]:
    """Asks the model of `folder` about each beginning, by itself and by hand; `memory` as in the protocol's options.
    Raises InputError where the memory does not hold a beginning's other file."""
    lsp, before = started(folder, [], memory, threads), None
    out = []
    try:
        for b in beginnings:
            here = TemporaryDirectory(prefix="byteline-beginning-")
            put_on_disk(Path(here.name), [(path, text.encode()) for path, text in b.others.items()])
            held = swap_folders(lsp, here, before)
            if before:
                before.cleanup()
            before = here
            if memory["enable"] and (not held or held["files"] < len(b.others)):
                raise InputError(f"{b.id}: the worker's memory says {held} of {len(b.others)} files")
            uri = f"{on_disk(here)['uri']}/{quote(b.path)}"
            document = {"uri": uri, "languageId": "plaintext", "version": 1, "text": b.before + b.behind}
            lsp.notify("textDocument/didOpen", {"textDocument": document})
            asked = {
                "id": 1,
                "uri": uri,
                "position": position((b.before + b.behind).encode(), len(b.before.encode())),
                "multiline": "auto",
                "maxBytes": MAX_BYTES,
                "eagerness": eagerness,
            }
            offered, by_hand = (
                lsp.request("byteline/complete", asked | {"always": always})[0].get("text", "")
                for always in (False, True)
            )
            lsp.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
            out.append(judge(b, offered, by_hand))
            progress()
    finally:
        lsp.close()
        if before:
            before.cleanup()
    return out


def judge(b: Beginning, offered: str, by_hand: str) -> Answer:
    """An offer that ends early is no right line; it begins one where the rest, which comes next, is right."""
    right, by_hand_right = b.accepts(offered), b.accepts(by_hand)
    begins = right or (offered != "" and by_hand_right and by_hand.startswith(offered))
    return Answer(b.id, b.language, offered, by_hand, right, begins, by_hand_right)


def options_of(memory: bool, starter: bool = True) -> dict:
    """`memory` of the protocol's options: the defaults unless told otherwise."""
    return {"enable": memory} | ({} if starter else {"starter": False})


def report(answers: list[Answer]) -> str:
    """A row for each language, and the whole with its intervals."""
    by = defaultdict(list)
    for a in answers:
        by[a.language].append(a)
    head = ["", "beginnings", "offered by itself", "of them right", "right as far as they go", "right by hand"]
    body = [
        [name, str(len(some)), *(str(s.count) for s in figures_of(some).values())] for name, some in sorted(by.items())
    ]
    body.append(["all", str(len(answers)), *map(str, figures_of(answers).values())])
    return "\n".join(table(head, body))


def details(answers: list[Answer]) -> str:
    """A line for each beginning: what was offered by itself, what by hand, and whether either is right."""
    word = lambda text, right: f"{'right' if right else 'wrong' if text else 'none '} {text!r}"
    return "\n".join(
        f"{a.id}: by itself {word(a.offered, a.offer_right)}, by hand {word(a.by_hand, a.by_hand_right)}"
        for a in answers
    )


def level(text: str) -> str | float:
    """quiet, balanced, eager or a probability."""
    if text in ("quiet", "balanced", "eager"):
        return text
    if not 0 <= float(text) <= 1:
        raise ValueError
    return float(text)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m byteline_model.scorecard.beginnings",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("models", nargs="+", metavar="MODEL", help="model folders, or released models' names")
    parser.add_argument("--no-memory", action="store_true", help="the model alone")
    parser.add_argument("--no-starter", action="store_true", help="the memory holds the folder and nothing else")
    parser.add_argument("--eagerness", type=level, default="balanced", help="quiet, balanced, eager or 0 to 1")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a JSON file for figures and answers")
    parser.add_argument("--verbose", action="store_true", help="print each answer")
    a = parser.parse_args()
    beginnings, memory, models = read_beginnings(), options_of(not a.no_memory, not a.no_starter), {}
    for name in a.models:
        folder = folder_of(name)
        if memory["enable"] and not has_gate(folder):
            raise InputError(f"{name}: the model has no gate for a memory: --no-memory asks it alone")
        with tqdm(total=len(beginnings), desc=name, unit="beginning") as bar:
            answers = ask(folder, beginnings, memory, a.eagerness, a.threads, bar.update)
        models[name] = answers
        if a.verbose:
            print(details(answers))
        print(f"\n{name}, {machine()}, {date.today().isoformat()}\n\n{report(answers)}")
    if a.out:
        about = {
            "command": shlex.join(["python", "-m", "byteline_model.scorecard.beginnings", *sys.argv[1:]]),
            "machine": machine(),
            "date": date.today().isoformat(),
        }
        whole = {
            name: {
                "figures": {row: s._asdict() for row, s in figures_of(found).items()},
                "answers": [asdict(answer) for answer in found],
            }
            for name, found in models.items()
        }
        a.out.write_text(json.dumps({"about": about, "models": whole}, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    command(main)
