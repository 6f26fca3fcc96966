"""Plots as SVG: read back as XML, and measured."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from waveforms.plots import HEIGHT, LEFT, RIGHT, SIDE, WIDTH, Area, Bar, rows, stack, ticks

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawn):
    return [one.text for one in drawn.iter(f"{SVG}text")]


def test_bars_lie_where_their_time_is_and_are_named_if_there_is_room():
    bars = [
        Bar("image 0: conv1", 0, 60_000),
        Bar("<b>", 60_000, 61_000),
        Bar("out", 100_000, 900_000),
    ]
    drawn = ET.fromstring(rows([("core.layer", bars)], 20_000, 120_000, ("red", "blue")))
    found = [
        (float(one.attrib["x"]), float(one.attrib["width"])) for one in drawn.iter(f"{SVG}rect")
    ]
    width = WIDTH - LEFT - RIGHT
    wanted = [(0.0, 0.4), (0.4, 0.01), (0.8, 0.2)]
    assert found == [pytest.approx((LEFT + width * a, width * b), abs=0.01) for a, b in wanted]
    assert {"core.layer", "conv1", "out", "time (ns)"} <= set(texts(drawn))
    assert "<b>" not in texts(drawn)
    titles = [one.text for one in drawn.iter(f"{SVG}title")]
    assert titles[1] == "<b>, 60 to 61 ns"


def areas_of(path):
    """Return the area under a path of horizontal and vertical steps."""
    steps = re.findall(r"([MLHV])([\d.]+)(?: ([\d.]+))?", path.get("d"))
    x = y = total = 0.0
    for command, first, second in steps:
        if command in "ML":
            x, y = float(first), float(second)
        elif command == "H":
            total += (x - float(first)) * y
            x = float(first)
        else:
            y = float(first)
    return total


@pytest.mark.parametrize("count", [4, 5_000])
def test_areas_are_energies_also_of_more_readings_than_there_are_columns(count):
    times = [0]
    for place in range(count):
        times.append(times[-1] + 1_000 * (1 + place % 3))
    one, two = [float(place % 7) for place in range(count)], [2.0] * count
    drawn = ET.fromstring(stack(times, [Area("a", "red", one), Area("b", "blue", two)], "mW"))
    shown = [areas_of(path) for path in drawn.iter(f"{SVG}path") if path.get("fill")]
    lengths = [until - since for since, until in pairwise(times)]
    wanted = [sum(a * b for a, b in zip(values, lengths, strict=True)) for values in (one, two)]
    assert shown[0] / shown[1] == pytest.approx(wanted[0] / wanted[1], rel=0.01)
    assert max(shown) < HEIGHT * (WIDTH - SIDE)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (13.2, 14.6, [13.2, 13.4, 13.6, 13.8, 14, 14.2, 14.4, 14.6]),
        (0, 4256, [0, 1000, 2000, 3000, 4000]),
    ],
)
def test_ticks_are_round_numbers(low, high, wanted):
    assert ticks(low, high) == pytest.approx(wanted)
