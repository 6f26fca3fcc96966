"""A CMOS accelerator of quantised networks: a core of binary weights, and eDRAM."""

from components.cmos_accelerator.accelerator import CmosAccelerator
from components.cmos_accelerator.config import CmosConfig
from components.cmos_accelerator.machine import CmosMachine

__all__ = ["CmosAccelerator", "CmosConfig", "CmosMachine"]
