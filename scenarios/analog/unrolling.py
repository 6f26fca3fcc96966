"""A network's layers as matrices in shared subarrays: where they lie, how many shots they take.

Models:     one shot an output position; slices that slide into a window; 3-bit codes that come
            back through a bank of 64 bytes; writing where there are too few subarrays.
Leaves out: time of transfers: `cosim run lenet5_arrays` has it.
Source:     components.analog.packing, components.imac.convolver.
Checked by: tests/scenarios/test_unrolling.py
"""

from pathlib import Path
from typing import Any, TypeAlias

from components.analog import AnalogConfig, Matrix, Packing, crossbars, pack, partitions
from components.imac.buffer import BYTE_BITS, BufferConfig
from cosim.units import show_time
from scenarios.networks.layers import Conv2D, Dense, Network
from scenarios.showing.tables import show_energy
from waveforms.report import Table

Unrolled: TypeAlias = Conv2D | Dense
"""A layer that is a matrix."""

PANELS_A_ROW, INCHES = 8, 1.6
"""Subarrays side by side in the picture, and the width of one."""


def matrices(network: Network, *, with_dense: bool) -> list[Matrix]:
    """Return the convolutions as matrices, and the dense layers if wanted."""
    layers: tuple[Unrolled, ...] = network.convolutions
    if with_dense:
        layers = (*layers, *network.dense)
    return [Matrix(layer.name, *_sizes(layer)) for layer in layers]


def packing(
    network: Network, config: AnalogConfig, *, with_dense: bool, rewritten: bool
) -> Packing:
    """Return where layers lie; raises MappingError if they do not fit."""
    return pack(matrices(network, with_dense=with_dense), config.geometry, rewritten=rewritten)


def layers_table(network: Network, config: AnalogConfig, found: Packing) -> Table:
    """Return each layer: its matrix, its blocks, its shots, and what travels for one."""
    columns = ("layer", "matrix", "blocks", "shots", "bits a shot", "new", "codes a shot",
               "shots a bank", "lies in")  # fmt: skip
    every: tuple[Unrolled, ...] = (*network.convolutions, *network.dense)
    layers = {layer.name: layer for layer in every}
    rows = []
    for name in dict.fromkeys(block.layer for block in found.blocks):
        layer = layers[name]
        inputs, outputs = _sizes(layer)
        across, down = partitions(Matrix(name, inputs, outputs), config.geometry)
        bias = config.geometry.bias == "column"
        rows.append(
            [name, f"{inputs + bias} x {outputs}", f"{across} x {down}", f"{_shots(layer):,}",
             f"{inputs:,}", f"{_new(layer):,}", f"{outputs:,}", _most(layer, config),
             _places(found, name)]
        )  # fmt: skip
    return Table(f"{network.name} unrolled", columns, rows, last_is_text=True)


def summary(config: AnalogConfig, found: Packing, wanted: list[Matrix]) -> list[tuple[str, str]]:
    """Return what all layers take together, as (what, found)."""
    again_ps, again_pj = found.again_ps(config.write), found.again_pj(config.write)
    rows = [
        ("subarrays if none is shared", f"{crossbars(wanted, config.geometry)}"),
        ("subarrays used", f"{found.arrays} of {config.geometry.subarrays}"),
        ("of their cells filled", f"{100 * found.filled:.1f} %"),
        ("rounds of writing", f"{found.rounds}"),
    ]
    if found.rounds > 1:
        rows.append(("written again for each inference",
                     f"{show_time(again_ps)}, {show_energy(again_pj)}"))  # fmt: skip
    if found.divided:
        rows.append(("partial sums to be converted", ", ".join(found.divided)))
    return rows


def draw(path: Path, found: Packing, title: str) -> None:
    """Draw every subarray of every round, its blocks as rectangles."""
    from matplotlib.figure import Figure

    places = list(dict.fromkeys((block.round, block.array) for block in found.blocks))
    across = min(len(places), PANELS_A_ROW)
    down = -(-len(places) // across)
    figure = Figure(figsize=(INCHES * across + 1, INCHES * down + 0.6), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False).ravel()
    names = list(dict.fromkeys(block.layer for block in found.blocks))
    for panel in panels[len(places) :]:
        panel.set_axis_off()
    for panel, place in zip(panels, places, strict=False):
        _fill(panel, found, place, names)
    figure.suptitle(title)
    figure.savefig(path, dpi=120)


def _fill(panel: Any, found: Packing, place: tuple[int, int], names: list[str]) -> None:
    """Draw the blocks of one subarray in one round."""
    from matplotlib.patches import Rectangle

    panel.set(xlim=(0, found.geometry.columns), ylim=(found.geometry.rows, 0), xticks=[],
              yticks=[], aspect="equal")  # fmt: skip
    once = f"round {place[0]}, " if found.rounds > 1 else ""
    panel.set_title(f"{once}subarray {place[1]}", fontsize="xx-small")
    for block in found.blocks:
        if (block.round, block.array) != place:
            continue
        width, height = block.shape
        color = f"C{names.index(block.layer) % 10}"
        corner = (block.column, block.row)
        panel.add_patch(Rectangle(corner, width, height, facecolor=color, edgecolor="black",
                                  linewidth=0.5))  # fmt: skip
        panel.text(block.column + width / 2, block.row + height / 2, block.layer, ha="center",
                   va="center", fontsize="xx-small")  # fmt: skip


def _sizes(layer: Unrolled) -> tuple[int, int]:
    if isinstance(layer, Conv2D):
        return layer.fan_in, layer.filters
    return layer.inputs, layer.outputs


def _shots(layer: Unrolled) -> int:
    return layer.outputs.height * layer.outputs.width if isinstance(layer, Conv2D) else 1


def _new(layer: Unrolled) -> int:
    """Return how many inputs of a window were not in the one before."""
    if isinstance(layer, Conv2D):
        return min(layer.stride, layer.kernel) * layer.kernel * layer.inputs.channels
    return layer.inputs


def _most(layer: Unrolled, config: AnalogConfig) -> str:
    """Return how many shots of a convolution fit a bank, in inputs and in codes."""
    if isinstance(layer, Dense):
        return ""
    bits = BYTE_BITS * BufferConfig().size_bytes
    inputs = 1 + (bits - layer.fan_in) // _new(layer)
    most = min(inputs, bits // config.adc.bits // layer.filters)
    return f"{most}" if most > 0 else "none"


def _places(found: Packing, name: str) -> str:
    """Return in which subarrays a layer lies, or in which rounds it is written."""
    blocks = [block for block in found.blocks if block.layer == name]
    if found.rounds > 1:
        first, last = blocks[0].round, blocks[-1].round
        return f"round {first}" if first == last else f"rounds {first} to {last}"
    arrays = [f"{block.array}" for block in blocks]
    return ", ".join(arrays) if len(arrays) < 4 else f"{arrays[0]} to {arrays[-1]}"
