"""What the convolver did, as counts of the constants that make energy of it.

Models:     conduction to first order around its constants; everything else in proportion.
Leaves out: how windows follow the amplifiers' bandwidth, and delays: shots hide behind transfers.
Checked by: tests/components/test_convolver.py
"""

from collections.abc import Mapping

from components.analog import Mtj
from components.analog.power import exponents
from components.imac.convolver.config import ConvolverConfig
from cosim.activity import Term, metered_term


def activity(config: ConvolverConfig, spent_pj: Mapping[str, float], moved_pj: float) -> list[Term]:
    """Return the terms of all parts for what they have spent, in pJ."""
    analog = config.analog
    constants = {
        "array": ("synapse ns", exponents(Mtj(analog.mtj), analog.vdd_v)),
        "neurons": ("neuron ns", {"neuron.power_uw": 1.0}),
        "amplifiers": ("amplifier ns", {"amplifier.quiescent_uw": 1.0}),
        "adc": ("codes", {"adc.conversion_pj": 1.0}),
        "configuration": ("junctions", {"write.junction_pj": 1.0}),
    }
    found = [
        metered_term(cause, spent_pj[cause], unit, powers, analog).below("analog")
        for cause, (unit, powers) in constants.items()
    ]
    buffer = metered_term("buffer", moved_pj, "bits", {"bit_pj": 1.0}, config.buffer)
    control = metered_term(
        "control", spent_pj["control"], "ns", {"active_mw": 1.0}, config.controller
    )
    return [*found, buffer.below("buffer"), control.below("controller")]
