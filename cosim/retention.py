"""What outlives a loss of power: field by field of a record, and what the power supply must know.

Every field is volatile or retained, and has so many bits in hardware, which is what saving costs:

    LOOP = Retention(volatile={"row": 9, "plane": 3, "accumulator": 24}, retained={"layer": 5})
    state = np.zeros(1, LOOP.dtype)
    LOOP.lose(state)  # row, plane and accumulator are POISON, layer is as it was

Lost state is poison, never 0: what goes on without having been saved or begun anew goes wrong
where one sees it.

Models:     flip-flops that hold anything when power comes back.
Leaves out: state that decays bit by bit while the supply falls.
Source:     volatile and non-volatile parts of an accelerator in MRAM: estimate, the abstract of
            arXiv:1904.07864 says only that partial results outlive a loss of power.
Checked by: tests/kernel/test_retention.py
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from cosim.compiled import Records, compiled, record
from cosim.errors import ElaborationError

POISON = -0x5A5A_5A5A_5A5A_5A5B
"""What a volatile field holds after a loss of power: no count, no index, no plausible sum."""

PROGRESS = record(
    "energy_fj",
    "operations",
    "trigger",
    "repairs",
    "layer",
    "row_first",
    "row_words",
    "changed_bits",
)
"""What a machine shows to whoever powers it, after every step.

`energy_fj` and `operations` only grow. `trigger` is 1 right after a natural point to save at;
`repairs` is 1 if the step only wrote again what operations after the saved point had overwritten.
`layer` is non-volatile and changes when a layer is committed: state that was saved before is then
of no use, for its inputs may be overwritten. The step wrote `row_words` words of the machine's
non-volatile memory, from word `row_first` on; a loss of power during the step may tear them. If the
count of layers is among them, `layer` is read from them again when power comes. `changed_bits` are
those of volatile state that the step wrote.
"""

NOTHING: Mapping[str, int] = MappingProxyType({})


class Retention:
    """A record whose fields are `volatile` or `retained`; of each its bits in hardware.

    Raises ElaborationError for a field that is both, or has no bits.
    """

    def __init__(
        self, *, volatile: Mapping[str, int] = NOTHING, retained: Mapping[str, int] = NOTHING
    ) -> None:
        for name, bits in (*volatile.items(), *retained.items()):
            if name in volatile and name in retained:
                raise ElaborationError(
                    f"field {name} must be volatile or retained, not both; name it once"
                )
            if bits < 1:
                raise ElaborationError(f"field {name} must have 1 bit or more, not {bits}")
        self.volatile = dict(volatile)
        self.retained = dict(retained)
        self.dtype = record(*volatile, *retained)

    @property
    def volatile_bits(self) -> int:
        """Bits of one record that are lost without power."""
        return sum(self.volatile.values())

    def places(self, records: Records) -> NDArray[np.int64]:
        """Return which of the `words` of `records` are volatile, (n,).

        Raises ElaborationError if they are of another kind.
        """
        if records.dtype != self.dtype:
            raise ElaborationError(
                f"records must have the fields {', '.join(self.dtype.names or ())}, "
                f"not {', '.join(records.dtype.names or ('none',))}"
            )
        fields = len(self.volatile) + len(self.retained)
        firsts = fields * np.arange(records.size)[:, None]
        return (firsts + np.arange(len(self.volatile))).ravel()

    def lose(self, records: Records) -> None:
        """Take away the power: what is volatile becomes poison."""
        lose_power(words(records), self.places(records))


def words(records: Records) -> NDArray[np.int64]:
    """Return the numbers of records as one array that shares their memory, (fields x records,)."""
    return records.reshape(-1).view(np.int64)


@compiled
def lose_power(held: NDArray[np.int64], places: NDArray[np.int64]) -> None:
    """Poison the words of `held` at `places`."""
    for place in places:
        held[place] = POISON
