"""ResolvedSignal: one wire, several drivers, four values per bit: 0, 1, Z and X.

    wire.write("01ZX")      or a whole number: wire.write(5)
    wire.read()             "01XX"

Models:     each process drives a value of its own, from its first write until it drives Z; equal
            drivers agree, Z gives way, all else is X. A wire nobody has driven yet is X.
Leaves out: drive strengths.
Source:     IEEE 1666, sc_signal_resolved, sc_signal_rv; reference program 12.
Checked by: tests/kernel/test_resolved.py, tests/kernel/test_systemc_signals.py
"""

from functools import reduce
from typing import Any

from cosim.declared_signals import Sensed, SignalGauge, SignalOwner
from cosim.errors import ElaborationError, SignalError
from cosim.names import join
from cosim.schedule import Schedule
from cosim.signals import Signal

LEVELS = frozenset("01ZX")
"""Values of one bit."""

EDGES = {"1": (True, False), "0": (False, True)}
"""What a change to a value is as an edge: true now, true before."""


class ResolvedSignal(Signal):
    """A wire of `width_bits` bits; its value is text, the highest bit first."""

    def __init__(self, env: Schedule, name: str = "wire", width_bits: int = 1) -> None:
        if not isinstance(width_bits, int) or width_bits < 1:
            raise ElaborationError(f"{name} must have 1 bit or more, not {width_bits!r}")
        super().__init__(env, name, "X" * width_bits, many_writers=True)
        self.width_bits = width_bits
        self._driven: dict[Any, str] = {}

    def write(self, value: str | int) -> None:
        """Drive the wire; what the running process drove before is given up.

        Raises SignalError unless it is one of 0, 1, Z, X for each bit, or a number that fits.
        """
        driven = self._text(value)
        driver = self.env._active_proc
        if self._driven.get(driver) == driven:
            return
        self._driven[driver] = driven
        self.request_update()

    def _text(self, value: str | int) -> str:
        width_bits = self.width_bits
        if isinstance(value, int) and 0 <= value < 1 << width_bits:
            return f"{value:0{width_bits}b}"
        if isinstance(value, str) and len(value) == width_bits and set(value) <= LEVELS:
            return value
        raise SignalError(
            f"{self.name} must be driven with {width_bits} of the letters 0, 1, Z and X or with "
            f"a whole number from 0 to {(1 << width_bits) - 1}, not {value!r}"
        )

    def update(self) -> None:
        """Resolve what everyone drives; called in the update phase."""
        self._next = reduce(_joined, self._driven.values())
        super().update()

    def _levels(self, value: Any, before: Any) -> tuple[bool, bool]:
        """Return what a change is as an edge: rising to 1, falling to 0."""
        return EDGES.get(value, (True, True))

    def _tell(self, value: Any, before: Any) -> None:
        """Fire the edge events: rising when the wire becomes 1, falling when it becomes 0."""
        super()._tell(*self._levels(value, before))


def _joined(one: str, other: str) -> str:
    return "".join(
        b if a == "Z" else a if b in (a, "Z") else "X" for a, b in zip(one, other, strict=True)
    )


class ModuleWire(ResolvedSignal):
    """A resolved signal that a module class declares; `gauge` shows it to observers, as text."""

    def __init__(self, owner: SignalOwner, name: str, doc: str, width_bits: int) -> None:
        self.path = join(owner.path, name)
        super().__init__(owner.env, self.path, width_bits)
        self.owner = owner
        self.doc = doc
        self.gauge = SignalGauge(owner, name, doc, self, text=True)


def wire(doc: str, *, width_bits: int = 1) -> Sensed[ModuleWire]:
    """Declare a four-valued wire of several drivers."""
    return Sensed(doc, lambda owner, name: ModuleWire(owner, name, doc, width_bits))
