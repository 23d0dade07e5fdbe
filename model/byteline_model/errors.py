"""Bad input of a command is one line that names the file or the argument; anything else keeps its traceback."""

from collections.abc import Callable


class InputError(ValueError):
    """Something that the caller gave does not do; the message names it."""


def command(main: Callable[[], None]) -> None:
    """Runs a module's main(): an InputError or a file that cannot be read or written ends it in one line, status 1."""
    try:
        main()
    except (InputError, OSError) as error:
        raise SystemExit(str(error)) from None
