"""The analog part's configuration as one tree."""

from typing import ClassVar

from components.analog.amplifier import AmplifierConfig
from components.analog.arrays import Level
from components.analog.converters import AdcConfig
from components.analog.device import MtjConfig
from components.analog.mapping import GeometryConfig
from components.analog.neuron import NeuronConfig
from components.analog.power import WriteConfig
from components.analog.settling import SettlingConfig
from components.analog.variation import FaultConfig, SpreadConfig
from components.analog.wires import WireConfig
from cosim.config import Config, param
from cosim.spread import spread


class AnalogConfig(Config):
    """What happens inside the subarrays, how exactly, and how long it takes."""

    stands_for: ClassVar[str] = "level"

    level: Level = param(
        "virtual_ground", doc="how exactly a crossbar is computed",
        source="estimate: sense lines at virtual ground, as arXiv:2105.13904 words it",
    )  # fmt: skip
    vdd_v: float = param(
        0.8, doc="supply; inputs are driven at -VDD, 0, +VDD", low=0.2, high=1.2,
        source="arXiv:2105.13904 section II (14 nm HP PTM); IMAC-Sim param.inc",
        spread=spread(0.97, 1.03, "estimate: a regulator on the chip"),
    )  # fmt: skip
    layer_ps: int | None = param(
        None, doc="settling time of a layer; without one it follows from size and bandwidth", low=1,
        source="the user's choice", spread=spread(1.0, 1.0, "the user's choice"),
    )  # fmt: skip
    geometry: GeometryConfig = param(GeometryConfig(), doc="subarrays")
    mtj: MtjConfig = param(MtjConfig(), doc="junction")
    spread: SpreadConfig = param(SpreadConfig(), doc="spread between junctions")
    faults: FaultConfig = param(FaultConfig(), doc="junctions that fail")
    wires: WireConfig = param(WireConfig(), doc="wires and tiles")
    amplifier: AmplifierConfig = param(AmplifierConfig(), doc="amplifier")
    neuron: NeuronConfig = param(NeuronConfig(), doc="neuron")
    adc: AdcConfig = param(AdcConfig(), doc="output converters")
    write: WriteConfig = param(WriteConfig(), doc="writing the weights")
    settling: SettlingConfig = param(SettlingConfig(), doc="capacitances")
