"""What the parts show of their records is the same in both shells, change by change."""

from itertools import pairwise
from typing import Any

import pytest

from cosim.probes import Energy, Gauge
from tests.modes.machine import TINY, Design, Machine, differences
from tests.modes.programs import random_program
from tests.modes.test_equal_exchanges import BLOCKING

PROGRAM = random_program(31, 400, code_bytes=2048, data_bytes=1 << 16)

DESIGNS = {
    "plain": Design(),
    "blocking": Design(l1=BLOCKING, l2=BLOCKING),
    "prefetching": Design(l1={**TINY, "mshrs": 4, "prefetcher": "ip_stride"}),
    "two initiators": Design(
        others=tuple((70_000, 4096 * turn, turn % 2 == 1) for turn in range(12))
    ),
    "interrupted": Design(interrupts=(100_000,) * 6),
}


def shown(design: Design, *, fast: bool) -> tuple[Machine, dict[str, dict[int, Any]]]:
    """Return a machine that has run, and what each probe showed last at each time."""
    made = Machine(design, fast=fast)
    made.sim.elaborate()
    if made.island is not None:
        made.island.overhears = True
    found: dict[str, dict[int, Any]] = {}
    parts = (made.core, *made.caches, made.bus, made.memory, *made.memory.descendants())
    for probe in (one for part in parts for one in part.probes):
        if isinstance(probe, Gauge | Energy) and probe.kind != "message":
            probe.listen(found.setdefault(probe.path, {}).__setitem__)
    return made.run(PROGRAM), found


def course(last: dict[int, Any], end_ps: int) -> list[tuple[int, Any]]:
    """Return the times at which a value became another one for longer than an instant."""
    steps = [(when_ps, value) for when_ps, value in sorted(last.items()) if when_ps <= end_ps]
    return [now for before, now in pairwise([(-1, None), *steps]) if now[1] != before[1]]


@pytest.mark.parametrize("name", DESIGNS)
def test_both_shells_show_the_same(name: str) -> None:
    (fast, seen), (detailed, wanted) = (shown(DESIGNS[name], fast=one) for one in (True, False))
    assert differences(fast, detailed) == []
    end_ps = detailed.core.finish_ps
    for path in wanted:
        ours, theirs = (course(found[path], end_ps) for found in (seen, wanted))
        assert ours == theirs, path
    for path in ("core.ip", "core.waits_for", "l1d.miss", "memory.channel[0].command"):
        assert len(wanted[path]) > 10, path
