"""The timer that tells the core when codes may be read.

Models:     a down-counter in a clock domain of its own, so that a core that changes its frequency
            still waits the same time. It is reloaded when a transfer begins and counts from the
            first of its edges after the inputs are complete; `zero` stands until the next transfer.
Leaves out: the synchroniser between the domains, beyond the guard cycles.
Source:     arXiv:2105.13904 section V: the time is known per topology and loaded beforehand.
Checked by: tests/components/test_imac_timer.py
"""

from typing import Any

from cosim import (
    Clock,
    Config,
    Event,
    Module,
    ProtocolError,
    Steps,
    distribution,
    gauge,
    in_port,
    param,
    process,
    signal,
)
from cosim.units import PS_PER_S

COUNT_BITS = 16


class TimerConfig(Config):
    """The timer's clock, and how much longer than needed it counts."""

    clock_hz: int = param(
        4_000_000_000, doc="its own clock, which no DVFS changes", low=1_000, high=PS_PER_S,
        source="estimate: the core's fastest clock; i7-8550U, 4.0 GHz turbo",
    )  # fmt: skip
    guard_cycles: int = param(
        1, doc="counted on top of the computed time; 1 covers the clock crossing", low=0, high=1000,
        source="estimate: a count starts up to one cycle early, at the next edge",
    )  # fmt: skip
    cycles: int | None = param(
        None, doc="reload value; without one it follows from the topology", unit="cycles",
        low=1, high=(1 << COUNT_BITS) - 1,
        source="arXiv:2105.13904 section V: known per topology",
    )  # fmt: skip


def timer_cycles(config: TimerConfig, needed_ps: int) -> int:
    """Return the reload value for a time: whole cycles, and the guard."""
    return -(-needed_ps * config.clock_hz // PS_PER_S) + config.guard_cycles


class Timer(Module):
    """Counts the time that the subarrays need."""

    config: TimerConfig

    loading = in_port("1 while inputs are being stored")
    computing = in_port("1 while the subarrays work")

    zero = signal("1 when the count has run out")
    count = gauge("cycles left", width_bits=COUNT_BITS)
    reload = gauge("cycles of one job", width_bits=COUNT_BITS)
    slack = distribution("time from the codes to zero", unit="ps")

    def build(self) -> None:
        """Leave the parent's clock domain."""
        self.inherited_clock = Clock(self.config.clock_hz)
        self._reset = Event(self.env, f"{self.path}.reset")
        self._finished_ps = 0

    def load(self, cycles: int) -> None:
        """Take the reload value of the jobs to come.

        Raises ProtocolError if it does not fit the counter.
        """
        if not 1 <= cycles < 1 << COUNT_BITS:
            raise ProtocolError(
                f"{self.path} must be loaded with 1 to {(1 << COUNT_BITS) - 1} cycles, not {cycles}"
                f" at {self.now_ps} ps; a slower timer clock counts longer"
            )
        self.reload.set(cycles)

    def lasts(self, needed_ps: int) -> bool:
        """Whether a count is never shorter than a time, whatever the phase of its clock."""
        return self.clock.edge(self.reload.value - 1) >= needed_ps

    def rests(self) -> bool:
        """Return whether it neither awaits inputs nor counts."""
        return not self.loading.value and not self.computing.value and self.count.value == 0

    def keep(self) -> dict[str, Any]:
        """Return when the codes were there last."""
        return {"finished_ps": self._finished_ps}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self._finished_ps = kept["finished_ps"]

    def reset(self) -> None:
        """Lose the count, as without power; the reload value is configuration and stays."""
        self.count.set(0)
        self._reset.notify()

    @process
    def run(self) -> Steps:
        """Reload at each transfer, count during each job."""
        while True:
            yield self.loading.posedge
            armed = True
            while armed:
                self.zero.write(0)
                self.count.set(self.reload.value)
                began = yield self.computing.posedge | self._reset
                armed = began is self.computing.posedge and (yield from self.count_down())

    def count_down(self) -> Steps:
        """Count to zero; return whether a new transfer began before."""
        interruption = self.loading.posedge | self._reset
        while self.count.value:
            if (yield interruption.within(self.cycles(1))) is self.loading.posedge:
                return True
            if self.count.value == 0:  # reset, perhaps at this very edge
                return False
            self.count.set(self.count.value - 1)
        self.zero.write(1)
        if not self.computing.value:
            self.slack.add(self.now_ps - self._finished_ps)
        return False

    @computing.on_negedge
    def note_end(self) -> None:
        """Note when the codes were there."""
        self._finished_ps = self.now_ps
