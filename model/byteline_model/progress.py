"""How far a training run is, and how far it may go."""

from dataclasses import dataclass, field

from .errors import InputError


@dataclass
class Progress:
    """What a checkpoint keeps of a run beside its weights."""

    step: int = 0
    elapsed: float = 0  # seconds, across restarts
    core: float = 0  # seconds of CPU time of all ranks, across restarts
    seen: int = 0  # bytes of text
    read: dict[str, int] = field(default_factory=dict)  # documents of each shard
    cooling: bool = False  # whether the trunk is saved


@dataclass(frozen=True)
class Budget:
    """How far, across restarts, in one of three units; of several the one that is used up first counts. Raises
    InputError for none."""

    minutes: float | None = None
    core_hours: float | None = None  # of the CPU time of all ranks
    megabytes: float | None = None  # of text seen, 10^6 bytes

    def __post_init__(self):
        if not self._limits:
            raise InputError("a budget is minutes, core-hours or megabytes")

    @property
    def _limits(self) -> dict[str, float]:
        """By field of Progress, in its unit; the first is the unit of `total`."""
        limits = {
            "seen": (self.megabytes or 0) * 1e6,
            "core": (self.core_hours or 0) * 3600,
            "elapsed": (self.minutes or 0) * 60,
        }
        return {name: limit for name, limit in limits.items() if limit}

    @property
    def total(self) -> float:
        """Bytes or seconds."""
        return next(iter(self._limits.values()))

    def spent(self, p: Progress) -> float:
        """Of `total`, in its unit."""
        return self.total * max(getattr(p, name) / limit for name, limit in self._limits.items())

    def exceeds(self, saved: dict) -> bool:
        """Whether it is larger than the budget that a checkpoint was written under."""
        return any(now and now > (saved.get(unit) or 0) for unit, now in vars(self).items())
