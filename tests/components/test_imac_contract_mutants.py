"""Seeded bugs, in the core's program and in the co-processor: the contract names each of them.

Times: at 1 GHz an access takes 1,000 ps; READY = 0 is stored at 1 ns after CONFIGURED_PS, twelve
inputs until 13 ns, READY = 1 at 14 ns; conversion from 29 ns, codes at 31 ns, timer zero at 33 ns.
"""

from collections.abc import Callable
from typing import Any

import pytest

from components.imac.adc_array import AdcArray
from components.imac.contract import HandOff
from components.imac.controller import Controller
from components.imac.hand_off_check import HandOffCheck
from components.imac.imac import Imac
from components.imac.ready_register import NO_INPUTS, ReadyRegister
from cosim import ProtocolError, Steps, Transaction
from cosim.messages import WAIT_IMAC
from tests.components.imac_host import CONFIGURED_PS, FEATURES, Host, System

LENIENT = {
    "early_load": "silent_stale",
    "store_while_computing": "accept",
    "store_without_transfer": "accept",
    "wrong_count": "accept",
    "overflow": "ignore",
    "started_twice": "ignore",
    "ready_while_computing": "ignore",
    "ready_out_of_order": "ignore",
    "foreign_owner": "accept",
}
"""A co-processor that refuses nothing, so that it is the contract that speaks."""

Script = Callable[[Host], Steps]


def followed(*, hosts: int = 1, raises: bool = False, **config: Any) -> tuple[System, HandOffCheck]:
    """Return a lenient machine and what follows its hand-off."""
    system = System(config={"misuse": LENIENT, **config}, hosts=hosts)
    check = HandOffCheck(system.imac, HandOff, raises=raises)
    system.sim.observe(check)
    return system, check


def violations(*scripts: Script, **config: Any) -> list[str]:
    """Return what is seen when the scripts run, from after "imac.hand_off: " on."""
    system, check = followed(hosts=len(scripts), **config)
    system.run(*scripts)
    system.sim.finish()
    return [str(seen).removeprefix("imac.hand_off: ") for seen in check.hand_off.violations]


def at(ns: int) -> str:
    """Return a time after CONFIGURED_PS as it is written in messages."""
    return f"at {CONFIGURED_PS + 1_000 * ns} ps"


IN_IDLE = "legal there: store_ready_0 by core; load_ready_minus_1 by core or other; "
IN_IDLE += "reset by coprocessor"
IN_LOADING = "legal there: store_element, store_ready_1 by core; load_ready_0 by core or other; "
IN_LOADING += "reset by coprocessor"
IN_COMPUTING = "legal there: convert, reset by coprocessor; load_ready_1, wait by core or other"
IN_DONE = "legal there: store_ready_0, load_code by core; "
IN_DONE += "load_ready_minus_1, wait by core or other; reset by coprocessor"


def starts_without_inputs(host: Host) -> Steps:
    yield from host.ready(1)


def stores_without_transfer(host: Host) -> Steps:
    yield from host.store(1, 1.0)


def loads_before_any_job(host: Host) -> Steps:
    yield from host.load(1)


def says_what_is_not_its_to_say(host: Host) -> Steps:
    yield from host.ready(-1)


def opens_twice(host: Host) -> Steps:
    yield from host.ready(0)
    yield from host.ready(0)


def loads_while_loading(host: Host) -> Steps:
    yield from host.ready(0)
    yield from host.load(1)


def waits_for_a_timer_that_does_not_count(host: Host) -> Steps:
    yield from host.ready(0)
    host.spawn(host.bus.transport(Transaction(0, kind=WAIT_IMAC)))


def starts_with_an_input_missing(host: Host) -> Steps:
    yield from host.ready(0)
    for element, value in enumerate(FEATURES[:-1]):
        yield from host.store(1 + element, value)
    yield from host.ready(1)


def starts_twice(host: Host) -> Steps:
    yield from host.transfer(FEATURES)
    yield from host.ready(1)


def opens_while_it_computes(host: Host) -> Steps:
    yield from host.transfer(FEATURES)
    yield from host.ready(0)


def stores_after_the_start(host: Host) -> Steps:
    yield from host.transfer(FEATURES)
    yield from host.store(1, 1.0)


def loads_too_early(host: Host) -> Steps:
    yield from host.transfer(FEATURES)
    yield from host.load(1)


def stores_over_the_codes(host: Host) -> Steps:
    yield from host.infer(FEATURES, 0)
    yield from host.store(1, 1.0)


def starts_again_without_inputs(host: Host) -> Steps:
    yield from host.infer(FEATURES, 0)
    yield from host.ready(1)


@pytest.mark.parametrize(
    ("bug", "message"),
    [
        (starts_without_inputs,
         f"store_ready_1 by core {at(1)} in IDLE is not legal; {IN_IDLE}"),
        (stores_without_transfer,
         f"store_element by core {at(1)} in IDLE is not legal; {IN_IDLE}"),
        (loads_before_any_job,
         f"load_code by core {at(1)} in IDLE is not legal; {IN_IDLE}"),
        (says_what_is_not_its_to_say,
         f"store_ready_minus_1 by core {at(1)} in IDLE is not legal; {IN_IDLE}"),
        (opens_twice,
         f"store_ready_0 by core {at(2)} in LOADING is not legal; {IN_LOADING}"),
        (loads_while_loading,
         f"load_code by core {at(2)} in LOADING is not legal; {IN_LOADING}"),
        (waits_for_a_timer_that_does_not_count,
         f"wait by core {at(1)} in LOADING is not legal; {IN_LOADING}"),
        (starts_with_an_input_missing,
         f"store_ready_1 by core {at(13)} in LOADING must come after 12 or more store_element "
         "(every input), not after 11"),
        (starts_twice,
         f"store_ready_1 by core {at(15)} in COMPUTING is not legal; {IN_COMPUTING}"),
        (opens_while_it_computes,
         f"store_ready_0 by core {at(15)} in COMPUTING is not legal; {IN_COMPUTING}"),
        (stores_after_the_start,
         f"store_element by core {at(15)} in COMPUTING is not legal; {IN_COMPUTING}"),
        (loads_too_early,
         f"load_code by core {at(15)} in COMPUTING is not legal; {IN_COMPUTING}"),
        (stores_over_the_codes,
         f"store_element by core {at(34)} in DONE is not legal; {IN_DONE}"),
        (starts_again_without_inputs,
         f"store_ready_1 by core {at(34)} in DONE is not legal; {IN_DONE}"),
    ],
    ids=lambda bug: getattr(bug, "__name__", ""),
)  # fmt: skip
def test_a_bug_in_the_program_of_the_core_is_named(bug: Script, message: str) -> None:
    assert violations(bug) == [message]


def test_a_bug_in_the_program_is_raised_where_it_happens() -> None:
    system, _ = followed(raises=True)
    with pytest.raises(ProtocolError) as refused:
        system.run(starts_twice)
    assert str(refused.value) == (
        f"imac.hand_off: store_ready_1 by core {at(15)} in COMPUTING is not legal; {IN_COMPUTING}"
    )


def test_a_co_processor_that_refuses_by_itself_leaves_the_contract_unbroken() -> None:
    system = System()
    check = HandOffCheck(system.imac, HandOff)
    system.sim.observe(check)
    with pytest.raises(ProtocolError, match="imac.controller: READY set to 1 while COMPUTING"):
        system.run(starts_twice)
    assert check.hand_off.violations == []


def meddles(host: Host) -> Steps:
    """Store and load in the middle of another's job."""
    yield 4_500
    yield from host.store(1, 1.0)
    yield 45_500
    yield from host.load(1)


def test_another_core_than_the_one_that_began_is_named_as_such() -> None:
    # asked at 4.5 ns, granted when the access under way is over, at 5 ns
    assert violations(meddles, lambda host: host.infer(FEATURES, 4)) == [
        f"store_element by other {at(6)} in LOADING is not legal; {IN_LOADING}",
        f"load_code by other {at(52)} in DONE is not legal; {IN_DONE}",
    ]


def job(host: Host) -> Steps:
    """Do a job without a mistake; poll once when it is over."""
    yield from host.transfer(FEATURES)
    yield 30_000
    yield from host.codes(1)


def test_a_co_processor_that_never_says_minus_one_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ReadyRegister, "finish", lambda self: self.has_result.set(1))
    early, missing = violations(job)
    assert early.startswith(f"load_code by core {at(45)} in CONVERTING is not legal")
    assert missing == (
        f"write_codes {at(45)} in CONVERTING is missing; it must come at most 19000 ps after "
        f"store_ready_1 {at(14)} (from inputs to codes), and is 12000 ps late"
    )


def test_a_co_processor_that_never_ends_a_job_is_caught_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Controller, "finish", lambda self: None)
    timer = {"clock_hz": "1 GHz", "cycles": 5}
    (missing,) = violations(lambda host: host.transfer(FEATURES), timer=timer)
    assert missing.startswith(f"write_codes {at(31)} in CONVERTING is missing")
    assert missing.endswith("and is 12000 ps late")


def test_a_timer_shorter_than_the_job_is_caught() -> None:
    # 10 cycles of 1 ns from 14 ns on, but the codes come at 31 ns
    assert violations(job, timer={"clock_hz": "1 GHz", "cycles": 10}) == [
        f"write_codes by coprocessor {at(31)} in CONVERTING must come at most 10000 ps after "
        f"store_ready_1 {at(14)} (from inputs to codes); it came 7000 ps too late"
    ]


def skips_the_conversion(self: Controller, job: Any) -> Steps:
    """Take the codes of the job before, at once."""
    path = self.data_path
    self.state.set("COMPUTING")
    path.columns.drive(slice(None), self.column_drive())
    yield self.converting.posedge
    self.state.set("CONVERTING")
    return False


def test_codes_before_the_converters_can_have_them_are_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Controller, "compute", skips_the_conversion)
    assert violations(job) == [
        f"write_codes by coprocessor {at(29)} in CONVERTING must come 16000 ps or more after "
        f"store_ready_1 {at(14)} (from inputs to codes); it came 1000 ps too early"
    ]


def skips_everything(self: Controller, job: Any) -> Steps:
    """Say that it is done."""
    yield 20_000
    return False


def test_a_co_processor_that_converts_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Controller, "compute", skips_everything)
    first, *_ = violations(lambda host: host.transfer(FEATURES))
    assert first == (
        f"write_codes by coprocessor {at(34)} in COMPUTING is not legal; {IN_COMPUTING}"
    )


def test_a_converter_that_fires_by_itself_is_caught() -> None:
    system, check = followed()

    def glitch(host: Host) -> Steps:
        system.imac.links[-1].arrived.notify()
        yield from host.ready(0)

    system.run(glitch)
    assert [str(seen) for seen in check.hand_off.violations] == [
        f"imac.hand_off: convert by coprocessor {at(0)} in IDLE is not legal; {IN_IDLE}"
    ]


def test_a_ready_register_that_does_not_show_the_transfer_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ReadyRegister, "open_transfer", lambda self: self.has_result.set(0))

    def poll(host: Host) -> Steps:
        yield from host.ready(0)
        yield from host.load(0)

    assert violations(poll) == [
        f"load_ready_minus_1 by core {at(2)} in LOADING is not legal; {IN_LOADING}"
    ]


def test_a_ready_register_that_says_minus_one_too_soon_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(self: ReadyRegister) -> None:
        self.READY.value = NO_INPUTS

    monkeypatch.setattr(ReadyRegister, "start", start)

    def poll(host: Host) -> Steps:
        yield from host.transfer(FEATURES)
        yield from host.load(0)

    assert violations(poll) == [
        f"load_ready_minus_1 by core {at(15)} in COMPUTING is not legal; {IN_COMPUTING}"
    ]


def test_a_port_without_a_limit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_turn(self: Imac, port: int) -> Steps:
        yield from self.arbiter.acquire(port)
        yield 400

    monkeypatch.setattr(Imac, "_take_turn", take_turn)
    first, *_ = violations(lambda host: host.transfer(FEATURES))
    # accesses end at 400, 800, 1200 ps: from 1200 ps the next edge is at 2000 ps
    assert first == (
        f"store_element by core at {CONFIGURED_PS + 1_600} ps in LOADING must come 800 ps or more "
        f"after store_element at {CONFIGURED_PS + 1_200} ps (one access at a time); "
        "it came 400 ps too early"
    )


def test_an_aborted_conversion_that_still_gives_codes_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def convert(self: AdcArray) -> None:
        self.conversion.begin("again")
        self.conversion.end()

    monkeypatch.setattr(AdcArray, "convert", convert)
    first, *_ = violations(job)
    assert first.startswith(f"convert by coprocessor {at(30)} in CONVERTING is not legal")
