"""A ReRAM crossbar accelerator of quantised networks: analog products, converters, shift-add."""

from components.reram_crossbar.accelerator import ReramAccelerator
from components.reram_crossbar.config import ReramConfig
from components.reram_crossbar.machine import ReramMachine

__all__ = ["ReramAccelerator", "ReramConfig", "ReramMachine"]
