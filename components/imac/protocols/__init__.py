"""The hand-off protocols of the IMAC co-processor, by name."""

from components.imac.protocols.polling import Polling, PollingConfig
from components.imac.protocols.timer import Timer

NAMES = ("timer", "polling")
"""Protocols that come with the co-processor."""

__all__ = ["NAMES", "Polling", "PollingConfig", "Timer"]
