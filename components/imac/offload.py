"""The paper's job as steps of a driver, which most protocols take over but for its end.

Models:     ready = 0, the inputs, ready = 1, what tells the core, the codes.
Source:     arXiv:2105.13904 section V.
Checked by: tests/components/test_coprocessor_kit.py, tests/components/test_protocols_conformance.py
"""

from collections.abc import Iterator

from components.coprocessor import LoadCodes, Start, Step, Store, StoreFeatures
from components.imac.addresses import PAYLOAD_ADDRESS, READY_ADDRESS


def offload(*told: Step, base: int = 0, lanes: int = 1) -> Iterator[Step]:
    """Yield a job in which `told` tells the core that the codes are there.

    With nothing told, the load of the first code waits for it. `base` is the first address of
    the bank or tag, `lanes` are the inputs of one store.
    """
    yield Store(base + READY_ADDRESS, 0.0)
    yield StoreFeatures(base + PAYLOAD_ADDRESS, lanes)
    yield Start(base + READY_ADDRESS, 1.0)
    yield from told
    yield LoadCodes(base + PAYLOAD_ADDRESS, blocks=not told)
