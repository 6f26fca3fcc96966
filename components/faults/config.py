"""How often which fault strikes; without a rate, none does.

Checked by: tests/components/test_faults.py
"""

from typing import Literal

from cosim import Config, param

NONE_GIVEN = "estimate: a machine without faults is what results are compared with"

Stuck = Literal["low", "high", "silent"]
"""What a stuck subarray gives: all neurons at 0 V, all at the supply, or nothing ever."""


class FaultsConfig(Config):
    """Faults by rate or by moment. Their random numbers come from the seed of the run."""

    buffer_flips_hz: float = param(
        0.0, doc="bits of the buffer that flip in a second, all of them together", low=0, high=1e12,
        source=f"{NONE_GIVEN}; real rates, some 1,000 per 1e9 h and Mbit, are one in 2e5 years",
    )  # fmt: skip
    register_flips_hz: float = param(
        0.0, doc="bits of READY, of what it hides, and of the timer that flip in a second", low=0,
        high=1e12, source=NONE_GIVEN,
    )  # fmt: skip
    buffer_flip_ps: int | None = param(
        None, doc="one bit of the buffer flips at this time", low=0, source=NONE_GIVEN
    )
    register_flip_ps: int | None = param(
        None, doc="one bit of a register flips at this time", low=0, source=NONE_GIVEN
    )
    stuck_subarray: int | None = param(
        None, doc="number of a subarray whose outputs are stuck", unit="1", low=0, high=3,
        source=NONE_GIVEN,
    )  # fmt: skip
    stuck_at: Stuck = param("low", doc="what it gives: 0 V, the supply, or nothing ever")
    lost_completions: float = param(
        0.0, doc="share of rising edges of the completion line that never arrive", unit="1",
        low=0, high=1, source=NONE_GIVEN,
    )  # fmt: skip
    late_completions: float = param(
        0.0, doc="share of rising edges of the completion line that arrive late", unit="1",
        low=0, high=1, source=NONE_GIVEN,
    )  # fmt: skip
    late_ps: int = param(
        100_000, doc="how late they arrive", low=1,
        source="estimate: a resynchronisation that is tried again after 100 ns",
    )  # fmt: skip
    bus_errors: float = param(
        0.0, doc="share of accesses to the co-processor that are answered with an error", unit="1",
        low=0, high=1, source=NONE_GIVEN,
    )  # fmt: skip
    bus_error_at: int | None = param(
        None, doc="number of the one access that is answered with an error, from 0", unit="1",
        low=0, source=NONE_GIVEN,
    )  # fmt: skip

    @property
    def strikes_bits(self) -> bool:
        """Whether bits flip."""
        rates = (self.buffer_flips_hz, self.register_flips_hz)
        return any(rates) or (self.buffer_flip_ps, self.register_flip_ps) != (None, None)

    @property
    def strikes_line(self) -> bool:
        """Whether edges of the completion line are lost or late."""
        return bool(self.lost_completions or self.late_completions)

    @property
    def strikes_bus(self) -> bool:
        """Whether accesses are answered with an error."""
        return bool(self.bus_errors) or self.bus_error_at is not None

    @property
    def is_active(self) -> bool:
        """Whether anything can happen."""
        stuck = self.stuck_subarray is not None
        return self.strikes_bits or self.strikes_line or self.strikes_bus or stuck
