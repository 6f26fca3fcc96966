"""Memories by name: speed grade, width of a channel, number of channels, table of currents.

A name is `lpddr3_1600_x64`, with `_2ch` for two channels and `_gem5` for gem5's currents behind;
every value of them stands with its source in timing.py and currents.py.
"""

from itertools import product

from components.lpddr3.currents import GEM5, REV_D
from components.lpddr3.parameters import Lpddr3Config
from components.lpddr3.timing import LPDDR3_1600, LPDDR3_1866, Organisation
from cosim.errors import ConfigError
from cosim.names import hint

SPEEDS = {"1600": LPDDR3_1600, "1866": LPDDR3_1866}
DIES = {"x64": 2, "x32": 1}
CHANNELS = {"": 1, "_2ch": 2}
CURRENTS = {"": REV_D, "_gem5": GEM5}

PRESETS = {
    f"lpddr3_{speed}_{width}{channels}{currents}": Lpddr3Config(
        speed=SPEEDS[speed],
        organisation=Organisation(dies=DIES[width], channels=CHANNELS[channels]),
        currents=CURRENTS[currents],
    )
    for speed, width, channels, currents in product(SPEEDS, DIES, CHANNELS, CURRENTS)
}

DEFAULT_PRESET = "lpddr3_1600_x64"


def preset(name: str) -> Lpddr3Config:
    """Return the memory of a name; case and the kind of hyphen do not matter.

    Raises ConfigError, with the nearest known name, for an unknown one.
    """
    known = name.lower().replace("-", "_")
    if known not in PRESETS:
        raise ConfigError(
            f"a preset must be named as {DEFAULT_PRESET}, not {name!r}{hint(known, PRESETS)}"
        )
    return PRESETS[known]
