"""Two initiators at one memory: the same commands over bare rings and among processes."""

from functools import partial

import numpy as np
import pytest

from components.lpddr3 import Lpddr3, Lpddr3Config, Organisation, Trace, new_memory, preset
from components.lpddr3.behaviour import step
from components.lpddr3.requester import Requester
from cosim import Clock, Simulator, Steps
from cosim.bundle import Bundle
from cosim.compiled import Records
from cosim.messages import PORT, POSTED, READ, WRITE_BACK, new_wires, pop, send
from tests.modes.test_equal_dram import COUNT, Log, trace

CONFIGS = {
    "one channel": Lpddr3Config(),
    "two channels": preset("lpddr3_1866_x64_2ch"),
    "two ranks": Lpddr3Config(organisation=Organisation(ranks=2)),
}


def over_rings(config: Lpddr3Config, traces: list[Trace]) -> list[tuple[int, ...]]:
    """Return cycle, channel, command, row and address of every command until all was taken.

    The compiled step runs at every clock edge. A port's next request is offered when the one
    before has been taken.
    """
    ports: Records = np.zeros(len(traces), PORT)
    ports["inbox"], ports["outbox"] = [0, 2], [1, 3]
    memory, wires = new_memory(config, initiators=2), new_wires(4, 256)
    bundle = Bundle((memory[0], ports, wires, *memory[1:]))
    clock, cycle = Clock(config.speed.clock_hz), 0
    offered, seen, log = [0, 0], [0] * len(memory.channel), []
    while offered != [COUNT, COUNT] or wires.links[0].count + wires.links[2].count:
        cycle += 1
        now_ps = clock.edge(cycle)
        for port, one in enumerate(traces):
            place = offered[port]
            if place < COUNT and one.earliest[place] < cycle and not wires.links[2 * port].count:
                kind, tag = (WRITE_BACK, POSTED) if one.is_write[place] else (READ, place)
                send(wires, 2 * port, now_ps, kind, int(one.addresses[place]), 64, tag, 0)
                offered[port] += 1
        step(bundle.address, now_ps)
        for link in (1, 3):
            while wires.links[link].count:
                pop(wires, link)
        for number, state in enumerate(memory.channel):
            if state.commands != seen[number]:
                seen[number] = int(state.commands)
                fields = ("command", "command_row", "command_address")
                log.append((int(state.command_cycle), number, *(int(state[f]) for f in fields)))
    return log


def among_processes(config: Lpddr3Config, traces: list[Trace]) -> list[tuple[int, ...]]:
    """Return the same of two requesters, each a process with transactions."""
    log = Log()
    with Simulator() as simulator:
        memory = Lpddr3("memory", simulator, config=config)
        memory.sinks.append(log.take)
        requesters = [
            Requester(
                f"requester[{port}]", simulator, clock=memory.clock, pieces=[one],
                taken=partial(memory.taken, port), stepped=memory.stepped,
            )
            for port, one in enumerate(traces)
        ]  # fmt: skip
        under_way: list[int] = []
        for requester in requesters:
            requester.mem.bind(memory.bus)
            requester.outstanding.listen(lambda _, reads: under_way.append(reads))

        def stop() -> Steps:
            yield requesters[0].done & requesters[1].done
            simulator.stop()

        simulator.env.process(stop(), "stop")
        simulator.run()
        assert [memory.taken(port) for port in (0, 1)] == [COUNT, COUNT]
        assert max(under_way) < COUNT // 2  # answered reads are no longer counted
    return [
        (cycle, channel, command, row, address)
        for cycle, channel, _, command, _, row, address in log.rows
    ]


@pytest.mark.parametrize("name", CONFIGS)
def test_two_initiators_get_the_same_commands_in_both_shells(name: str) -> None:
    traces = [trace(0, seed=1), trace(0, seed=2)]
    rings = over_rings(CONFIGS[name], traces)
    assert len(rings) > COUNT
    assert among_processes(CONFIGS[name], traces)[: len(rings)] == rings
