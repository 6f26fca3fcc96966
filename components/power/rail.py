"""A supply rail that can fail, for parts that do not run from a capacitor of their own.

Models:     the rail is cut and comes back some time later. Everybody may wait for the brown-out, or
            follow the line. Two registers beside it, on a supply of their own, tell software.
Leaves out: the slope of the voltage; what the rest of a chip draws.
Source:     estimate: brown-out detectors with a sticky status are usual in micro-controllers.
Checked by: tests/components/test_power_rail.py
"""

from cosim import Access, Event, Module, Steps, counter, register, signal, span, target_socket

OUTAGES_ADDRESS, GOOD_ADDRESS = 0x0, 0x1


class Rail(Module):
    """Says whether the power is there."""

    bus = target_socket("the count of outages, for software", optional=True)

    OUTAGES = register(
        OUTAGES_ADDRESS, "losses of power, the lowest 8 bits", access=Access.READ_ONLY, width_bits=8
    )

    GOOD = register(
        GOOD_ADDRESS, "1 while the rail is up", access=Access.READ_ONLY, width_bits=8, reset=1
    )

    power_good = signal("1 while the rail is up", reset=1)
    off = span("the rail is down")
    cuts = counter("losses of power")

    def build(self) -> None:
        """Make the event."""
        self.brown_out = Event(self.env, f"{self.path}.brown_out")

    def cut(self, off_ps: int) -> Steps:
        """Take the power away for a while."""
        self.cuts.add()
        self.OUTAGES.value = self.cuts.value % 256
        self.GOOD.value = 0
        self.power_good.write(0)
        self.brown_out.notify()
        with self.off(f"outage {self.cuts.value}"):
            yield off_ps
        self.GOOD.value = 1
        self.power_good.write(1)
