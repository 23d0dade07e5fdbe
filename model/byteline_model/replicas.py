"""Local SGD (Stich 2019, arXiv 1805.09767) of several processes, one core each, without a barrier: each trains on
documents of its own, and every EVERY steps writes its weights into the run's folder and goes on from the mean of them
and of what the others have written since it last looked. One that is paused holds nobody up, and takes the weights of
the others when it comes back; optimizers stay apart.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import nn

from .background import replica
from .checkpoints import save
from .progress import Progress

EVERY = 50  # steps between two exchanges: some four minutes where a step takes 32 kB


@dataclass
class Replicas:
    """Number `number` of the `count` replicas of the run in folder `run`."""

    run: Path
    number: int = 1
    count: int = 1
    every: int = EVERY
    seen: dict[Path, int] = field(default_factory=dict)  # of the others, when each file was written that was read
    shares: dict[Path, Progress] = field(default_factory=dict)  # what the others have done

    @property
    def folder(self) -> Path:
        """Of this replica's checkpoints."""
        return replica(self.run, self.number)

    def _file(self, number: int) -> Path:
        return self.run / f"replica-{number}.pt"

    def _news(self) -> list[tuple[int, dict]]:
        """What others have written since it was last read, and when, in nanoseconds."""
        out = []
        for file in (self._file(n) for n in range(1, self.count + 1) if n != self.number):
            if file.exists() and (written := file.stat().st_mtime_ns) > self.seen.get(file, 0):
                state = torch.load(file, weights_only=True)
                out.append((written, state))
                self.seen[file] = written
                self.shares[file] = Progress(core=state["core"], seen=state["seen"])
        return out

    @torch.no_grad()
    def join(self, model: nn.Module, p: Progress | None) -> Progress | None:
        """To be called at the start, with the progress of this replica's checkpoint or None. One that was away for
        longer than the others, or that is new, takes their newest weights; a new one begins where they read."""
        own = self.folder / "last.pt"
        since = own.stat().st_mtime_ns if p and own.exists() else 0
        written, state = max(self._news(), key=lambda news: news[0], default=(0, {}))
        alone = self.run / "last.pt"  # of a run that had one replica until now
        if not (p or written or self.number == 1) and alone.exists():
            written, state = alone.stat().st_mtime_ns, torch.load(alone, weights_only=True)
            self.shares[self._file(1)] = Progress(core=state["core"], seen=state["seen"])
        if written <= since:
            return p
        model.load_state_dict(state["model"])
        return p or Progress(read=state["read"])

    @torch.no_grad()
    def exchange(self, model: nn.Module, p: Progress) -> None:
        """To be called after each step; every `every`-th counts."""
        if self.count == 1 or p.step % self.every:
            return
        save(self._file(self.number), model=model.state_dict(), core=p.core, seen=p.seen, read=p.read)
        if news := self._news():
            for name, w in model.state_dict().items():
                w.copy_(sum((other["model"][name] for _, other in news), w) / (len(news) + 1))

    def total(self, p: Progress) -> Progress:
        """Core time and text of all replicas, as far as this one knows; the rest of its own progress p."""
        shares = self.shares.values()
        return replace(p, core=p.core + sum(s.core for s in shares), seen=p.seen + sum(s.seen for s in shares))
