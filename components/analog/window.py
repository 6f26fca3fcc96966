"""How long word lines are on, and which constants that follows.

Models:     from a layer's inputs until the codes are there: settling of this layer and of those
            behind it, then conversion. Of a layer's settling the amplifier's part follows its
            bandwidth; wires and neuron are a hundredth of it.
Leaves out: how settling follows capacitances.
Source:     components/analog/settling.py
Checked by: tests/components/test_imac_activity.py, tests/scenarios/test_analog_mapping.py
"""

from math import log, pi

from components.analog.network import AnalogNetwork
from components.analog.settling import SETTLED
from cosim.units import PS_PER_S

BANDWIDTH, CONVERSION, LAYER = "amplifier.bandwidth_hz", "adc.conversion_ps", "layer_ps"

SETTLING_PS_HZ = -log(SETTLED) * PS_PER_S / (2 * pi)
"""Settling time of an amplifier in ps, times its bandwidth in Hz."""


def window_powers(
    network: AnalogNetwork, layer: int, whole_ps: int, computed: int | None = None
) -> dict[str, float]:
    """Return to which power the window of a layer's word lines follows each constant.

    `whole_ps` is the window of the first layer, `computed` how many layers settle in it; all of
    them without an early exit. One behind it has begun to settle when the conversion ends it.
    """
    config, settling_ps = network.config, network.layers_ps[:computed]
    lasts_ps = whole_ps - sum(settling_ps[:layer])
    settling_ps = settling_ps[layer:]
    found = {CONVERSION: config.adc.conversion_ps / lasts_ps}
    if config.layer_ps:
        return found | {LAYER: sum(settling_ps) / lasts_ps}
    amplifiers_ps = len(settling_ps) * SETTLING_PS_HZ / config.amplifier.bandwidth_hz
    return found | {BANDWIDTH: -amplifiers_ps / lasts_ps}
