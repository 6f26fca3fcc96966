"""Two banks: inputs are stored while another job is computed, and nothing gets mixed up.

At 1 GHz an access takes 1 cycle: ready = 0, twelve inputs and ready = 1 are 14. A job of 3 layers
of 30 ns takes 90 + 1 + 1 = 92; four codes are 4.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from components.coprocessor import Host, LoadCodes, Poll, Step, chosen
from components.imac import Imac, ImacConfig
from components.imac.conformance import BEGIN_PS, FEATURES, OUTPUTS, small_network
from components.imac.controller import Arrays
from components.imac.hand_off_check import HandOffCheck
from cosim import Clock, ProtocolError, Simulator, Steps

CYCLE_PS = 1_000
OTHER = tuple(1.0 - (value > 0) for value in FEATURES)
"""The opposite inputs, so that mixed up banks would show."""


def steps(bank: int) -> tuple[list[Step], list[Step]]:
    """Return what stores and starts a job, and what waits for it and reads its codes."""
    every = chosen(f"double_buffer:bank={bank},period=3").steps()
    later: list[Step] = [step for step in every if isinstance(step, Poll | LoadCodes)]
    return [step for step in every if step not in later], later


Script = Callable[[Host], Steps]


def run(script: Script) -> tuple[list[list[int]], Imac, HandOffCheck]:
    """Run a script; return the codes it gives, and the machine."""
    given = {"protocol": "double_buffer", "timer": {"clock_hz": "1 GHz"},
             "analog": {"layer_ps": 30_000}}  # fmt: skip
    found: list[list[int]] = []
    with Simulator(seed=1, clock=Clock(1_000_000_000)) as simulator:
        config = ImacConfig.model_validate(given)
        imac = Imac("imac", simulator, layers=small_network(), config=config)
        check = HandOffCheck(imac)
        simulator.observe(check)
        host = Host("host", simulator)
        host.bus.bind(imac.bus)

        def story() -> Steps:
            yield BEGIN_PS
            found.extend((yield from script(host)))

        simulator.env.process(story(), "story")
        simulator.run(on_hang="ignore")
    return found, imac, check


def one_by_one(host: Host) -> Steps:
    """Do four jobs in one bank."""
    codes = []
    for features in (FEATURES, OTHER, FEATURES, OTHER):
        store, read = steps(0)
        codes += [(yield from host.drive([*store, *read], features, OUTPUTS))]
    return codes


def ahead(host: Host) -> Steps:
    """Do four jobs, each bank filled while the other one is computed."""
    codes = []
    waiting: Sequence[Step] = ()
    for number, features in enumerate((FEATURES, OTHER, FEATURES, OTHER)):
        store, read = steps(number % 2)
        yield from host.drive(store, features, OUTPUTS)
        if waiting:
            codes += [(yield from host.drive(waiting, (), OUTPUTS))]
        waiting = read
    return [*codes, (yield from host.drive(waiting, (), OUTPUTS))]


def test_codes_are_the_same_in_either_order() -> None:
    (first, second, *rest), *_ = run(one_by_one)
    assert first != second
    assert rest == [first, second]
    assert run(ahead)[0] == [first, second, first, second]


def test_inputs_are_stored_while_a_job_is_computed() -> None:
    _, alone, _ = run(one_by_one)
    _, both, check = run(ahead)
    # alone a job begins when the one before is computed (92), seen by a poll, which reads in the
    # cycles 1, 4, ... 94 of the job, its codes read (4) and new inputs stored (14)
    starts = [job.start_ps // CYCLE_PS for job in alone.jobs]
    assert [later - first for first, later in pairwise(starts)] == [94 + 4 + 14] * 3
    # with two banks it begins a cycle after the one before has ended
    starts = [job.start_ps // CYCLE_PS for job in both.jobs]
    assert [later - first for first, later in pairwise(starts)] == [93] * 3
    assert check.hand_off.violations == []
    assert {check.hand_off.state_of(bank) for bank in (0, 1)} == {"READABLE"}


def test_a_bank_that_waits_may_not_be_read() -> None:
    def script(host: Host) -> Steps:
        for bank in (0, 1):
            yield from host.drive(steps(bank)[0], FEATURES, OUTPUTS)
        return (yield from host.drive(steps(1)[1][-1:], (), OUTPUTS))

    with pytest.raises(ProtocolError, match=r"controller\[1\]: codes loaded while COMPUTING"):
        run(script)


def test_power_lost_while_a_bank_waits_ends_both_jobs() -> None:
    def script(host: Host) -> Steps:
        for bank in (0, 1):
            yield from host.drive(steps(bank)[0], FEATURES, OUTPUTS)
        yield CYCLE_PS
        # an owner is any module
        host.bus.bound[0].owner.power_cycle()  # type: ignore[attr-defined]
        yield CYCLE_PS
        return [(yield from host.drive([*steps(1)[0], *steps(1)[1]], FEATURES, OUTPUTS))]

    codes, imac, _ = run(script)
    assert len(imac.jobs) == 1
    assert codes == [[int(code) for code in imac.last_job.codes]]


def test_subarrays_that_two_banks_take_at_once_break_the_contract(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Arrays, "holder", property(lambda _: None, lambda *_: None), raising=False)
    with pytest.raises(ProtocolError):
        run(ahead)
