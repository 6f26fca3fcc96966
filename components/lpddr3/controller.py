"""The LPDDR3 memory as a module: its socket, probes and energy around behaviour.py.

Models:     see behaviour.py and device.py; energy.py for the currents.
Leaves out: data: what software computes is computed elsewhere, the memory gives the time.
Source:     numbers: timing.py, currents.py, parameters.py
Checked by: tests/components/test_lpddr3_controller.py
"""

from components.lpddr3.bank import (
    ACTIVATING,
    ACTIVE,
    IDLE,
    PRECHARGING,
    REFRESHING,
    Bank,
)
from components.lpddr3.behaviour import step
from components.lpddr3.energy import activity, command_costs, energy_pj, standby_mw
from components.lpddr3.parameters import Lpddr3Config, new_memory
from components.lpddr3.records import (
    ACTIVATE,
    COMMAND_NAMES,
    NONE,
    NOP,
    PRECHARGE,
    PRECHARGE_ALL,
    READ_BURST,
    REFRESH,
)
from cosim import (
    Clock,
    Module,
    Phase,
    Steps,
    Sync,
    Transaction,
    energy,
    gauge,
    held,
    process,
    target_socket,
)
from cosim.compiled import Records
from cosim.stepping import Stepping
from cosim.units import PS_PER_S

READING, WRITING = "READ", "WRITE"


class Lpddr3(Module):
    """One LPDDR3 channel: controller and device. Its clock is the memory clock of its config."""

    config: Lpddr3Config

    bus = target_socket("requests for lines, one at a time, from the memory bus")

    reads = held("reads taken", record="state", field="reads")
    writes = held("writes taken", record="state", field="writes")
    forwarded = held("reads answered by a queued write", record="state", field="forwarded")
    coalesced = held("writes merged into a queued one", record="state", field="coalesced")
    row_hits = held("requests that found their row open", record="state", field="row_hits")
    row_misses = held("requests that opened a row", record="state", field="row_misses")
    row_conflicts = held(
        "requests that closed another row first", record="state", field="row_conflicts"
    )
    activates = held("ACT", record="state", field="activates")
    precharges = held("PRE of one bank", record="state", field="precharges")
    precharge_alls = held("PREA", record="state", field="precharge_alls")
    refreshes = held("REF of all banks", record="state", field="refreshes")
    read_bursts = held("RD", record="state", field="read_bursts")
    write_bursts = held("WR", record="state", field="write_bursts")
    power_downs = held("times the clock was stopped", record="state", field="power_downs")
    read_latency_ps = held(
        "arrival to reply, all reads together, in ps", record="state", field="read_latency_ps"
    )
    entry_ps = held("of it: waiting for a queue", record="state", field="entry_ps")
    queue_cycles = held("of it: behind others", record="state", field="queue_cycles")
    bank_cycles = held("of it: closing and opening rows", record="state", field="bank_cycles")
    refresh_cycles = held("of it: refresh", record="state", field="refresh_cycles")
    data_cycles = held("of it: data on its way", record="state", field="data_cycles")

    command = gauge("command on the command bus", states=COMMAND_NAMES)
    command_bank = gauge("bank of the last command", width_bits=3)
    command_row = gauge("row of the last ACT, RD, WR or PRE", width_bits=16)
    data_bus = gauge("what the data bus carries", states=(IDLE, READING, WRITING))
    waiting_reads = gauge("reads queued", width_bits=11)
    waiting_writes = gauge("writes queued", width_bits=11)
    draining = gauge("writes are drained")
    power_down = gauge("the clock is stopped")
    drawn = energy("all dies of the channel")

    def build(self) -> None:
        """Make the records and the banks."""
        self.inherited_clock = Clock(self.config.speed.clock_hz)
        self.memory = new_memory(self.config)
        self.state: Records = self.memory.channel
        self.costs = command_costs(self.config)
        self.banks = [Bank(f"bank[{number}]", self) for number in range(len(self.memory.banks))]
        for number, bank in enumerate(self.banks):
            bank.join(self.memory.banks, number)
        self._seen = 0
        self._data_end_ps = 0
        memory = self.memory
        self.stepping = Stepping(
            self,
            step,
            memory.channel,
            (memory.timing, memory.banks, memory.lists, memory.requests),
            (self.bus,),
            capacity=4096,
            after=self.watch,
        )

    def end_of_elaboration(self) -> None:
        """Join the behaviour to the socket."""
        self.stepping.connect()

    def end_of_simulation(self) -> None:
        """Let the energy drawn be the energy spent, also where nobody watched."""
        self._draw(int(self.memory.timing[0].burst))

    @bus.on_forward
    def request(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a request."""
        return self.stepping.forward(self.bus, transaction, phase, delay_ps)

    @process
    def run(self) -> Steps:
        """Step when something is due."""
        yield from self.stepping.run()

    @property
    def mean_read_latency_ps(self) -> float:
        """Arrival to reply of a read, on average; 0 without reads."""
        return self.read_latency_ps.value / max(1, self.reads.value)

    @property
    def moved_bytes(self) -> int:
        """Bytes that crossed the data bus."""
        bursts = self.read_bursts.value + self.write_bursts.value
        return bursts * self.config.organisation.burst_bytes

    @property
    def bandwidth_bytes_per_s(self) -> float:
        """Bytes that crossed the data bus, per second of simulated time; 0 at time 0."""
        return self.moved_bytes * PS_PER_S / self.now_ps if self.now_ps else 0.0

    def energy_pj(self) -> dict[str, float]:
        """Return the energy spent until now, in pJ, by cause."""
        return energy_pj(activity(self.memory, self.now_ps), self.config)

    def watch(self) -> bool:
        """Show what changed; a command is seen once."""
        state, lists = self.state[0], self.memory.lists
        self.waiting_reads.set(int(lists[0].count))
        self.waiting_writes.set(int(lists[1].count))
        self.draining.set(int(state.write_mode))
        self.power_down.set(int(state.power_down))
        issued = int(state.activates + state.read_bursts + state.write_bursts + state.refreshes)
        issued += int(state.precharges + state.precharge_alls)
        if issued != self._seen:
            self._seen = issued
            self._show(int(state.command), int(state.command_bank), int(state.command_row))
        elif self.drawn.listeners:
            self._draw(int(self.memory.timing[0].burst))
        return False

    def _show(self, command: int, number: int, row: int) -> None:
        """Show one command, and what it makes of banks, data bus and power."""
        timing = self.memory.timing[0]
        self.command.set(COMMAND_NAMES[command])
        if self.command.listeners:
            self.spawn(self._release(self._seen))
        if number != NONE:
            self.command_bank.set(number)
            self.command_row.set(row)
        clocks = int(timing.burst)
        if command == ACTIVATE:
            self.banks[number].row.set(row)
            self._move(number, ACTIVATING, ACTIVE, timing.activate_to_column)
            clocks = int(timing.activate_to_precharge)
        elif command == PRECHARGE:
            self._move(number, PRECHARGING, IDLE, timing.precharge)
            clocks = int(timing.precharge)
        elif command in (PRECHARGE_ALL, REFRESH):
            passing = REFRESHING if command == REFRESH else PRECHARGING
            clocks = int(timing.refresh if command == REFRESH else timing.precharge_all)
            for bank in range(len(self.banks)):
                if command == REFRESH or self.banks[bank].state.value in (ACTIVATING, ACTIVE):
                    self._move(bank, passing, IDLE, clocks)
        elif self.data_bus.listeners:
            self.spawn(self._carry(command))
        if self.drawn.listeners:
            self._draw(clocks)

    def _move(self, number: int, passing: str, lasting: str, clocks: int) -> None:
        self.banks[number].move(passing, lasting, self.cycles(int(clocks)))

    def _release(self, issued: int) -> Steps:
        """End a command on the command bus after a clock, unless the next one follows."""
        yield self.cycles(1)
        if issued == self._seen:
            self.command.set(COMMAND_NAMES[NOP])

    def _carry(self, command: int) -> Steps:
        """Show a burst on the data bus when its data are there."""
        timing = self.memory.timing[0]
        end = int(timing.read_data if command == READ_BURST else timing.write_data)
        start_ps, end_ps = self.cycles(end - int(timing.burst)), self.cycles(end)
        self._data_end_ps = self.now_ps + end_ps
        yield start_ps
        self.data_bus.set(READING if command == READ_BURST else WRITING)
        yield end_ps - start_ps
        if self.now_ps >= self._data_end_ps:
            self.data_bus.set(IDLE)

    def _draw(self, clocks: int) -> None:
        """Draw what was spent since the last time over `clocks`, and the standby from now on.

        A refresh is accounted as a whole when it starts; until its end there is no standby.
        """
        short_pj = sum(self.energy_pj().values()) - self.drawn.value
        if short_pj > 0:
            self.drawn.spend(short_pj, self.cycles(clocks))
        state = self.state[0]
        paid_ps = self.clock.edge(int(state.background_since)) - self.now_ps
        if paid_ps <= 0:
            self.drawn.power(standby_mw(self.memory, self.costs))
        elif self.drawn.static_mw:
            self.drawn.power(0.0)
            self.spawn(self._stand_by(paid_ps))

    def _stand_by(self, paid_ps: int) -> Steps:
        """Draw standby power again when the time that is paid for is over."""
        yield paid_ps
        self._draw(int(self.memory.timing[0].burst))
