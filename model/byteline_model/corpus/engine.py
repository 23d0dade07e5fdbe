"""Where the steps of a build run: in this process, or on a Dask cluster. Steps are functions of a module, their items
and results are small, and what is large lies in files of one folder that all workers see."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import itemgetter
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Protocol

from ..errors import InputError

NEEDED = "byteline_model.corpus.collect:take"  # imports all that steps import
PATIENCE = 60  # seconds until a cluster that does not answer, or has no worker, counts as unreachable


class Engine(Protocol):
    parts: int  # in how many parts a shuffle divides its keys

    def check(self, folder: Path) -> None:
        """Raises InputError where a worker does not see `folder` or lacks this package."""
        ...

    def map(self, step: Callable[[Any], Any], items: Iterable) -> Iterator:
        """Results in the order of the items. Raises InputError where workers keep dying of one."""
        ...

    def shuffle(self, step: Callable[[Any], Iterable[tuple[int, Any]]], items: Iterable, join: Callable) -> Iterator:
        """`join` of the list of all values of one part, for each part, in no order; `step` gives (part, value)."""
        ...


class Local:
    """One process."""

    parts = 1

    def check(self, folder: Path) -> None:
        pass

    def map(self, step: Callable[[Any], Any], items: Iterable) -> Iterator:
        return map(step, items)

    def shuffle(self, step: Callable[[Any], Iterable[tuple[int, Any]]], items: Iterable, join: Callable) -> Iterator:
        parts = defaultdict(list)
        for item in items:
            for part, value in step(item):
                parts[part].append(value)
        return map(join, parts.values())


def joined(join: Callable, group: tuple[int, list]) -> Any:
    """`join` of the values of a part as Dask groups them."""
    return join([value for _, value in group[1]])


class Cluster:
    """A Dask cluster by its scheduler's address, as tcp://host:8786. A task whose worker dies runs again elsewhere.
    Raises InputError where Dask is missing or the cluster does not answer."""

    def __init__(self, address: str):
        try:
            from distributed import Client
        except ImportError:
            raise InputError("--cluster needs the package distributed: pip install 'dask[distributed]'") from None
        try:
            self.client: Any = Client(address, timeout=PATIENCE)  # its types leave open whether one has to await
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, ValueError) as error:
            raise InputError(f"--cluster {address}: {error}") from None
        self.address, self.parts = address, 4 * sum(self.client.nthreads().values())

    def check(self, folder: Path) -> None:
        try:  # the scheduler takes tasks apart, too
            self.client.run_on_scheduler(resolve_name, NEEDED)
            self.client.run(resolve_name, NEEDED)
        except ImportError as error:
            raise InputError(f"--cluster {self.address}: scheduler or workers lack a package: {error}") from None
        blind = [worker for worker, seen in self.client.run(os.path.isdir, str(folder)).items() if not seen]
        if blind:
            raise InputError(f"{folder}: workers do not see this folder: {', '.join(blind)}")

    def map(self, step: Callable[[Any], Any], items: Iterable) -> Iterator:
        items = list(items)
        return self._results(self.client.map(step, items, pure=False), items)

    def shuffle(self, step: Callable[[Any], Iterable[tuple[int, Any]]], items: Iterable, join: Callable) -> Iterator:
        import dask.bag

        items = list(items)
        if not items:
            return
        pairs = dask.bag.from_sequence(items, npartitions=self.parts).map(step).flatten()
        groups = pairs.groupby(itemgetter(0), npartitions=self.parts, shuffle="tasks").map(partial(joined, join))
        futures = self.client.compute(groups.to_delayed())
        for part in self._results(futures, ["a shuffle"] * len(futures)):
            yield from part

    def _results(self, futures: list, items: Iterable) -> Iterator:
        """Waits for each in order, and lets it go. `items` are for the message."""
        from distributed import CancelledError, KilledWorker

        futures.reverse()
        for item in items:
            try:
                yield futures.pop().result()
            except KilledWorker as error:
                what = f"{error.allowed_failures + 1} workers died of {item!s:.300}"
                raise InputError(f"--cluster {self.address}: {what}") from None
            except CancelledError as error:
                raise InputError(f"--cluster {self.address}: the scheduler is gone: {error}") from None
