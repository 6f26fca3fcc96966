"""Paths such as `soc.imac.tile[3].busy`: grammar, joining, selection and the nearest known name."""

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

from cosim.errors import ElaborationError

SHOWN = 24
"""Names that a sentence tells at most; more than any registry has."""

SEGMENT = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\[[0-9]+\])*")


def check_segment(name: str) -> str:
    """Return `name` if it can stand between two dots of a path.

    Raises ElaborationError for anything but a letter, then letters, digits and `_`, then
    optional indices in brackets.
    """
    if not isinstance(name, str) or not SEGMENT.fullmatch(name):
        raise ElaborationError(
            f"a name must be a letter, then letters, digits or _, then an optional [index], "
            f"not {name!r}"
        )
    return name


def join(parent: str, name: str) -> str:
    """Return the path of `name` below `parent`; an empty parent is the top."""
    return f"{parent}.{name}" if parent else name


def split(path: str) -> list[str]:
    """Return the checked segments of a path."""
    return [check_segment(segment) for segment in path.split(".")]


def matches(path: str, pattern: str) -> bool:
    """Tell whether a path is selected by a pattern.

    `*` stands for any text inside one segment, `**` for any number of segments, so
    `soc.imac.**` selects `soc.imac` and everything below it. Brackets are plain characters.
    """
    return _expression(pattern).fullmatch("." + path) is not None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like `name`, or "" if none does."""
    candidates = sorted(known)
    found = difflib.get_close_matches(name, candidates, n=1, cutoff=0.5)
    return found[0] if found else ""


def hint(name: str, known: Iterable[str]) -> str:
    """Return the end of an error sentence: the nearest known name, or the first of them."""
    candidates = sorted(known)
    close = nearest(name, candidates)
    if close:
        return f"; did you mean {close}?"
    more = f" and {len(candidates) - SHOWN:,} more" if len(candidates) > SHOWN else ""
    return f"; known: {', '.join(candidates[:SHOWN])}{more}" if candidates else ""


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = []
    for segment in pattern.split("."):
        if segment == "**":
            parts.append(r"(\.[^.]+)*")
        else:
            parts.append(r"\." + "[^.]*".join(re.escape(text) for text in segment.split("*")))
    return re.compile("".join(parts))
