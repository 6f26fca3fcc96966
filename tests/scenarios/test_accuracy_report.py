"""The page about accuracy: curves, causes and wrong digits."""

import pytest

from components.analog import AnalogConfig
from scenarios.accuracy import sweeps
from scenarios.accuracy.evaluating import Hardware, examine
from scenarios.accuracy.examined import read
from scenarios.cli import dispatch
from scenarios.networks import lenet5, weights

LENET = weights.load(lenet5.NETWORK)


def test_more_bits_more_accuracy_and_eight_lose_nothing_against_voltages():
    digits, hardware = read(LENET, None, 1000), Hardware(AnalogConfig())
    outcome = examine(LENET, digits, hardware)
    curve = sweeps.over_bits(digits, hardware, outcome)
    assert curve.points[0] == 1 and curve.points[-1] == 8
    assert curve.means[0] < curve.means[2]
    assert curve.means[2] == outcome.shares("ADC")[0]  # three bits are the default
    assert curve.means[-1] == pytest.approx(outcome.shares(outcome.analog)[0], abs=2e-3)


@pytest.mark.slow
def test_much_spread_and_large_tiles_cost_accuracy():
    digits, hardware = read(LENET, None, 200), Hardware(AnalogConfig(), seeds=2)
    spread = sweeps.over_spread(LENET.programmed, digits, hardware, lambda *_: None)
    assert spread.means[-1] < spread.means[0]
    assert spread.spreads[0] == 0 < max(spread.spreads)
    wires = Hardware(AnalogConfig.model_validate({"wires": {"preset": "pessimistic"}}))
    tiles = sweeps.over_tiles(LENET.programmed, digits, wires, lambda *_: None)
    assert tiles.means[-1] < tiles.means[0] - 0.1
    assert "10 ohm" in tiles.title


def test_the_page_shows_curves_and_wrong_digits_with_their_cause(tmp_path):
    options = ["--images", "300", "--variation", "0.3", "--report", str(tmp_path / "page")]
    assert dispatch(["accuracy", "lenet5", *options]) == 0
    page = (tmp_path / "page" / "report.html").read_text()
    assert page.count("<svg") == 3
    for title in ("Bits of the converters", "Variation of the junctions", "Partition size"):
        assert title in page
    wrong = page.count("<img ")
    assert wrong >= 3
    causes = ("device variation", "ADC", "binarisation", "digital network too", "sign", "bias law")
    told = sum(page.count(f": {cause}") for cause in causes)
    assert told == 2 * wrong  # alternative text and caption of each picture
