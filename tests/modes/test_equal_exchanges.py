"""Transactions are told with the same times in both shells, also those of the compiled loop."""

from collections import Counter
from typing import Any

import pytest

from cosim.messages import KIND_NAMES
from tests.modes.machine import TINY, Design, Machine, differences
from tests.modes.programs import random_program

PROGRAM = random_program(29, 400, code_bytes=2048, data_bytes=1 << 16)
BLOCKING = {**TINY, "mshrs": 1, "targets": 1}
"""A cache behind which requests wait."""

DESIGNS = {
    "plain": Design(),
    "blocking": Design(l1=BLOCKING, l2=BLOCKING),
    "prefetching": Design(l1={**TINY, "mshrs": 4, "prefetcher": "ip_stride"}),
    "two initiators": Design(
        others=tuple((70_000, 4096 * turn, turn % 2 == 1) for turn in range(12))
    ),
}


def heard(design: Design, *, fast: bool) -> tuple[Machine, dict[str, list[Any]]]:
    """Return a machine that has run, what went over each of its exchanges, what was served."""
    made = Machine(design, fast=fast)
    made.sim.elaborate()
    if made.island is not None:
        made.island.overhears = True
    told: dict[str, list[Any]] = {}
    for part in (made.core, *made.caches, made.bus):
        for exchange in part.stepping.exchanges:
            if exchange is not None:
                exchange.sinks.append(told.setdefault(exchange.path, []).append)
    made.memory.service_sinks.append(told.setdefault("served", []).append)
    return made.run(PROGRAM), told


@pytest.mark.parametrize("name", DESIGNS)
def test_both_shells_tell_the_same_messages(name: str) -> None:
    (fast, told), (detailed, wanted) = (heard(DESIGNS[name], fast=one) for one in (True, False))
    assert differences(fast, detailed) == []
    end_ps = detailed.core.finish_ps
    assert told.keys() == wanted.keys()
    for path in wanted:
        ours, theirs = (
            sorted(one for one in found[path] if one.when_ps <= end_ps) for found in (told, wanted)
        )
        assert ours == theirs, path


def test_every_request_that_wants_an_answer_gets_one() -> None:
    made, told = heard(DESIGNS["plain"], fast=True)
    messages = told["core.data"]
    asked = Counter((one.address, one.tag) for one in messages if not one.goes_up)
    answered = Counter((one.address, one.tag) for one in messages if one.goes_up)
    assert asked == answered
    assert len(messages) == 2 * made.l1d.accesses.value
    misses = [one for one in told["l1d.below"] if KIND_NAMES[one.kind] in ("READ", "RFO")]
    assert len(misses) == made.l1d.misses.value
