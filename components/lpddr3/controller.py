"""The LPDDR3 memory as a module: its socket, probes and energy around behaviour.py.

Models:     see behaviour.py and device.py; energy.py for the currents.
Leaves out: data: what software computes is computed elsewhere, the memory gives the time.
Source:     numbers: timing.py, currents.py, parameters.py
Checked by: tests/components/test_lpddr3_controller.py
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from components.lpddr3.behaviour import step
from components.lpddr3.channel import Channel
from components.lpddr3.energy import (
    Meter,
    activity,
    command_costs,
    energy_pj,
    metered,
    meters_of,
    spent_pj,
    standby_mw,
    terms,
)
from components.lpddr3.parameters import Lpddr3Config, new_memory, plug_policy
from components.lpddr3.records import CHANNEL, INITIATOR, SEEN, Service
from cosim import (
    Clock,
    Event,
    Held,
    Module,
    Phase,
    Steps,
    Sync,
    Transaction,
    energy,
    held,
    process,
    target_socket,
)
from cosim.activity import Term
from cosim.compiled import Records
from cosim.display import Display, Place
from cosim.spending import PULSE_PS
from cosim.stepping import Stepping
from cosim.units import PS_PER_S

BY_INITIATOR = {
    "reads": "reads taken",
    "writes": "writes taken",
    "row_hits": "column commands that found their row open",
    "row_misses": "column commands that had a row opened",
    "row_conflicts": "column commands that had another row closed first",
    "read_latency_ps": "arrival to reply, all reads together, in ps",
}
"""Counters kept for every port."""


class Lpddr3(Module):
    """An LPDDR3 memory: controller and device. Its clock is the memory clock of its config.

    Each of `sinks` is called with every command, (1,) of COMMAND, and `stepped` is notified after
    every step, while parts run as processes. Each of `service_sinks` is called with every read
    that is served, also by an island that overhears its parts.

    Its counters are those of all channels together; banks and ports have their own.
    """

    config: Lpddr3Config

    bus = target_socket("requests for lines, from the memory bus or several initiators", many=True)

    reads = held("reads taken", record="totals", field="reads")
    writes = held("writes taken", record="totals", field="writes")
    forwarded = held("reads answered by a queued write", record="totals", field="forwarded")
    coalesced = held("writes merged into a queued one", record="totals", field="coalesced")
    row_hits = held("column commands that found their row open", record="totals", field="row_hits")
    row_misses = held("column commands that had a row opened", record="totals", field="row_misses")
    row_conflicts = held(
        "column commands that had another row closed first",
        record="totals",
        field="row_conflicts",
    )
    activates = held("ACT", record="totals", field="activates")
    precharges = held("PRE of one bank", record="totals", field="precharges")
    precharge_alls = held("PREA", record="totals", field="precharge_alls")
    refreshes = held("REF of all banks", record="totals", field="refreshes")
    bank_refreshes = held("REF of one bank", record="totals", field="bank_refreshes")
    read_bursts = held("RD", record="totals", field="read_bursts")
    write_bursts = held("WR", record="totals", field="write_bursts")
    power_downs = held("times the clock was stopped", record="totals", field="power_downs")
    self_refreshes = held("times self-refresh began", record="totals", field="self_refreshes")
    read_latency_ps = held(
        "arrival to reply, all reads together, in ps", record="totals", field="read_latency_ps"
    )
    entry_ps = held("of it: waiting for a queue", record="totals", field="entry_ps")
    queue_cycles = held("of it: behind others", record="totals", field="queue_cycles")
    bank_cycles = held("of it: closing and opening rows", record="totals", field="bank_cycles")
    refresh_cycles = held("of it: refresh", record="totals", field="refresh_cycles")
    data_cycles = held("of it: data on its way", record="totals", field="data_cycles")
    drawn = energy("all dies of the memory")

    def build(self) -> None:
        """Make the records and the channels."""
        self.sinks: list[Callable[[Records], None]] = []
        self.service_sinks: list[Callable[[Service], None]] = []
        self._paid_ps = 0
        self.served_seen: Records = np.zeros(self.config.organisation.channels, SEEN)
        self.stepped = Event(self.env, f"{self.path}.stepped")
        self.inherited_clock = Clock(self.config.speed.clock_hz)
        self.memory = new_memory(self.config)
        self.costs = command_costs(self.config)
        self.channels = [
            Channel(f"channel[{number}]", self) for number in range(len(self.memory.channel))
        ]
        for number, channel in enumerate(self.channels):
            channel.join(self.memory, number)

    def end_of_elaboration(self) -> None:
        """Join the behaviour to the socket, with counters for every port."""
        self.initiators: Records = np.zeros(len(self.bus.links), INITIATOR)
        self.memory = memory = self.memory._replace(initiators=self.initiators)
        self._taken = self.initiators.view(np.int64).reshape(len(self.initiators), -1)
        for port, link in enumerate(self.bus.links):
            for field, doc in BY_INITIATOR.items():
                name, told = f"{field}_of[{port}]", f"{doc}; from {link.initiator.path}"
                self.parts[name] = Held(
                    self, name, told, record="initiators", field=field, row=port
                )
        self.stepping = Stepping(
            self, step, memory.channel, memory[1:], (self.bus,), capacity=4096,
            after=self.watch, display=self._display(),
        )  # fmt: skip
        self.stepping.connect()

    def _display(self) -> Display:
        """Return what is shown of the channels, each with its ranks."""
        probes = [one for module in (self, *self.descendants()) for one in module.probes]
        places: list[Place] = []
        for channel in self.channels:
            places += channel.places(self.memory)
        return Display(probes, places, self.show, catch_up=self.catch_up)

    def end_of_simulation(self) -> None:
        """Let the energy drawn be the energy spent, also where nobody watched."""
        self._draw(self.now_ps, meters_of(self.memory), int(self.memory.timing[0].burst))

    @bus.on_forward
    def request(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a request."""
        return self.stepping.forward(self.bus, transaction, phase, delay_ps)

    @process
    def run(self) -> Steps:
        """Step when something is due."""
        yield from self.stepping.run()

    def taken(self, port: int) -> int:
        """Return how many requests of a port have been taken so far."""
        return int(self._taken.item(port, 0)) + int(self._taken.item(port, 1))

    def keep(self) -> dict[str, Any]:
        """Return that the policy must be plugged in again."""
        return {"policy": self.config.scheduling.policy}

    def resume(self, kept: dict[str, Any]) -> None:
        """Plug the policy in: its number was that of another process."""
        plug_policy(self.memory, self.config.scheduling)

    @property
    def totals(self) -> Records:
        """The counters of all channels together, (1,) of CHANNEL."""
        channel = self.memory.channel
        if len(channel) == 1:
            return channel
        numbers = channel.view(np.int64).reshape(len(channel), -1)
        return numbers.sum(axis=0).view(CHANNEL)

    @property
    def mean_read_latency_ps(self) -> float:
        """Arrival to reply of a read, on average; 0 without reads."""
        return self.read_latency_ps.value / max(1, self.reads.value)

    @property
    def moved_bytes(self) -> int:
        """Bytes that crossed the data buses."""
        bursts = self.read_bursts.value + self.write_bursts.value
        return bursts * self.config.organisation.burst_bytes

    @property
    def bandwidth_bytes_per_s(self) -> float:
        """Bytes that crossed the data buses, per second of simulated time; 0 at time 0."""
        return self.moved_bytes * PS_PER_S / self.now_ps if self.now_ps else 0.0

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        return terms(activity(self.memory, self.now_ps), self.config)

    def energy_pj(self) -> dict[str, float]:
        """Return the energy spent until now, in pJ, by cause."""
        return energy_pj(activity(self.memory, self.now_ps), self.config, self.costs)

    def watch(self) -> bool:
        """Tell of commands and reads that the last step has served."""
        if self.sinks:
            self._tell_commands()
        if self.service_sinks:
            self._tell_served()
        if self.stepped.callbacks:
            self.stepped.notify()
        return False

    def show(self, when_ps: int, seen: Sequence[int]) -> None:
        """Show what a step changed, from the numbers of one channel after the other."""
        clocks, meters, first = 0, [], 0
        for channel in self.channels:
            end = first + channel.width
            now, meter = channel.split(seen[first:end])
            clocks, first = max(clocks, channel.show(when_ps, now)), end
            meters.append(meter)
        if self.drawn.listeners and (clocks or not self.drawn.static_mw):
            self._draw(when_ps, meters, clocks or int(self.memory.timing[0].burst))

    def _tell_commands(self) -> None:
        """Tell of the commands that the last step has issued."""
        for channel in self.channels:
            row = channel.told()
            if row is not None:
                for sink in self.sinks:
                    sink(row)

    def serve(self, service: Service) -> None:
        """Tell of a read that is served."""
        for sink in self.service_sinks:
            sink(service)

    def _tell_served(self) -> None:
        """Tell of the reads that the last step has served."""
        if (self.memory.channel["served"] == self.served_seen["served"]).all():
            return
        fields = ("served", "served_bank_cycles", "served_refresh_cycles", "served_tag")
        for seen, state in zip(self.served_seen, self.memory.channel[list(fields)], strict=True):
            served, bank, refresh, tag = state.item()
            if served != seen["served"]:
                seen["served"] = served
                self.serve(Service(self.now_ps, bank, refresh, tag))

    def catch_up(self) -> None:
        """Show how the memory stands after commands that nobody saw; draw nothing for them."""
        self.served_seen["served"] = self.memory.channel["served"]
        unseen = [channel.catch_up(self.now_ps) for channel in self.channels]
        if any(unseen):
            self.drawn.begin(sum(self.energy_pj().values()))

    def _draw(self, when_ps: int, meters: Sequence[Meter], clocks: int) -> None:
        """Draw what was spent since the last time over `clocks`, and the standby from then on.

        A refresh is accounted as a whole when it starts; until its end there is no standby.
        """
        clock = self.clock
        cycle = clock.cycle_of(when_ps)
        spent = spent_pj(metered(meters, cycle), self.config, self.costs)
        over_ps = clock.edge(cycle + clocks) - when_ps
        self._paid_ps = clock.edge(max(since for meter in meters for _, since, *_ in meter.rested))
        standing_mw = standby_mw(meters, self.costs)
        if self._paid_ps > when_ps:
            self.pulses.add(self._paid_ps, self._stand_by, standing_mw)
            standing_mw = 0.0
        self.drawn.show(when_ps, sum(spent), over_ps, standing_mw)

    def _stand_by(self, when_ps: int, standing_mw: float) -> None:
        """Draw standby power again when the time that is paid for is over."""
        if when_ps == self._paid_ps:
            self.drawn.show(when_ps, 0.0, PULSE_PS, standing_mw)
