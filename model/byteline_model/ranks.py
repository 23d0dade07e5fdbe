"""Data-parallel training: processes ("ranks") that hold the same weights and take the same steps, each on text of its
own. `torchrun` starts them, on GPUs or on several hosts; `spawned` on the cores of one machine.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn


@dataclass(frozen=True)
class Ranks:
    """This process is number `rank` of `world`; alone it is 0 of 1, and nothing here does anything."""

    rank: int
    world: int
    device: torch.device

    @classmethod
    def begin(cls) -> "Ranks":
        """What torchrun says in the environment; the process joins the group."""
        rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        device = torch.device("cpu")
        if torch.cuda.is_available():
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
            torch.cuda.set_device(device)
        if world > 1:
            dist.init_process_group("gloo" if device.type == "cpu" else "nccl")
        return cls(rank, world, device)

    def sum(self, *numbers: float) -> list[float]:
        """Over all ranks, so that all have the same."""
        if self.world == 1:
            return list(numbers)
        all_of_them = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        dist.all_reduce(all_of_them)
        return all_of_them.tolist()

    def add_gradients(self, model: nn.Module) -> None:
        """Makes each gradient the sum over all ranks."""
        if self.world > 1:
            for p in model.parameters():
                if p.grad is not None:
                    dist.all_reduce(p.grad)

    def end(self) -> None:
        """Leaves the group."""
        if self.world > 1:
            dist.destroy_process_group()


ALONE = Ranks(0, 1, torch.device("cpu"))


@contextmanager
def spawned(module: str, count: int) -> Iterator[None]:
    """Makes this process, which runs `python -m byteline_model.MODULE`, rank 0 of `count`, and starts the others with
    its own arguments. They end when it does: a rank whose neighbour is gone fails at the next step."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    group = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    others = [
        subprocess.Popen(
            [sys.executable, "-m", f"byteline_model.{module}", *sys.argv[1:]],
            env=os.environ | group | {"RANK": str(rank)},
        )
        for rank in range(1, count)
    ]
    os.environ.update(group | {"RANK": "0"})
    try:
        yield
        for process in others:
            process.wait()
    finally:
        for process in others:
            process.kill()
