"""One subarray: junctions, amplifiers and neurons of one part of a layer.

Models:     configuration, one row per cycle of the configuration clock; analog settling from
            column voltages to neuron voltages, which then drive the next link. Word lines stay on
            until the codes are there, since nothing in the chain holds a voltage.
            Parts of one layer share their sense lines; the last of a row carries the neurons.
            A stuck subarray settles and takes power as ever, but gives one voltage, or none.
Leaves out: voltages on the way: outputs step when they have settled. Weights are non-volatile:
            a power loss does not undo them, nor a configuration under way.
Source:     arXiv:2105.13904 section IV; power and time: components.analog.
Checked by: tests/components/test_imac_compute.py, tests/components/test_imac_configuration.py
"""

from dataclasses import dataclass

import numpy as np

from components.analog import AnalogNetwork, Reals, write_pj
from components.analog.power import MW_PER_UW
from components.imac.jobs import JobLog
from components.imac.link import AnalogLink
from components.imac.sized import lanes
from cosim import Clock, Energy, Module, Steps, energy, gauge, in_port, process, signal, span
from cosim.module import Scope

SHOWN_ROWS = 16
"""Rows whose voltages are probes: enough to see a layer at work, few enough to read."""


@dataclass(frozen=True)
class Seat:
    """What a subarray holds and what it is joined to."""

    network: AnalogNetwork
    index: int
    inputs: AnalogLink
    outputs: AnalogLink
    log: JobLog
    preloaded: bool


class Subarray(Module):
    """Multiplies column voltages by its weights; `seat` is None where it is not used."""

    computing = in_port("1 while word lines are on")
    programmed = signal("1 when every row holds its weights")

    state = gauge("what it does", states=("UNUSED", "CONFIGURING", "IDLE", "SETTLING", "HOLDING"))
    row = gauge("rows written", width_bits=16)
    active_rows = gauge("rows whose word line is on", width_bits=16)
    layer = span("a layer settling")
    array = energy("junctions conducting")
    neurons = energy("neurons")
    buffers = energy("buffers that drive the columns of a hidden layer")
    amplifiers = energy("bias of the amplifiers")
    writing = energy("junctions being written")

    def __init__(
        self, name: str, parent: Scope, *, seat: Seat | None = None, clock: Clock | None = None
    ) -> None:
        self.seat = seat
        self.is_stuck = False
        self.stuck_v: float | None = None
        super().__init__(name, parent, clock=clock)

    def build(self) -> None:
        """Show the voltages of the first rows that have neurons."""
        seat = self.seat
        shown = 0
        if seat is not None and seat.network.placements[seat.index].has_neurons:
            shown = min(SHOWN_ROWS, seat.network.arrays[seat.index].crossbar.rows)
        doc = "voltage of a neuron"
        self.v_row = lanes(self, "v_row", shown, doc, real=True, unit="V")

    @property
    def supplied(self) -> tuple[Energy, ...]:
        """What draws power while word lines are on."""
        return self.array, self.neurons, self.buffers, self.amplifiers

    def stick(self, volts: float | None) -> None:
        """Give these volts at every neuron from now on, whatever the inputs; None gives nothing."""
        self.is_stuck, self.stuck_v = True, volts

    def rests(self) -> bool:
        """Return whether its word lines are off and its weights written."""
        return self.state.value in ("UNUSED", "IDLE")

    @process
    def run(self) -> Steps:
        """Write the weights, then settle on every vector that arrives."""
        seat = self.seat
        if seat is None:
            self.programmed.write(1)
            return
        if not self.programmed.value:
            yield from self.configure(seat)
        while True:
            yield seat.inputs.arrived
            yield from self.compute(seat)

    def configure(self, seat: Seat) -> Steps:
        """Write one row per cycle of the configuration clock."""
        columns, rows = seat.network.arrays[seat.index].crossbar.weights.shape
        write = seat.network.config.write
        if not seat.preloaded:
            self.state.set("CONFIGURING")
            for row in range(rows):
                self.writing.spend(write_pj(write, columns), write.row_ps)
                yield write.row_ps
                self.row.set(row + 1)
        self.state.set("IDLE")
        self.programmed.write(1)

    def compute(self, seat: Seat) -> Steps:
        """Settle, drive the next link, and hold until the job ends."""
        began_ps = self.now_ps
        network, placement = seat.network, seat.network.placements[seat.index]
        name = network.layers[placement.layer].name
        columns_v = network.column_v(placement.layer, seat.inputs.volts)
        self.state.set("SETTLING")
        self.active_rows.set(network.arrays[seat.index].crossbar.rows)
        self.array.power(float(network.power_uw(seat.index, columns_v)) * MW_PER_UW)
        self.buffers.power(float(network.buffer_uw(seat.index, columns_v)) * MW_PER_UW)
        signal = network.row_signal(seat.index, columns_v) if placement.has_neurons else None
        if signal is not None:
            self.neurons.power(float(network.neuron_uw(seat.index, signal).sum()) * MW_PER_UW)
            bias_uw = network.config.amplifier.quiescent_uw * len(signal)
            self.amplifiers.power(bias_uw * MW_PER_UW)
        seat.log.note_power(sum(one.power_mw for one in self.supplied))
        with self.layer(name):
            settled_ps = network.layers_ps[placement.layer]
            aborted = yield self.computing.negedge.within(settled_ps)
        if aborted is None:
            if signal is not None:
                drifted_v = network.column_v(placement.layer, seat.inputs.volts)
                if not np.array_equal(columns_v, drifted_v):
                    signal = network.row_signal(seat.index, drifted_v)
                self.drive(seat, network.output_v(seat.index, signal))
                seat.log.note_layer(name, began_ps, self.now_ps)
            self.state.set("HOLDING")
            yield self.computing.negedge
        self.release()

    def drive(self, seat: Seat, volts: Reals) -> None:
        """Put the settled voltages, or those at which it is stuck, on the next link."""
        if self.is_stuck:
            if self.stuck_v is None:
                return
            volts = np.full_like(volts, self.stuck_v)
        self.show(volts)
        seat.outputs.drive(seat.network.placements[seat.index].rows, volts)

    def show(self, volts: Reals) -> None:
        """Let the probes show the first rows' voltages."""
        for lane, value in zip(self.v_row, volts, strict=False):
            lane.set(float(value))

    def release(self) -> None:
        """Switch the word lines off."""
        for drawn in self.supplied:
            drawn.power(0.0)
        self.active_rows.set(0)
        for lane in self.v_row:
            lane.set(0.0)
        self.state.set("IDLE")
