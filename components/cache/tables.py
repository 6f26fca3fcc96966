"""The arrays that a cache's behaviour works on, made from its configuration."""

from typing import NamedTuple

import numpy as np

from components.cache.config import CacheConfig, TlbConfig
from components.cache.plug_ins import (
    MOST_WANTED,
    NONE,
    Prefetcher,
    installed_prefetcher,
    installed_replacement,
)
from components.cache.records import (
    AHEAD,
    CACHE,
    CLASSES,
    COUNT,
    EMPTY,
    MOST_COMPANIONS,
    NOWHERE,
    PLACED,
    RANDOM_SEED,
    TARGET,
    TYPES,
    new_checks,
    new_slots,
)
from cosim import Clock
from cosim.compiled import Records
from cosim.lanes import with_spare

COPIED = (
    "ways", "hit_cycles", "fill_cycles", "tags_per_cycle", "fills_per_cycle", "mshrs", "targets",
    "write_backs", "prefetch_queue", "stores_refresh", "stores_answer_early",
    "sends_clean_lines", "prefetches_virtual", "allocates_stores",
)  # fmt: skip
"""Parameters whose field in CACHE has the same name."""

PLACES = 64
"""Lines written back from above that wait for their fill: more than ever do in one cycle."""


class Tables(NamedTuple):
    """Records of one cache, in the order of the behaviour's parameters.

    `tags` and `used` are (sets * ways,) int64 and their spare, `status` is (sets * ways,) int8,
    `frames` the same of int64 for a translation look-aside buffer, else (0,), `open` (classes,)
    int8; `slots` (MSHRs + write-backs,) of SLOT; `targets` (slots * targets per slot,) of TARGET;
    `checks` of CHECK; `placed` and `ahead` rings of PLACED and AHEAD; `wanted` (8,) lines; `words`
    what the prefetcher keeps; `counts` one COUNT per type.
    """

    state: Records
    tags: Records
    used: Records
    status: Records
    frames: Records
    open: Records
    slots: Records
    targets: Records
    checks: Records
    placed: Records
    ahead: Records
    wanted: Records
    words: Records
    counts: Records


def connect(state: Records, uppers: int, translates: bool, inner: int = 0) -> None:
    """Tell a cache how many ask it, whether it has a translator, and whose lines are included.

    `inner` has a bit for each port above that leads to such a cache.
    """
    cache = state[0]
    cache.uppers, cache.translates, cache.inner = uppers, int(translates), inner
    special = translates or cache.prefetcher != NONE or cache.is_exclusive or cache.writes_through
    cache.answers_at_once = int(not special and not inner)


def new_tables(config: CacheConfig | TlbConfig, clock: Clock) -> Tables:
    """Return the records of an empty cache with one port above and no translator.

    Raises ConfigError if its size has no sets.
    """
    sets = config.sets
    ahead = installed_prefetcher(getattr(config, "prefetcher", "none"))
    state = new_state(config, clock, ahead)
    cache = state[0]
    connect(state, 1, translates=False)
    slots = config.mshrs + cache.write_backs
    under_way = config.tags_per_cycle * config.hit_cycles
    return Tables(
        state,
        with_spare(sets * config.ways, EMPTY),
        with_spare(sets * config.ways, 0),
        np.zeros(sets * config.ways, np.int8),
        np.zeros(sets * config.ways if cache.is_tlb else 0, np.int64),
        np.full(CLASSES, NOWHERE, np.int8),
        new_slots(slots),
        np.zeros(config.mshrs * config.targets, TARGET),
        new_checks(2 * under_way + config.mshrs + MOST_COMPANIONS),
        np.zeros(PLACES, PLACED),
        np.zeros(max(1, cache.prefetch_queue), AHEAD),
        np.zeros(MOST_WANTED, np.int64),
        np.zeros(max(1, ahead.words), np.int64),
        np.zeros(len(TYPES), COUNT),
    )


def new_state(config: CacheConfig | TlbConfig, clock: Clock, ahead: Prefetcher) -> Records:
    """Return the CACHE record of an empty cache."""
    state: Records = np.zeros(1, CACHE)
    cache = state[0]
    cache.p, cache.q = clock.p, clock.q
    cache.line_shift = config.line_bytes.bit_length() - 1
    cache.set_mask = config.sets - 1
    for name in COPIED:
        cache[name] = int(getattr(config, name, 0))
    cache.lingers = config.hit_cycles == 1
    cache.most_checks = config.tags_per_cycle * max(1, config.hit_cycles - 1)
    if isinstance(config, CacheConfig):
        cache.writes_through = int(config.write_policy == "through")
        cache.is_exclusive = int(config.inclusion == "exclusive")
        cache.is_inclusive = int(config.inclusion == "inclusive")
    cache.is_tlb = int(isinstance(config, TlbConfig))
    cache.page_shift = config.page_bytes.bit_length() - 1
    policy = installed_replacement(config.replacement)
    cache.touch_function, cache.victim_function = policy.touch, policy.victim
    cache.prefetcher = ahead.ask
    cache.stays_in_page = int(ahead.stays_in_page and not cache.prefetches_virtual)
    cache.yields, cache.insists = int(ahead.yields), int(ahead.insists)
    cache.random = RANDOM_SEED
    cache.last_check = cache.first_stashed = cache.last_stashed = cache.first_check = NOWHERE
    cache.stuck = NOWHERE
    return state
