"""The banked memory as a module: socket and probes around behaviour.py.

Models:     see behaviour.py
Leaves out: energy; the LPDDR3 controller is the part for that.
Source:     numbers: config.py
Checked by: tests/components/test_banked_memory.py
"""

import numpy as np

from components.banked_memory.behaviour import step
from components.banked_memory.config import BankedMemoryConfig
from components.banked_memory.records import CHANNEL, EXTRA, MEMORY, NONE, REQUEST, new_banks
from cosim import (
    Clock,
    ConfigError,
    Module,
    Phase,
    Steps,
    Sync,
    Transaction,
    held,
    process,
    target_socket,
)
from cosim.compiled import Records
from cosim.stepping import Stepping


class BankedMemory(Module):
    """Memory of channels, banks and open rows, scheduled as ChampSim does."""

    config: BankedMemoryConfig

    bus = target_socket("requests for lines")

    reads = held("reads", record="state", field="reads")
    writes = held("writes", record="state", field="writes")
    row_hits = held("reads of open rows", record="state", field="row_hits")
    row_misses = held("reads that opened a row", record="state", field="row_misses")
    write_row_hits = held("writes to open rows", record="state", field="write_row_hits")
    write_row_misses = held("writes that opened a row", record="state", field="write_row_misses")
    forwards = held("requests for lines waiting to be written", record="state", field="forwards")
    refreshes = held("refreshes", record="state", field="refreshes")

    def build(self) -> None:
        """Make the records."""
        config = self.config
        self.inherited_clock = Clock(config.clock_hz)
        self.state: Records = np.zeros(1, MEMORY)
        state = self.state[0]
        state.p, state.q = self.clock.p, self.clock.q
        state.channels, state.queue = config.channels, config.queue
        state.banks = config.ranks * config.banks
        state.line_shift = _power("line_bytes", config.line_bytes)
        state.channel_bits = _power("channels", config.channels)
        state.bank_bits = _power("banks", config.banks)
        state.rank_bits = _power("ranks", config.ranks)
        row_bytes = config.columns * config.channel_bytes
        state.column_bits = _power("columns", max(1, row_bytes // config.line_bytes))
        state.cas_ticks, state.rcd_ticks = config.cas_cycles, config.rcd_cycles
        state.rp_ticks, state.turn_ticks = config.rp_cycles, config.turn_cycles
        state.burst_ticks = max(1, config.line_bytes // (2 * config.channel_bytes))
        state.refresh_ticks = self.clock.cycles_until(config.refresh_ps)
        _check_refresh(config, int(state.refresh_ticks))
        state.high_water, state.low_water = config.queue * 7 // 8, config.queue * 6 // 8
        self.channels: Records = np.zeros(config.channels, CHANNEL)
        self.channels["active"] = NONE
        self.banks = new_banks(config.channels * state.banks)
        state.places = config.queue + EXTRA
        state.closed_ticks = config.refresh_cycles
        self.requests: Records = np.zeros(config.channels * 2 * int(state.places), REQUEST)
        self.stepping = Stepping(
            self, step, self.state, (self.channels, self.banks, self.requests), (self.bus,)
        )

    def end_of_elaboration(self) -> None:
        """Join the behaviour to the socket."""
        self.stepping.connect()

    @bus.on_forward
    def request(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a request."""
        return self.stepping.forward(self.bus, transaction, phase, delay_ps)

    @process
    def run(self) -> Steps:
        """Step when something is due."""
        yield from self.stepping.run()


def _check_refresh(config: BankedMemoryConfig, ticks: int) -> None:
    """Raise ConfigError if a bank would be refreshed all the time."""
    if ticks <= max(1, config.refresh_cycles):
        raise ConfigError(
            f"BankedMemoryConfig.refresh_ps must be longer than a refresh, of "
            f"{max(1, config.refresh_cycles)} cycles; it has {ticks}; refresh less often"
        )


def _power(name: str, value: int) -> int:
    """Return the exponent of a power of two."""
    if value & (value - 1):
        raise ConfigError(f"BankedMemoryConfig.{name} must be a power of two, not {value}")
    return value.bit_length() - 1
