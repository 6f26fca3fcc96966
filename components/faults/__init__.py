"""Faults that strike a machine: flipped bits, stuck subarrays, lost interrupts, bus errors."""

from components.faults.config import FaultsConfig
from components.faults.faults import FAULT_KINDS, Fault, Faults
from components.faults.saboteurs import FaultyBus, FaultyLine

__all__ = ["FAULT_KINDS", "Fault", "Faults", "FaultsConfig", "FaultyBus", "FaultyLine"]
