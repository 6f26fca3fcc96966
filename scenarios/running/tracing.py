"""Which waves a run draws: what was asked for, or what its story can afford unasked.

Drawing multiplies the time of a long run in the fast shell by twenty, so a long story draws nothing
unless an option chooses something of its waves.
Checked by: tests/scenarios/test_tracing.py
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cosim.errors import ConfigError
from scenarios.scenario import Scenario, Trace
from scenarios.showing.viewing import SAVE_FILE, command_of

RISING = (Trace.NONE, Trace.PROTOCOL, Trace.FULL)
"""Levels, each of which shows what the one before shows."""


def level(
    name: str,
    story: Scenario[Any],
    asked: Trace | None,
    images: int,
    choices: Mapping[str, object],
) -> Trace:
    """Return the level of a run's waves; `choices` are options that choose something of them.

    Raises ConfigError for options that contradict each other, or that the story cannot follow.
    """
    chosen = [option for option, value in choices.items() if value]
    if asked is Trace.NONE and chosen:
        raise ConfigError(
            f"{' and '.join(chosen)} must choose among the waves of a run, and --trace none draws"
            " none; leave --trace none out, or the rest"
        )
    wanted = chosen if asked in (None, Trace.NONE) else [f"--trace {asked}", *chosen]
    if wanted and story.draws is Trace.NONE:
        raise ConfigError(
            f"{' and '.join(wanted)} must be given to a single run, not to {name}, which makes many"
            " and draws none of them; leave it out, or run one network by itself"
        )
    if asked not in (None, Trace.NONE) and _rank(asked) < _rank(story.draws):
        raise ConfigError(f"--trace must be {story.draws} or none for {name}, not {asked}")
    if asked is not None:
        return asked
    if story.draws is Trace.NONE or (story.is_long and not chosen):
        return Trace.NONE
    usual = Trace.FULL if images == 1 and not story.is_long else Trace.PROTOCOL
    return max(usual, story.draws, key=_rank)


def sight(folder: Path, story: Scenario[Any], drawn: Trace) -> str:
    """Return the line that tells how to see a run's waves, or how to get some; "" if it never can.

    A story that plays many runs leaves those of each in a folder of its own below.
    """
    found = sorted(file.parent for file in folder.rglob(SAVE_FILE))
    if folder in found:
        return f"see the waves with: {command_of(folder)}"
    if found:
        return f"see the waves of its {len(found)} runs, each by itself: {command_of(found[0])}"
    return remedy(story, drawn)


def remedy(story: Scenario[Any], drawn: Trace) -> str:
    """Return how to get waves of a long run, which drew none unasked; "" for any other."""
    if drawn is not Trace.NONE or story.draws is Trace.NONE or not story.is_long:
        return ""
    return (
        f"no waves were drawn: --trace {story.draws} draws the whole run, --window 10us:20us a part"
        " of it"
    )


def _rank(level: Trace) -> int:
    return RISING.index(level)
