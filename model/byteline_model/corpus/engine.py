"""Where the steps of a build run: in this process, or on a Dask cluster. Steps are functions of a module, their items
and results are small, and what is large lies in files of one folder that all workers see."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

from ..errors import InputError

PATIENCE = 60  # seconds until a cluster that does not answer, or has no worker, counts as unreachable


class Engine(Protocol):
    parts: int  # in how many parts a shuffle divides its keys

    def check(self, folder: Path) -> None:
        """Raises InputError where a worker does not see `folder`."""
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


def sees(folder: Path) -> bool:
    """Run by each worker."""
    return folder.is_dir()


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
        try:
            blind = [worker for worker, seen in self.client.run(sees, folder).items() if not seen]
        except ImportError as error:
            raise InputError(
                f"--cluster {self.address}: a worker has other packages than this process: {error}"
            ) from None
        if blind:
            raise InputError(f"{folder}: workers do not see this folder: {', '.join(blind)}")

    def map(self, step: Callable[[Any], Any], items: Iterable) -> Iterator:
        return self._results(self.client.map(step, list(items), pure=False))

    def shuffle(self, step: Callable[[Any], Iterable[tuple[int, Any]]], items: Iterable, join: Callable) -> Iterator:
        import dask.bag

        pairs = dask.bag.from_sequence(list(items), npartitions=self.parts).map(step).flatten()
        groups = pairs.groupby(itemgetter(0), npartitions=self.parts, shuffle="tasks").map(partial(joined, join))
        for part in self._results(self.client.compute(groups.to_delayed())):
            yield from part

    def _results(self, futures: list) -> Iterator:
        from distributed import CancelledError, KilledWorker

        futures.reverse()
        while futures:  # what was taken is let go
            try:
                yield futures.pop().result()
            except (KilledWorker, CancelledError) as error:
                raise InputError(f"--cluster {self.address}: {error}") from None
