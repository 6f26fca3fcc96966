"""Intermittent power: harvester, capacitor, thresholds, saved state, and policies for it."""

from components.power.config import (
    CapacitorConfig,
    CheckpointConfig,
    HarvesterConfig,
    SleepConfig,
    StartConfig,
    SupplyConfig,
    ThresholdsConfig,
)
from components.power.intermittent import Intermittent, Outcome, Powered
from components.power.policies import (
    GO_ON,
    POLICIES,
    SAVE,
    SAVE_AND_SLEEP,
    Reserve,
    SavePolicy,
    policy,
)
from components.power.rail import GOOD_ADDRESS, OUTAGES_ADDRESS, Rail
from components.power.sources import SOURCES, Course, PowerSource, course_of, source
from components.power.supply import PowerSupply
from components.power.traces import read_trace

__all__ = [
    "GOOD_ADDRESS",
    "GO_ON",
    "OUTAGES_ADDRESS",
    "POLICIES",
    "SAVE",
    "SAVE_AND_SLEEP",
    "SOURCES",
    "CapacitorConfig",
    "CheckpointConfig",
    "Course",
    "HarvesterConfig",
    "Intermittent",
    "Outcome",
    "PowerSource",
    "PowerSupply",
    "Powered",
    "Rail",
    "Reserve",
    "SavePolicy",
    "SleepConfig",
    "StartConfig",
    "SupplyConfig",
    "ThresholdsConfig",
    "course_of",
    "policy",
    "read_trace",
    "source",
]
