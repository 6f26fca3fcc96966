"""Currents of one die, per supply rail, in mA: the rows of a datasheet's IDD table.

Sources by short name: gem5, class LPDDR3_1600_1x32 of v24.0 ("current values from datasheet");
Rev. D, the datasheet 178b_8-16gb_2c0f_mobile_lpddr3 as transcribed in gaomy3832/energydram.
"""

from typing import Any

from cosim.config import Config, param
from cosim.spread import Spread, spread

DIE = spread(
    0.7, 1.0, "estimate: a datasheet's IDD is what no die may exceed; most draw less", "die"
)
OWN = spread(0.95, 1.05, "estimate: dies that draw less do not so in every state alike")
SUPPLIES = spread(
    0.97, 1.03, "estimate: regulated well within JESD209-3C, 1.14 to 1.30 V for 1.2 V"
)

BOTH = "gem5, Rev. D"


def current(idd_ma: float, doc: str, source: str, own: Spread = OWN) -> Any:
    """Declare one current of a die."""
    return param(idd_ma, doc=doc, unit="mA", low=0.0, high=1000.0, source=source, spread=(DIE, own))


def supply(volts: float, doc: str, low: float, high: float) -> Any:
    """Declare one supply of a die."""
    return param(volts, doc=doc, low=low, high=high, source="DS page 1", spread=SUPPLIES)


class CoreRail1(Config):
    """VDD1, 1.8 V."""

    supply_v: float = supply(1.8, "VDD1", 1.0, 2.0)
    idd0_ma: float = current(8.0, "one bank activates and precharges at tRC", BOTH)
    idd2p_ma: float = current(0.8, "power-down, all banks closed", BOTH)
    idd2n_ma: float = current(0.8, "standby, all banks closed", BOTH)
    idd3p_ma: float = current(1.4, "power-down, a bank open", BOTH)
    idd3n_ma: float = current(2.0, "standby, a bank open", BOTH)
    idd4r_ma: float = current(2.0, "reading without gaps", BOTH)
    idd4w_ma: float = current(2.0, "writing without gaps", BOTH)
    idd5_ma: float = current(28.0, "refreshing all banks at tRFCab", BOTH)
    idd6_ma: float = current(0.5, "self-refresh", "gem5; Rev. D as transcribed has none")


class CoreRail2(Config):
    """VDD2, 1.2 V."""

    supply_v: float = supply(1.2, "VDD2", 1.0, 2.0)
    idd0_ma: float = current(60.0, "one bank activates and precharges at tRC", BOTH)
    idd2p_ma: float = current(1.8, "power-down, all banks closed", BOTH)
    idd2n_ma: float = current(26.0, "standby, all banks closed", BOTH)
    idd3p_ma: float = current(11.0, "power-down, a bank open", BOTH)
    idd3n_ma: float = current(34.0, "standby, a bank open", BOTH)
    idd4r_ma: float = current(230.0, "reading without gaps", BOTH)
    idd4w_ma: float = current(
        240.0, "writing without gaps", "Rev. D; gem5 has 190",
        spread(0.79, 1.05, "gem5: 190 mA"),
    )  # fmt: skip
    idd5_ma: float = current(150.0, "refreshing all banks at tRFCab", BOTH)
    idd6_ma: float = current(1.8, "self-refresh", "gem5; Rev. D as transcribed has none")


class InputRail(Config):
    """VDDCA and VDDQ, 1.2 V: clock and input buffers; output drivers are not in it."""

    supply_v: float = supply(1.2, "VDDCA and VDDQ", 1.0, 2.0)
    idd0_ma: float = current(6.0, "one bank activates and precharges at tRC", "Rev. D, CKE high")
    idd2p_ma: float = current(0.2, "power-down, all banks closed", "Rev. D")
    idd2n_ma: float = current(6.0, "standby, all banks closed", "Rev. D")
    idd3p_ma: float = current(0.2, "power-down, a bank open", "Rev. D")
    idd3n_ma: float = current(6.0, "standby, a bank open", "Rev. D")
    idd4r_ma: float = current(6.0, "reading without gaps", "Rev. D, CKE high")
    idd4w_ma: float = current(6.0, "writing without gaps", "Rev. D, CKE high")
    idd5_ma: float = current(6.0, "refreshing all banks at tRFCab", "Rev. D, CKE high")
    idd6_ma: float = current(0.2, "self-refresh", "estimate: as IDD2P, the inputs are off")


class Currents(Config):
    """All rails of a die; the default is Rev. D of the datasheet."""

    vdd1: CoreRail1 = param(CoreRail1(), doc="first core supply")
    vdd2: CoreRail2 = param(CoreRail2(), doc="second core supply")
    input: InputRail = param(InputRail(), doc="input buffers and clock")
    io_pj_per_bit: float = param(
        0.0,
        doc="energy of the data pins, both ends; no IDD counts it",
        unit="pJ",
        low=0.0,
        high=50.0,
        source="estimate: left out; HSUL_12 unterminated with 5 pF, half the bits toggling, "
        "would be 1.8 pJ",
        spread=spread(0.5, 2.0, "estimate: 2 to 10 pF, and data that toggle less or more"),
    )


NO_INPUT_RAIL = InputRail(
    idd0_ma=0.0, idd2p_ma=0.0, idd2n_ma=0.0, idd3p_ma=0.0, idd3n_ma=0.0,
    idd4r_ma=0.0, idd4w_ma=0.0, idd5_ma=0.0, idd6_ma=0.0,
)  # fmt: skip

REV_D = Currents()
GEM5 = Currents(vdd2=CoreRail2(idd4w_ma=190.0), input=NO_INPUT_RAIL)
"""gem5's table: 190 mA for IDD4W on VDD2 and no input rail."""
