"""What a probe looks like in a wave file."""

from dataclasses import dataclass
from typing import Any

import pytest

from cosim import ElaborationError, Gauge, Simulator
from tests.waveforms.machine import Controller, run
from waveforms.selection import Selection
from waveforms.traces import Look, trace_of, traces_of


@dataclass
class Owner:
    """A module that was never checked by the kernel."""

    path: str
    now_ps: int = 0
    pulses: Any = None


def gauge(path: str, **kind: Any) -> Gauge:
    owner, _, name = path.rpartition(".")
    return Gauge(Owner(owner), name, "a gauge", **kind)


LOOKS = {
    "state": Look.STATE,
    "busy": Look.BIT,
    "ready": Look.SIGNED,
    "remaining": Look.UNSIGNED,
    "note": Look.TEXT,
    "done": Look.BIT,
    "jobs": Look.EVENT,
    "waits": Look.EVENT,
    "job": Look.SPAN,
    "spent": Look.POWER,
    "output": Look.REAL,
}


@pytest.mark.parametrize(("name", "look"), LOOKS.items())
def test_each_kind_of_probe_has_its_look(name, look):
    trace = next(trace_of(probe) for probe in run().probes() if probe.name == name)
    assert trace is not None
    assert trace.look is look


def test_a_counter_held_by_compiled_code_is_not_drawn():
    held = next(probe for probe in run().probes() if probe.kind == "held")
    assert trace_of(held) is None


def test_scopes_keep_their_brackets_and_leaves_get_round_ones():
    trace = trace_of(gauge("soc.tile[3].code[7]", width_bits=3))
    assert trace is not None
    assert trace.path == "soc.tile[3].code(7)"
    assert trace.is_lane


@pytest.mark.parametrize(
    "path", ["soc.a name", "soc.", "soc.$end", "soc.new\nline", "so c.x", "soc.é", "soc.7up"]
)
def test_a_name_that_gtkwave_cannot_read_is_refused(path):
    with pytest.raises(ElaborationError, match=r"must be letters, digits, _ and \[index\]"):
        trace_of(gauge(path))


def test_two_probes_of_one_name_are_refused():
    with Simulator() as sim:
        module = Controller("soc", sim)
        module.parts["again"] = Gauge(module, "busy", "the same name again")
        sim.elaborate()
        with pytest.raises(ElaborationError, match=r"soc\.busy must name one probe; two have"):
            traces_of(sim, Selection())
