"""What cannot be meant is refused where it is written, in one sentence."""

from collections.abc import Callable
from typing import Any

import pytest

from cosim import CosimError, Environment, Event, Fifo, Semaphore, Simulator


def environment(use: Callable[[Environment], Any]) -> Callable[[], Any]:
    """Return a use of an environment of its own."""
    return lambda: use(Environment())


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: Simulator().run(on_hang="draw"),  # type: ignore[arg-type]  # wrong on purpose
        "on_hang of Simulator.run must be one of raise, warn, ignore, not 'draw'",
    ),
    (
        lambda: Simulator().run(patience_ps=0),
        "patience_ps of Simulator.run must be a whole number of ps, 1 or more, not 0",
    ),
    (
        lambda: Simulator().run(2.5),  # type: ignore[arg-type]  # wrong on purpose
        "until_ps of Simulator.run must be a whole number of ps, 0 or more, not 2.5",
    ),
    (
        # wrong on purpose
        # wrong on purpose
        environment(lambda env: Event(env, "e").notify_after(1.5)),  # type: ignore[arg-type]
        "e: a notification must be at a whole number of ps, not at 1.5 ps",
    ),
    (
        environment(lambda env: env.method(print, ["x"])),
        "print must be sensitive to a list of events, signals and ports, not to ['x']",
    ),
    (
        # wrong on purpose
        environment(lambda env: env.method(print, Event(env, "e"))),  # type: ignore[arg-type]
        "print must be sensitive to a list of events, signals and ports, not to e",
    ),
    (
        environment(lambda env: Fifo(env, "f", "4")),  # type: ignore[arg-type]  # wrong on purpose
        "f must have room for 1 item or more, not for '4'",
    ),
    (
        # wrong on purpose
        environment(lambda env: Semaphore(env, "s", 1.5)),  # type: ignore[arg-type]
        "s must begin with 0 units or more, not 1.5",
    ),
]


@pytest.mark.parametrize(("use", "sentence"), REFUSED, ids=[told for _, told in REFUSED])
def test_it_is_refused(use: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(CosimError) as refused:
        use()
    assert str(refused.value) == sentence
