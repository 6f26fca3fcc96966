"""The hand-off protocols of the IMAC co-processor, by name."""

from components.imac.protocols.blocking import Blocking
from components.imac.protocols.dma import Dma, DmaConfig
from components.imac.protocols.double_buffer import DoubleBuffer, DoubleBufferConfig
from components.imac.protocols.early_exit import EarlyExit, EarlyExitConfig
from components.imac.protocols.interrupt import Interrupt
from components.imac.protocols.mapped import Mapped
from components.imac.protocols.polling import Polling, PollingConfig
from components.imac.protocols.tagged import Tagged, TaggedConfig
from components.imac.protocols.timer import Timer
from components.imac.protocols.vector import Vector, VectorConfig

NAMES = (
    "timer",
    "polling",
    "interrupt",
    "blocking",
    "vector",
    "dma",
    "mapped",
    "tagged",
    "early_exit",
    "double_buffer",
)
"""Protocols that come with the co-processor."""

__all__ = [
    "NAMES",
    "Blocking",
    "Dma",
    "DmaConfig",
    "DoubleBuffer",
    "DoubleBufferConfig",
    "EarlyExit",
    "EarlyExitConfig",
    "Interrupt",
    "Mapped",
    "Polling",
    "PollingConfig",
    "Tagged",
    "TaggedConfig",
    "Timer",
    "Vector",
    "VectorConfig",
]
