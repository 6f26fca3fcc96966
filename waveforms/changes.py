"""Value changes on their way into a VCD file.

A listener appends one text; a new time appends its stamp; texts are joined and written in
blocks. Measured on CPython 3.11 against `VCDWriter.change` of pyvcd: README.md, section Cost.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import IO, Any

from cosim.errors import TimeError
from waveforms.traces import Look
from waveforms.watch import Change

BLOCK = 512
"""texts gathered before they are joined and written; measured: larger blocks gain nothing."""

REMEMBERED = 4096
"""texts a variable remembers, so that a value which comes again is not formatted again."""

REMEMBERED_BITS = 12
"""bits; wider numbers seldom repeat and are formatted each time."""

FOREVER = 1 << 62
"""ps; later than any time a simulation reaches."""

_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(33), 127)}
_ESCAPES |= {ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


@lru_cache(maxsize=REMEMBERED)
def escaped(text: str) -> str:
    """Return a text as a VCD string value: no white space, ASCII only, with GTKWave's escapes."""
    plain = text.translate(_ESCAPES)
    if plain.isascii():
        return plain
    return "".join(chr(byte) if byte < 128 else f"\\x{byte:02x}" for byte in plain.encode())


class Texts(dict[Any, str]):
    """What is written for each value of one variable, made when the value first comes."""

    def __init__(self, key: str, look: Look, width_bits: int) -> None:
        super().__init__()
        self.key = key
        self.look = look
        self.mask = (1 << width_bits) - 1
        self.format = _FORMATS[look]

    def __missing__(self, value: Any) -> str:
        """Format a value and remember the text."""
        if len(self) >= REMEMBERED:
            self.clear()
        text = self[value] = self.format(value, self.key, self.mask)
        return text


def _bit(value: Any, key: str, mask: int) -> str:
    return f"{int(value) & mask:b}{key}\n"


def _number(value: Any, key: str, mask: int) -> str:
    return f"b{int(value) & mask:b} {key}\n"


def _real(value: Any, key: str, _: int) -> str:
    return f"r{value:.17g} {key}\n"


def _text(value: str | None, key: str, _: int) -> str:
    return f"s{escaped(value or '')} {key}\n"


def _event(_: Any, key: str, __: int) -> str:
    return f"1{key}\n"


_FORMATS: dict[Look, Callable[[Any, str, int], str]] = {
    Look.BIT: _bit,
    Look.UNSIGNED: _number,
    Look.SIGNED: _number,
    Look.REAL: _real,
    Look.POWER: _real,
    Look.STATE: _text,
    Look.TEXT: _text,
    Look.SPAN: _text,
    Look.EVENT: _event,
}


class Changes:
    """The body of a VCD file, from the values at its start on.

    `leave` is called once, at the first change at `until_ps` or later; that change and all
    after it are not written.
    """

    __slots__ = ("_file", "_is_done", "_leave", "_until_ps", "block", "now_ps")

    def __init__(self, file: IO[str], until_ps: int | None, leave: Callable[[], None]) -> None:
        self.now_ps = 0
        self.block: list[str] = []
        self._file = file
        self._until_ps = FOREVER if until_ps is None else until_ps
        self._leave = leave
        self._is_done = False

    def begin(self, when_ps: int, values: list[str], events: list[str]) -> None:
        """Write the values all variables have at `when_ps`, and the events of that moment."""
        self.now_ps = when_ps
        self.block += [f"#{when_ps}\n$dumpvars\n", *values, "$end\n", *events]

    def advance(self, when_ps: int) -> None:
        """Go to another time; raises TimeError if it is earlier."""
        if not self.now_ps < when_ps < self._until_ps:
            self._leave_at(when_ps)
        self.now_ps = when_ps
        block = self.block
        if len(block) > BLOCK:
            self.flush()
        block.append(f"#{when_ps}\n")

    def _leave_at(self, when_ps: int) -> None:
        if when_ps < self.now_ps:
            raise TimeError(
                f"a wave file must be written forwards in time; it has reached {self.now_ps} ps "
                f"and a change came for {when_ps} ps; listen in simulated-time order"
            )
        if not self._is_done:
            self.flush()
            self._is_done = True
            self._leave()

    def flush(self) -> None:
        """Hand what is gathered to the file; it is then complete up to the present time."""
        if not self._is_done:
            self._file.write("".join(self.block))
            self._file.flush()
        self.block.clear()

    def finish(self, now_ps: int) -> int:
        """Write what is left and the end time, and return that; the file stays open."""
        end_ps = min(max(now_ps, self.now_ps), self._until_ps)
        self.flush()
        if self._is_done or end_ps > self.now_ps:
            self._file.write(f"#{end_ps}\n")
        return end_ps


def change_of(changes: Changes, texts: Texts) -> Change:
    """Return the function that takes the changes of one variable."""
    numbers = texts.look in {Look.UNSIGNED, Look.SIGNED}
    if numbers and texts.mask >> REMEMBERED_BITS:
        return _wide_change(changes, texts)
    if texts.look is Look.REAL:
        return _real_change(changes, texts)
    append = changes.block.append

    def change(when_ps: int, value: object) -> None:
        if when_ps != changes.now_ps:
            changes.advance(when_ps)
        append(texts[value])

    return change


def _wide_change(changes: Changes, texts: Texts) -> Change:
    append, key = changes.block.append, texts.key
    modulus = texts.mask + 1 if texts.look is Look.SIGNED else 0

    def change(when_ps: int, value: int) -> None:
        if when_ps != changes.now_ps:
            changes.advance(when_ps)
        if value < 0:
            value += modulus
        try:
            append(f"b{value:b} {key}\n")
        except ValueError:  # a whole number held in a float
            append(f"b{int(value):b} {key}\n")

    return change


def _real_change(changes: Changes, texts: Texts) -> Change:
    append, key = changes.block.append, texts.key

    def change(when_ps: int, value: float) -> None:
        if when_ps != changes.now_ps:
            changes.advance(when_ps)
        append(f"r{value:.17g} {key}\n")  # exact, and a third faster than repr

    return change
