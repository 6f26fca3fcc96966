"""The core: programs, its behaviour, its module, and the island that runs it fast."""

from components.cpu.config import CoreConfig, LatencyConfig, PortConfig
from components.cpu.core import Core
from components.cpu.island import Island
from components.cpu.predictors import predictor

__all__ = ["Core", "CoreConfig", "Island", "LatencyConfig", "PortConfig", "predictor"]
