"""The arrays that a cache's behaviour works on, made from its configuration."""

from typing import NamedTuple

import numpy as np

from components.cache.config import PREFETCHERS, REPLACEMENTS, CacheConfig
from components.cache.records import CACHE, RANDOM_SEED, TARGET, new_lines, new_slots
from cosim import Clock
from cosim.compiled import Records

COPIED = (
    "ways", "hit_cycles", "fill_cycles", "miss_cycles", "tags_per_cycle", "fills_per_cycle",
    "mshrs", "targets", "stores_refresh", "stores_answer_early",
)  # fmt: skip
"""Parameters whose field in CACHE has the same name."""


class Tables(NamedTuple):
    """Records of one cache, in the order of the behaviour's parameters."""

    state: Records
    lines: Records
    slots: Records
    targets: Records


def new_tables(config: CacheConfig, clock: Clock) -> Tables:
    """Return the records of an empty cache; raises ConfigError if its size has no sets."""
    sets = config.sets
    state: Records = np.zeros(1, CACHE)
    cache = state[0]
    cache.p, cache.q = clock.p, clock.q
    cache.line_shift = config.line_bytes.bit_length() - 1
    cache.set_mask = sets - 1
    for name in COPIED:
        cache[name] = int(getattr(config, name))
    cache.replacement = REPLACEMENTS[config.replacement]
    cache.prefetcher = PREFETCHERS[config.prefetcher]
    cache.random = RANDOM_SEED
    slots = config.mshrs + config.write_backs
    targets: Records = np.zeros(slots * config.targets, TARGET)
    return Tables(state, new_lines(sets * config.ways), new_slots(slots), targets)
