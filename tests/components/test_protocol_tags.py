"""Two threads share a co-processor by tags and a lock; without them their jobs collide."""

import pytest

from components.coprocessor import Host, chosen
from components.imac import Imac, ImacConfig
from components.imac.conformance import BEGIN_PS, FEATURES, LENIENT, OUTPUTS, small_network
from components.imac.hand_off_check import HandOffCheck
from components.imac.protocols import Tagged
from cosim import Clock, ProtocolError, Simulator, Steps

JOBS = 3

APART_PS = 3_000


def shared(*choices: str, **misuse: str) -> tuple[list[list[int]], list[str]]:
    """Let each host do its jobs over its protocol; return all codes, and what was broken."""
    given = {"protocol": choices[0], "misuse": misuse or LENIENT, "timer": {"clock_hz": "1 GHz"},
             "analog": {"layer_ps": 5_000}}  # fmt: skip
    done: dict[int, list[int]] = {}
    with Simulator(seed=1, clock=Clock(1_000_000_000)) as simulator:
        config = ImacConfig.model_validate(given)
        imac = Imac("imac", simulator, layers=small_network(), config=config)
        check = HandOffCheck(imac, raises=False)
        simulator.observe(check)

        def thread(host: Host, choice: str, begin_ps: int) -> Steps:
            yield begin_ps
            for _ in range(JOBS):
                steps = chosen(choice).steps()
                done[len(done)] = yield from host.drive(steps, FEATURES, outputs=OUTPUTS)

        for number, choice in enumerate(choices):
            host = Host(f"host[{number}]", simulator)
            host.bus.bind(imac.bus)
            host.completion.bind(imac.completion)
            steps = thread(host, choice, BEGIN_PS + number * APART_PS)
            simulator.env.process(steps, f"thread{number}")
        simulator.run(until_ps=10 * BEGIN_PS, on_hang="ignore")
    return list(done.values()), [one.message for one in check.hand_off.violations]


def test_jobs_of_two_threads_do_not_touch_each_other() -> None:
    codes, broken = shared("tagged:thread=0", "tagged:thread=1")
    assert broken == []
    assert len(codes) == 2 * JOBS
    assert len({tuple(one) for one in codes}) == 1  # same inputs, same codes


def test_without_a_lock_they_break_the_contract() -> None:
    _, broken = shared("timer", "timer")
    assert broken[0].startswith("imac.hand_off: store_ready_0 by other")


def test_who_does_not_hold_the_lock_is_refused() -> None:
    with pytest.raises(ProtocolError, match="READY set to 0 by 2, which does not hold the lock"):
        shared("tagged", "timer", foreign_owner="trap")


def test_a_lock_that_is_given_to_everybody_breaks_the_contract(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Tagged, "admits", lambda self, owner: True)
    _, broken = shared("tagged:thread=0", "tagged:thread=1")
    assert broken[0].startswith("imac.hand_off: load_lock_1 by other")
