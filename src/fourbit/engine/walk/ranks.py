"""One walk by several processes under torchrun: batches and layers are shared out, results are exchanged.

Every rank holds the same block and takes every world-th batch and every world-th layer. All ranks read and write
the same activation files, so they need a file system in common.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist

from fourbit.engine.hessian import Hessian
from fourbit.errors import UserError

PATIENCE = timedelta(days=1)  # one rank may solve a large layer while the others wait


class Team:
    """The ranks that work together; a single process is a team of one."""

    def __init__(self, rank: int = 0, world: int = 1):
        self.rank, self.world = rank, world

    @classmethod
    @contextmanager
    def from_environment(cls) -> Iterator["Team"]:
        """The team that torchrun started, over gloo; alone when it did not."""
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            yield cls()
            return
        dist.init_process_group("gloo", timeout=PATIENCE)
        try:
            yield cls(dist.get_rank(), dist.get_world_size())
        finally:
            dist.destroy_process_group()

    def share(self, items: Sequence) -> Sequence:
        """This rank's part."""
        return items[self.rank :: self.world]

    def sum(self, hessian: Hessian) -> None:
        """Give every rank the Hessian of all ranks' tokens."""
        if self.world > 1:
            tokens = torch.tensor(hessian.tokens)
            dist.all_reduce(tokens)
            dist.all_reduce(hessian.sums)
            hessian.tokens = int(tokens)

    def exchange(self, results: dict) -> dict:
        """Every rank's results, put together."""
        if self.world == 1:
            return results
        everyone = [None] * self.world
        dist.all_gather_object(everyone, results)
        return {name: result for part in everyone for name, result in part.items()}

    def wait(self) -> None:
        """Return once every rank has come here."""
        if self.world > 1:
            dist.barrier()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Work that may end in a UserError on one rank: then all ranks raise it, and none waits for ever."""
        mistake = None
        try:
            yield
        except UserError as error:
            mistake = str(error)
        mistakes = self.exchange({self.rank: mistake})
        for message in mistakes.values():
            if message:
                raise UserError(message)
