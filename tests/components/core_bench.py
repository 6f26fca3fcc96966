"""A core between memories of one fixed latency, and programs as short lists of instructions."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from components.cpu import Core, CoreConfig
from components.cpu import program as isa
from cosim import (
    Module,
    Phase,
    Response,
    Simulator,
    Steps,
    Sync,
    Transaction,
    target_socket,
)
from cosim.compiled import Records
from cosim.messages import POSTED

PERIOD_PS = 250
"""ps; one cycle at 4 GHz."""


class Fixed(Module):
    """Answers every request after `cycles`."""

    bus = target_socket("requests")

    def build(self) -> None:
        self.cycles_to_answer = 3
        self.seen: list[tuple[int, int, int]] = []

    @bus.on_forward
    def request(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        if phase is Phase.BEGIN_REQ:
            when_ps = self.now_ps + delay_ps
            self.seen.append((when_ps // PERIOD_PS, transaction.kind, transaction.address))
            if transaction.tag != POSTED:
                transaction.response = Response.OK
                delay_ps += self.cycles_to_answer * PERIOD_PS
                self.bus.nb_transport_bw(transaction, Phase.BEGIN_RESP, delay_ps, transaction.port)
        return Sync.ACCEPTED


class Bench:
    """A core with an instruction memory of `fetch` and a data memory of `data` cycles."""

    def __init__(self, config: CoreConfig | None = None, fetch: int = 4, data: int = 3) -> None:
        self.simulator = Simulator()
        config = config or CoreConfig()
        self.core = Core("core", self.simulator, config=config)
        self.code = Fixed("code", self.simulator, clock=self.core.clock)
        self.memory = Fixed("memory", self.simulator, clock=self.core.clock)
        self.code.cycles_to_answer, self.memory.cycles_to_answer = fetch, data
        self.core.instruction.bind(self.code.bus)
        self.core.data.bind(self.memory.bus)

    def run(self, lines: Iterable[dict[str, Any]]) -> int:
        """Run a program to its end; return the cycles it took."""
        before = self.core.cycle_count.value
        self.simulator.env.process(self._program(records(lines)), "program")
        self.simulator.run(until_ps=self.simulator.now_ps + 10**9)
        assert self.core.state[0].finished, "the program must end within a millisecond"
        return int(self.core.cycle_count.value - before)

    def _program(self, program: Records) -> Steps:
        self.core.load([program])
        yield self.core.finished


def records(lines: Iterable[dict[str, Any]]) -> Records:
    """Return instructions with END behind them; addresses of code count up by four."""
    lines = [*lines, {"op": isa.END}]
    program = np.full(len(lines), -1, isa.INSTRUCTION)
    for name in ("op", "size_bytes", "value"):
        program[name] = 0
    for number, line in enumerate(lines):
        program[number]["ip"] = 0x1000 + 4 * number
        for name, value in line.items():
            program[number][name] = value
    return program
