"""The convolver computes strips: right codes, in packed bits, from either bank, at what cost."""

import numpy as np
import pytest

from components.analog import MappingError
from components.coprocessor import Host
from components.imac import PAYLOAD_ADDRESS
from components.imac.convolver import LAYER_ADDRESS, Convolver
from cosim import ConfigError, ProtocolError, Simulator, Steps
from tests.components.convolver_host import BEGIN_PS, SMALL, codes_of, layer, play, steps

RANDOM = np.random.default_rng(8)
STRIP = [float(bit) for bit in RANDOM.integers(0, 2, 12 + 4 * 4)]
OTHER = [1.0 - bit for bit in STRIP]
WINDOWS, CODES = 5, 20


@pytest.mark.parametrize("lanes", [1, 8, 16])
@pytest.mark.parametrize("level", ["ideal", "virtual_ground"])
def test_a_strip_s_codes_are_those_of_plain_arithmetic(lanes: int, level: str) -> None:
    found: list[int] = []

    def script(host: Host, _: Convolver) -> Steps:
        found.extend((yield from host.drive(steps(lanes=lanes), STRIP, CODES)))

    convolver = play(script, lanes=lanes, analog={"level": level})
    assert found == codes_of(SMALL, STRIP)
    assert len(set(found)) > 2
    assert (convolver.strips.value, convolver.shots.value) == (1, WINDOWS)
    assert convolver.violations == []


def test_a_load_brings_several_codes_a_byte_each() -> None:
    words: list[int] = []

    def script(host: Host, _: Convolver) -> Steps:
        yield from host.drive(steps()[:4], STRIP, 0)
        for first in (0, 8, 16):
            words.extend([(yield from host.load(PAYLOAD_ADDRESS + first, 8))])

    play(script)
    found = [word >> 8 * lane & 0xFF for word in words for lane in range(8)]
    assert found == [*codes_of(SMALL, STRIP), 0, 0, 0, 0]  # nothing lies behind the last code


def test_codes_lie_packed_from_the_first_bit_on() -> None:
    def script(host: Host, _: Convolver) -> Steps:
        yield from host.drive(steps(), STRIP, CODES)

    bank = play(script).banks[0]
    codes = codes_of(SMALL, STRIP)
    packed = sum(code << 3 * place for place, code in enumerate(codes))
    assert bank.buffer.bits.value & (1 << 3 * CODES) - 1 == packed


def test_one_bank_is_filled_while_the_other_is_computed() -> None:
    codes: list[list[int]] = []
    starts: list[int] = []

    def script(host: Host, convolver: Convolver) -> Steps:
        convolver.strip.listen(lambda when, label: starts.append(when) if label else None)
        yield from host.drive(steps(0)[:3], STRIP, CODES)
        yield from host.drive(steps(1)[:3], OTHER, CODES)
        for bank in (0, 1):
            codes.extend([(yield from host.drive(steps(bank)[3:], (), CODES))])

    convolver = play(script)
    assert codes == [codes_of(SMALL, STRIP), codes_of(SMALL, OTHER)]
    # a shot takes 20 + 4 cycles and 1 to write; five of them, and 2 cycles to latch the next strip
    assert starts[1] - starts[0] == (5 * 25 + 2) * 250
    assert convolver.violations == []


def test_layers_share_the_subarrays_and_are_chosen_by_number() -> None:
    second = layer("conv2", inputs=20, outputs=3, step=10)
    strip = [float(bit) for bit in RANDOM.integers(0, 2, 40)]
    found: list[int] = []

    def script(host: Host, convolver: Convolver) -> Steps:
        yield from host.drive(steps(), STRIP, CODES)
        yield from host.store(LAYER_ADDRESS, 1)
        found.extend((yield from host.drive(steps(1), strip, 9)))

    convolver = play(script, SMALL, second)
    assert found == codes_of(second, strip)
    assert convolver.rewrites.value == 0
    # 13 x 4 and 21 x 3 cells, two junctions each
    assert convolver.writing.value == pytest.approx(2 * (13 * 4 + 21 * 3) * 0.55)


def test_weights_that_do_not_fit_together_are_written_for_every_change_of_layer() -> None:
    second = layer("conv2", inputs=20, outputs=3, step=10)
    strip = [1.0] * 20
    ends: list[int] = []

    def script(host: Host, convolver: Convolver) -> Steps:
        for number, inputs, outputs in ((0, STRIP, CODES), (1, strip, 3), (0, STRIP, CODES)):
            yield from host.store(LAYER_ADDRESS, number)
            yield from host.drive(steps(), inputs, outputs)
            ends.append(convolver.now_ps)

    small = {"geometry": {"subarrays": 1, "columns": 30, "rows": 30}}
    convolver = play(script, SMALL, second, analog=small, rewritten=True)
    assert convolver.rewrites.value == 2
    # at the start conv1, then conv2, then conv1 again
    assert convolver.writing.value == pytest.approx(2 * 0.55 * (13 * 4 * 2 + 21 * 3))
    # the third job is the first one, and 4 rows of 5 ns more
    assert (ends[2] - ends[1]) - (ends[0] - BEGIN_PS) == 4 * 5_000
    with pytest.raises(MappingError, match="must fit 1 subarrays of 30x30 at once; they need 2"):
        play(script, SMALL, second, analog=small)


def test_energy_is_what_the_parts_took() -> None:
    def script(host: Host, _: Convolver) -> Steps:
        yield from host.drive(steps(), STRIP, CODES)

    convolver = play(script)
    spent = convolver.energy_pj()
    on_ns = 5 * 25 * 0.25  # five shots of 25 cycles
    assert spent["neurons"] == pytest.approx(4 * 0.064 * on_ns)  # 64 uW each
    assert spent["amplifiers"] == pytest.approx(4 * 0.040 * on_ns)  # 40 uW each
    assert spent["adc"] == pytest.approx(20 * convolver.config.analog.adc.conversion_pj)
    # 28 bits in and to the latches, 20 codes of 3 bits in and out
    assert spent["buffer"] == pytest.approx((2 * 28 + 2 * 60) * 0.07)
    # every driven column has four synapses of 117.4 uW, and its shot's bias column
    driven = sum(sum(STRIP[at : at + 12]) + 1 for at in range(0, 20, 4))
    assert spent["array"] == pytest.approx(driven * 4 * 0.1174 * 25 * 0.25, rel=1e-3)


def test_a_strip_that_does_not_come_out_even_is_refused() -> None:
    def script(host: Host, _: Convolver) -> Steps:
        yield from host.drive(steps(), STRIP[:-1], CODES)

    with pytest.raises(ProtocolError) as refused:
        play(script)
    assert str(refused.value).startswith(
        "convolver.bank[0]: a strip of conv1 must have 12 elements from 0 on, and 4 more for every"
        " further window, not 27 at "
    )


def test_more_codes_or_elements_than_a_bank_holds_are_refused() -> None:
    wide = layer("wide", inputs=12, outputs=40, step=4)

    def script(host: Host, _: Convolver) -> Steps:
        yield from host.drive(steps(), STRIP, CODES)

    with pytest.raises(ProtocolError, match="at most 170 codes of 3 bits, not 200; cut it into"):
        play(script, wide)

    def long(host: Host, _: Convolver) -> Steps:
        yield from host.drive(steps(), STRIP * 20, CODES)

    with pytest.raises(ProtocolError, match=r"must be 0 to 511, not 512; cut the strip"):
        play(long)


def test_a_layer_that_is_not_there_and_none_at_all_are_refused() -> None:
    def script(host: Host, _: Convolver) -> Steps:
        yield from host.store(LAYER_ADDRESS, 1)

    with pytest.raises(ProtocolError, match="the layer must be 0 to 0, not 1 at"):
        play(script)
    with pytest.raises(MappingError, match="conv1 must be in 1 subarrays of 8x8 in one piece"):
        play(script, analog={"geometry": {"subarrays": 1, "columns": 8, "rows": 8}},
             rewritten=True)  # fmt: skip


def test_a_convolver_without_layers_is_refused() -> None:
    with Simulator() as simulator, pytest.raises(ConfigError, match="one convolution at least"):
        Convolver("convolver", simulator, layers=())
