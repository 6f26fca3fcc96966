"""Decks that ngspice runs, and what it says of our levels."""

from functools import partial

import numpy as np
import pytest

from components.analog import (
    AmplifierConfig,
    Circuit,
    DifferenceAmplifier,
    Mesh,
    Mtj,
    MtjConfig,
    SpiceError,
    SpreadConfig,
    ngspice,
    program,
)
from components.analog.decks import LayerCircuit, network_deck, tile_deck
from components.analog.wires import Part
from cosim.seeds import generator

NOMINAL = Mtj(MtjConfig())
needs_ngspice = pytest.mark.skipif(
    not ngspice.is_installed(), reason="ngspice is not installed: apt-get install ngspice"
)


def crossbar(columns, rows, seed=1, mtj=NOMINAL):
    weights = np.random.default_rng(seed).choice(np.array([-1, 0, 1], np.int8), (columns, rows))
    return program(weights, mtj, 0.8, partial(generator, seed), spread=SpreadConfig(cell=0.05))


def analog(count, columns):
    return np.random.default_rng(2).uniform(-0.8, 0.8, (count, columns)).round(6)


@needs_ngspice
@pytest.mark.ngspice
@pytest.mark.parametrize("ohms", [(2.0, 2.0), (10.0, 3.0), (0.0, 5.0), (4.0, 0.0), (0.0, 0.0)])
def test_ngspice_finds_the_currents_of_the_mesh(ohms):
    one, volts = crossbar(6, 5), analog(3, 6)
    found = ngspice.solve_tile(one, ohms, volts)
    lines = np.concatenate(one.line_currents_ua(volts), 1)
    ours = Mesh(Circuit(one, ohms)).exact(volts) if any(ohms) else lines
    np.testing.assert_allclose(found, ours, rtol=1e-6, atol=1e-6)


@needs_ngspice
@pytest.mark.ngspice
def test_ngspice_finds_the_currents_of_constant_resistors():
    one, volts = crossbar(4, 3, mtj=Mtj(MtjConfig(bias_law="constant"))), analog(2, 4)
    found = ngspice.solve_tile(one, (2.0, 2.0), volts)
    np.testing.assert_allclose(found, Mesh(Circuit(one, (2.0, 2.0))).exact(volts), atol=1e-6)


@needs_ngspice
@pytest.mark.ngspice
def test_ngspice_finds_the_volts_of_difference_amplifiers():
    one, volts = crossbar(6, 3), analog(2, 6)
    deck = tile_deck(one, (2.0, 2.0), volts, DifferenceAmplifier())
    found = ngspice.simulate(deck).values
    ours = Mesh(Circuit(one, (2.0, 2.0), "difference")).exact(volts)
    np.testing.assert_allclose(
        np.stack([found[f"v(o{row})"] for row in range(3)], 1), ours, atol=2e-6
    )


def test_a_deck_reads_as_the_figure_it_is_named_after():
    deck = tile_deck(crossbar(2, 1), (2.0, 2.0), np.array([[0.8, -0.8]])).splitlines()
    assert deck[0] == (
        "* Map Subarray: 2 columns x 1 rows; 2 and 2 ohm per cell of bit and sense line"
    )
    assert "rb0_0 d0 b0_0 2.0" in deck
    assert "vp0 ep0 0 0" in deck
    assert "alter vin1 = -0.8" in deck
    assert deck[-1] == ".end"
    assert deck.count("op") == 1


def test_a_vector_alters_only_what_changes():
    volts = np.array([[0.8, 0.0], [0.8, 0.8]])
    deck = tile_deck(crossbar(2, 1), (2.0, 2.0), volts).splitlines()
    assert [line for line in deck if line.startswith("alter")] == [
        "alter vin0 = 0.8", "alter vin1 = 0.8",
    ]  # fmt: skip


@needs_ngspice
@pytest.mark.ngspice
def test_ngspice_s_own_words_are_shown_when_it_refuses_a_deck():
    deck = tile_deck(crossbar(2, 1), (2.0, 2.0), np.array([[0.8, 0.0]]))
    broken = deck.replace("rb0_0 d0 b0_0 2.0", "x1 d0 b0_0 missing")
    with pytest.raises(SpiceError, match="must give 1 operating points, not 0; it says: .*missing"):
        ngspice.simulate(broken, "tile")


def test_a_missing_ngspice_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(ngspice, "PROGRAM", "no-such-program")
    with pytest.raises(SpiceError, match="not installed: apt-get install ngspice"):
        ngspice.simulate("* deck", "imac")


def test_a_raw_file_of_two_operating_points_is_read():
    head = (
        b"Title: *\nPlotname: Operating Point\nFlags: real\nNo. Variables: 2\nNo. Points: 1\n"
        b"Variables:\n\t0\tV(a)\tvoltage\n\t1\ti(vp0)\tcurrent\nBinary:\n"
    )
    content = b"".join(head + np.array(pair).tobytes() for pair in ([0.5, 1e-6], [0.25, 2e-6]))
    assert ngspice.read_raw(content) == [
        {"v(a)": 0.5, "i(vp0)": 1e-6}, {"v(a)": 0.25, "i(vp0)": 2e-6},
    ]  # fmt: skip


def layer(inputs, outputs, seed, is_last):
    tiles = (Part(slice(0, inputs + 1), slice(0, outputs), crossbar(inputs + 1, outputs, seed)),)
    return LayerCircuit(
        inputs, outputs, True, tiles, (2.0, 2.0), 2000.0, AmplifierConfig(), (0.0,) * outputs,
        4, True, 0.8, NOMINAL,
    )  # fmt: skip


def test_the_deck_of_a_network_chains_its_layers():
    deck = network_deck([layer(3, 2, 1, False), layer(2, 1, 2, True)], np.array([[0.8, 0, 0.8]]))
    assert deck.startswith("* Map IMAC: 2 - 1\n")
    assert "eb0_1 x1_1 0 h0_1 0 1" in deck
    assert "xn1_0 a1_0 h1_0 vdd neuron" in deck
