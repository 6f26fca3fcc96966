"""Caches: one behaviour for every level, and the module around it."""

from components.cache.cache import Cache
from components.cache.config import (
    CacheConfig,
    InstructionCacheConfig,
    LastLevelConfig,
    SecondLevelConfig,
)

__all__ = [
    "Cache",
    "CacheConfig",
    "InstructionCacheConfig",
    "LastLevelConfig",
    "SecondLevelConfig",
]
