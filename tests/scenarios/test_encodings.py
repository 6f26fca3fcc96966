"""Codes of signs: which one is needed, what has none, how many bytes it takes."""

import numpy as np
import pytest

from cosim.errors import DataError
from scenarios.networks import images, lenet5, weights
from scenarios.networks.encodings import HandOff, check, shortest
from scenarios.networks.lowering import program


def signs(*rows):
    return np.array(rows, np.int8)


@pytest.mark.parametrize(
    ("values", "encoding"),
    [((0, 1), "binary01"), ((-1, 1), "bipolar"), ((-1, 0, 1), "ternary2b"), ((-1, 0), "ternary2b")],
)
def test_the_shortest_code_has_every_sign_that_occurs(values, encoding):
    assert shortest(signs(values)) == encoding
    check("net", signs(values), encoding)


def test_a_third_value_under_a_code_of_one_bit_is_an_error():
    with pytest.raises(DataError) as refusal:
        check("net", signs([0, 1, 1], [1, -1, -1]), "binary01")
    assert str(refusal.value) == (
        "net: signs at the hand-off must be 0 and +1 under binary01, not -1 (image 1, element 1;"
        " in all 2); use ternary2b"
    )


def test_features_after_relu_have_no_code_where_zero_has_none():
    held = weights.load(lenet5.NETWORK)
    pixels = images.load_images(lenet5.NETWORK).pixels[:1]
    with pytest.raises(DataError, match="must be -1 and [+]1 under bipolar, not 0 .*use binary01"):
        program(held, pixels, encoding="bipolar")
    program(held, pixels, "cpu", encoding="bipolar")  # the core needs no code


@pytest.mark.parametrize(
    ("encoding", "elements", "size_bytes", "chunks"),
    [
        ("binary01", 400, 50, 1),  # arXiv 2105.13904: 400 and 512 features fit 64 bytes
        ("binary01", 512, 64, 1),
        ("bipolar", 513, 65, 2),
        ("ternary2b", 256, 64, 1),
        ("ternary2b", 400, 100, 2),
        ("binary01", 784, 98, 2),
    ],
)
def test_the_hand_off_counts_bytes_and_chunks(encoding, elements, size_bytes, chunks):
    found = HandOff(encoding, elements)
    assert (found.size_bytes, found.chunks) == (size_bytes, chunks)
    assert ("chunks" in str(found)) == (chunks > 1)
