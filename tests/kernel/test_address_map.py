import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim.address_map import NO_PORT, AddressMap, port_at
from cosim.errors import AddressError


@pytest.fixture
def ranges() -> AddressMap:
    ranges = AddressMap("soc.bus")
    ranges.add("memory", 0x1000, 0x1000, 0)
    ranges.add("imac", 0x4000, 0x100, 1, base=0x20)
    return ranges


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (0xFFF, None),
        (0x1000, "memory"),
        (0x1FFF, "memory"),
        (0x2000, None),
        (0x4000, "imac"),
        (0x40FF, "imac"),
        (0x4100, None),
    ],
)
def test_an_address_is_decoded_up_to_the_edges_of_its_range(ranges, address, name):
    found = ranges.decode(address)
    assert (None if found is None else found.name) == name


def test_an_access_that_leaves_its_range_is_not_decoded(ranges):
    assert ranges.decode(0x1FFC, 4) is not None
    assert ranges.decode(0x1FFD, 4) is None


def test_the_target_sees_local_addresses(ranges):
    found = ranges.require(0x4010)
    assert found.port == 1
    assert found.local(0x4010) == 0x10 + 0x20


def test_an_access_that_nobody_answers_is_refused_with_the_ranges(ranges):
    with pytest.raises(AddressError) as refused:
        ranges.require(0x3000, 8)
    assert str(refused.value) == (
        "soc.bus: an access of 8 bytes at 0x3000 must lie in one range; the ranges are "
        "memory (0x1000 to 0x1fff), imac (0x4000 to 0x40ff)"
    )


@pytest.mark.parametrize("start", [0x1000, 0x1FFF, 0x0800, 0x1800])
def test_overlapping_ranges_are_refused(ranges, start):
    with pytest.raises(AddressError) as refused:
        ranges.add("rom", start, 0x1000, 2)
    assert str(refused.value) == (
        f"soc.bus: rom ({start:#x} to {start + 0xFFF:#x}) must not overlap "
        "memory (0x1000 to 0x1fff); the first address free above it is 0x2000"
    )


def test_ranges_may_touch(ranges):
    ranges.add("rom", 0x2000, 0x2000, 2)
    assert [one.name for one in ranges] == ["memory", "rom", "imac"]
    assert len(ranges) == 3


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({"size_bytes": 0}, "size_bytes must be a whole number, 1 or more, not 0"),
        ({"start": -1}, "start must be a whole number, 0 or more, not -1"),
        ({"start": 0.5}, "start must be a whole number, 0 or more, not 0.5"),
        ({"port": -1}, "port must be a whole number, 0 or more, not -1"),
        ({"base": "0x10"}, "base must be a whole number, 0 or more, not '0x10'"),
    ],
)
def test_a_range_that_cannot_be_meant_is_refused(ranges, place, told):
    with pytest.raises(AddressError) as refused:
        ranges.add("rom", **{"start": 0, "size_bytes": 4, "port": 2} | place)
    assert str(refused.value) == f"soc.bus: rom: {told}"


def test_an_empty_map_answers_nothing():
    empty = AddressMap("soc.bus")
    assert empty.decode(0) is None
    assert port_at(empty.table(), 0) == NO_PORT


@given(
    sizes=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), max_size=6),
    address=st.integers(0, 70),
)
def test_compiled_and_plain_decoding_agree(sizes, address):
    ranges, at = AddressMap("bus"), 0
    for port, (gap, size_bytes) in enumerate(sizes):
        at += gap
        ranges.add(f"range[{port}]", at, size_bytes, port)
        at += size_bytes
    found = ranges.decode(address)
    assert port_at(ranges.table(), address) == (NO_PORT if found is None else found.port)
