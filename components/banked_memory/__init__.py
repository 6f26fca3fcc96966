"""A memory of banks with open rows: ChampSim's, for comparison with its results."""

from components.banked_memory.config import BankedMemoryConfig
from components.banked_memory.memory import BankedMemory

__all__ = ["BankedMemory", "BankedMemoryConfig"]
