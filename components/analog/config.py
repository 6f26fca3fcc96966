"""The analog part's configuration as one tree."""

from components.analog.converters import AdcConfig
from components.analog.crossbar import Level
from components.analog.device import MtjConfig
from components.analog.mapping import GeometryConfig
from components.analog.neuron import NeuronConfig
from components.analog.power import WriteConfig
from cosim.config import Config, param


class AnalogConfig(Config):
    """What happens inside the subarrays, how exactly, and how long it takes."""

    level: Level = param(
        "virtual_ground", doc="how exactly a crossbar is computed",
        source="estimate: sense lines at virtual ground, as arXiv:2105.13904 words it",
    )  # fmt: skip
    vdd_v: float = param(
        0.8, doc="supply; inputs are driven at -VDD, 0, +VDD", low=0.2, high=1.2,
        source="arXiv:2105.13904 section II (14 nm HP PTM); IMAC-Sim param.inc",
    )  # fmt: skip
    layer_ps: int = param(
        5_000, doc="column drive, amplifier and neuron of one layer, settled to 1 percent", low=1,
        source="estimate: two layers in the 40 cycles at 3.7 GHz of arXiv:2105.13904 section IV;"
        " the amplifier's time, 4.6 time constants at 146 MHz; array and neuron take 0.1 ns",
    )  # fmt: skip
    geometry: GeometryConfig = param(GeometryConfig(), doc="subarrays")
    mtj: MtjConfig = param(MtjConfig(), doc="junction")
    neuron: NeuronConfig = param(NeuronConfig(), doc="neuron and amplifier")
    adc: AdcConfig = param(AdcConfig(), doc="output converters")
    write: WriteConfig = param(WriteConfig(), doc="writing the weights")

    def latency_ps(self, layers: int) -> int:
        """Return the time from inputs to codes of a chain of layers."""
        return layers * self.layer_ps + self.adc.conversion_ps
