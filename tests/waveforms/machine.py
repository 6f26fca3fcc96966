"""A small machine with one probe of every kind, driven by a fixed schedule."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cosim import (
    Module,
    Observer,
    Simulator,
    Steps,
    counter,
    distribution,
    energy,
    gauge,
    held,
    process,
    signal,
    span,
)
from cosim.compiled import record
from waveforms.selection import Selection, Window
from waveforms.vcd import VcdFile

COUNTS = record("hits")


class Array(Module):
    """Draws power while a job runs and shows an output voltage."""

    job = span("one vector through the array")
    spent = energy("static conduction")
    output = gauge("first neuron", real=True, unit="V")

    def work(self, label: str) -> Steps:
        """Compute for 20 ns at 2 mW."""
        with self.job(label):
            self.spent.power(2.0)
            for step in range(1, 5):
                self.output.set(0.8 * step / 4)
                yield 5_000
            self.spent.power(0.0)
            self.output.set(0.0)


class Controller(Module):
    """Takes jobs one after another."""

    state = gauge("what it does", states=("IDLE", "LOADING", "COMPUTING"))
    busy = gauge("a job is running")
    ready = gauge("three-valued ready register", signed=True, width_bits=2)
    remaining = gauge("cycles left", width_bits=16)
    buffer = gauge("the payload", width_bits=512)
    note = gauge("layer and image", text=True)
    jobs = counter("jobs finished")
    waits = distribution("time from request to start", unit="ps")
    hits = held("lookups that hit", record="counts", field="hits")
    done = signal("1 for 10 ns after each job")

    def build(self) -> None:
        """Make the arrays."""
        self.counts = np.zeros(1, COUNTS)
        self.arrays = [Array(f"subarray[{index}]", self) for index in range(2)]

    @process
    def run(self) -> Steps:
        """Three jobs, 10 ns of loading and 20 ns of computing each, 10 ns apart."""
        for number in range(3):
            yield 10_000
            self.note.set(f"layer fc{number}, image 7")
            self.state.set("LOADING")
            self.busy.set(1)
            yield 10_000
            self.state.set("COMPUTING")
            self.ready.set(1)
            self.remaining.set(80)
            yield from self.arrays[number % 2].work(f"job {number}")
            self.remaining.set(0)
            self.ready.set(-1)
            self.state.set("IDLE")
            self.busy.set(0)
            self.jobs.add()
            self.done.write(1)
            yield 10_000
            self.ready.set(0)
            self.done.write(0)


def run(*observers: Observer, until_ps: int | None = None) -> Simulator:
    """Run the machine, which ends at 150 ns, with observers; return the finished simulator."""
    with Simulator() as sim:
        Controller("soc", sim)
        for observer in observers:
            sim.observe(observer)
        sim.run(until_ps)
    return sim


def traced(
    path: Path,
    *,
    patterns: Sequence[str] = (),
    level: str = "protocol",
    window: Window | None = None,
) -> VcdFile:
    """Run the machine with a VCD file and return the finished observer."""
    file = VcdFile(path, Selection(tuple(patterns), level), window)
    run(file)
    return file
