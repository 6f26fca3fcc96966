"""One trace through the memory, in the fast or in the detailed shell.

Both give the same cycles, counters and commands (tests/modes/test_equal_dram.py). The fast one is
the compiled player; the detailed one joins a requester to the memory's module, whose signals can
be watched.
"""

from collections.abc import Callable, Iterable, Iterator
from time import process_time
from typing import NamedTuple

from components.lpddr3 import Lpddr3, Lpddr3Config, Player, Trace, new_memory
from components.lpddr3.player import LOG_ROWS
from components.lpddr3.records import Memory
from components.lpddr3.requester import Requester
from cosim import Simulator, Steps
from cosim.compiled import Records
from scenarios.dram.outcome import Played
from scenarios.scenario import Mode

Sink = Callable[[Records], None]
"""Takes rows as they come: (n,) of COMMAND, or (n,) of READ_LOG."""

Observe = Callable[[Simulator], None]
"""Joins observers to a simulation before it starts."""


class Sinks(NamedTuple):
    """Who takes the commands, and who the complete reads."""

    commands: tuple[Sink, ...] = ()
    reads: tuple[Sink, ...] = ()


def replay_fast(
    config: Lpddr3Config, pieces: Iterable[Trace], sinks: Sinks
) -> tuple[Memory, Played]:
    """Replay a trace compiled; what is logged goes to `sinks` as it comes."""
    Player(new_memory(config)).finish()  # compiles, or loads what is compiled
    memory = new_memory(config)
    player = Player(memory, LOG_ROWS * bool(sinks.commands), LOG_ROWS * bool(sinks.reads))
    for piece in _ended(pieces):
        for logged in player.play(piece):
            for sink in sinks.commands:
                sink(logged.commands)
            for sink in sinks.reads:
                sink(logged.reads)
    state = player.state[0]
    return memory, Played(
        mode=Mode.FAST,
        cycles=player.cycles,
        reads=int(state.reads),
        writes=int(state.writes),
        eligible_latency_ps=int(state.eligible_latency_ps),
        longest_latency_ps=int(state.longest_ps),
        cpu_s=player.cpu_s,
    )


def replay_detailed(
    config: Lpddr3Config, pieces: Iterable[Trace], sinks: Sinks, observe: Observe | None = None
) -> tuple[Memory, Played]:
    """Replay a trace with a process for each part and a transaction for each request."""
    with Simulator() as simulator:
        memory = Lpddr3("memory", simulator, config=config)
        requester = Requester(
            "requester",
            simulator,
            clock=memory.clock,
            pieces=pieces,
            taken=lambda: memory.taken(0),
            stepped=memory.stepped,
        )
        requester.mem.bind(memory.bus)
        memory.sinks += sinks.commands
        if observe is not None:
            observe(simulator)
        simulator.env.process(_stop(simulator, requester), "stop")
        begun_s = process_time()
        simulator.run()
        cpu_s = process_time() - begun_s
    return memory.memory, Played(
        mode=Mode.DETAILED,
        cycles=memory.clock.cycles_until(requester.finish_ps) - 1,
        reads=requester.reads,
        writes=requester.writes,
        eligible_latency_ps=requester.eligible_latency_ps,
        longest_latency_ps=requester.longest_ps,
        cpu_s=cpu_s,
    )


def _stop(simulator: Simulator, requester: Requester) -> Steps:
    """End the simulation after the last answer: refresh would go on for ever."""
    yield requester.done
    simulator.stop()


def _ended(pieces: Iterable[Trace]) -> Iterator[Trace | None]:
    """Yield all pieces, then None."""
    yield from pieces
    yield None
