"""The ledger: every lost image has one cause, and the sum is the difference."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scenarios.accuracy.ledger import Entry, Rung, ledger


def test_each_image_is_charged_to_the_cause_without_which_it_is_right():
    labels = np.array([1, 1, 1, 1])
    found = ledger(
        (
            Rung("digital", np.array([[1, 1, 1, 0]])),
            Rung("sign", np.array([[1, 0, 0, 0]])),
            Rung("spread", np.array([[0, 0, 1, 1]])),
            Rung("codes", np.array([[0, 0, 2, 1]])),
        ),
        labels,
    )
    # image 0 is right until the spread; 1 until the sign; 2 with the spread, lost by codes
    assert found.blamed.tolist() == [[2, 1, 3, 0]]
    assert found.entries == (
        Entry("sign", 1, 0),
        Entry("spread", 1, 1),  # image 3 is right from the spread on
        Entry("codes", 1, 0),
    )
    assert found.difference == 3 - 1


def test_chips_share_the_rungs_in_front_of_them():
    found = ledger(
        (Rung("digital", np.array([[5, 5]])), Rung("spread", np.array([[5, 4], [4, 4], [5, 5]]))),
        np.array([5, 5]),
    )
    assert found.entries == (Entry("spread", 3, 0),)
    assert found.difference == 6 - 3


@given(arrays(np.int64, (5, 3, 12), elements=st.integers(0, 2)))
def test_what_is_charged_less_what_is_credited_is_the_difference(classes):
    labels = np.arange(12) % 3
    found = ledger([Rung(str(n), rung) for n, rung in enumerate(classes)], labels)
    lost = (classes[0] == labels) & (classes[-1] != labels)
    assert ((found.blamed > 0) == lost).all()
    assert sum(entry.lost for entry in found.entries) == lost.sum()
    assert sum(entry.net for entry in found.entries) == found.difference
    assert found.difference == (classes[0] == labels).sum() - (classes[-1] == labels).sum()
