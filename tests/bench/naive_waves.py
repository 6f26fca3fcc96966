"""Clocked processes on plain SimPy that show their signals in a VCD file by pyvcd's `change`."""

from tempfile import TemporaryFile

import simpy
from vcd import VCDWriter

from tests.bench.naive import NaiveSignal, Steps


class Traced:
    """Processes that toggle a signal of their own at each rising edge, all in one VCD file."""

    def __init__(self, processes: int, cycles: int) -> None:
        self.env = simpy.Environment()
        self.cycles = cycles
        self.clock = NaiveSignal(self.env)
        self.file = TemporaryFile("w")  # noqa: SIM115 - closed at the end of the run
        self.writer = VCDWriter(self.file, "1 ps", date="none")
        self.env.process(self.tick())
        for number in range(processes):
            self.env.process(self.toggler(number))

    def tick(self) -> Steps:
        """Drive the clock."""
        for number in range(2 * self.cycles):
            yield from self.clock.write(1 - number % 2)
            yield self.env.timeout(5_000)

    def toggler(self, number: int) -> Steps:
        """Toggle, and tell the file."""
        q = NaiveSignal(self.env)
        shown = self.writer.register_var("top", f"q{number}", "wire", 1, init=0)
        while True:
            yield from self.clock.wait()
            if self.clock.value:
                yield from q.write(1 - q.value)
                self.writer.change(shown, self.env.now, q.value)

    def run(self) -> None:
        """Run to the end and close the file."""
        self.env.run()
        self.writer.close()
        self.file.close()
