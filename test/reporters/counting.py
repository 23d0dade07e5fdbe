"""A pytest plugin for test/run.sh: writes `passed failed` to the file that BYTELINE_COUNTS names."""

import os
from pathlib import Path

FILE = os.environ.pop("BYTELINE_COUNTS", None)  # a pytest that a test starts is not counted


def pytest_terminal_summary(terminalreporter):
    def count(outcome: str) -> int:
        return len(terminalreporter.stats.get(outcome, []))

    if FILE:
        Path(FILE).write_text(f"{count('passed')} {count('failed') + count('error')}\n", encoding="utf-8")
