"""Examine a machine: what is there, and what to mend before a model is loaded. No network, and no import of PyTorch."""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from fourbit.doctor import gpus, memory, packages, storage
from fourbit.doctor.finding import BROKEN, LEVELS, NOTE, SLOW, Fact, Finding
from fourbit.doctor.machine import Machine, this


def examine(machine: Machine) -> tuple[list[Fact], list[Finding]]:
    """(facts, findings), the findings that matter most first."""
    with ThreadPoolExecutor(1) as pool:
        built = gpus.read_torch(machine)
        answer = None  # of PyTorch, which is asked only where metadata cannot tell, while the rest goes on
        if built and built.cuda and machine.which("nvidia-smi"):
            answer = pool.submit(gpus.ask_torch, machine)
        cards = gpus.find(machine)
        parts = chain(
            packages.python(machine),
            gpus.cards(machine, cards),
            gpus.torch(machine, cards, answer if cards.kind == "cuda" else None),
            memory.cpu(machine),
            memory.cores(machine),
            memory.memory(machine),
            storage.disks(machine),
            storage.limits(machine),
            storage.hub(machine),
            packages.tools(machine),
            packages.wheels(machine),
            packages.builds(machine, cards),
            packages.conflicts(machine, cards),
            packages.requirements(machine),
        )
        told = list(parts)
    facts = [one for one in told if isinstance(one, Fact)]
    findings = [one for one in told if isinstance(one, Finding)]
    return facts, sorted(findings, key=lambda one: LEVELS.index(one.level))


__all__ = ["BROKEN", "LEVELS", "NOTE", "SLOW", "Fact", "Finding", "Machine", "examine", "this"]
