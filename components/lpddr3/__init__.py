"""LPDDR3 memory: device tables, command-level controller, energy per command."""

from components.lpddr3.controller import Lpddr3
from components.lpddr3.currents import GEM5, REV_D, Currents
from components.lpddr3.mapping import AddressMapping
from components.lpddr3.parameters import (
    Lpddr3Config,
    PowerSaving,
    Refreshing,
    Scheduling,
    new_memory,
)
from components.lpddr3.player import Player, Replay, replay
from components.lpddr3.playing import Trace
from components.lpddr3.presets import PRESETS, preset
from components.lpddr3.timing import (
    LPDDR3_1600,
    LPDDR3_1866,
    ONE_DIE_X32,
    TWO_DIES_X64,
    Organisation,
    SpeedGrade,
)

__all__ = [
    "GEM5",
    "LPDDR3_1600",
    "LPDDR3_1866",
    "ONE_DIE_X32",
    "PRESETS",
    "REV_D",
    "TWO_DIES_X64",
    "AddressMapping",
    "Currents",
    "Lpddr3",
    "Lpddr3Config",
    "Organisation",
    "Player",
    "PowerSaving",
    "Refreshing",
    "Replay",
    "Scheduling",
    "SpeedGrade",
    "Trace",
    "new_memory",
    "preset",
    "replay",
]
