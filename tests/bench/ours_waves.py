"""The clocked methods of `ours.py`, watched by a VCD file."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from cosim import Module, Simulator, Steps
from cosim.clock_signal import ClockSignal
from cosim.declared_signals import SignalGauge
from cosim.signals import Signal
from waveforms.vcd import VcdFile

PERIOD_PS = 10_000


class Flops(Module):
    """Methods that toggle a signal of their own at each rising edge."""

    def build(self) -> None:
        """Make the clock; `fill` makes the rest."""
        self.clk = ClockSignal(self.env, "clock", PERIOD_PS)

    def fill(self, methods: int) -> None:
        """Make methods and signals, and let observers see the signals."""
        for number in range(methods):
            q = Signal(self.env, f"q{number}")
            self.parts[q.name] = SignalGauge(self, q.name, "toggles", q)
            self.toggler(q)

    def toggler(self, q: Signal) -> None:
        """Toggle a signal at each rising edge."""
        self.env.method(lambda: q.write(1 - q.read()), [self.clk.posedge], initialize=False)


class Traced:
    """A simulation of flops that ends after so many cycles; with or without its VCD file."""

    def __init__(self, methods: int, cycles: int, *, draws: bool = True) -> None:
        self.sim = Simulator()
        self.cycles = cycles
        Flops("top", self.sim).fill(methods)
        self.sim.env.process(self.stop())
        self.file = NamedTemporaryFile(suffix=".vcd")  # noqa: SIM115 - closed at the end of the run
        if draws:
            self.sim.observe(VcdFile(Path(self.file.name)))

    def stop(self) -> Steps:
        """End the simulation."""
        yield PERIOD_PS * self.cycles
        self.sim.stop()

    def run(self) -> None:
        """Run to the end; the observers have closed their files then."""
        self.sim.run()
        self.file.close()
