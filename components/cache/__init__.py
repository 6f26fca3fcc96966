"""Caches: one behaviour for every level and TLB, the module around it, and its policies."""

from components.cache import policies
from components.cache.cache import Cache
from components.cache.config import (
    CacheConfig,
    InstructionCacheConfig,
    LastLevelConfig,
    SecondLevelConfig,
    TlbConfig,
)
from components.cache.plug_ins import prefetcher, replacement

__all__ = [
    "Cache",
    "CacheConfig",
    "InstructionCacheConfig",
    "LastLevelConfig",
    "SecondLevelConfig",
    "TlbConfig",
    "policies",
    "prefetcher",
    "replacement",
]
