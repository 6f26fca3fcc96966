"""The figures of an inference's report: machine, cycles, power, hand-off, wrong digits.

Models:     each figure as SVG or as bars; a figure for which something is missing (Graphviz, a
            co-processor, a trace) is left out.
Checked by: tests/scenarios/test_picturing.py
"""

import base64
import io
import shutil
import subprocess
from collections.abc import Iterator, Sequence

import matplotlib as mpl
import networkx as nx
from matplotlib.figure import Figure as Canvas
from matplotlib.image import imsave

from components.imac.contract import HandOff
from cosim import Simulator, state_diagram
from cosim.units import show_time
from scenarios.measures.power_meter import PowerMeter
from scenarios.networks.images import Images
from scenarios.showing.structure import to_dot
from scenarios.soc import Soc
from waveforms.plots import Area, stack
from waveforms.quantities import share_text
from waveforms.report import Bar, Chart, Figure

MOST_WRONG = 40
"""Wrong digits that are shown; more say nothing new."""

COLORS = {
    "core": "#2f7fd1", "memory": "#3c9d6b", "llc": "#9467bd", "l2": "#c9504f", "l1d": "#4aa3a2",
    "l1i": "#8a6d3b", "imac": "#e0862d", "convolver": "#d9b13b", "bus": "#7a8794",
    "coprocessor_bus": "#d16ba5",
}  # fmt: skip
"""Colours of components, as the report's bars have them."""

DEEP = 3
"""Levels below the top at which a part that is bound to nothing is not drawn, as a bank."""

DIGIT_PIXELS = 56
"""Side of a digit on the page: twice its own pixels."""


def cycle_stack(soc: Soc) -> Chart:
    """Return where the core's cycles went."""
    spent = soc.core.attribution[0]
    cycles = {name: int(spent[name]) for name in soc.core.attribution.dtype.names or ()}
    whole, start, bars = max(sum(cycles.values()), 1), 0.0, []
    for name, count in cycles.items():
        width = 100 * count / whole
        bars.append(Bar(start, width, name, f"{name} {share_text(count, whole)}"))
        start += width
    return Chart("Cycles of the core: busy, or what it waited for", [("", bars)])


def figures(simulator: Simulator, soc: Soc, hand_off: HandOff | None) -> Iterator[Figure]:
    """Yield the figures there are."""
    meter = next((one for one in simulator.modules() if isinstance(one, PowerMeter)), None)
    if meter is not None and len(meter.times_ps) > 1:
        yield Figure("Power over time", power(meter), "; ".join(_told(meter)))
    graph = _shown(simulator.graph())
    machine = _drawn(to_dot(graph))
    if machine:
        yield Figure("The machine", machine)
    states = _drawn(state_diagram.to_dot(soc.imac.contract)) if soc.imac is not None else ""
    if states:
        note = "" if hand_off is None else hand_off.coverage.summary
        yield Figure("States of the hand-off", states, note)


def _shown(graph: "nx.MultiDiGraph[str]") -> "nx.MultiDiGraph[str]":
    """Return the machine without what only watches it, and without parts of parts of parts."""
    alone = [one for one in nx.isolates(graph) if "." not in one or one.count(".") >= DEEP]
    parents = {one.rpartition(".")[0] for one in graph}
    graph.remove_nodes_from([one for one in alone if one not in parents])
    return graph


def wrong(predictions: Sequence[int], images: Images) -> Iterator[Figure]:
    """Yield a figure of what was taken for something else, if anything was."""
    pairs = zip(predictions, images.labels, strict=True)
    places = [place for place, (told, label) in enumerate(pairs) if told != label]
    if places:
        note = f"{len(places)} of {len(predictions)}"
        note += f", the first {MOST_WRONG}" if len(places) > MOST_WRONG else ""
        told = [f"{images.labels[at]} taken for {predictions[at]}" for at in places[:MOST_WRONG]]
        yield Figure("Wrong answers", pictures(images, places[:MOST_WRONG], told), note)


def power(meter: PowerMeter) -> str:
    """Return the power of each component over time as SVG."""
    shown = [name for name in meter.drawn if name != "total"]
    areas = [Area(name, COLORS.get(name, "gray"), meter.powers_mw(name)) for name in shown]
    return stack(meter.times_ps, areas, "mW")


def _told(meter: PowerMeter) -> Iterator[str]:
    """Yield mean and peak of each power."""
    for name, peak in meter.peaks.items():
        lasts_ps = peak.ends_ps - peak.begins_ps
        yield f"{name} {peak.mean_mw:.4g} mW, at most {peak.peak_mw:.4g} for {show_time(lasts_ps)}"


def svg(canvas: Canvas) -> str:
    """Return a canvas as SVG without date and with colours of the page's text."""
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "cosim", "svg.fonttype": "none"}):
        canvas.savefig(
            stream, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    text = stream.getvalue()
    return text[text.index("<svg") :]


def _drawn(dot: str) -> str:
    """Return a graph as SVG, nothing without Graphviz."""
    if not shutil.which("dot"):
        return ""
    done = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True)
    return done.stdout[done.stdout.index("<svg") :]


def pictures(images: Images, places: Sequence[int], told: Sequence[str]) -> str:
    """Return the images at `places` as markup, each with what is told about it."""
    found = []
    for place, text in zip(places, told, strict=True):
        stream = io.BytesIO()
        pixels = images.pixels[place].squeeze()
        imsave(stream, pixels, format="png", cmap="gray", vmin=0, vmax=255)
        data = base64.b64encode(stream.getvalue()).decode()
        found.append(
            f'<figure><img src="data:image/png;base64,{data}" width="{DIGIT_PIXELS}" '
            f'height="{DIGIT_PIXELS}" alt="{text}"><figcaption>{text}</figcaption></figure>'
        )
    return f'<div class="digits">{"".join(found)}</div>'
