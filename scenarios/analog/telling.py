"""Tables of the analog studies, for the terminal."""

from collections.abc import Iterable, Sequence

from rich.table import Table

from components.analog import Declaration
from cosim.units import show_time
from scenarios.analog.mapping import PS_PER_CYCLE, PUBLISHED, PUBLISHED_NJ, Cost, LayerMap
from scenarios.analog.spice import Line
from scenarios.analog.wires_sweep import Point
from scenarios.showing.tables import listed, show_energy, show_interval

WINDOW = (
    "bandwidth of the amplifiers, set once by the time of 784-16-10; nothing is fitted to an energy"
)
"""Where the time comes from that the arrays are on."""


def compared(lines: Iterable[Line]) -> Table:
    """Return errors of our levels against ngspice, and CPU times of one further input."""
    heads = ("circuit", "level", "error", "ngspice", "ours", "ratio")
    return listed(
        heads,
        (
            (
                line.circuit,
                line.level,
                line.error,
                show_seconds(line.spice_s),
                show_seconds(line.ours_s),
                f"{line.spice_s / line.ours_s:,.0f}" if line.ours_s else "-",
            )
            for line in lines
        ),
    )


def swept(points: Sequence[Point]) -> Table:
    """Return accuracies over what was varied."""
    heads = ("level", "ohm per cell", "tile", "spread", "declared error", "by voltage", "by codes")
    return listed(
        heads,
        (
            (
                point.level,
                f"{point.ohm:g}" if point.ohm else "-",
                f"{point.tile} x {point.tile}" if point.tile else "-",
                f"{100 * point.spread:g} %",
                f"{100 * point.error:.1f} %" if point.error else "-",
                f"{100 * point.analog:.2f} %",
                f"{100 * point.codes:.2f} %",
            )
            for point in points
        ),
    )


def placed(layers: Iterable[LayerMap]) -> Table:
    """Return where layers lie; counts of subarrays and tiles are across columns and rows.

    The high level is what the next layer leaves of it: 100 % where buffers drive.
    """
    heads = (
        "layer",
        "shape",
        "subarrays",
        "tiles",
        "synapses",
        "writing",
        "settling",
        "high level",
    )
    return listed(
        heads,
        (
            (
                layer.name,
                f"{layer.inputs} x {layer.outputs}",
                "{} x {}".format(*layer.subarrays),
                "{} x {}".format(*layer.tiles),
                f"{layer.synapses:,}",
                show_time(layer.write_ps),
                show_time(layer.settling_ps),
                f"{100 * layer.level_left:.0f} %",
            )
            for layer in layers
        ),
    )


def costs(cost: Cost, shape: str, declared: Declaration) -> Table:
    """Return what an inference takes, beside what the paper says of such a network."""
    cycles = cost.settled_ps / PS_PER_CYCLE
    lines = (
        ("settling of all layers", f"{show_time(cost.settled_ps)}, {cycles:.1f} cycles at 3.7 GHz"),
        ("inputs to codes", show_time(cost.window_ps)),
        ("window from", WINDOW),
        (f"energy, mean of {cost.images} inputs", show_interval(cost.mean, show_energy)),
        ("energy, every input at VDD", show_interval(cost.full, show_energy)),
        ("peak power", f"{cost.peak_w:.3g} W"),
        ("writing all weights", show_energy(cost.write_nj * 1e3)),
        ("published", PUBLISHED.get(shape, "-")),
        *(("which is", _windows(cost, nj)) for name, nj in PUBLISHED_NJ.items() if name == shape),
        ("level", f"{declared.level}; its error: {declared.error_text}"),
        *(("warning", warning) for warning in declared.warnings),
    )
    return listed(("one inference", ""), lines)


def _windows(cost: Cost, energy_nj: float) -> str:
    """Return for how long an energy would be drawn, at full drive and with the inputs at hand."""
    full_ps, mean_ps = (
        round(energy_nj * cost.window_ps / nj) for nj in (cost.full_nj, cost.mean_nj)
    )
    return f"full drive for {show_time(full_ps)}, or these inputs for {show_time(mean_ps)}"


def show_seconds(seconds: float) -> str:
    """Return a CPU time for people: 12 ms."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
