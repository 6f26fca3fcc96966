"""A network programmed into subarrays, computed without a simulator.

Models:     the chain of layers over voltages: columns, signals of all parts of a row joined,
            amplifier and neuron, next layer; converters at the end. The co-processor's modules
            ask it what comes out of each subarray, when, and what it costs; accuracy runs put
            whole data sets through it.
Leaves out: voltages on the way to their settled values.
Source:     arXiv:2105.13904 section IV.
Checked by: tests/components/test_analog_network.py, tests/physics/test_analog_mlp.py (ngspice)
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from components.analog import settling
from components.analog.amplifier import amplified_v
from components.analog.arrays import ProgrammedArray, column_ua, read
from components.analog.config import AnalogConfig
from components.analog.converters import AdcBank, Codes
from components.analog.device import Mtj, Reals
from components.analog.mapping import DenseLayer, Placement, map_layers, placed_weights
from components.analog.mesh import ConvergenceError
from components.analog.neuron import feedback_ohm, neuron_v, operating_point, power_uw
from components.analog.variation import Seeds, program
from cosim.errors import ConfigError

RAIL_SLACK_V = 1e-9
"""How far beyond a rail rounding may put an input."""

LOAD_STEPS, LOAD_CHANGE_V = 50, 1e-10
"""Iterations between neurons and the layer that they drive directly, and when they end."""


class AnalogNetwork:
    """Layers, the subarrays they are placed in, and the junctions that hold them.

    `seeds` gives the generator of a path below `path`. Raises MappingError or ConfigError.
    """

    def __init__(
        self, layers: Sequence[DenseLayer], config: AnalogConfig, seeds: Seeds, path: str = "imac"
    ) -> None:
        self.layers = tuple(layers)
        self.config = config
        self.mtj = Mtj(config.mtj)
        self.placements = map_layers(layers, config.geometry)
        self._check()
        self.arrays = tuple(
            self._programmed(index, placement, seeds, path)
            for index, placement in enumerate(self.placements)
        )
        self.adc = AdcBank(config.adc, self.layers[-1].outputs, config.vdd_v, seeds)

    def column_v(self, layer: int, inputs_v: Reals) -> Reals:
        """Return the voltages of all columns of a layer for its inputs, (..., inputs)."""
        if self.config.geometry.bias == "row_circuit":
            return inputs_v
        bias = np.full((*inputs_v.shape[:-1], 1), self.config.vdd_v)
        return np.concatenate([inputs_v, bias], axis=-1)

    def signal(self, subarray: int, columns_v: Reals) -> Reals:
        """Return what a subarray gives alone, for the voltages of its layer's columns."""
        part = columns_v[..., self.placements[subarray].columns]
        return read(self.arrays[subarray], self.config.level, part)

    def power_uw(self, subarray: int, columns_v: Reals) -> Reals:
        """Return what a subarray takes at the voltages of its layer's columns."""
        part = columns_v[..., self.placements[subarray].columns]
        current = column_ua(self.arrays[subarray], self.config.level, part)
        return np.asarray((part * current).sum(-1))

    def buffer_uw(self, subarray: int, columns_v: Reals) -> Reals:
        """Return what the buffers burn that drive a hidden layer's columns from the supply.

        They lose what is between the supply and each column's voltage. The first layer's drivers
        switch between the rails, and neurons that drive by themselves have no buffers.
        """
        placed, config = self.placements[subarray], self.config
        part = columns_v[..., placed.columns]
        if placed.layer == 0 or config.neuron.drive == "direct":
            return np.zeros(part.shape[:-1])
        current = column_ua(self.arrays[subarray], config.level, part)
        return np.asarray(((config.vdd_v - part) * current).sum(-1))

    def row_signal(self, subarray: int, columns_v: Reals) -> Reals:
        """Return the signal of a subarray's rows, joined over all that share their sense lines.

        Currents are added. Difference amplifiers (level `netlist`) are averaged.
        """
        placed = self.placements[subarray]
        parts = [
            self.signal(index, columns_v)
            for index, other in enumerate(self.placements)
            if (other.layer, other.rows) == (placed.layer, placed.rows)
        ]
        total: Reals = np.sum(parts, axis=0)
        return total / len(parts) if self.config.level == "netlist" else total

    def amplifier_v(self, subarray: int, signal: Reals) -> Reals:
        """Return the amplifiers' voltages for the joined signal of a subarray's rows."""
        placed, amplifier = self.placements[subarray], self.config.amplifier
        if self.config.level == "netlist":
            return amplified_v(amplifier, signal)
        layer = self.layers[placed.layer]
        if self.config.geometry.bias == "row_circuit":
            signal = signal + layer.biases[placed.rows]
        return amplified_v(amplifier, self.step_v(placed.layer) * signal)

    def step_v(self, layer: int) -> float:
        """Return by how much one unit of signal moves a layer's amplifiers."""
        return self.feedback_ohm(layer) * float(self.mtj.phi_ua(self.config.vdd_v)) * 1e-6

    def feedback_ohm(self, layer: int) -> float:
        """Return the feedback resistance of a layer's amplifiers."""
        given = self.config.amplifier.feedback_ohm
        gain, vdd_v = self.layers[layer].gain, self.config.vdd_v
        return given or feedback_ohm(self.config.neuron, gain, self.mtj, vdd_v)

    def output_v(self, subarray: int, signal: Reals) -> Reals:
        """Return the neurons' voltages for the joined signal of a subarray's rows.

        Neurons that drive the next layer themselves are loaded by it.
        """
        config, layer = self.config, self.placements[subarray].layer
        if config.level == "ideal":
            return self._ideal_v(subarray, signal)
        volts = self.amplifier_v(subarray, signal)
        if config.neuron.drive == "direct" and layer + 1 < len(self.layers):
            return self._loaded_v(layer, volts)
        middle_v = config.amplifier.reference_v
        return neuron_v(config.neuron, volts, middle_v, self.mtj, config.vdd_v)

    def neuron_uw(self, subarray: int, signal: Reals) -> Reals:
        """Return what the neurons of a subarray's rows take, (..., rows)."""
        volts = self.amplifier_v(subarray, signal)
        return power_uw(self.config.neuron, volts, self.mtj, self.config.vdd_v)

    def level_left(self, layer: int) -> float:
        """Return the share of a layer's high level that is left where its neurons drive the next.

        1 for buffered neurons and for the last layer, which drives converters.
        """
        config = self.config
        if config.neuron.drive == "buffered" or layer + 1 == len(self.layers):
            return 1.0
        full = np.full(self.layers[layer].outputs, config.vdd_v)
        load = np.array([0.0, float(self._drawn_ua(layer + 1, full).mean()) / config.vdd_v])
        driven = np.full(2, config.amplifier.low_v)
        high = operating_point(config.neuron.fins, self.mtj, config.vdd_v, driven, load).output_v
        return float(high[1] / high[0])

    def layer_v(self, layer: int, inputs_v: Reals) -> Reals:
        """Return a layer's output voltages, (..., outputs), for its inputs' (..., inputs).

        Raises ConfigError for inputs of another number or beyond the rails.
        """
        self._check_inputs(layer, inputs_v)
        columns_v = self.column_v(layer, inputs_v)
        outputs = np.empty((*inputs_v.shape[:-1], self.layers[layer].outputs))
        for index, placement in enumerate(self.placements):
            if placement.layer == layer and placement.has_neurons:
                signal = self.row_signal(index, columns_v)
                outputs[..., placement.rows] = self.output_v(index, signal)
        return outputs

    def forward_v(self, inputs_v: Reals) -> Reals:
        """Return the last layer's voltages, (..., outputs)."""
        for layer in range(len(self.layers)):
            inputs_v = self.layer_v(layer, inputs_v)
        return inputs_v

    def codes(self, outputs_v: Reals) -> Codes:
        """Return the converters' codes of output voltages."""
        return self.adc.codes(outputs_v)

    def settling(self, layer: int) -> settling.Estimate:
        """Return the parts of a layer's settling time."""
        config = self.config
        wired = any(config.wires.ohms)
        tile = config.wires.tile if wired else 0
        placed = next(p for p in self.placements if p.layer == layer)
        columns = min(placed.columns.stop - placed.columns.start, tile or 1 << 30)
        rows = min(placed.rows.stop - placed.rows.start, tile or 1 << 30)
        after = self.layers[layer + 1].outputs if layer + 1 < len(self.layers) else 1
        stage = settling.Stage(
            self.feedback_ohm(layer), config.amplifier, config.neuron.fins,
            config.settling.bit_ff * after,
        )  # fmt: skip
        return settling.estimate(
            config.settling, columns, rows, config.wires.ohms, stage, self.mtj, config.vdd_v
        )

    @cached_property
    def layers_ps(self) -> tuple[int, ...]:
        """How long every layer takes to settle."""
        given = self.config.layer_ps
        return tuple(
            given or self.settling(layer).total_ps for layer in range(len(self.layers))
        )  # fmt: skip

    @property
    def latency_ps(self) -> int:
        """Time from inputs to codes."""
        return sum(self.layers_ps) + self.config.adc.conversion_ps

    def _ideal_v(self, subarray: int, signal: Reals) -> Reals:
        placed = self.placements[subarray]
        layer = self.layers[placed.layer]
        if self.config.geometry.bias == "row_circuit":
            signal = signal + layer.biases[placed.rows]
        steepness = self.config.neuron.steepness_per_v
        plain = self.config.neuron.model_copy(update={"form": "logistic"})
        return neuron_v(plain, layer.gain * signal / steepness, 0.0, self.mtj, self.config.vdd_v)

    def _loaded_v(self, layer: int, amplifier_v: Reals) -> Reals:
        """Return the outputs of neurons that drive the next layer's columns themselves."""
        config, load = self.config, np.zeros_like(amplifier_v)
        last = np.full_like(amplifier_v, np.inf)
        for _ in range(LOAD_STEPS):
            found = operating_point(config.neuron.fins, self.mtj, config.vdd_v, amplifier_v, load)
            volts = found.output_v
            if float(np.abs(volts - last).max(initial=0.0)) < LOAD_CHANGE_V:
                return volts
            last, load = volts, self._drawn_ua(layer + 1, volts) / volts
        raise ConvergenceError(
            f"{self.layers[layer].name}: neurons that drive {self.layers[layer + 1].name}"
            f" themselves must settle in {LOAD_STEPS} steps; use neuron.drive = buffered"
        )

    def _drawn_ua(self, layer: int, inputs_v: Reals) -> Reals:
        """Return the current that a layer's inputs must give."""
        columns_v = self.column_v(layer, inputs_v)
        total = np.zeros_like(columns_v)
        for array, placed in zip(self.arrays, self.placements, strict=True):
            if placed.layer == layer:
                part = columns_v[..., placed.columns]
                total[..., placed.columns] += column_ua(array, self.config.level, part)
        return total[..., : inputs_v.shape[-1]]

    def _programmed(
        self, index: int, placement: Placement, seeds: Seeds, path: str
    ) -> ProgrammedArray:
        config, name = self.config, f"subarray[{index}]"
        weights = placed_weights(self.layers[placement.layer], placement)
        crossbar = program(
            weights, self.mtj, config.vdd_v, seeds, name, config.spread, config.faults
        )
        return ProgrammedArray(
            crossbar, config.wires, config.amplifier.difference, f"{path}.{name}"
        )

    def _check(self) -> None:
        config = self.config
        if config.neuron.drive == "direct" and config.neuron.form != "ekv":
            raise ConfigError(
                "NeuronConfig.drive = direct must have form ekv, whose output can be loaded, not"
                f" {config.neuron.form}"
            )
        if config.neuron.drive == "direct" and any(not p.has_all_rows for p in self.placements):
            raise ConfigError(
                "NeuronConfig.drive = direct must have every layer's outputs in one subarray;"
                " use larger subarrays or buffered neurons"
            )
        if config.level == "netlist" and config.geometry.bias == "row_circuit":
            raise ConfigError(
                "level netlist must have geometry.bias = column: its amplifiers average a row, so"
                " one unit of bias has no voltage"
            )

    def _check_inputs(self, layer: int, inputs_v: Reals) -> None:
        name, wanted = self.layers[layer].name, self.layers[layer].inputs
        if inputs_v.shape[-1] != wanted:
            raise ConfigError(
                f"{name} must be given {wanted} input voltages, not {inputs_v.shape[-1]}"
            )
        beyond = ~(np.abs(inputs_v) <= self.config.vdd_v + RAIL_SLACK_V)
        if beyond.any():
            at = tuple(int(index) for index in np.argwhere(beyond)[0])
            raise ConfigError(
                f"{name}: inputs must lie within the rails, -{self.config.vdd_v:g} to"
                f" {self.config.vdd_v:g} V, not at {inputs_v[at]:g} V (input {at[-1]})"
            )


def classify(outputs: Reals | Codes) -> NDArray[np.int64]:
    """Return the class of outputs or codes, (..., classes): the first of the largest."""
    result: NDArray[np.int64] = np.argmax(outputs, axis=-1)
    return result
