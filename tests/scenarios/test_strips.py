"""Convolutions on the arrays as code: what is sent where, in which order. Counts by hand."""

from dataclasses import replace

import numpy as np
import pytest

from components.coprocessor import unpack
from components.cpu.program import LOAD_IMAC, STORE_IMAC, WAIT_IMAC
from components.imac.convolver import ConvolverConfig
from cosim.config import override
from cosim.errors import ConfigError
from scenarios.networks import lenet5
from scenarios.networks.images import load_images
from scenarios.networks.lowering import program
from scenarios.networks.options import CodeOptions
from scenarios.networks.weights import Weights, untrained
from scenarios.running.convolving import unrolling
from scenarios.soc import SocConfig
from scenarios.studies.on_arrays import CONVOLVING

BASE, BANK = 0x2000, 0x800
READY, ELEMENT, LAYER = BASE, BASE + 1, BASE + 0x7C0

Access = tuple[str, int, int]
"""What, its address, its value."""


def accesses(
    weights: Weights, images: int = 1, isa: str = "avx2", soc: SocConfig = CONVOLVING
) -> list[tuple[str, int, int, int]]:
    """Return the accesses to the convolver: kind, address, value, bytes."""
    pixels = load_images(weights.network).pixels[:images]
    made = program(
        weights, pixels, options=CodeOptions(isa=isa), encoding="binary01",
        unrolling=unrolling(weights, pixels, soc, 0),
    )  # fmt: skip
    kinds = {STORE_IMAC: "store", LOAD_IMAC: "load", WAIT_IMAC: "poll"}
    return [
        (kinds[int(one["op"])], int(one["address"]), int(one["value"]), int(one["size_bytes"]))
        for chunk in made.chunks()
        for one in chunk[np.isin(chunk["op"], list(kinds))]
        if one["address"] >= BASE
    ]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return untrained(lenet5.ARRAYS, 3)


@pytest.fixture(scope="module")
def sent(weights: Weights) -> list[tuple[str, int, int, int]]:
    return accesses(weights)


def test_the_first_strip_is_the_first_column_s_slices(
    weights: Weights, sent: list[tuple[str, int, int, int]]
) -> None:
    pixels = load_images(weights.network).pixels[0, :, :, 0]
    image = np.pad(pixels >= 128, 2)
    assert sent[0] == ("store", LAYER, 0, 4)
    assert sent[1] == ("store", READY, 0, 4)  # 0.0
    for row, (kind, address, value, size) in enumerate(sent[2:34]):
        assert (kind, address, size) == ("store", ELEMENT + 5 * row, 5 * 4)
        ones = [pattern != 0 for pattern in unpack(value, 5)]
        assert ones == image[row, 0:5].tolist()
    assert sent[34] == ("store", READY, 0x3F80_0000, 4)  # 1.0


def test_each_strip_is_sent_before_the_codes_of_the_one_before_are_read(
    sent: list[tuple[str, int, int, int]],
) -> None:
    second = sent[35 : 35 + 34]
    assert second[0] == ("store", READY + BANK, 0, 4)
    assert second[-1] == ("store", READY + BANK, 0x3F80_0000, 4)
    assert sent[69][:2] == ("poll", READY)
    codes = sent[70 : 70 + 28]  # six codes a window in one load
    assert [one[:2] for one in codes] == [("load", ELEMENT + 6 * row) for row in range(28)]
    assert {one[3] for one in codes} == {6}
    assert sent[98][:2] == ("store", READY)


def test_an_image_takes_so_many_accesses(sent: list[tuple[str, int, int, int]]) -> None:
    kinds = [one[0] for one in sent]
    # the layer; 28 columns of 32 slices, ten of 14 in four stores of at most eight; READY twice
    assert kinds.count("store") == 1 + 28 * (32 + 2) + 1 + 10 * (14 * 4 + 2) == 1534
    # a window's 6 codes in one load, its 16 in two
    assert kinds.count("load") == 28 * 28 + 10 * 10 * 2 == 984
    assert kinds.count("poll") == 28 + 10


@pytest.mark.parametrize(
    ("settings", "stores", "loads", "polls"),
    [
        # one sign a store, one code a load
        ({"lanes": 1}, 2 + 28 * (160 + 2) + 10 * (420 + 2), 28 * 28 * 6 + 1600, 38),
        # a slice of 30 in two stores; a load brings eight codes at most
        ({"lanes": 16}, 2 + 28 * (32 + 2) + 10 * (14 * 2 + 2), 784 + 200, 38),
        ({"banks": 1}, 1534, 984, 38),
        # 256 bits take 14 windows of 6 codes; in 4, 4 and 2 windows of 16: 18, and 8 + 8 + 6 slices
        (
            {"buffer.size_bytes": 32},
            2 + 28 * (2 * 18 + 4) + 10 * (22 * 4 + 6), 984, 28 * 2 + 10 * 3,
        ),
    ],
)  # fmt: skip
def test_lanes_banks_and_buffer_decide_how_much_travels(
    weights: Weights, settings: dict[str, int], stores: int, loads: int, polls: int
) -> None:
    convolver: ConvolverConfig = CONVOLVING.convolver
    for path, value in settings.items():
        convolver = override(convolver, path, str(value))
    found = accesses(weights, soc=CONVOLVING.model_copy(update={"convolver": convolver}))
    kinds = [one[0] for one in found]
    assert (kinds.count("store"), kinds.count("load"), kinds.count("poll")) == (
        stores, loads, polls,
    )  # fmt: skip
    banks = {one[1] & BANK for one in found}
    assert banks == ({0} if convolver.banks == 1 else {0, BANK})


@pytest.mark.parametrize("isa", ["scalar", "sse"])
def test_any_code_sends_the_same(
    weights: Weights, sent: list[tuple[str, int, int, int]], isa: str
) -> None:
    assert accesses(weights, isa=isa) == sent


def test_bits_of_three_go_over_in_three_planes() -> None:
    serial = untrained(lenet5.SERIAL, 3)
    found = accesses(serial)
    starts = [at for at, one in enumerate(found) if one[:2] == ("store", READY) and not one[2]]
    pixels = load_images(serial.network).pixels[0, :, :, 0]
    per_plane = (1534 - 2 - 10 * 58) + 784 + 28  # stores, loads and polls of the first layer
    for plane in range(3):
        image = np.pad(pixels >> 7 - plane & 1, 2)
        # the middle of the strip of column 10, in bank 0
        column = [one for one in found[1 + plane * per_plane :] if one[0] == "store"]
        strip = column[10 * 34 : 11 * 34]
        ones = [pattern != 0 for pattern in unpack(strip[1 + 14][2], 5)]
        assert ones == image[14, 10:15].astype(bool).tolist()
    assert len(starts) == 3 * (14 + 5)


def test_machines_and_networks_that_do_not_go_together_are_refused(weights: Weights) -> None:
    pixels = load_images(weights.network).pixels[:1]
    with pytest.raises(ConfigError, match="set soc.convolver.enabled=true, or soc.imac.enabled"):
        unrolling(weights, pixels, SocConfig(), 0)
    with pytest.raises(ConfigError, match="run lenet5_arrays, or set soc.convolver.enabled=false"):
        unrolling(untrained(lenet5.NETWORK, 0), pixels, CONVOLVING, 0)
    fine = override(CONVOLVING, "convolver.analog.adc.bits", "4")
    with pytest.raises(ConfigError, match="adc.bits must be 3, which lenet5_arrays was trained"):
        unrolling(weights, pixels, fine, 0)
    small = override(CONVOLVING, "convolver.buffer.size_bytes", "16")
    with pytest.raises(ConfigError, match="conv2: a window of 150 bits and its 16 codes of 3 bits"):
        unrolling(weights, pixels, small, 0)
    assert unrolling(weights, pixels, override(SocConfig(), "imac.enabled", "false"), 0) is None
    assert replace(lenet5.NETWORK, name="x").planes == 0
