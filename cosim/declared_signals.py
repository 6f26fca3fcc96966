"""Signals declared on a module class; observers see them as gauges.

    class Timer(Module):
        zero = signal("1 while the count is zero", reset=1)

        @zero.on_negedge
        def restarted(self) -> None: ...

Checked by: tests/kernel/test_declared_signals.py
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from cosim.declaration import Declaration, Function, Part, mark
from cosim.observing import Listener, Observed, Pen
from cosim.probes import Gauge
from cosim.schedule import Schedule
from cosim.signals import Signal


class SignalOwner(Observed, Protocol):
    """What a declared signal needs of its module."""

    @property
    def env(self) -> Schedule:
        """The environment whose update phase it takes part in."""
        ...


class SignalGauge(Gauge):
    """A declared signal as observers see it: its last value of every instant."""

    def __init__(self, owner: Observed, name: str, doc: str, signal: Signal, **kind: Any) -> None:
        self.signal = signal
        self._pens: dict[Listener, Pen] = {}
        super().__init__(owner, name, doc, initial=signal.value, **kind)

    @property
    def value(self) -> Any:
        """The signal's value."""
        return self.signal.value

    @value.setter
    def value(self, value: Any) -> None:
        """Only the signal's writer sets it."""

    def listen(self, listener: Listener, pen: Pen | None = None) -> None:
        """Call `listener(when_ps, value)` at the end of each instant that changed the signal.

        The first one that brings a pen is not called: the signal writes with its pen.
        """
        if pen is not None and not self.signal.is_drawn:
            self._pens[listener] = pen
            self.signal.draw(pen)
            return
        if not self.listeners:
            self.signal.listen(self._pass_on)
        super().listen(listener)

    def unlisten(self, listener: Listener) -> None:
        """Stop calling a listener, or writing with the pen it brought."""
        if listener in self._pens:
            self.signal.unlisten(self._pens.pop(listener))
        elif self.listeners:
            super().unlisten(listener)
            if not self.listeners:
                self.signal.unlisten(self._pass_on)

    def _pass_on(self, _: int, value: Any) -> None:
        self.tell(value)


class ModuleSignal(Signal):
    """A signal that a module class declares; `gauge` shows it to observers."""

    def __init__(
        self,
        owner: SignalOwner,
        name: str,
        doc: str,
        reset: Any,
        *,
        many_writers: bool,
        unchecked_writers: bool,
        **kind: Any,
    ) -> None:
        plain = Gauge(owner, name, doc, initial=reset, **kind)
        super().__init__(
            owner.env,
            plain.path,
            plain.value,
            many_writers=many_writers,
            unchecked_writers=unchecked_writers,
        )
        self.owner = owner
        self.doc = doc
        self.path = plain.path
        self.gauge = SignalGauge(owner, name, doc, self, **kind)

    def write(self, value: Any) -> None:
        """Let the signal have `value` from the next delta cycle on.

        Raises SignalError if it does not fit the declaration, or if another process drives it.
        """
        if value != self.value:
            self.gauge.check(value)
        super().write(value)


class Sensed(Declaration[Part]):
    """A declaration whose changes can start methods."""

    def on_change(self, function: Function) -> Function:
        """Run the method whenever the value changes."""
        return mark(function, "changed", self)

    def on_posedge(self, function: Function) -> Function:
        """Run the method whenever the value becomes true."""
        return mark(function, "posedge", self)

    def on_negedge(self, function: Function) -> Function:
        """Run the method whenever the value becomes false."""
        return mark(function, "negedge", self)


def drives(*outputs: Sensed[Any]) -> Callable[[Function], Function]:
    """Declare which signals and out ports a method drives.

    With it, elaboration can tell a circle of methods without a clock.
    """

    def decorate(function: Function) -> Function:
        for output in outputs:
            mark(function, "drives", output)
        return function

    return decorate


def signal(
    doc: str,
    *,
    reset: Any = None,
    width_bits: int = 1,
    signed: bool = False,
    real: bool = False,
    unit: str = "",
    states: Sequence[str] = (),
    text: bool = False,
    many_writers: bool = False,
    unchecked_writers: bool = False,
    level: str = "",
) -> Sensed[ModuleSignal]:
    """Declare a signal; the kinds of value are those of `gauge`, `reset` is its first value."""
    return Sensed(
        doc,
        lambda owner, name: ModuleSignal(
            owner,
            name,
            doc,
            reset,
            many_writers=many_writers,
            unchecked_writers=unchecked_writers,
            width_bits=width_bits,
            signed=signed,
            real=real,
            unit=unit,
            states=states,
            text=text,
            level=level,
        ),
    )
