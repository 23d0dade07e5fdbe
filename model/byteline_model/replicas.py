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

EVERY = (
    50  # steps between two exchanges: at 32 kB a step some four minutes, of which reading and writing take one in 500
)


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

    def _news(self) -> list[dict]:
        """What others have written since it was last read."""
        out = []
        for file in (self._file(n) for n in range(1, self.count + 1) if n != self.number):
            if file.exists() and (written := file.stat().st_mtime_ns) > self.seen.get(file, 0):
                out.append(torch.load(file, weights_only=True))
                self.seen[file] = written
                self.shares[file] = Progress(core=out[-1]["core"], seen=out[-1]["seen"])
        return out

    @torch.no_grad()
    def join(self, model: nn.Module, p: Progress | None) -> Progress | None:
        """To be called at the start, with the progress of this replica's checkpoint or None. One that was away for
        longer than the others, or that is new, takes their newest weights; a new one begins where they read."""
        own = self.folder / "last.pt"
        since = own.stat().st_mtime_ns if p and own.exists() else 0
        news = self._news()
        newest = max(self.seen, key=self.seen.__getitem__, default=None)
        if not p and not newest and self.number > 1 and (self.run / "last.pt").exists():
            news = [torch.load(self.run / "last.pt", weights_only=True)]  # of a run that had one replica until now
            self.shares[self._file(1)] = Progress(core=news[0]["core"], seen=news[0]["seen"])
        elif not newest or self.seen[newest] <= since:
            return p
        else:
            news = [torch.load(newest, weights_only=True)]
        model.load_state_dict(news[0]["model"])
        return p or Progress(read=news[0]["read"])

    @torch.no_grad()
    def exchange(self, model: nn.Module, p: Progress) -> None:
        """To be called after each step; every `every`-th counts."""
        if self.count == 1 or p.step % self.every:
            return
        save(self._file(self.number), model=model.state_dict(), core=p.core, seen=p.seen, read=p.read)
        if news := self._news():
            for name, w in model.state_dict().items():
                w.copy_(sum((other["model"][name] for other in news), w) / (len(news) + 1))

    def total(self, p: Progress) -> Progress:
        """Core time and text of all replicas, as far as this one knows; the rest of its own progress p."""
        shares = self.shares.values()
        return replace(p, core=p.core + sum(s.core for s in shares), seen=p.seen + sum(s.seen for s in shares))
