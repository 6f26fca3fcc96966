"""Writes ngspice decks of a subject, runs them, and compares our levels with what they give.

Models:     Map Subarray: one tile of a layer with the voltages it really gets. Map IMAC and Test
            IMAC: all layers with amplifiers and neurons (EKV transistors), one test per input.
            Times are CPU seconds for each further input: set-up and parsing are left out.
Leaves out: transients.
Source:     arXiv:2105.13904 Fig. 5.
Checked by: tests/scenarios/test_spice.py
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np

from components.analog import AnalogConfig, AnalogNetwork, Level, ProgrammedArray, Reals, read
from components.analog.decks import LayerCircuit, network_deck, tile_deck
from components.analog.ngspice import Simulated, simulate
from components.analog.wires import Part, WireConfig
from cosim.errors import ConfigError
from cosim.seeds import generator
from scenarios.analog.subjects import Subject

LEVELS: tuple[Level, ...] = ("virtual_ground", "merged", "one_correction", "mesh")
"""Levels of the same circuit, from the crudest on."""

REPEATS = 5
"""Runs of ours, of which the fastest counts: it takes microseconds."""

SMALL = 1_000
"""Synapses up to which the whole network is run without being asked for."""


class Deck(NamedTuple):
    """One circuit: its file's name and text, and what it is of."""

    name: str
    text: str
    single: str
    inputs: int


class Line(NamedTuple):
    """One comparison: error of a level, and the CPU time of both for one further input."""

    circuit: str
    level: str
    error: str
    spice_s: float
    ours_s: float


class Target(NamedTuple):
    """A tile: layer by name, and which tile of it, by column and row of tiles."""

    layer: str
    column: int = 0
    row: int = 0

    @classmethod
    def parsed(cls, text: str) -> "Target":
        """Read LAYER or LAYER:COLUMN,ROW; raises ConfigError for anything else."""
        layer, colon, place = text.partition(":")
        numbers = place.split(",") if colon else ["0", "0"]
        if len(numbers) != 2 or not all(number.strip().isdigit() for number in numbers):
            raise ConfigError(f"--tile must be LAYER or LAYER:COLUMN,ROW, as fc1:2,0, not {text!r}")
        return cls(layer, int(numbers[0]), int(numbers[1]))


class Bench:
    """A subject's network with the inputs that are tested."""

    def __init__(self, subject: Subject, config: AnalogConfig, inputs: int, seed: int) -> None:
        solved = config.neuron.model_copy(update={"form": "ekv"})
        config = config.model_copy(update={"level": "mesh", "neuron": solved})
        self.subject = subject
        self.network = AnalogNetwork(subject.layers, config, partial(generator, seed))
        self.volts = subject.drives[:inputs] * config.vdd_v

    @property
    def synapses(self) -> int:
        """Return how many synapses the network has, biases included."""
        return sum(array.crossbar.weights.size for array in self.network.arrays)

    def tile(self, target: Target) -> tuple[Part, Reals]:
        """Return a tile and the voltages of its columns; raises ConfigError if there is none."""
        layer, columns_v = self._columns_v(target.layer)
        tiles = self._tiles(layer)
        columns, rows = (sorted({at.start for at in side}) for side in self._sides(tiles))
        if target.column >= len(columns) or target.row >= len(rows):
            raise ConfigError(
                f"{target.layer} must be asked for one of its {len(columns)} x {len(rows)} tiles,"
                f" not {target.column},{target.row}"
            )
        wanted = columns[target.column], rows[target.row]
        found = next(t for t in tiles if (t.columns.start, t.rows.start) == wanted)
        return found, columns_v[:, found.columns]

    def tile_deck(self, target: Target) -> Deck:
        """Return Map Subarray of a tile."""
        part, volts = self.tile(target)
        title = f"{self.subject.name} {target.layer}, tile {target.column},{target.row}"
        write = partial(tile_deck, part.crossbar, self.network.config.wires.ohms, title=title)
        name = f"{target.layer}_tile_{target.column}_{target.row}.sp"
        return Deck(name, write(volts), write(volts[:1]), len(volts))

    def whole_deck(self) -> Deck:
        """Return Map IMAC and Test IMAC of all layers."""
        write = partial(network_deck, self.circuits(), title=f"{self.subject.name}")
        return Deck("imac.sp", write(self.volts), write(self.volts[:1]), len(self.volts))

    def compare_tile(self, target: Target, deck: Deck) -> Iterator[Line]:
        """Run a tile's deck; yield the error of every level against it."""
        part, volts = self.tile(target)
        spice, seconds = _timed(deck)
        rows = range(part.crossbar.rows)
        plus, minus = (
            np.stack([spice.values[f"i(v{sign}{row})"] for row in rows], 1) for sign in "pn"
        )
        expected = (plus - minus) * 1e6 / part.crossbar.unit_ua()
        whole = WireConfig.model_validate({**self.network.config.wires.model_dump(), "tile": 0})
        array = ProgrammedArray(part.crossbar, whole)
        size = f"{part.crossbar.columns}x{part.crossbar.rows}"
        name = f"{target.layer}[{target.column},{target.row}] {size}"
        for level in LEVELS:
            found, ours_s = _fastest(array, level, volts)
            yield Line(name, level, _error_text(found - expected, expected), seconds, ours_s)

    def compare_whole(self, deck: Deck) -> Iterator[Line]:
        """Run the whole network's deck; yield the largest error of every layer's voltages."""
        spice, seconds = _timed(deck)
        began = process_time()
        volts, layers = self.volts, []
        for number in range(len(self.subject.layers)):
            volts = self.network.layer_v(number, volts)
            layers.append(volts)
        ours_s = (process_time() - began) / len(volts)
        for number, (layer, found) in enumerate(zip(self.subject.layers, layers, strict=True)):
            names = [f"v(h{number}_{row})" for row in range(layer.outputs)]
            expected = np.stack([spice.values[name] for name in names], 1)
            error = np.abs(found - expected).max()
            yield Line(f"IMAC, {layer.name}", "mesh", f"{error:.2g} V", seconds, ours_s)

    def circuits(self) -> list[LayerCircuit]:
        """Return every layer as a deck needs it."""
        config, unit_ua = self.network.config, self.network.arrays[0].crossbar.unit_ua()
        has_column = config.geometry.bias == "column"
        return [
            LayerCircuit(
                layer.inputs, layer.outputs, has_column, tuple(self._tiles(number)),
                config.wires.ohms, self.network.feedback_ohm(number), config.amplifier,
                tuple(np.where(has_column, 0.0, layer.biases * unit_ua).tolist()),
                config.neuron.fins, config.neuron.drive == "buffered", config.vdd_v,
                self.network.mtj,
            )
            for number, layer in enumerate(self.subject.layers)
        ]  # fmt: skip

    def _columns_v(self, name: str) -> tuple[int, Reals]:
        volts = self.volts
        for number, layer in enumerate(self.subject.layers):
            if layer.name == name:
                return number, self.network.column_v(number, volts)
            volts = self.network.layer_v(number, volts)
        known = ", ".join(layer.name for layer in self.subject.layers)
        raise ConfigError(f"{self.subject.name} has no layer {name}; it has {known}")

    def _tiles(self, layer: int) -> list[Part]:
        """Return the tiles of a layer, their slices counted over the whole layer."""
        found = []
        for placement, array in zip(self.network.placements, self.network.arrays, strict=True):
            if placement.layer == layer:
                found += [
                    Part(_moved(part.columns, placement.columns.start),
                         _moved(part.rows, placement.rows.start), part.crossbar)
                    for part in array.parts
                ]  # fmt: skip
        return found

    def _sides(self, tiles: Sequence[Part]) -> tuple[list[slice], list[slice]]:
        return [tile.columns for tile in tiles], [tile.rows for tile in tiles]


def write(folder: Path, decks: Sequence[Deck]) -> None:
    """Write decks into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for deck in decks:
        (folder / deck.name).write_text(deck.text, encoding="ascii")


def _error_text(error: Reals, signal: Reals) -> str:
    """Return an error over its signal; where inputs are all 0 there is no signal."""
    size, whole = (float(np.sqrt((values**2).mean())) for values in (error, signal))
    return f"{size / whole:.2g} rms" if whole else f"{size:.2g}, no signal"


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


def _timed(deck: Deck) -> tuple[Simulated, float]:
    """Run a deck; return its values, and the CPU time of one further input."""
    found = simulate(deck.text, deck.name)
    if deck.inputs == 1:
        return found, found.cpu_s
    further_s = found.cpu_s - simulate(deck.single, deck.name).cpu_s
    return found, max(further_s, 0.0) / (deck.inputs - 1)


def _fastest(array: ProgrammedArray, level: Level, volts: Reals) -> tuple[Reals, float]:
    """Return what a level gives, and its CPU time for one input; set-up is left out."""
    found, times = read(array, level, volts), []
    for _ in range(REPEATS):
        began = process_time()
        read(array, level, volts)
        times.append(process_time() - began)
    return found, min(times) / len(volts)
