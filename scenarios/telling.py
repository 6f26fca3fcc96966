"""What a finished inference says of itself: lines above the tables, and where the waves open."""

from collections.abc import Mapping
from pathlib import Path

from scenarios.metrics import Metrics
from waveforms.gtkw import Layout

OFFLOAD = ("transfer", "fc1", "fc2", "fc3", "adc", "codes")
"""Stretches of a program that belong to the hand-off."""

MARGIN = 20
"""The first view shows the hand-off with one part in MARGIN of its length on either side."""

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
    offload = [layer for layer in first if layer.name in OFFLOAD]
    span_ps = (0, max(metrics.time_ps, 1))
    if metrics.imac.jobs and offload:
        start_ps, end_ps = offload[0].start_ps, offload[-1].end_ps
        margin_ps = (end_ps - start_ps) // MARGIN
        span_ps = (max(start_ps - margin_ps, 0), end_ps + margin_ps)
    return Layout(span_ps, markers, CLOSED, ORDER)


def wave_rows(files: Mapping[str, Path]) -> tuple[tuple[str, str], ...]:
    """Return a line for each file of the waves."""
    return tuple((what, path.name) for what, path in files.items())
