"""What the co-processor did, as counts of the constants that make energy and time of it.

Models:     power of arrays, neurons and amplifiers over the window in which word lines are on, so
            a faster amplifier saves energy too; conduction to first order around its constants.
Leaves out: what other constants would do to the values computed.
Checked by: tests/components/test_imac_activity.py
"""

from collections.abc import Iterable, Mapping, Sequence

from components.analog import AnalogNetwork
from components.analog.power import exponents
from components.analog.window import (
    BANDWIDTH,
    CONVERSION,
    LAYER,
    SETTLING_PS_HZ,
    window_powers,
)
from components.imac.buffer import Buffer
from components.imac.controller import Controller
from components.imac.jobs import Job
from components.imac.subarray import Subarray
from cosim.activity import Term, metered_term
from cosim.units import PS_PER_S


def activity(subarrays: Iterable[Subarray], controllers: Sequence[Controller]) -> list[Term]:
    """Return the terms of all parts; each controller has a buffer of its own."""
    first = controllers[0]
    path = first.data_path
    network, adc = path.network, path.adc
    moved_pj = sum(one.data_path.buffer.access.value for one in controllers)
    active_pj = sum(one.active.value for one in controllers)
    analog = network.config
    conduction = exponents(network.mtj, analog.vdd_v)
    found, written_pj = [], 0.0
    for subarray in subarrays:
        written_pj += subarray.writing.value
        if subarray.seat is None:
            continue
        window = _window(network, network.placements[subarray.seat.index].layer, path.log.done)
        drawn = (
            ("array", subarray.array, "synapse ns", conduction),
            ("buffers", subarray.buffers, "synapse ns", conduction),
            ("neurons", subarray.neurons, "neuron ns", {"neuron.power_uw": 1.0}),
            ("amplifiers", subarray.amplifiers, "amplifier ns", {"amplifier.quiescent_uw": 1.0}),
        )
        for cause, probe, unit, constants in drawn:
            found.append(metered_term(cause, probe.value, unit, {**constants, **window}, analog))
    found.append(metered_term("adc", adc.spent.value, "codes", {"adc.conversion_pj": 1}, analog))
    writing = {"write.junction_pj": 1.0}
    return [
        *(one.below("analog") for one in found),
        _of_part("buffer", moved_pj, "bits", "bit_pj", path.buffer),
        _of_part("control", active_pj, "ns", "active_mw", first, "controller"),
        metered_term("configuration", written_pj, "junctions", writing, analog).below("analog"),
    ]


def delays(network: AnalogNetwork, accesses: int, jobs: int, clock_hz: int) -> list[Term]:
    """Return what constants make the core wait for accesses to the port, and for jobs, in ps."""
    layers, config = jobs * len(network.layers), network.config
    settling = Term("arrays", layers * SETTLING_PS_HZ, "ps Hz", {BANDWIDTH: -1})
    if config.layer_ps:
        settling = Term("arrays", layers, "layers", {LAYER: 1})
    conversion = Term("arrays", jobs, "jobs", {CONVERSION: 1})
    port_ps = accesses * PS_PER_S / clock_hz
    port = Term("hand-off", port_ps, "ps", {"buffer.access_cycles": 1})
    return [port, settling.below("analog"), conversion.below("analog")]


def _window(network: AnalogNetwork, layer: int, jobs: Sequence[Job]) -> Mapping[str, float]:
    """Return what the window of a layer follows; it ends with the codes in the buffer."""
    if not jobs:
        return {}
    whole_ps = sum(job.done_ps - job.start_ps for job in jobs) // len(jobs)
    return window_powers(network, layer, whole_ps, len(jobs[-1].layers))


def _of_part(
    cause: str, energy_pj: float, unit: str, constant: str, part: Buffer | Controller, at: str = ""
) -> Term:
    return metered_term(cause, energy_pj, unit, {constant: 1}, part.config).below(at or cause)
