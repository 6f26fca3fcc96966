"""What a finished inference says of itself: lines above the tables, and where the waves open."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from components.faults import Faults
from components.imac import Imac
from components.imac.contract import HandOff
from scenarios.measures.metrics import Metrics
from waveforms.gtkw import MARKERS, Layout
from waveforms.timeline import Flow

SHOWN = ("fc1", "codes")
"""First and last stretch of a program that the first view shows: the job and its result."""

LEAD = 2
"""The first view begins one part in LEAD of its length before the job."""

ORDER = (
    "soc.core", "soc.coprocessor_bus", "soc.imac.controller", "soc.imac.ready", "soc.imac.timer",
    "soc.convolver", "soc.convolver.bank[*]", "soc.imac.sign_unit", "soc.imac.buffer",
    "soc.imac.subarray[*]", "soc.imac.adc", "soc.imac",
    "power", "soc.memory", "soc.bus",
)  # fmt: skip

CLOSED = ("soc.imac.subarray[3]", "soc.l1i", "soc.l1d", "soc.l2", "soc.llc")


OFFLOAD = Flow(
    "offload",
    "soc.core.layer",
    (
        "soc.imac.controller.transfer", "soc.imac.controller.job", "soc.imac.subarray[*].layer",
        "soc.imac.adc.conversion",
    ),
)  # fmt: skip
"""What a job goes through on the timeline, from the core and back to it."""


def layout(metrics: Metrics, violations: Mapping[str, int]) -> Layout:
    """Return how a viewer opens: at the first hand-off, with markers.

    One is where each layer begins, and one at each of the first `violations`, times by name.
    """
    first = [layer for layer in metrics.layers if layer.image == 0]
    markers = {layer.name: layer.start_ps for layer in first} | dict(violations)
    shown = [layer for layer in first if layer.name in SHOWN]
    span_ps = (0, max(metrics.time_ps, 1))
    if metrics.imac.jobs and shown:
        start_ps, end_ps = shown[0].start_ps, shown[-1].end_ps
        span_ps = (max(start_ps - (end_ps - start_ps) // LEAD, 0), end_ps)
    return Layout(span_ps, dict(islice(markers.items(), MARKERS)), CLOSED, ORDER)


def violations(imac: Imac | None, hand_off: HandOff | None = None) -> dict[str, int]:
    """Return when each misuse of the co-processor was, and what broke the contract of its hand-off.

    A misuse is named by its kind and number, a breach of contract by its event and state.
    """
    seen = imac.violations if imac is not None else ()
    broken = hand_off.violations if hand_off is not None else ()
    misuses = {f"{one.kind} {number}": one.at_ps for number, one in enumerate(seen, 1)}
    return misuses | {f"{one.event} in {one.state}": one.at_ps for one in reversed(broken)}


def struck(faults: Faults | None) -> dict[str, int]:
    """Return when each fault struck, by its kind and number."""
    log = faults.log if faults is not None else ()
    return {f"{fault.kind} {number}": fault.at_ps for number, fault in enumerate(log, 1)}


def wave_rows(files: Mapping[str, Path]) -> tuple[tuple[str, str], ...]:
    """Return a line for each file of the waves."""
    return tuple((what, path.name) for what, path in files.items())
