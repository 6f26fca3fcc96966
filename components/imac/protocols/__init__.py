"""The hand-off protocols of the IMAC co-processor, by name."""

from components.imac.protocols.blocking import Blocking
from components.imac.protocols.interrupt import Interrupt
from components.imac.protocols.polling import Polling, PollingConfig
from components.imac.protocols.timer import Timer
from components.imac.protocols.vector import Vector, VectorConfig

NAMES = ("timer", "polling", "interrupt", "blocking", "vector")
"""Protocols that come with the co-processor."""

__all__ = [
    "NAMES",
    "Blocking",
    "Interrupt",
    "Polling",
    "PollingConfig",
    "Timer",
    "Vector",
    "VectorConfig",
]
