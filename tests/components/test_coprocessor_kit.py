"""Protocols by name, their parameters, and what their drivers must yield."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.coprocessor import (
    PROTOCOLS,
    Descriptor,
    Exit,
    HandOffProtocol,
    LoadCodes,
    Poll,
    Start,
    Step,
    Store,
    StoreFeatures,
    Wait,
    checked,
    chosen,
)
from components.imac import Imac, ImacConfig
from components.imac.offload import offload
from components.imac.protocols import PollingConfig
from cosim import Clock, ConfigError, DataError, ProtocolError, Simulator, override
from tests.components.imac_host import SMALL
from tests.components.protocol_file import SHORTEST


def test_the_paper_s_protocol_is_the_default() -> None:
    assert ImacConfig().hand_off.kind is PROTOCOLS.find("timer")


def test_the_core_executes_what_the_driver_yields() -> None:
    assert chosen("timer").steps() == (
        Store(0x000, 0.0), StoreFeatures(0x001), Start(0x000, 1.0), Wait(), LoadCodes(0x001),
    )  # fmt: skip


def test_parameters_stand_behind_a_colon() -> None:
    config = override(ImacConfig(), "protocol", "polling:period=32")
    assert config.hand_off.config == PollingConfig(period_cycles=32)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pooling", "there is no hand-off protocol pooling; did you mean polling"),
        ("polling:perriod=3", "perriod; did you mean period_cycles"),
        ("polling:period_cycles=-1", "PollingConfig.period_cycles must be 0 to 1048576 cycles"),
        ("polling:fast", "protocol polling must be given KEY=VALUE, not 'fast'"),
        ("polling:period=3,period_cycles=4", "polling must be given period_cycles once, not again"),
        ("", "there is no hand-off protocol without a name; known: blocking, "),
        (":period=3", "there is no hand-off protocol without a name"),
        ("timer:cycles=3", "protocol timer has no parameters; leave 'cycles=3' out"),
    ],
)
def test_a_bad_choice_is_refused_with_one_sentence(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        override(ImacConfig(), "protocol", text)


def test_a_file_of_one_s_own_is_a_protocol(tmp_path: Path) -> None:
    file = tmp_path / "mine_protocol.py"
    file.write_text(SHORTEST)
    config = override(ImacConfig(), "protocol", str(file))
    assert config.hand_off.kind.__name__ == "Mine"
    assert config.hand_off.steps()[1] == Start(0, 1.0)


def test_a_file_without_a_protocol_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "nothing.py"
    file.write_text("")
    with pytest.raises(DataError, match="nothing.py must add one hand-off protocol; it adds none"):
        override(ImacConfig(), "protocol", str(file))


def test_a_driver_that_never_starts_the_job_is_refused() -> None:
    with pytest.raises(ConfigError) as refused:
        checked("Lazy", [StoreFeatures(1), LoadCodes(1)])
    assert str(refused.value) == (
        "the driver of Lazy must yield StoreFeatures (or Descriptor, Packed), Start, LoadCodes "
        "once each, in this order, not StoreFeatures, LoadCodes"
    )


ODD: Any = "abc"
"""What a driver may yield by mistake."""


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Poll(0, ODD), "until of Poll of the driver of Odd must be a whole number from -128 "),
        (Poll(0, 300), "until of Poll of the driver of Odd must be a whole number from -128 "),
        (Poll(0, 1, -7), "period_cycles of Poll of the driver of Odd must be a whole number"),
        (Poll(0, 1, 10**30), "period_cycles of Poll of the driver of Odd must be a whole number"),
        (StoreFeatures(1, 0), "lanes of StoreFeatures of the driver of Odd must be a whole number "
         "from 1 to 16, not 0"),
        (StoreFeatures(1, 17), "from 1 to 16, not 17"),
        (Store(ODD, 1.0), "address of Store of the driver of Odd must be a whole number from 0 to "
         "65535, not 'abc'"),
        (Store(-1, 1.0), "from 0 to 65535, not -1"),
        (Store(0, ODD), "value of Store of the driver of Odd must be a float32, or an int of 32 "
         "bits, not 'abc'"),
        (Start(0, 1e39), "value of Start of the driver of Odd must be a float32, or an int of 32 "
         "bits, not 1e"),
        (Store(0, 1 << 32), "an int of 32 bits, not 4294967296"),
        (Store(0, -1), "an int of 32 bits, not -1"),
        (Exit(0, 256), "layers of Exit of the driver of Odd must be a whole number from 0 to 255"),
        (Descriptor(0x1_0000, 0), "source of Descriptor of the driver of Odd"),
        (LoadCodes(ODD), "address of LoadCodes of the driver of Odd"),
    ],
)  # fmt: skip
def test_a_step_that_no_instruction_can_carry_out_is_refused(step: Step, told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)):
        checked("Odd", [step])


@pytest.mark.parametrize("value", [0, 0xFFFF_FFFF, -3.4e38, float("inf"), float("nan")])
def test_what_32_bits_hold_may_be_stored(value: float) -> None:
    steps: list[Step] = [Store(0xFFFF, value), StoreFeatures(1, 16), Start(0, value), LoadCodes(1)]
    assert len(checked("Plain", steps)) == 4


def test_a_driver_that_fails_is_told_in_a_sentence() -> None:
    def driver() -> Iterator[Step]:
        yield Wait()
        raise ValueError("no such register")

    nothing: Any = None
    with pytest.raises(ConfigError, match="it ended in ValueError: no such register"):
        checked("Broken", driver())
    with pytest.raises(ConfigError, match="must yield steps; it ended in TypeError"):
        checked("Mute", nothing)


def test_what_is_no_step_and_what_comes_again_is_told() -> None:
    number: Any = 3
    with pytest.raises(ConfigError, match=r"must yield steps, as Wait\(\), not 3"):
        checked("Odd", [number])
    with pytest.raises(ConfigError, match="not StoreFeatures 25 times, Start, LoadCodes"):
        checked("Blocks", [*[StoreFeatures(1)] * 25, Start(0, 1.0), LoadCodes(1)])


def test_a_register_where_the_timer_is_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "crowded.py"
    text = SHORTEST.replace('"mine"', '"crowded"').replace(
        "import HandOff\n", "import HandOff\nfrom cosim import register\n"
    )
    file.write_text(text.replace("= HandOff\n", "= HandOff\n    TICKET = register(0x7C0, '')\n"))
    config = override(ImacConfig(), "protocol", str(file))
    sim = Simulator()
    with pytest.raises(ConfigError) as refused:
        Imac("imac", sim, layers=SMALL, config=config, clock=Clock(4_000_000_000))
    assert str(refused.value) == (
        "imac.protocol.TICKET must be at 0x7c1 or above, behind READY, the payload and the timer, "
        "not at 0x7c0"
    )


def test_two_registers_at_one_address_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "twice.py"
    text = SHORTEST.replace('"mine"', '"twice"').replace(
        "import HandOff\n", "import HandOff\nfrom cosim import register\n"
    )
    both = "= HandOff\n    ONE = register(0x7C1, '')\n    OTHER = register(0x7C1, '')\n"
    file.write_text(text.replace("= HandOff\n", both))
    config = override(ImacConfig(), "protocol", str(file))
    with pytest.raises(ConfigError) as refused:
        Imac("imac", Simulator(), layers=SMALL, config=config, clock=Clock(4_000_000_000))
    assert str(refused.value) == (
        "imac.protocol.OTHER must be at an address of its own, not at 0x7c1, where ONE is"
    )


def test_a_protocol_without_a_driver_is_refused() -> None:
    class Mute(HandOffProtocol):
        """Says nothing."""

    with pytest.raises(ConfigError, match="Mute must say what the core executes; write driver"):
        Mute.driver(None)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("(HandOffProtocol):", ":", "must be a class that extends HandOffProtocol, not <class '"),
        ("contract = HandOff", "contract = None", "Mine.contract must be a class that extends "
         "HandOff, as a hand-off of this co-processor has it, not None"),
        ("    contract = HandOff", "    pass", "Mine.contract must be a class that extends "),
        ("contract = HandOff", "contract = Contract", "Mine.contract must be a class that"),
        ("    @classmethod\n", "", "the driver of Mine must yield steps; it ended in TypeError: "),
        ("yield LoadCodes(1)", "yield LoadCodes(one)", "it ended in NameError: name 'one' is not"),
    ],
)  # fmt: skip
def test_a_class_that_is_no_protocol_is_told_in_a_sentence(
    was: str, becomes: str, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "odd_protocol.py"
    text = SHORTEST.replace("import HandOff\n", "import HandOff\nfrom cosim import Contract\n")
    assert was in text
    file.write_text(text.replace(was, becomes).replace('"mine"', '"odd"'))
    with pytest.raises(ConfigError, match=re.escape(told)):
        override(ImacConfig(), "protocol", str(file)).hand_off.steps()


def test_a_job_is_the_paper_s_but_for_what_tells_its_end() -> None:
    look = Poll(0x800, until=-1)
    assert tuple(offload(look, base=0x800, lanes=8)) == (
        Store(0x800, 0.0), StoreFeatures(0x801, 8), Start(0x800, 1.0), look, LoadCodes(0x801),
    )  # fmt: skip
    assert tuple(offload())[-1] == LoadCodes(0x001, blocks=True)


def test_steps_may_come_from_any_iterator() -> None:
    def driver() -> Iterator[Step]:
        yield StoreFeatures(1)
        yield Start(0, 1.0)
        yield LoadCodes(1)

    assert len(checked("Plain", driver())) == 3


def test_a_protocol_that_reads_memory_must_know_what_lies_there() -> None:
    message = "a protocol that reads 16 features at 0x1000 must know what lies there"
    with pytest.raises(ProtocolError, match=message):
        HandOffProtocol.contents(0x1000, 16)
