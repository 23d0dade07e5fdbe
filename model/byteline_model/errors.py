"""Bad input of a command is one line that names the file or the argument; anything else keeps its traceback."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T", int, float)


class InputError(ValueError):
    """Something that the caller gave does not do; the message names it."""


def command(main: Callable[[], None]) -> None:
    """Runs a module's main(): an InputError or a file that cannot be read or written ends it in one line, status 1."""
    try:
        main()
    except (InputError, OSError) as error:
        raise SystemExit(str(error)) from None


def numbers(kind: Callable[[str], T], text: str) -> tuple[T, ...]:
    """Those of an argument, with commas between. Raises InputError that names it."""
    try:
        return tuple(kind(x) for x in text.split(","))
    except ValueError:
        raise InputError(f"{text}: numbers with commas between are asked for") from None
