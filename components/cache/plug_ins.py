"""Replacement policies and prefetchers by name; a user's own is registered like those of ours.

A policy is one or two plain functions of numbers and arrays of numbers (the README of this floor
shows both kinds). They are compiled when a configuration names them, and work in both shells.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from cosim import ConfigError
from cosim.plug_ins import NUMBER, WORDS, Hook

NONE = -1
"""Number of the policy that is compiled in: least recently used, or no prefetcher."""

MOST_WANTED = 8
"""Lines that a prefetcher can ask for at once."""

TOUCH = Hook("touch", WORDS, NUMBER, NUMBER, answers=False)
"""touch(ages, way, is_fill): a line was used, or filled. `ages` has one number per way of its set,
all of them the policy's own, 0 at first."""

VICTIM = Hook("victim", WORDS, NUMBER)
"""victim(ages, draw) -> way: which way of a full set makes room; `draw` is a random number."""

ASK = Hook("ask", WORDS, NUMBER, NUMBER, NUMBER, NUMBER, WORDS)
"""ask(table, line, ip, is_hit, is_first_use, wanted) -> count: a load, fetch or prefetch from
above looked `line` up for the instruction at `ip`. Put the lines to fetch into `wanted`, at most 8,
and say how many; `table` is the prefetcher's own. A first use is that of a prefetched line."""


class Replacement(NamedTuple):
    """Numbers of a replacement policy's functions."""

    touch: int
    victim: int


class Prefetcher(NamedTuple):
    """Number of a prefetcher's function, how many words its table has, and its habits."""

    ask: int
    words: int
    stays_in_page: bool
    yields: bool
    insists: bool


REPLACEMENTS: dict[str, Replacement] = {"lru": Replacement(NONE, NONE)}
PREFETCHERS: dict[str, Prefetcher] = {"none": Prefetcher(NONE, 0, False, False, False)}

Known = TypeVar("Known")


def replacement(name: str, *, touch: Callable[..., None], victim: Callable[..., int]) -> None:
    """Register a replacement policy: see TOUCH and VICTIM for its functions.

    Raises ConfigError if the name is taken or a function takes other arguments.
    """
    _check_free("replacement", name, REPLACEMENTS)
    owner = f"replacement {name}"
    REPLACEMENTS[name] = Replacement(TOUCH.add(owner, touch), VICTIM.add(owner, victim))


def prefetcher(
    name: str,
    ask: Callable[..., int],
    *,
    words: int = 0,
    stays_in_page: bool = False,
    yields: bool = False,
    insists: bool = True,
) -> None:
    """Register a prefetcher: see ASK for its function.

    It can have a table of `words`, stay in the page of its trigger, yield, that is leave its lines
    to the level below while half of the MSHRs are taken, and insist: try again if the queue of
    prefetches is full, not forget the line. Raises ConfigError as `replacement` does.
    """
    _check_free("prefetcher", name, PREFETCHERS)
    number = ASK.add(f"prefetcher {name}", ask)
    PREFETCHERS[name] = Prefetcher(number, words, stays_in_page, yields, insists)


def installed_replacement(name: str) -> Replacement:
    """Return a policy whose functions are compiled; raises ConfigError if they do not compile."""
    found = REPLACEMENTS[name]
    if found.victim != NONE:
        TOUCH.install(f"replacement {name}", found.touch)
        VICTIM.install(f"replacement {name}", found.victim)
    return found


def installed_prefetcher(name: str) -> Prefetcher:
    """Return a prefetcher whose function is compiled; raises ConfigError if it does not compile."""
    found = PREFETCHERS[name]
    if found.ask != NONE:
        ASK.install(f"prefetcher {name}", found.ask)
    return found


def _check_free(kind: str, name: str, known: Mapping[str, Known]) -> None:
    if name in known:
        raise ConfigError(f"{kind} {name} must have a name of its own; that one is taken")
