"""A widened network computes what the narrower one does."""

import numpy as np
import pytest

from cosim.errors import DataError
from scenarios.networks import exported, reference, weights
from scenarios.networks.layers import Shape, stack
from scenarios.networks.weights import Weights
from scenarios.networks.widening import widened

NARROW = stack("narrow", Shape(8, 8, 3), "3@3 5@3 pool 6@3 pool", (7, 4))
WIDE = stack("wide", Shape(8, 8, 3), "8@3 5@3 pool 6@3 pool", (7, 4))


def test_more_filters_change_no_logit():
    held = weights.untrained(NARROW, 1)
    pixels = np.random.default_rng(1).integers(0, 256, (6, 8, 8, 3), np.uint8)
    wider = stack("wider", NARROW.inputs, "8@3 11@3 pool 6@3 pool", (7, 4))
    for wide in (WIDE, wider):
        grown = Weights(wide, widened(wide, NARROW, held.affine), held.binarised)
        assert grown.affine["conv1"].weights.shape == (3, 3, 3, 8)
        ours, theirs = (
            reference.logits(one, reference.features(one, pixels)) for one in (grown, held)
        )
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-5)


def test_a_file_of_a_narrower_network_is_widened_as_it_is_read(tmp_path):
    held = weights.untrained(NARROW, 1)
    weights.save(tmp_path / "narrow.npz", held)
    stored = weights.load(NARROW, tmp_path / "narrow.npz").affine
    found = exported.read(WIDE, tmp_path / "narrow.npz")
    for name, affine in widened(WIDE, NARROW, stored).items():
        assert np.array_equal(found[name].weights, affine.weights)
    said = exported.describe(WIDE, tmp_path / "narrow.npz")
    assert said == "narrow, widened (Net2Net)"


@pytest.mark.parametrize(
    "words",
    ["2@3 5@3 pool 6@3 pool", "3@3 5@3v 6@3", "3@3 5@3 pool 6@3 pool 6@1", "3@5 5@3 pool 6@3 pool"],
)
def test_networks_of_other_layers_are_not_widened(words):
    other = stack("other", NARROW.inputs, words, (7, 4))
    with pytest.raises(DataError, match="^narrow must have the layers of other, but for fewer"):
        widened(other, NARROW, weights.untrained(NARROW, 1).affine)
