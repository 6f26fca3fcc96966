"""What a cache must know of those above and below it before it runs, and what cannot be together.

Checked by: tests/components/test_cache_inclusion.py
"""

from collections.abc import Iterator
from typing import Any

from components.cache.config import CacheConfig
from cosim import ElaborationError, Module
from cosim.sockets import InitiatorSocket, TargetSocket


def inner_ports(cache: Module) -> int:
    """Return which ports above lead to caches whose lines are included from here down, as bits.

    Raises ElaborationError for a level that cannot include, or exclude, the lines above it.
    """
    above = list(_above(cache))
    own = _config(cache)
    if own is not None and own.inclusion != "non_inclusive":
        for upper in above:
            _check(cache, own, upper)
    if not any(one.inclusion == "inclusive" for one in _downwards(cache)):
        return 0
    return sum(1 << port for port, upper in enumerate(above) if _config(upper) is not None)


def _config(module: Any) -> CacheConfig | None:
    """Return the configuration of a cache; None for what keeps no lines of data."""
    config = getattr(module, "config", None)
    return config if isinstance(config, CacheConfig) else None


def _above(module: Module) -> Iterator[Any]:
    """Yield who is bound to a module's target sockets, in port order."""
    for socket in module.parts_of(TargetSocket):
        yield from (link.initiator.owner for link in socket.links)


def _downwards(module: Module) -> Iterator[CacheConfig]:
    """Yield the configurations of a cache and of those right below it."""
    config = _config(module)
    if config is None:
        return
    yield config
    for socket in module.parts_of(InitiatorSocket):
        if socket.name == "below" and socket.links:
            below: Any = socket.links[0].target.owner
            yield from _downwards(below)


def _check(cache: Module, own: CacheConfig, upper: Any) -> None:
    """Refuse what stands above a level that includes, or excludes, its lines."""
    config = _config(upper)
    if config is None:
        far = next((one for one in _above(upper) if _config(one) is not None), None)
        if own.inclusion == "inclusive" and far is not None:
            raise ElaborationError(
                f"{cache.path}.inclusion must not be inclusive above {far.path}, which stands "
                f"behind {upper.path}; put the cache right below, or choose non_inclusive"
            )
        return
    if config.line_bytes != own.line_bytes:
        raise ElaborationError(
            f"{cache.path}.inclusion must be non_inclusive where lines differ: {upper.path} has "
            f"{config.line_bytes} bytes, {cache.path} {own.line_bytes}; choose one length"
        )
    if own.inclusion == "exclusive" and not config.sends_clean_lines:
        raise ElaborationError(
            f"{upper.path}.sends_clean_lines must be true above {cache.path}, which is exclusive;"
            " clean lines that leave would be lost; set it, or choose non_inclusive"
        )
