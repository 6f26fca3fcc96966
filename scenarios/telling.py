"""What a finished inference says of itself: lines above the tables, and where the waves open."""

from collections.abc import Mapping
from pathlib import Path

from scenarios.metrics import Metrics
from waveforms.gtkw import Layout

SHOWN = ("fc1", "codes")
"""First and last stretch of a program that the first view shows: the job and its result."""

LEAD = 2
"""The first view begins one part in LEAD of its length before the job."""

ORDER = (
    "soc.core", "soc.coprocessor_bus", "soc.imac.controller", "soc.imac.ready", "soc.imac.timer",
    "soc.imac.sign_unit", "soc.imac.buffer", "soc.imac.subarray[*]", "soc.imac.adc", "soc.imac",
    "soc.memory", "soc.bus",
)  # fmt: skip

CLOSED = ("soc.imac.subarray[3]", "soc.l1i", "soc.l1d", "soc.l2", "soc.llc")


def layout(metrics: Metrics) -> Layout:
    """Return how a viewer opens: at the first hand-off, a marker where each layer begins."""
    first = [layer for layer in metrics.layers if layer.image == 0]
    markers = {layer.name: layer.start_ps for layer in first}
    shown = [layer for layer in first if layer.name in SHOWN]
    span_ps = (0, max(metrics.time_ps, 1))
    if metrics.imac.jobs and shown:
        start_ps, end_ps = shown[0].start_ps, shown[-1].end_ps
        span_ps = (max(start_ps - (end_ps - start_ps) // LEAD, 0), end_ps)
    return Layout(span_ps, markers, CLOSED, ORDER)


def wave_rows(files: Mapping[str, Path]) -> tuple[tuple[str, str], ...]:
    """Return a line for each file of the waves."""
    return tuple((what, path.name) for what, path in files.items())
