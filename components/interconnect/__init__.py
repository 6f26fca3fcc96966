"""What joins parts by address: the memory bus and the co-processor bus."""

from components.interconnect.bus import Bus, BusConfig
from components.interconnect.coprocessor_bus import CoprocessorBus, CoprocessorBusConfig

__all__ = ["Bus", "BusConfig", "CoprocessorBus", "CoprocessorBusConfig"]
