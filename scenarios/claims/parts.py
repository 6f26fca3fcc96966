"""Measurements on single parts: junction, neuron, subarrays, hand-off.

Checked by: tests/scenarios/test_claims_parts.py
"""

import numpy as np

from components.analog import AnalogConfig, Mtj, MtjConfig, NeuronConfig, map_layers
from components.analog.neuron import power_uw
from components.analog.power import JUNCTIONS_PER_SYNAPSE
from components.imac import Imac, ImacConfig
from cosim import Clock, Module, Simulator, initiator_socket, override
from scenarios.accuracy.examined import read
from scenarios.claims.asked import Asked, Figures
from scenarios.claims.verdicts import Measured
from scenarios.networks.catalogue import find
from scenarios.networks.encodings import HandOff, shortest
from scenarios.networks.weights import Weights

BITS_PER_KIB = 8 * 1024
OHM_PER_MEGOHM = 1e6
PAPER_CLOCK_HZ = 3_700_000_000
"""Clock of the desktop core whose cycles section IV counts."""

FINS = (4, 10)
"""Fins that fit the published power, and fins of the authors' netlist neuron.sp."""

SAMPLE = 200
"""Images whose signs show which of the three values occur."""


class Idle(Module):
    """A core that asks for nothing."""

    coprocessor = initiator_socket("co-processor bus")


def junction(_: Asked) -> Figures:
    """Return the resistances that Table I's geometry and material give."""
    config = MtjConfig()
    mtj = Mtj(config)
    area_um2 = np.pi / 4 * config.length_nm * config.width_nm * 1e-6
    return {
        "area_um2": Measured(area_um2),
        "parallel_ohm": Measured(OHM_PER_MEGOHM / mtj.parallel_usiemens),
        "antiparallel_ohm": Measured(OHM_PER_MEGOHM / float(mtj.antiparallel_usiemens(0.0))),
        "resistance_area": Measured(config.resistance_area),
        "tmr0_percent": Measured(config.tmr0_percent),
        "half_tmr_v": Measured(config.half_tmr_v),
    }


def neuron(_: Asked) -> Figures:
    """Return the mean power over all inputs from 0 to VDD."""
    config = AnalogConfig()
    mtj, inputs_v = Mtj(config.mtj), np.linspace(0.0, config.vdd_v, 801)
    measured = NeuronConfig(form="measured")
    found = float(power_uw(measured, inputs_v, mtj, config.vdd_v).mean())
    by_fins = [
        float(power_uw(NeuronConfig(form="ekv", fins=fins), inputs_v, mtj, config.vdd_v).mean())
        for fins in FINS
    ]
    told = ", ".join(
        f"{fins} fins {uw:.0f} uW" for fins, uw in zip(FINS, by_fins, strict=True)
    )  # fmt: skip
    return {"power_uw": Measured(found, told=f"by EKV transistors: {told}")}


def subarrays(_: Asked) -> Figures:
    """Return what the subarrays hold, and how many both networks need."""
    config = AnalogConfig().geometry
    bits = config.subarrays * config.columns * config.rows
    used = {
        name: len(map_layers(find(name).programmed, config)) for name in ("lenet5", "vgg16")
    }  # fmt: skip
    told = ", ".join(f"{name} {count}" for name, count in used.items())
    junctions_kib = JUNCTIONS_PER_SYNAPSE * bits / BITS_PER_KIB
    return {
        "kib": Measured(bits / BITS_PER_KIB, told=f"in junctions it is {junctions_kib:.0f} KiB"),
        "needed": Measured(max(used.values()), told=told),
        "write_cycles": _write_cycles(find("lenet5")),
    }


def _write_cycles(weights: Weights) -> Measured:
    """Write all weights of a simulated co-processor; return cycles for each output of a layer."""
    config = override(ImacConfig(), "configuration", "at_start")
    with Simulator() as simulator:
        imac = Imac("imac", simulator, layers=weights.programmed, config=config,
                    clock=Clock(PAPER_CLOCK_HZ))  # fmt: skip
        Idle("core", simulator).coprocessor.bind(imac.bus)
        written_ps: list[int] = []
        first = imac.subarrays[0]
        first.row.listen(lambda when_ps, _: written_ps.append(when_ps))
        simulator.run()
    cycles = written_ps[-1] / config.analog.write.row_ps
    outputs = weights.programmed[0].outputs
    told = f"{cycles:.0f} cycles for the {outputs} outputs of {weights.programmed[0].name}"
    return Measured(cycles / outputs, told=told)


def hand_off(_: Asked) -> Figures:
    """Return the bytes and the values that real features need in the buffer."""
    needed, values, ternary = {}, set[int](), {}
    for name in ("lenet5", "vgg16"):
        weights = find(name)
        signs = read(weights, None, SAMPLE).signs
        values |= set(np.unique(signs).tolist())
        features = weights.network.features
        needed[name] = HandOff(shortest(signs), features).size_bytes
        ternary[name] = HandOff("ternary2b", features).size_bytes
    told = ", ".join(f"{name} {size}" for name, size in needed.items())
    three = ", ".join(f"{name} {size}" for name, size in ternary.items())
    return {
        "bytes": Measured(max(needed.values()), told=f"{told}; three values would need {three}"),
        "values": Measured(len(values), told=f"the signs that occur are {sorted(values)}"),
    }
