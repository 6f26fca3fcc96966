"""What the co-processor did, as counts of the constants that make energy and time of it.

Models:     power of arrays, neurons and amplifiers over the window in which word lines are on, so
            a faster amplifier saves energy too; conduction to first order around its constants.
Leaves out: what other constants would do to the values computed.
Checked by: tests/components/test_imac_activity.py
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log, pi

from components.analog import AnalogNetwork
from components.analog.power import exponents
from components.analog.settling import SETTLED
from components.imac.buffer import Buffer
from components.imac.controller import Controller
from components.imac.jobs import Job
from components.imac.subarray import Subarray
from cosim.activity import Term, metered_term
from cosim.units import PS_PER_S

BANDWIDTH, CONVERSION, LAYER = "amplifier.bandwidth_hz", "adc.conversion_ps", "layer_ps"


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
    settling = Term("arrays", layers * _amplifier_ps(), "ps Hz", {BANDWIDTH: -1})
    if config.layer_ps:
        settling = Term("arrays", layers, "layers", {LAYER: 1})
    conversion = Term("arrays", jobs, "jobs", {CONVERSION: 1})
    port_ps = accesses * PS_PER_S / clock_hz
    port = Term("hand-off", port_ps, "ps", {"buffer.access_cycles": 1})
    return [port, settling.below("analog"), conversion.below("analog")]


def _amplifier_ps(bandwidth_hz: float = 1.0) -> float:
    """Return how long an amplifier needs to settle."""
    return -log(SETTLED) * PS_PER_S / (2 * pi * bandwidth_hz)


def _window(network: AnalogNetwork, layer: int, jobs: Sequence[Job]) -> Mapping[str, float]:
    """Return to which powers the window of a layer's word lines follows what it lasts for.

    They are on from its inputs until the codes are in the buffer. A layer behind an early exit
    has begun to settle when the conversion ends it.
    """
    if not jobs:
        return {}
    config, computed = network.config, len(jobs[-1].layers)
    settling_ps = network.layers_ps[layer:computed]
    whole_ps = sum(job.done_ps - job.start_ps for job in jobs) / len(jobs)
    lasts_ps = whole_ps - sum(network.layers_ps[: min(layer, computed)])
    found = {CONVERSION: config.adc.conversion_ps / lasts_ps}
    if config.layer_ps:
        return found | {LAYER: sum(settling_ps) / lasts_ps}
    amplifiers_ps = len(settling_ps) * _amplifier_ps(config.amplifier.bandwidth_hz)
    return found | {BANDWIDTH: -amplifiers_ps / lasts_ps}


def _of_part(
    cause: str, energy_pj: float, unit: str, constant: str, part: Buffer | Controller, at: str = ""
) -> Term:
    return metered_term(cause, energy_pj, unit, {constant: 1}, part.config).below(at or cause)
