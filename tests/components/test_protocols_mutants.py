"""Seeded bugs in every protocol, in its hardware or its driver: each breaks its own rule first."""

from collections.abc import Callable, Generator
from typing import Any

import pytest

from components.coprocessor import Host, Poll
from components.imac.adc_array import AdcArray
from components.imac.conformance import trial
from components.imac.controller import Controller
from components.imac.gate import Gate
from components.imac.imac import Imac
from components.imac.protocols import (
    NAMES,
    Blocking,
    Dma,
    DoubleBuffer,
    EarlyExit,
    Polling,
    Tagged,
    Vector,
)
from components.imac.ready_register import NO_INPUTS, ReadyRegister
from components.imac.timer import Timer
from cosim import Steps
from tests.components.test_protocols_conformance import told

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


def begun(steps: Steps, act: Callable[[], None]) -> Generator[Any, Any, Any]:
    """Run steps to their first wait, do something, and go on."""
    waited_for = next(steps)
    act()
    while True:
        answer = yield waited_for
        try:
            waited_for = steps.send(answer)
        except StopIteration as end:
            return end.value


def never_says_minus_one(patch: Patch) -> None:
    patch.setattr(ReadyRegister, "finish", lambda self: self.has_result.set(1))


def converts_nothing(patch: Patch) -> None:
    def compute(self: Controller, job: Any) -> Steps:
        yield 20_000
        return False

    patch.setattr(Controller, "compute", compute)


def takes_two_accesses_at_once(patch: Patch) -> None:
    def take_turn(self: Imac, port: int) -> Steps:
        yield from self.arbiter.acquire(port)
        yield 400

    patch.setattr(Imac, "_take_turn", take_turn)


def gives_codes_of_half_a_job(patch: Patch) -> None:
    def compute(self: Controller, job: Any) -> Steps:
        path = self.data_path
        self.state.set("COMPUTING")
        path.columns.drive(slice(None), self.column_drive())
        yield self.converting.posedge
        self.state.set("CONVERTING")
        return False

    patch.setattr(Controller, "compute", compute)


TOLD_BY: dict[str, str] = {
    "polling": "", "double_buffer": "", "blocking": "load_code by core",
    "interrupt": "interrupt by coprocessor",
}  # fmt: skip
"""What comes next for a core that is told too soon; a timer's end but for these."""


def too_soon(name: str, state: str, otherwise: str) -> str:
    """Return the rule that is broken when the core is told in a state; polls are told nothing."""
    teller = TOLD_BY.get(name, "expire by coprocessor")
    return f"illegal: {teller} in {state}" if teller else otherwise


def common(name: str) -> dict[Mutant, str]:
    """Return the bugs that every protocol can have, each with the rule that it breaks first."""
    stored = {"vector": "store_vector", "dma": "store_count", "mapped": "store_count"}
    wrote = "illegal: write_codes by coprocessor in COMPUTING"
    return {
        never_says_minus_one: too_soon(name, "CONVERTING", "late: write_codes by  in CONVERTING"),
        converts_nothing:
            wrote if name == "interrupt" else too_soon(name, "COMPUTING", wrote),
        takes_two_accesses_at_once:
            f"early: {stored.get(name, 'store_element')} by core in LOADING",
        gives_codes_of_half_a_job: "early: write_codes by coprocessor in CONVERTING",
    }  # fmt: skip


def timer_is_zero_at_once(patch: Patch) -> None:
    def count_down(self: Timer) -> Steps:
        self.zero.write(1)
        yield self.loading.posedge
        return True

    patch.setattr(Timer, "count_down", count_down)


def timer_counts_from_the_transfer_on(patch: Patch) -> None:
    def run(self: Timer) -> Steps:
        while True:
            yield self.loading.posedge
            self.zero.write(0)
            yield 1_000 * self.reload.value
            self.zero.write(1)

    patch.setattr(Timer.run, "__code__", run.__code__)


def completes_when_it_begins(patch: Patch) -> None:
    patch.setattr(Imac, "completion", property(lambda self: self.controller.computing))


def ready_says_minus_one_too_soon(patch: Patch) -> None:
    def start(self: ReadyRegister) -> None:
        self.READY.value = NO_INPUTS

    patch.setattr(ReadyRegister, "start", start)


def ready_does_not_show_the_start(patch: Patch) -> None:
    patch.setattr(ReadyRegister, "start", lambda self: None)


def polls_until_anything(patch: Patch) -> None:
    original = Polling.driver

    def driver(config: Any) -> Steps:
        for step in original(config):
            yield Poll(step.address, until=1) if isinstance(step, Poll) else step

    patch.setattr(Polling, "driver", driver)


def line_stays_up(patch: Patch) -> None:
    original = Controller.hand_off

    def hand_off(self: Controller) -> Steps:
        was = self.done.value
        return (yield from begun(original(self), lambda: self.done.write(was)))

    patch.setattr(Controller, "hand_off", hand_off)


def line_rises_with_the_conversion(patch: Patch) -> None:
    original = Controller.compute

    def compute(self: Controller, job: Any) -> Steps:
        def raise_line(_: int, state: str) -> None:
            self.done.write(int(state == "CONVERTING"))

        self.state.listen(raise_line)
        return (yield from original(self, job))

    patch.setattr(Controller, "compute", compute)


def load_does_not_wait(patch: Patch) -> None:
    patch.setattr(Blocking, "blocks", False)


def load_waits_for_the_converters_only(patch: Patch) -> None:
    def must_wait(self: Gate) -> bool:
        return bool(self.controller.state.value == "COMPUTING")

    def await_codes(self: Imac, transaction: Any) -> Steps:
        self.arbiter.release()
        yield self.controller.converting.posedge
        yield from self._take_turn(transaction.port)

    patch.setattr(Gate, "must_wait", must_wait)
    patch.setattr(Imac, "_await_codes", await_codes)


def result_of_the_last_job_stands(patch: Patch) -> None:
    def open_transfer(self: ReadyRegister) -> None:
        self.READY.value = 0

    patch.setattr(ReadyRegister, "open_transfer", open_transfer)


def rest_of_the_vector_is_forgotten(patch: Patch) -> None:
    original = Host.transfer

    def transfer(self: Host, address: int, features: Any, lanes: int) -> Steps:
        yield from original(self, address, features[: len(features) // lanes * lanes], lanes)

    patch.setattr(Host, "transfer", transfer)


def lanes_are_not_there(patch: Patch) -> None:
    patch.setattr(Vector, "lanes", property(lambda self: 1))


def tag_is_lost_on_the_way(patch: Patch) -> None:
    patch.setattr(Tagged, "owner_of", lambda self, transaction: transaction.address & 1)


def exit_is_chosen_too_late(patch: Patch) -> None:
    original = EarlyExit.driver

    def driver(config: Any) -> Steps:
        first, opening, *rest = original(config)
        yield from [opening, first, *rest]

    patch.setattr(EarlyExit, "driver", driver)


def timer_does_not_know_of_the_exit(patch: Patch) -> None:
    def exit_after(self: Imac, layers: int) -> None:
        self.computed = layers
        self.timer.load(3)

    patch.setattr(Imac, "exit_after", exit_after)


def converters_stay_where_they_are(patch: Patch) -> None:
    patch.setattr(AdcArray, "take_over", lambda self, inputs: None)


def bank_is_lost_on_the_way(patch: Patch) -> None:
    patch.setattr(DoubleBuffer, "bank_of", lambda self, transaction: transaction.address & 1)


def begins_before_it_has_fetched(patch: Patch) -> None:
    def run_fetch(self: Dma) -> Steps:
        yield 1
        self.tell("store_ready_1")
        self.coprocessor.start()

    patch.setattr(Dma, "run_fetch", run_fetch)


def fetches_on_while_it_computes(patch: Patch) -> None:
    original = Dma.run_fetch

    def run_fetch(self: Dma) -> Steps:
        yield from original(self)
        yield from self.coprocessor.take_inputs(0, [0])
        self.tell("fetch_block")

    patch.setattr(Dma, "run_fetch", run_fetch)


OWN: tuple[tuple[str, Mutant, str], ...] = (
    ("timer", timer_is_zero_at_once, "illegal: expire by coprocessor in COMPUTING"),
    ("timer", timer_counts_from_the_transfer_on, "illegal: expire by coprocessor in COMPUTING"),
    ("timer", completes_when_it_begins, "illegal: load_code by core in COMPUTING"),
    ("polling", ready_says_minus_one_too_soon, "illegal: load_ready_minus_1 by core in COMPUTING"),
    ("polling", ready_does_not_show_the_start, "illegal: load_ready_0 by core in COMPUTING"),
    ("polling", polls_until_anything, "illegal: load_code by core in COMPUTING"),
    ("interrupt", completes_when_it_begins, "illegal: load_code by core in COMPUTING"),
    ("interrupt", line_stays_up, "illegal: load_code by core in COMPUTING"),
    (
        "interrupt",
        line_rises_with_the_conversion,
        "illegal: interrupt by coprocessor in CONVERTING",
    ),
    ("blocking", load_does_not_wait, "illegal: load_code by core in COMPUTING"),
    ("blocking", load_waits_for_the_converters_only, "illegal: load_code by core in CONVERTING"),
    ("blocking", result_of_the_last_job_stands, "illegal: load_code by core in COMPUTING"),
    ("tagged", tag_is_lost_on_the_way, "illegal: store_ready_0 by other in CLAIMED"),
    ("tagged", timer_is_zero_at_once, "illegal: expire by coprocessor in COMPUTING"),
    ("early_exit", exit_is_chosen_too_late, "illegal: store_exit by core in LOADING"),
    ("early_exit", timer_does_not_know_of_the_exit, "illegal: expire by coprocessor in COMPUTING"),
    ("early_exit", converters_stay_where_they_are, "illegal: expire by coprocessor in COMPUTING"),
    ("dma", begins_before_it_has_fetched, "count: store_ready_1 by coprocessor in FETCHING"),
    ("dma", fetches_on_while_it_computes, "illegal: fetch_block by coprocessor in COMPUTING"),
    ("dma", timer_is_zero_at_once, "illegal: expire by coprocessor in COMPUTING"),
    ("mapped", begins_before_it_has_fetched, "count: store_ready_1 by coprocessor in FETCHING"),
    ("mapped", fetches_on_while_it_computes, "illegal: fetch_block by coprocessor in COMPUTING"),
    (
        "double_buffer",
        ready_says_minus_one_too_soon,
        "illegal: load_ready_minus_1 by core in COMPUTING",
    ),
    ("double_buffer", bank_is_lost_on_the_way, "illegal: store_element by core in IDLE"),
    ("vector", timer_is_zero_at_once, "illegal: expire by coprocessor in COMPUTING"),
    ("vector", rest_of_the_vector_is_forgotten, "count: store_ready_1 by core in LOADING"),
    ("vector", lanes_are_not_there, "count: store_ready_1 by core in LOADING"),
)

SEEDED = [*((name, *one) for name in NAMES for one in common(name).items()), *OWN]


@pytest.mark.parametrize(
    ("name", "mutant", "rule"), SEEDED, ids=[f"{name}-{bug.__name__}" for name, bug, _ in SEEDED]
)
def test_a_bug_breaks_its_rule_of_the_contract(
    name: str, mutant: Mutant, rule: str, monkeypatch: Patch
) -> None:
    assert trial(name).violations == ()
    mutant(monkeypatch)
    assert told(trial(name).violations[0]) == rule


def test_a_timer_that_is_too_short_breaks_the_contract() -> None:
    timer = {"clock_hz": "1 GHz", "cycles": 5}
    assert [one.event for one in trial("timer", timer=timer, jobs=1).violations][:1] == ["expire"]


def test_there_are_more_than_twenty_bugs_and_every_protocol_has_its_own() -> None:
    assert len(SEEDED) >= 20
    assert {name for name, *_ in OWN} == set(NAMES)
