"""A pytest plugin for test/run.sh: to the file that BYTELINE_COUNTS names, it writes `passed failed` and a line for
each test that failed."""

import os
from pathlib import Path

FILE = os.environ.pop("BYTELINE_COUNTS", None)  # a pytest that a test starts is not counted


def pytest_terminal_summary(terminalreporter):
    def of(*outcomes: str) -> list:
        return [report for outcome in outcomes for report in terminalreporter.stats.get(outcome, [])]

    if FILE:
        failed = of("failed", "error")
        lines = [f"{len(of('passed'))} {len(failed)}", *(report.nodeid for report in failed)]
        Path(FILE).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
