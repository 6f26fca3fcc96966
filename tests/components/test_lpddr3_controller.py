"""The memory module: through its socket, with its probes and its energy."""

from itertools import pairwise
from typing import Any

import pytest

from components.lpddr3 import Lpddr3, Lpddr3Config, PowerSaving, SpeedGrade
from cosim import Command, Module, Simulator, Steps, Transaction, initiator_socket, process
from cosim.messages import READ, WRITE

NO_REFRESH = Lpddr3Config(speed=SpeedGrade(t_refi_ps=0))
NS = 1000
ROW = 64 * 1024
"""bytes; from a row of a bank to its next one."""


class Reader(Module):
    """Reads or writes lines one after the other, at given times."""

    mem = initiator_socket("the memory")

    def build(self) -> None:
        """Have nothing to do yet."""
        self.todo: list[tuple[int, int, bool]] = []
        self.done: list[int] = []

    @process
    def run(self) -> Steps:
        """Do what is to be done."""
        for when_ps, address, is_write in self.todo:
            yield max(0, when_ps - self.now_ps)
            command = Command.WRITE if is_write else Command.READ
            kind = WRITE if is_write else READ
            access = Transaction(address, command=command, kind=kind, size_bytes=64)
            yield from self.mem.transport(access)
            assert access.is_ok
            self.done.append(self.now_ps)


def machine(todo: list[tuple[int, int, bool]], config: Lpddr3Config = NO_REFRESH) -> Any:
    sim = Simulator()
    memory = Lpddr3("memory", sim, config=config)
    reader = Reader("reader", sim)
    reader.mem.bind(memory.bus)
    reader.todo = todo
    return sim, memory, reader


def seen(probe: Any) -> list[tuple[int, Any]]:
    """Return a list that fills with (ns, value) of every change."""
    changes: list[tuple[int, Any]] = []
    probe.listen(lambda when_ps, value: changes.append((when_ps / NS, value)))
    return changes


def test_a_closed_bank_a_hit_and_a_conflict_take_42_23_and_61_ns() -> None:
    times = [1_000 * NS, 2_000 * NS, 3_000 * NS]
    sim, memory, reader = machine(
        [(times[0], 0, False), (times[1], 64, False), (times[2], ROW, False)]
    )
    sim.run()
    # 34, 19 and 49 clocks of 1.25 ns; a message from outside needs 1 ps, so it is taken a clock on
    taken = [done - when for done, when in zip(reader.done, times, strict=True)]
    assert taken == [(34 + 1) * 1250, (19 + 1) * 1250, (49 + 1) * 1250]
    assert (memory.row_misses.value, memory.row_hits.value, memory.row_conflicts.value) == (1, 1, 1)
    assert memory.channels[0].banks[0].row_conflicts.value == 1


def test_read_latency_is_kept_in_parts() -> None:
    sim, memory, _ = machine([(1000 * NS, 0, False)])
    sim.run()
    assert memory.mean_read_latency_ps == 1249 + 34 * 1250
    assert memory.entry_ps.value == 1249
    assert memory.queue_cycles.value == 1
    assert memory.bank_cycles.value == 15
    assert memory.data_cycles.value == 18


def test_commands_and_bank_states_are_seen_when_they_happen() -> None:
    sim, memory, _ = machine([(0, 5 * ROW, False), (200 * NS, 6 * ROW, False)])
    commands, states = seen(memory.channels[0].command), seen(memory.channels[0].banks[0].state)
    rows, data = seen(memory.channels[0].banks[0].row), seen(memory.channels[0].data_bus)
    sim.run(until_ps=300 * NS)
    sim.finish()
    # taken at clock 1, ACT at 2 (2.5 ns), RD 15 clocks later at 21.25 ns
    assert commands[:4] == [(2.5, "ACT"), (3.75, "NOP"), (21.25, "RD"), (22.5, "NOP")]
    # second: taken at clock 161, PRE at 162 (202.5 ns), tRP 15 clocks, tRCD 15 clocks
    assert states == [
        (2.5, "ACTIVATING"),
        (21.25, "ACTIVE"),
        (202.5, "PRECHARGING"),
        (221.25, "ACTIVATING"),
        (240.0, "ACTIVE"),
    ]
    assert rows == [(2.5, 5), (221.25, 6)]
    # data from RL + tDQSCK = 14 clocks after RD, for 4 clocks
    assert data[:2] == [(21.25 + 17.5, "READ"), (21.25 + 22.5, "IDLE")]


def test_refresh_is_seen_on_every_bank() -> None:
    sim, memory, _ = machine([(0, 0, False)], Lpddr3Config())
    first, last = seen(memory.channels[0].banks[0].state), seen(memory.channels[0].banks[7].state)
    sim.run(until_ps=5_000 * NS)
    sim.finish()
    # tREFI 3.9 us; PREA of the open row takes 17 clocks, the refresh 104
    assert first[-3:] == [(3900.0, "PRECHARGING"), (3921.25, "REFRESHING"), (4051.25, "IDLE")]
    assert last == [(3921.25, "REFRESHING"), (4051.25, "IDLE")]


def test_writes_are_posted_and_seen_on_the_data_bus() -> None:
    sim, memory, reader = machine([(0, 0, True)])
    data, draining = seen(memory.channels[0].data_bus), seen(memory.channels[0].draining)
    sim.run(until_ps=100 * NS)
    sim.finish()
    assert reader.done == [2 * 1250]  # taken at clock 1, answered a clock later
    assert data == [(21.25 + 7.5, "WRITE"), (21.25 + 12.5, "IDLE")]  # WL 6 after WR
    assert draining == [(1.25, 1)]
    assert memory.writes.value == memory.write_bursts.value == 1


@pytest.mark.parametrize("power_down_cycles", [0, 16])
def test_the_integral_of_the_power_is_the_energy(power_down_cycles: int) -> None:
    config = Lpddr3Config(power=PowerSaving(power_down_cycles=power_down_cycles))
    todo = [(n * 150 * NS, n * 4096 * 13 % (1 << 24), n % 3 == 0) for n in range(80)]
    sim, memory, _ = machine(todo, config)
    powers: list[tuple[int, float]] = []
    memory.drawn.listen(lambda when_ps, power_mw: powers.append((when_ps, power_mw)))
    sim.run(until_ps=13_000 * NS)
    sim.finish()
    spent = sum(memory.energy_pj().values())
    assert memory.drawn.value == pytest.approx(spent, rel=1e-9)
    powers.append((13_000 * NS, 0.0))
    integral = sum(power * (after - when) / 1000 for (when, power), (after, _) in pairwise(powers))
    assert integral == pytest.approx(spent, rel=0.002)


def test_energy_is_complete_without_any_listener() -> None:
    sim, memory, _ = machine([(n * 100 * NS, n * 64, False) for n in range(10)], Lpddr3Config())
    sim.run(until_ps=5_000 * NS)
    sim.finish()
    assert memory.drawn.value == pytest.approx(sum(memory.energy_pj().values()))
    # ten bursts on two dies, 1.2 V * (230 - 34) mA * 5 ns each, input rail: no change
    assert memory.energy_pj()["read"] == pytest.approx(10 * 2 * 1176)


def test_bandwidth_counts_what_crossed_the_data_bus() -> None:
    sim, memory, _ = machine([(n * 100 * NS, n * 64, False) for n in range(10)])
    sim.run(until_ps=2_000 * NS)
    assert memory.moved_bytes == 640
    assert memory.bandwidth_bytes_per_s == pytest.approx(640 / 2e-6)
