"""The contract of strips: legal ones keep it in both banks, and no misuse goes unseen."""

from typing import Any

import pytest

from components.coprocessor import Host, LoadCodes, Start, Step, Store, StoreFeatures
from components.imac import PAYLOAD_ADDRESS, READY_ADDRESS
from components.imac.conformance import EVERY, MEDDLING, MISUSES, TOO_FEW
from components.imac.convolver import LAYER_ADDRESS, Convolver, StripHandOff
from cosim import ProtocolError, Steps
from tests.components.convolver_host import SMALL, codes_of, play, steps
from tests.components.test_convolver import CODES, OTHER, STRIP


def tried(misuse: str, bank: int = 0) -> Convolver:
    """Play one strip with a bug in its driver, on a convolver that refuses nothing."""
    others: list[Host] = []

    def script(host: Host, _: Convolver) -> Steps:
        sound = steps(bank)
        changed: list[Step] = MISUSES[misuse](sound) if misuse in MISUSES else sound
        if misuse == MEDDLING:
            yield from host.drive(changed[:2], STRIP, CODES)
            yield from others[0].store(PAYLOAD_ADDRESS | bank << 11, 1.0)
            changed = changed[2:]
        strip = STRIP[:-1] if misuse == TOO_FEW else STRIP
        yield from host.drive(changed, strip, CODES)

    return play(script, others=others, misuse="record", over_bus=True)


@pytest.mark.parametrize("misuse", [one for one in EVERY if one != "ready_minus_1"])
def test_every_misuse_is_named(misuse: str) -> None:
    assert tried(misuse).violations


def test_ready_minus_1_is_for_the_convolver_to_say() -> None:
    (first, *_) = tried("ready_minus_1").violations
    assert "store_ready_minus_1" in first


@pytest.mark.parametrize("bank", [0, 1])
def test_legal_strips_enter_every_state_and_break_nothing(bank: int) -> None:
    convolver = tried("", bank)
    assert convolver.violations == []
    assert convolver.hand_off.state_of(bank) == "READABLE"
    seen = convolver.hand_off.coverage.states
    assert all(seen[state] for state in StripHandOff.state_names if state != "CONFIGURING")


def test_strips_in_turns_keep_the_contract_of_each_bank() -> None:
    codes: list[list[int]] = []

    def script(host: Host, _: Convolver) -> Steps:
        before: list[Step] = []
        for number, strip in enumerate((STRIP, OTHER, STRIP, OTHER)):
            yield from host.drive(steps(number % 2)[:3], strip, CODES)
            if before:
                codes.append((yield from host.drive(before, (), CODES)))
            before = steps(number % 2)[3:]
        codes.append((yield from host.drive(before, (), CODES)))

    convolver = play(script)
    assert codes == [codes_of(SMALL, STRIP), codes_of(SMALL, OTHER)] * 2
    assert convolver.violations == []


def test_a_bank_that_is_being_computed_may_not_be_filled_or_read() -> None:
    def filled(host: Host, _: Convolver) -> Steps:
        yield from host.drive(steps()[:3], STRIP, CODES)
        yield from host.store(PAYLOAD_ADDRESS, 1.0)

    with pytest.raises(ProtocolError, match="store_element of 0 by core at .* in COMPUTING is not"):
        play(filled)

    def read(host: Host, _: Convolver) -> Steps:
        yield from host.drive(steps()[:3], STRIP, CODES)
        yield from host.load(PAYLOAD_ADDRESS)

    with pytest.raises(ProtocolError, match="load_code of 0 by core at .* in COMPUTING is not"):
        play(read)


def test_the_layer_may_not_change_under_a_strip() -> None:
    def script(host: Host, _: Convolver) -> Steps:
        yield from host.drive(steps(1)[:2], STRIP, CODES)
        yield from host.store(LAYER_ADDRESS, 0)

    with pytest.raises(ProtocolError, match="choose_layer of 1 by core at .* in LOADING is not"):
        play(script)


def test_a_convolver_that_skips_a_window_breaks_the_contract(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = Convolver._latched

    def skipping(self: Convolver, bank: Any) -> object:
        return sound(self, bank)[:-1]

    monkeypatch.setattr(Convolver, "_latched", skipping)

    def script(host: Host, convolver: Convolver) -> Steps:
        yield from host.drive(steps()[:3], STRIP, CODES)
        convolver.windows = 5

    with pytest.raises(ProtocolError):
        play(script)


def test_the_driver_of_the_suite_is_that_of_one_strip() -> None:
    kinds = [type(step) for step in steps()]
    assert kinds[:3] == [Store, StoreFeatures, Start]
    assert kinds[-1] is LoadCodes
    assert steps(1)[0] == Store(1 << 11 | READY_ADDRESS, 0.0)
