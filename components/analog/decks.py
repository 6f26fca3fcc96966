"""Writes ngspice decks: one tile (Map Subarray), or a whole network (Map IMAC, Test IMAC).

Models:     the same circuits as circuit.py and network.py, in the words of SPICE: wire segments,
            junctions with their bias law, virtual grounds as 0 V sources, amplifiers as sources
            with rails, neurons as transistors, one operating point per vector of inputs.
Leaves out: capacitance.
Source:     arXiv:2105.13904 Fig. 5 (Map Subarray, Map IMAC, Test IMAC); ngspice manual.
Checked by: tests/physics/test_analog_spice.py
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from components.analog.amplifier import AmplifierConfig
from components.analog.circuit import DifferenceAmplifier
from components.analog.crossbar import Crossbar
from components.analog.device import Mtj, Reals
from components.analog.transistor import N_TYPE, P_TYPE
from components.analog.wires import Part

RESULT = "result.raw"
READ = f"write {RESULT}"
OPTIONS = ".options reltol=1e-6 abstol=1e-14 vntol=1e-9 itl1=200"
OPEN_LOOP = "1e8"
"""Gain of an ideal operational amplifier."""


class LayerCircuit(NamedTuple):
    """One layer as a deck needs it; the tiles' slices count the layer's columns and outputs."""

    inputs: int
    outputs: int
    has_bias_column: bool
    tiles: tuple[Part, ...]
    ohms: tuple[float, float]
    feedback_ohm: float
    amplifier: AmplifierConfig
    bias_ua: tuple[float, ...]
    fins: int
    is_buffered: bool
    vdd_v: float
    mtj: Mtj


class Names(NamedTuple):
    """Node names of a tile: its inputs, and a prefix for everything inside."""

    inputs: Sequence[str]
    prefix: str = ""


def tile_deck(
    crossbar: Crossbar, ohms: tuple[float, float], volts: Reals,
    amplifier: DifferenceAmplifier | None = None, title: str = "",
) -> str:  # fmt: skip
    """Return the deck of one tile at virtual grounds, or behind difference amplifiers.

    `volts` is (inputs, columns). Results: `i(vp<row>)` and `i(vn<row>)`, or `v(o<row>)`.
    """
    columns, rows = crossbar.columns, crossbar.rows
    title = title or f"{columns} columns x {rows} rows"
    lines = [
        f"* Map Subarray: {title}; {ohms[0]:g} and {ohms[1]:g} ohm per cell of bit and sense line",
        OPTIONS,
        *_parameters(crossbar.mtj),
        "* columns: one driver each",
        *(f"vin{column} d{column} 0 0" for column in range(columns)),
        *tile_lines(crossbar, ohms, Names([f"d{column}" for column in range(columns)])),
    ]
    if amplifier is None:
        lines += ["* rows: virtual grounds that measure I+ and I-", *virtual_grounds(rows)]
        saved = [f"i(v{sign}{row})" for sign in "pn" for row in range(rows)]
    else:
        lines += ["* rows: difference amplifiers", *_difference_amplifiers(amplifier, rows)]
        saved = [f"v(o{row})" for row in range(rows)]
    return _joined(lines, saved, [f"vin{column}" for column in range(columns)], volts)


def network_deck(layers: Sequence[LayerCircuit], volts: Reals, title: str = "") -> str:
    """Return the deck of a network: layers of tiles, amplifiers and neurons, one after another.

    `volts` is (inputs, inputs of the first layer). Results: `v(h<layer>_<row>)`, the neurons'
    outputs, and `v(a<layer>_<row>)`, the amplifiers'.
    """
    first = layers[0]
    lines = [
        f"* Map IMAC: {title or ' - '.join(str(layer.outputs) for layer in layers)}",
        OPTIONS,
        *_parameters(first.mtj),
        *_neuron_lines(first.mtj, first.fins),
        f"vdd vdd 0 {first.vdd_v!r}",
        *(f"vin{index} x0_{index} 0 0" for index in range(volts.shape[1])),
    ]
    saved = []
    for number, layer in enumerate(layers):
        lines += _layer_lines(number, layer)
        saved += [f"v({kind}{number}_{row})" for kind in "ah" for row in range(layer.outputs)]
    return _joined(lines, saved, [f"vin{index}" for index in range(volts.shape[1])], volts)


def tile_lines(crossbar: Crossbar, ohms: tuple[float, float], names: Names) -> Iterator[str]:
    """Yield wires and junctions; sense lines end in `e<prefix>p<row>` and `e<prefix>n<row>`."""
    own = names.prefix
    yield f"* bit lines: {ohms[0]:g} ohm per cell"
    for column, driver in enumerate(names.inputs):
        before = driver
        for row in range(crossbar.rows if ohms[0] else 0):
            node = f"b{own}{column}_{row}"
            yield f"rb{own}{column}_{row} {before} {node} {ohms[0]!r}"
            before = node
    for line, sign in enumerate("pn"):
        yield f"* sense lines I{'+-'[line]}: junctions, then {ohms[1]:g} ohm per cell"
        for row in range(crossbar.rows):
            yield from _row_lines(crossbar, ohms, names, (line, sign, row))


def virtual_grounds(rows: int, prefix: str = "") -> Iterator[str]:
    """Yield the 0 V sources at the ends of the sense lines."""
    for row in range(rows):
        for sign in "pn":
            yield f"v{sign}{prefix}{row} e{prefix}{sign}{row} 0 0"


def _row_lines(
    crossbar: Crossbar, ohms: tuple[float, float], names: Names, place: tuple[int, str, int]
) -> Iterator[str]:
    line, sign, row = place
    own, end = names.prefix, f"e{names.prefix}{sign}{row}"
    for column, driver in enumerate(names.inputs):
        bit = f"b{own}{column}_{row}" if ohms[0] else driver
        node = f"s{own}{sign}{row}_{column}" if ohms[1] else end
        ohm = 1e6 / float(crossbar.usiemens[line, column, row])
        name = f"{own}{sign}{row}_{column}"
        if crossbar.parallel[line, column, row]:
            yield f"rj{name} {bit} {node} {ohm!r}"
        else:
            yield f"bj{name} {bit} {node} i={_share(f'v({bit},{node})', crossbar.mtj)}/{ohm!r}"
        if ohms[1]:
            after = f"s{own}{sign}{row}_{column + 1}" if column + 1 < crossbar.columns else end
            yield f"rs{name} {node} {after} {ohms[1]!r}"


def _share(volts: str, mtj: Mtj) -> str:
    """Return what an anti-parallel junction makes of a voltage, as an expression."""
    if mtj.config.bias_law == "constant":
        return f"{volts}/(1+tmr0)"
    return f"{volts}/(1+{{tmr0}}/(1+({volts}/{{v0}})^2))"


def _parameters(mtj: Mtj) -> Iterator[str]:
    yield f".param tmr0={mtj.config.tmr0_percent / 100!r} v0={mtj.config.half_tmr_v!r}"


def _difference_amplifiers(amplifier: DifferenceAmplifier, rows: int) -> Iterator[str]:
    low, high = amplifier.input_ohm, amplifier.feedback_ohm
    for row in range(rows):
        yield f"r1p{row} ep{row} mp{row} {low!r}"
        yield f"r4p{row} mp{row} 0 {high!r}"
        yield f"r1n{row} en{row} mn{row} {low!r}"
        yield f"r4n{row} mn{row} o{row} {high!r}"
        yield f"eo{row} o{row} 0 mp{row} mn{row} {OPEN_LOOP}"


def _neuron_lines(mtj: Mtj, fins: int) -> Iterator[str]:
    """Yield the neuron as a subcircuit."""
    n_type = N_TYPE.spice("v(g)", "v(out)")
    p_type = P_TYPE.spice("v(vdd,g)", "v(vdd,out)")
    yield "* neuron: P junction into the gate, AP junction as feedback, inverter"
    yield ".subckt neuron in out vdd"
    yield f"rp in g {mtj.parallel_ohm!r}"
    yield f"bap g out i={_share('v(g,out)', mtj)}/{mtj.parallel_ohm!r}"
    yield f"bn out 0 i={fins}*{n_type}"
    yield f"bp vdd out i={fins}*{p_type}"
    yield ".ends"


def _layer_lines(number: int, layer: LayerCircuit) -> Iterator[str]:
    yield f"* layer {number}: {layer.inputs} inputs, {layer.outputs} outputs"
    inputs = [f"x{number}_{index}" for index in range(layer.inputs)]
    columns = [*inputs, "vdd"] if layer.has_bias_column else inputs
    terms: list[list[str]] = [[] for _ in range(layer.outputs)]
    for index, part in enumerate(layer.tiles):
        prefix = f"{number}t{index}_"
        yield from tile_lines(part.crossbar, layer.ohms, Names(columns[part.columns], prefix))
        yield from virtual_grounds(part.crossbar.rows, prefix)
        for row in range(part.crossbar.rows):
            term = f"(i(vp{prefix}{row})-i(vn{prefix}{row}))"
            terms[part.rows.start + row].append(term)
    for row, parts in enumerate(terms):
        yield from _row_circuit(f"{number}_{row}", f"x{number + 1}_{row}", layer, row, parts)


def _row_circuit(
    name: str, following: str, layer: LayerCircuit, row: int, terms: Sequence[str]
) -> Iterator[str]:
    """Yield amplifier, neuron and buffer of one row."""
    amplifier, bias = layer.amplifier, layer.bias_ua[row] * 1e-6
    current = "+".join([*terms, repr(bias)] if bias else terms)
    yield (
        f"ba{name} a{name} 0 v=min(max({amplifier.reference_v!r}+{layer.feedback_ohm!r}"
        f"*({current}),{amplifier.low_v!r}),{amplifier.high_v!r})"
    )
    yield f"xn{name} a{name} h{name} vdd neuron"
    if layer.is_buffered:
        yield f"eb{name} {following} 0 h{name} 0 1"
    else:
        yield f"vb{name} h{name} {following} 0"


def _joined(
    lines: Iterable[str], saved: Sequence[str], sources: Sequence[str], volts: Reals
) -> str:
    """Return the deck with its tests: one operating point per vector of inputs."""
    control = [".save " + " ".join(saved), "* Test: one operating point per vector of inputs",
               ".control", "set filetype=binary", "set appendwrite"]  # fmt: skip
    last = np.zeros(len(sources))
    for vector in volts:
        changed = np.flatnonzero(vector != last)
        control += [
            f"alter {sources[index]} = {float(vector[index])!r}" for index in changed.tolist()
        ]
        control += ["op", READ]
        last = vector
    return "\n".join([*lines, *control, "quit", ".endc", ".end"]) + "\n"
