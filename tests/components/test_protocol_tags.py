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

INPUTS = (FEATURES, tuple(1.0 - (value > 0) for value in FEATURES))
"""Of each thread, opposite to the other's, so that inputs or codes that are mixed up would show."""


def shared(*choices: str, **misuse: str) -> tuple[list[list[int]], list[str]]:
    """Let each host do its jobs over its protocol, with inputs of its own.

    Return the codes, host by host, and what was broken.
    """
    given = {"protocol": choices[0], "misuse": misuse or LENIENT, "timer": {"clock_hz": "1 GHz"},
             "analog": {"layer_ps": 5_000}}  # fmt: skip
    done: list[list[list[int]]] = [[] for _ in choices]
    with Simulator(seed=1, clock=Clock(1_000_000_000)) as simulator:
        config = ImacConfig.model_validate(given)
        imac = Imac("imac", simulator, layers=small_network(), config=config)
        check = HandOffCheck(imac, raises=False)
        simulator.observe(check)

        def thread(host: Host, number: int) -> Steps:
            yield BEGIN_PS + number * APART_PS
            steps = chosen(choices[number]).steps()
            for _ in range(JOBS):
                done[number] += [(yield from host.drive(steps, INPUTS[number], outputs=OUTPUTS))]

        for number in range(len(choices)):
            host = Host(f"host[{number}]", simulator)
            host.bus.bind(imac.bus)
            host.completion.bind(imac.completion)
            simulator.env.process(thread(host, number), f"thread{number}")
        simulator.run(until_ps=10 * BEGIN_PS, on_hang="ignore")
    return [codes for own in done for codes in own], [
        one.message for one in check.hand_off.violations
    ]


def alone(features: tuple[float, ...]) -> list[int]:
    """Return the codes that some inputs have when nobody else is there."""
    given = {"protocol": "timer", "timer": {"clock_hz": "1 GHz"}, "analog": {"layer_ps": 5_000}}
    with Simulator(seed=1, clock=Clock(1_000_000_000)) as simulator:
        config = ImacConfig.model_validate(given)
        imac = Imac("imac", simulator, layers=small_network(), config=config)
        host = Host("host", simulator)
        host.bus.bind(imac.bus)
        host.completion.bind(imac.completion)

        def run() -> Steps:
            yield BEGIN_PS
            yield from host.drive(config.hand_off.steps(), features, outputs=OUTPUTS)

        simulator.env.process(run(), "run")
        simulator.run(on_hang="ignore")
        return [int(code) for code in imac.last_job.codes]


def test_each_of_two_threads_has_the_codes_of_its_own_inputs() -> None:
    codes, broken = shared("tagged:thread=0", "tagged:thread=1")
    assert broken == []
    first, second = map(alone, INPUTS)
    assert first != second
    assert codes == [first] * JOBS + [second] * JOBS


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
