"""Runs that outlive the shell that starts them: one process a folder, at a low priority and on one thread, found
by the lock that it holds, and told to stop by SIGTERM."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(__file__).parents[1]  # of the package: model/, or where it is installed
ROOT = HOME.parent if (HOME / "pyproject.toml").exists() else Path.cwd()  # the checkout, or where the command runs
LOWEST = 19  # the niceness of a process that yields to all others
# a waiting thread must not spin: on a busy machine that takes a core from the others
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
    "THP_MEM_ALLOC_ENABLE": "1",  # PyTorch: huge pages for large tensors, which are new in every step (1 to 3% faster)
    # glibc: what a step lets go of stays for the next one, which would fault its pages in anew (4% faster, 12% more
    # memory)
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(10**11),
    "MALLOC_TOP_PAD_": str(2**26),
    "PYTHONPATH": str(HOME),
}


def _locked(folder: Path, how: int):
    """folder/lock, open and locked; None where another process has it. The system lets go of it when its holder
    dies."""
    folder.mkdir(parents=True, exist_ok=True)
    file = open(folder / "lock", "a+")
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def hold(folder: Path):
    """The lock of a folder for as long as what is returned stays open; None where another process holds it."""
    for _ in range(20):  # someone may be looking
        if file := _locked(folder, fcntl.LOCK_EX):
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            return file
        time.sleep(0.05)
    return None


def holder(folder: Path) -> int | None:
    """The process that holds a folder's lock."""
    if not (folder / "lock").exists():
        return None
    if file := _locked(folder, fcntl.LOCK_SH):
        file.close()
        return None
    return int((folder / "lock").read_text() or 0) or None


def detach(module: str, arguments: list[str], folder: Path, niceness: int = LOWEST, patience: float = 120) -> None:
    """Starts `python -m byteline_model.MODULE ARGUMENTS` in a session of its own; what it prints goes into
    folder/log.txt. Returns when it holds the folder's lock, has ended, or `patience` seconds are over."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "log.txt", "a") as log:
        process = subprocess.Popen(
            ["nice", "-n", str(niceness), sys.executable, "-m", f"byteline_model.{module}", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | ENVIRONMENT,
        )
    try:  # where Linux groups processes by session, nice counts inside the session alone: the session yields, too
        Path(f"/proc/{process.pid}/autogroup").write_text(str(niceness))
    except OSError:
        pass
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None and not holder(folder):
        time.sleep(0.1)


def pause(*folders: Path, patience: float = 180) -> None:
    """Ends the runs of these folders after the steps that they are at, with checkpoints; returns when they have
    ended, or `patience` seconds are over."""
    for pid in filter(None, map(holder, folders)):
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + patience
    while time.monotonic() < end and any(map(holder, folders)):
        time.sleep(0.1)


def last_rows(folder: Path) -> tuple[dict, dict, dict]:
    """Of a run's metrics.jsonl: the last row, the last with a validation point, and the last with a training point;
    {} for what is not there."""
    file = folder / "metrics.jsonl"
    rows = []
    for line in file.read_text().splitlines() if file.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:  # half a line: it is being written
            continue
    of = lambda key: next((r for r in reversed(rows) if key in r), {})
    return of("step"), of("valid"), of("train")


def line(folder: Path, name: str, budget: str, finished: bool) -> str:
    """Where a run is, in one line: text seen, bits per byte, hours of CPU time."""
    pid = holder(folder)
    state = f"runs (process {pid})" if pid else "finished" if finished else "paused" if folder.exists() else "not begun"
    last, valid, train = last_rows(folder)
    if not last:
        return f"{name}: {state}, no figures yet"
    bits = "no validation point yet"
    if valid:
        bits = f"{valid['valid']:.3f} bits per byte at {valid['bytes'] / 1e6:.1f} MB"
    core = last.get("core", 0)
    training = f"{train['train']:.3f} on training text, " if train else ""
    return (
        f"{name}: {state}; {last['bytes'] / 1e6:.1f} MB seen, {bits}, {training}{core / 3600:.2f} core-hours"
        f"{budget}, {last['bytes'] / max(1, core) / 1e3:.1f} kB a core-second"
    )
