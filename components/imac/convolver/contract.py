"""The hand-off of strips: one job after another in each bank, several shots a job.

Models:     a bank takes the inputs of a strip while the other one's is computed; each window is
            converted by itself, and the codes may be read when all are there and READY has said so.
Leaves out: which elements were stored, and that they must come out even as windows: the convolver
            itself says so.
Source:     estimate: the hand-off of arXiv:2105.13904 section V, with two banks and many shots.
Checked by: tests/components/test_convolver_conformance.py
"""

from components.imac.contract import HandOff
from components.imac.protocols.polling import PollingHandOff
from cosim.protocol import event, given, tally


class StripHandOff(PollingHandOff, each="bank"):
    """In each bank one strip after another; a bank may wait for the subarrays."""

    windows = given("windows of the strip")

    store_element = event("inputs, as many as one store carries", HandOff.LOADING.stays,
                          by=HandOff.core)  # fmt: skip

    choose_layer = event("the strips to come are of a layer", HandOff.IDLE.stays,
                         PollingHandOff.READABLE.stays, by=HandOff.core)  # fmt: skip
    convert = event("a window's codes are in the bank", HandOff.COMPUTING >> HandOff.CONVERTING,
                    HandOff.CONVERTING.stays, by=HandOff.coprocessor)  # fmt: skip
    every_window = tally("every window", convert, since=HandOff.store_ready_1,
                         until=HandOff.write_codes, at_least=windows)  # fmt: skip
