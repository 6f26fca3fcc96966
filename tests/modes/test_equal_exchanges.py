"""Transactions are told with the same times in both shells, also those of the compiled loop."""

from array import array
from collections import Counter
from typing import Any, NamedTuple

import pytest

from cosim.exchange import UP, book
from cosim.messages import KIND_NAMES, REPLY
from tests.modes.machine import TINY, Design, Machine, differences
from tests.modes.programs import random_program

PROGRAM = random_program(29, 400, code_bytes=2048, data_bytes=1 << 16)
BLOCKING = {**TINY, "mshrs": 1, "targets": 1}
"""A cache behind which requests wait."""

MOST = 1_000_000
"""Numbers that are kept: more than the program makes."""


class Message(NamedTuple):
    """One message that was kept."""

    when_ps: int
    kind: int
    address: int
    tag: int


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
    rows = array("q")
    paths: list[str] = []
    served: list[Any] = []
    for part in (made.core, *made.caches, made.bus):
        for exchange in part.stepping.exchanges:
            if exchange is not None:
                exchange.keep_in(book(len(paths), rows, MOST))
                paths.append(exchange.path)
    made.memory.service_sinks.append(served.append)
    made.run(PROGRAM)
    told: dict[str, list[Any]] = {path: [] for path in paths} | {"served": served}
    for number, *message in zip(*[iter(rows)] * (1 + len(Message._fields)), strict=True):
        told[paths[number]].append(Message(*message))
    return made, told


def test_a_book_that_is_full_keeps_what_it_has() -> None:
    rows = array("q")
    for address in (64, 128, 192):
        book(3, rows, 10)(5_000, REPLY, address, 1)
    assert rows.tolist() == [3, 5_000, REPLY, 64, 1, 3, 5_000, REPLY, 128, 1]


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
    asked = Counter((one.address, one.tag) for one in messages if one.kind not in UP)
    answered = Counter((one.address, one.tag) for one in messages if one.kind in UP)
    assert asked == answered
    assert len(messages) == 2 * made.l1d.accesses.value
    misses = [one for one in told["l1d.below"] if KIND_NAMES[one.kind] in ("READ", "RFO")]
    assert len(misses) == made.l1d.misses.value
