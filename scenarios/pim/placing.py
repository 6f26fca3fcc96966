"""Where a network lies in the accelerator, what its amplifiers tell apart: tables and a picture.

Checked by: tests/scenarios/test_pim.py
"""

from matplotlib import colormaps
from matplotlib.figure import Figure as Canvas

from components.pim import PimMachine
from components.pim.mapper import LayerPlan, Plan
from cosim.units import several
from scenarios.showing.picturing import svg
from waveforms.gtkw import Layout
from waveforms.report import Table

ORDER = ("pim", "pim.bank[0].mat[0].sub_array[0]", "pim.images", "pim.tree", "pim.bank[*].*")
CLOSED = ("host",)

FIRST_VIEW_PS = 400_000
"""ps that a viewer shows first: some window groups."""


def mapping(plan: Plan) -> Table:
    """Return where each layer lies, and how well its rows are used."""
    columns = (
        "layer", "K", "windows x filters", "chunks", "parts", "replicas", "rows", "row ANDs",
        "full rows", "used",
    )  # fmt: skip
    note = (
        f"{several(plan.banks, 'bank')} of {several(plan.config.mats, 'mat')} of"
        f" {several(plan.config.sub_arrays, 'sub-array')};"
        f" {sum(plan.used_rows):,} of {plan.arrays * plan.config.sub_array.rows:,} rows hold"
        f" weights, {plan.input_rows} of each sub-array are for inputs. Full rows: bits that meet,"
        " over the columns of a row."
    )
    rows = [_row(layer) for layer in plan.layers]
    meets = sum(layer.row_ands for layer in plan.layers)
    bits = sum(layer.bit_ands for layer in plan.layers)
    full = bits / plan.config.sub_array.columns
    rows.append(["total", *[""] * 6, f"{meets:,}", f"{full:,.0f}", f"{100 * full / meets:.1f} %"])
    return Table("Mapping", columns, rows, note)


def _row(layer: LayerPlan) -> list[str]:
    packing = layer.packing
    return [
        layer.layer.name, f"{layer.layer.inputs:,}", f"{packing.windows} x {packing.filters}",
        str(packing.chunks), str(layer.parts), str(layer.replicas), f"{layer.weight_rows:,}",
        f"{layer.row_ands:,}", f"{layer.bit_ands / layer.columns:,.0f}", f"{100 * layer.use:.1f} %",
    ]  # fmt: skip


def sensing(machine: PimMachine) -> Table:
    """Return the references of the sense amplifiers and their margins."""
    rows = [
        [one.operation, f"{one.current_ua:.2f}", f"{one.margin_ua:.2f}"]
        for one in machine.references
    ]
    return Table("Sense amplifiers", ("operation", "reference, uA", "margin, uA"), rows)


def occupancy(plan: Plan) -> str:
    """Return which layer's weights fill the rows of each sub-array, as SVG."""
    canvas = Canvas(figsize=(9.5, 3.4), layout="constrained")
    axes, colors = canvas.add_subplot(), colormaps["tab20"]
    axes.bar(range(plan.arrays), plan.input_rows, width=1.0, color="#cccccc", label="inputs")
    for number, layer in enumerate(plan.layers):
        arrays = [place.array for place in layer.places]
        first = [place.row for place in layer.places]
        axes.bar(
            arrays, layer.weight_rows, bottom=first, width=1.0, label=layer.layer.name,
            color=colors(number % colors.N),
        )  # fmt: skip
    axes.set_xlim(-0.5, plan.arrays - 0.5)
    axes.set_ylim(0, plan.config.sub_array.rows)
    axes.set_xlabel("sub-array")
    axes.set_ylabel("row")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8, frameon=False)
    return svg(canvas)


def layout(markers: dict[str, int], start_ps: int) -> Layout:
    """Return how a viewer opens: at the first layer, with a marker where each begins."""
    return Layout((start_ps, start_ps + FIRST_VIEW_PS), markers, CLOSED, ORDER)
