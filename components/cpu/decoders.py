"""Decoders that pass fewer instructions per cycle than dispatch takes: a queue between the two.

Models:     `decode_width` instructions per cycle, in program order, from the first cycle in which
            their group is there, into a queue of `decoded_ahead`; dispatch empties it.
Leaves out: decoders of different kinds, micro-code.
Source:     ChampSim 2025-05, ooo_cpu: five per cycle from decoders and micro-op cache together.
Checked by: tests/components/test_core.py
"""

from components.cpu.records import Machine
from cosim.compiled import inlined


@inlined
def decode_until(machine: Machine, cycle: int) -> None:
    """Decode in all cycles before `cycle`; after as many as the queue is long, it is full."""
    core = machine.core
    core.decode_cycle = max(core.decode_cycle, cycle - core.decoded_ahead)
    while core.decode_cycle < cycle:
        core.decode_cycle += 1
        decode_one_cycle(machine, core.decode_cycle)


@inlined
def decode_one_cycle(machine: Machine, ready: int) -> None:
    """Decode what may dispatch from cycle `ready` on."""
    core = machine.core
    room = min(core.decode_width, core.decoded_ahead - core.decoded_held)
    while room > 0 and core.decoding < core.groups_held:
        place = core.first_group + core.decoding
        if place >= machine.groups.shape[0]:
            place -= machine.groups.shape[0]
        group = machine.groups[place]
        if group.ready > ready:
            return
        passing = min(room, group.raw)
        group.raw -= passing
        core.decoded_held += passing
        room -= passing
        if group.raw:
            return
        core.decoding += 1
