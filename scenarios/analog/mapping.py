"""Where layers lie in subarrays and tiles, and what an inference takes: time, energy, power.

Models:     every layer's subarrays, tiles, rows to write and settling time; power of every image
            from its data, with all arrays on until the codes are there; energy over that window:
            settling of all layers and conversion. Nothing is fitted to an energy: the window comes
            from the amplifiers' bandwidth, which was set once, by the time in section IV.
Leaves out: drivers, the hand-off; `cosim run` has them.
Source:     arXiv:2105.13904 section V.B: 97 nJ for LeNet-5 and 512 nJ for VGG, section IV: under
            40 cycles at 3.7 GHz for 784-16-10. Bandwidth calibrated once to that (amplifier.py).
Checked by: tests/scenarios/test_analog_mapping.py
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from components.analog import AnalogConfig, AnalogNetwork, Reals, full_drive_uw
from components.analog.power import energy_pj, exponents, write_pj
from components.analog.window import window_powers
from cosim.activity import Term, metered_term
from scenarios.analog.subjects import Subject
from scenarios.measures.activities import Activities
from scenarios.measures.intervals import Interval, interval
from scenarios.measures.intervals import energy_pj as spent_pj

PUBLISHED = {
    "400-120-84-10": "97 nJ (arXiv:2105.13904)",
    "512-512-10": "512 nJ (arXiv:2105.13904)",
    "784-16-10": "under 40 cycles at 3.7 GHz, 10.8 ns (arXiv:2105.13904)",
}
"""What the paper gives for a network of these sizes."""

PUBLISHED_NJ = {"400-120-84-10": 97.0, "512-512-10": 512.0}
"""Energy of an inference among these, for the window that it stands for."""

PS_PER_CYCLE = 1e12 / 3.7e9
"""The paper's clock."""

SAMPLE = 200
"""Images whose power is computed at most; measured: the mean moves by less than a percent."""


class LayerMap(NamedTuple):
    """One layer's place: `tiles` and `subarrays` are (across columns, across rows)."""

    name: str
    inputs: int
    outputs: int
    subarrays: tuple[int, int]
    tiles: tuple[int, int]
    synapses: int
    write_ps: int
    settling_ps: int
    level_left: float


class Cost(NamedTuple):
    """One inference: `mean_nj` and `full_nj` over `window_ps`, from data and at full drive.

    `mean` and `full` are these with their intervals, in pJ.
    """

    window_ps: int
    settled_ps: int
    mean_nj: float
    full_nj: float
    peak_w: float
    write_nj: float
    images: int
    mean: Interval
    full: Interval


def mapped(network: AnalogNetwork) -> list[LayerMap]:
    """Return where every layer lies."""
    found = []
    for number, layer in enumerate(network.layers):
        pairs = [
            (placed, array)
            for placed, array in zip(network.placements, network.arrays, strict=True)
            if placed.layer == number
        ]
        across = {placed.columns.start for placed, _ in pairs}
        down = {placed.rows.start for placed, _ in pairs}
        columns = {p.columns.start + t.columns.start for p, a in pairs for t in a.parts}
        rows = {p.rows.start + t.rows.start for p, a in pairs for t in a.parts}
        most_rows = max(array.crossbar.rows for _, array in pairs)
        found.append(
            LayerMap(
                layer.name, layer.inputs, layer.outputs, (len(across), len(down)),
                (len(columns), len(rows)), sum(a.crossbar.weights.size for _, a in pairs),
                most_rows * network.config.write.row_ps, network.layers_ps[number],
                network.level_left(number),
            )
        )  # fmt: skip
    return found


def cost(network: AnalogNetwork, subject: Subject) -> Cost:
    """Return what an inference takes, over the subject's images.

    An array takes power from when its inputs are there until the codes are.
    """
    config, window_ps = network.config, network.latency_ps
    volts = subject.drives[:SAMPLE] * config.vdd_v
    on_ps, terms, peak_uw = window_ps, [], np.zeros(len(volts))
    for number, settling_ps in enumerate(network.layers_ps):
        drawn = _power_uw(network, number, network.column_v(number, volts))
        window = window_powers(network, number, window_ps)
        for cause, (constants, layer_uw) in drawn.items():
            mean_pj = energy_pj(float(layer_uw.mean()), on_ps)
            terms.append(metered_term(cause, mean_pj, "ns", constants | window, config))
            peak_uw += layer_uw
        on_ps -= settling_ps
        volts = network.layer_v(number, volts)
    terms.append(Term("adc", network.layers[-1].outputs, "codes", {"adc.conversion_pj": 1}))
    full_pj = energy_pj(full_drive_uw(network.layers, network.mtj, config.vdd_v), window_ps)
    conduction = exponents(network.mtj, config.vdd_v) | window_powers(network, 0, window_ps)
    full_terms = [metered_term("array", full_pj, "ns", conduction, config)]
    mean, full = (_interval(config, window_ps, each) for each in (terms, full_terms))
    synapses = sum(array.crossbar.weights.size for array in network.arrays)
    return Cost(
        window_ps, sum(network.layers_ps), mean.nominal / 1e3, full.nominal / 1e3,
        float(peak_uw.max()) / 1e6, write_pj(config.write, synapses) / 1e3, len(peak_uw),
        mean, full,
    )  # fmt: skip


def _interval(config: AnalogConfig, window_ps: int, terms: Sequence[Term]) -> Interval:
    """Return an energy with its interval, in pJ."""
    return interval(spent_pj, Activities.of(config, window_ps, {"imac": terms}))


def _power_uw(
    network: AnalogNetwork, layer: int, columns_v: Reals
) -> dict[str, tuple[dict[str, float], Reals]]:
    """Return what a layer takes for each image, by cause, and which constants that follows."""
    conducted, neurons, amplifiers = (np.zeros(len(columns_v)) for _ in range(3))
    for index, placed in enumerate(network.placements):
        if placed.layer == layer:
            conducted += network.power_uw(index, columns_v) + network.buffer_uw(index, columns_v)
            if placed.has_neurons:
                signal = network.row_signal(index, columns_v)
                neurons += network.neuron_uw(index, signal).sum(-1)
                amplifiers += network.config.amplifier.quiescent_uw * signal.shape[-1]
    return {
        "array": (exponents(network.mtj, network.config.vdd_v), conducted),
        "neurons": ({"neuron.power_uw": 1.0}, neurons),
        "amplifiers": ({"amplifier.quiescent_uw": 1.0}, amplifiers),
    }


def draw(path: Path, network: AnalogNetwork, name: str) -> None:
    """Draw every subarray with the weights that it holds and the tiles it is cut into."""
    from matplotlib.figure import Figure

    size = network.config.geometry.columns, network.config.geometry.rows
    count = network.config.geometry.subarrays
    figure = Figure(figsize=(3.0 * count, 3.4), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, count))
    for index, panel in enumerate(panels):
        panel.set_xlim(0, size[0])
        panel.set_ylim(size[1], 0)
        panel.set_aspect("equal")
        panel.set_title(f"subarray[{index}]", fontsize="medium")
        panel.set_xlabel("columns (inputs)")
        if index < len(network.placements):
            _fill(panel, network, index)
    panels[0].set_ylabel("rows (outputs)")
    figure.suptitle(name)
    figure.savefig(path, dpi=120)


def _fill(panel: Any, network: AnalogNetwork, index: int) -> None:
    """Show the weights of a subarray, and a line around every tile."""
    array, placed = network.arrays[index], network.placements[index]
    weights = array.crossbar.weights.T
    panel.imshow(weights, cmap="coolwarm", vmin=-1.6, vmax=1.6, interpolation="nearest",
                 extent=(0, weights.shape[1], weights.shape[0], 0))  # fmt: skip
    for part in array.parts:
        width = part.columns.stop - part.columns.start
        height = part.rows.stop - part.rows.start
        corner = (part.columns.start, part.rows.start)
        panel.add_patch(_outline(corner, width, height))
    layer = network.layers[placed.layer].name
    text = f"{layer}: {weights.shape[1]} x {weights.shape[0]}, {len(array.parts)} tiles"
    panel.text(0.02, 0.02, text, transform=panel.transAxes, fontsize="small",
               bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1})  # fmt: skip


def _outline(corner: tuple[int, int], width: int, height: int) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, fill=False, edgecolor="black", linewidth=0.5)
