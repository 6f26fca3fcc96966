"""What joins parts by address: the memory bus, the co-processor bus, and a DMA engine."""

from components.interconnect.bus import Bus, BusConfig
from components.interconnect.coprocessor_bus import CoprocessorBus, CoprocessorBusConfig
from components.interconnect.dma import Dma, DmaConfig

__all__ = ["Bus", "BusConfig", "CoprocessorBus", "CoprocessorBusConfig", "Dma", "DmaConfig"]
