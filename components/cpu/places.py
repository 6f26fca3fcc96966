"""Where each part of an island stands in its loop, found by following the core's sockets downwards.

Checked by: tests/modes/test_island.py
"""

from collections.abc import Sequence
from typing import Protocol

from components.banked_memory.behaviour import step as step_banked
from components.cache.behaviour import step as step_cache
from components.cpu.records import DATA_PORT, INSTRUCTION_PORT
from components.interconnect.behaviour import step as step_bus
from components.lpddr3.behaviour import step as step_memory
from components.mmu.behaviour import step as step_walker
from cosim import ElaborationError, InitiatorSocket
from cosim.stepping import Stepping

CORE, L1I, L1D, L2 = 1, 2, 3, 4
LLC, BUS, MEMORY, BANKED_MEMORY = 5, 6, 7, 8
ITLB, DTLB, STLB, WALKER = 9, 10, 11, 12
"""Places of parts, in fours: so the island's loop looks for who is due."""

AT_EDGES = (BUS, MEMORY)
"""Parts that do nothing between two edges of their clocks, which are often not the core's."""

PARTS = 12
"""Entries of `due_ps`; 0 is NOBODY, and without translation there are 8."""


class Stepped(Protocol):
    """A module whose behaviour an island can run."""

    @property
    def name(self) -> str:
        """Name inside its parent."""
        ...

    @property
    def path(self) -> str:
        """Hierarchical path."""
        ...

    @property
    def stepping(self) -> Stepping:
        """Its behaviour, joined to its sockets."""
        ...


PLACES = {step_bus: BUS, step_memory: MEMORY, step_banked: BANKED_MEMORY, step_walker: WALKER}
"""Where behaviours stand that are no caches."""


def places(path: str, members: Sequence[Stepped]) -> dict[int, Stepping]:
    """Return which member stands where in the loop, following the core's sockets downwards.

    Raises ElaborationError for a member that the core does not reach.
    """
    owners = {id(socket): one.stepping for one in members for socket in one.stepping.sockets}
    core = members[0].stepping
    found = {CORE: core}
    ends = targets(core, owners)
    follow(found, ends[INSTRUCTION_PORT], [L1I, L2, LLC], owners)
    follow(found, ends[DATA_PORT], [L1D, L2, LLC], owners)
    for place, beside in ((L1I, ITLB), (L1D, DTLB)):
        for translator in targets(found[place], owners)[1:] if place in found else ():
            follow(found, translator, [beside, STLB], owners)
    for one in members:
        if one.stepping not in found.values():
            raise ElaborationError(
                f"{path}: {one.path} must be between the core and its memory; it is not; "
                "leave it out of the island"
            )
    return found


def follow(
    found: dict[int, Stepping],
    part: Stepping | None,
    names: list[int],
    owners: dict[int, Stepping],
) -> None:
    """Give a part and those below it their places, until one already has its own."""
    while part is not None and part not in found.values():
        found[PLACES.get(part.step) or names.pop(0)] = part
        below = targets(part, owners)
        if part.step is step_cache:
            part = below[0]
        else:
            part = next((one for one in below if one is not None), None)


def targets(stepping: Stepping, owners: dict[int, Stepping]) -> list[Stepping | None]:
    """Return who is behind each initiator end of a behaviour, None for those outside."""
    return [
        owners.get(id(socket.links[index].target))
        for socket, index in stepping.ends
        if isinstance(socket, InitiatorSocket)
    ]
