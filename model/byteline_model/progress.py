"""How far a training run is, and how far it may go."""

from dataclasses import dataclass, field

from .errors import InputError


@dataclass
class Progress:
    """What a checkpoint keeps of a run beside its weights."""

    step: int = 0
    elapsed: float = 0  # seconds, across restarts
    core: float = 0  # seconds of CPU time of this process, across restarts
    seen: int = 0  # bytes of text
    read: dict[str, int] = field(default_factory=dict)  # documents of each shard
    cooling: bool = False  # whether the trunk is saved


@dataclass(frozen=True)
class Budget:
    """One of three units, across restarts. Raises InputError for none or several."""

    minutes: float | None = None
    core_hours: float | None = None  # of the process's CPU time
    megabytes: float | None = None  # of text seen, 10^6 bytes

    def __post_init__(self):
        if sum(value is not None for value in (self.minutes, self.core_hours, self.megabytes)) != 1:
            raise InputError("a budget is either minutes, core-hours or megabytes")

    @property
    def total(self) -> float:
        """Bytes or seconds."""
        return (self.megabytes or 0) * 1e6 or (self.core_hours or 0) * 3600 or (self.minutes or 0) * 60

    def spent(self, p: Progress) -> float:
        """Of `total`, in its unit."""
        return p.seen if self.megabytes else p.core if self.core_hours else p.elapsed

    def exceeds(self, saved: dict) -> bool:
        """Whether it is larger than the budget that a checkpoint was written under."""
        return any(now and now > (saved.get(unit) or 0) for unit, now in vars(self).items())
