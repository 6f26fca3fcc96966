"""Value changes on their way into a VCD file.

A listener appends texts; a new time appends its stamp; texts are joined and written in blocks.
Real numbers, very wide ones and messages wait as they are and are printed together, block by
block: printed one by one they would be the most expensive part by far. Measured against pyvcd's
plain `change`: `make bench` and README.md, section Cost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import repeat
from typing import IO, Any

import numpy as np
from pydantic_core import to_json

from cosim.probes import Pen, Printing
from waveforms.traces import Look
from waveforms.watch import Change, Ear
from waveforms.wave_file import Body, Course

BLOCK = 4_096
"""texts gathered before they are joined and written. Measured within a run: 256 take three times as
long, as all that writes must come back into the caches of the host."""

REMEMBERED = 4096
"""texts remembered for one kind of value, so that a value which comes again is not formatted
again."""

NARROW_BITS = 12
"""bits; wider numbers seldom repeat and are not remembered."""

BROAD_BITS = 64
"""bits; wider numbers of whole bytes are printed together. Measured: below, one by one is as fast;
others would have to lose what a byte has in front, which takes as long."""

REAL, LATE, BROAD, TEXT = "\0", "\1", "\2", "\3"
"""Where a real number, what comes late, a very wide number and a text of the first kind belong in
the texts of a block; no text holds them."""

SPACE = "\\x20"

_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(33), 127)}
_ESCAPES |= {ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def escaped(text: str) -> str:
    """Return a text as a VCD string value: no white space, ASCII only, with GTKWave's escapes."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text.replace(" ", SPACE)
    plain = text.translate(_ESCAPES)
    if plain.isascii():
        return plain
    return "".join(chr(byte) if byte < 128 else f"\\x{byte:02x}" for byte in plain.encode())


@dataclass(frozen=True)
class Variable:
    """One variable of a VCD file: its identifier, how it is drawn, its width, its states.

    What it tells may be about the time since it told something before: then it `is_late`. Values
    that come as numbers are made texts together, as `printing` says.
    """

    key: str
    look: Look
    width_bits: int = 1
    states: tuple[str, ...] = ()
    is_late: bool = False
    printing: Printing | None = None

    @cached_property
    def tail(self) -> str:
        """What follows a value."""
        return f"{self.key}\n" if self.look in {Look.BIT, Look.EVENT} else f" {self.key}\n"

    @property
    def is_wide(self) -> bool:
        """Whether it is a number whose values seldom repeat."""
        return self.width_bits > NARROW_BITS and self.look in {Look.UNSIGNED, Look.SIGNED}

    @property
    def is_broad(self) -> bool:
        """Whether it is a number whose digits cost more than all else of a line."""
        is_whole = self.width_bits > BROAD_BITS and self.width_bits % 8 == 0
        return is_whole and self.look is Look.UNSIGNED

    @cached_property
    def lines(self) -> dict[Any, str]:
        """What is written for each value, if these are few; else each is made when it comes."""
        if self.look is Look.BIT:
            return {bit: f"{bit}{self.tail}" for bit in (0, 1)}
        if self.look is Look.STATE:
            return {state: f"s{escaped(state)}{self.tail}" for state in self.states}
        return Made(lambda value: self.head(value) + self.tail, 0)

    def head(self, value: Any) -> str:
        """Return what is written before the identifier."""
        look = self.look
        if look is Look.UNSIGNED or look is Look.SIGNED:  # `in` a set costs a call for each member
            return f"b{int(value) & (1 << self.width_bits) - 1:b}"
        if look is Look.REAL or look is Look.POWER:
            return f"r{value:.17g}"
        return "1" if look is Look.EVENT else f"s{escaped(str(value or ''))}"


class Made(dict[Any, str]):
    """Texts made when their value first comes; `most` of them are remembered."""

    def __init__(self, make: Callable[[Any], str], most: int = REMEMBERED) -> None:
        super().__init__()
        self._make = make
        self._most = most

    def __missing__(self, value: Any) -> str:
        """Make the text of a value."""
        text = self._make(value)
        if len(self) < self._most:
            self[value] = text
        return text


class Together:
    """Values that wait as they are until their block is written; a mark holds the place of each.

    One may be several `numbers`: then these wait, one behind the other.
    """

    def __init__(
        self, mark: str, printed: Callable[[Sequence[Any]], list[bytes]], numbers: int = 1
    ) -> None:
        self.mark = mark
        self.values: list[Any] = []
        self.keep: Callable[[Any], None] = (
            self.values.append if numbers == 1 else self.values.extend
        )
        self._printed = printed
        self._numbers = numbers

    def fill(self, text: bytes) -> bytes:
        """Return a text with values for its marks, and forget these values."""
        count = text.count(self.mark.encode())
        if not count:
            return text
        length = count * self._numbers
        filling = self._printed(self.values[:length])
        del self.values[:length]
        return filled(text, self.mark, filling)


class Changes(Body):
    """The body of a VCD file, from the values at its start on.

    With variables that are late the file lags behind: a mark is left where each reading ended,
    the lines of the next reading go there, and only what lies before is written.
    """

    def __init__(self, file: IO[bytes], variables: Sequence[Variable], course: Course) -> None:
        super().__init__(course)
        self.block: list[str] = []
        self._reals = Together(REAL, printed)
        self._broad = Together(BROAD, digits)
        kinds = dict.fromkeys(one.printing for one in variables if one.printing is not None)
        self._texts = {
            kind: Together(chr(ord(TEXT) + number), partial(shown, kind.texts), kind.numbers)
            for number, kind in enumerate(kinds)
        }
        self._together = (self._reals, self._broad, *self._texts.values())
        self._heads: dict[tuple[Look, int], Made] = {}
        self._file = file
        self._variables = variables
        self._lags = any(variable.is_late for variable in variables)
        self._readings: list[list[str]] = []
        self._read_ps = -1
        self._gap = 0
        self._cut: list[int] | None = None

    def begin(self, when_ps: int, values: Sequence[Any]) -> list[Ear]:
        """Write the values all variables have at `when_ps`, then the events of that moment."""
        self.now_ps = when_ps
        dumped, happened = [], []
        for variable, value in zip(self._variables, values, strict=True):
            if variable.is_late:
                continue
            if variable.look is not Look.EVENT:
                dumped.append(variable.lines[value])
            elif value is not None:
                happened.append(variable.lines[value])
        self.block += [f"#{when_ps}\n$dumpvars\n", *dumped, "$end\n", *happened]
        if self._lags:
            self._leave_gap()
        return [Ear(self.change_of(one), Pen(self, one.lines)) for one in self._variables]

    def write(self, when_ps: int, lines: Sequence[str]) -> None:
        """Take the lines of all that changed at one time."""
        if when_ps != self.now_ps:
            self.end_pulses(when_ps)
            if when_ps != self.now_ps:
                self.advance(when_ps)
        self.block.append("".join(lines))

    def advance(self, when_ps: int) -> None:
        """Go to another time; raises TimeError if it is earlier."""
        if not self.now_ps < when_ps < self.until_ps:
            if self._cut is None and when_ps >= self.until_ps:
                self._cut = self._gathered
            self.check(when_ps)
        elif len(self.block) >= BLOCK and not self._lags:
            self.flush()
        self.now_ps = when_ps
        self.block.append(f"#{when_ps}\n")

    @property
    def _gathered(self) -> list[int]:
        """How many texts wait, and how many values of each kind that is printed together."""
        return [len(waiting) for waiting in self._waiting]

    @property
    def _waiting(self) -> list[list[Any]]:
        return [self.block, *(together.values for together in self._together)]

    def flush(self, texts: int | None = None) -> None:
        """Hand what is gathered, or so many texts of it, to the file, which is complete so far."""
        before = self._gathered
        text = "".join(self.block[:texts]).encode("ascii")
        gaps = text.count(LATE.encode())
        if gaps:
            late = ["".join(lines).encode("ascii") for lines in self._readings[:gaps]]
            text = filled(text, LATE, late)
        for together in self._together:
            text = together.fill(text)
        self._file.write(text)
        self._file.flush()
        del self.block[:texts], self._readings[:gaps]
        if self._cut is not None:
            counts = zip(self._cut, before, self._gathered, strict=True)
            self._cut = [cut - (was - now) for cut, was, now in counts]

    def read(self, now_ps: int, line: str) -> None:
        """Take a line about the time since the last reading; one reading may have several."""
        if now_ps != self._read_ps:
            if self._gap < 0:
                return
            self._read_ps = now_ps
            if self._gap >= BLOCK:
                self.flush(self._gap)
            self._readings.append([])
            self._go_on(now_ps)
        self._readings[-1].append(line)

    def _go_on(self, now_ps: int) -> None:
        """Leave a gap for the next reading, unless this was the last one of the window."""
        self._gap = -1
        if self._cut is None and now_ps < self.until_ps:
            if now_ps > self.now_ps:
                self.now_ps = now_ps
                self.block.append(f"#{now_ps}\n")
            self._leave_gap()

    def _leave_gap(self) -> None:
        self._gap = len(self.block)
        self.block.append(LATE)

    def finish(self, end_ps: int) -> None:
        """Write what is left and the end time, and close the file."""
        if self._cut is not None:
            for waiting, count in zip(self._waiting, self._cut, strict=True):
                del waiting[count:]
        if self._lags and self._gap >= 0:  # after the last reading nothing is spent
            self._readings.append([one.lines[0.0] for one in self._variables if one.is_late])
        self.flush()
        if self.is_over or end_ps > self.now_ps:
            self._file.write(f"#{end_ps}\n".encode("ascii"))
        self._file.close()

    def change_of(self, variable: Variable) -> Change:
        """Return the listener that takes the changes of one variable.

        Each is the same but for what it writes: at a time that is already there, one text; at the
        next time, its stamp too; `advance` does the rest. Spelt out, for speed.
        """
        if variable.is_late:
            head, tail = variable.head, variable.tail
            return lambda now_ps, value: self.read(now_ps, head(value) + tail)
        if variable.look in {Look.REAL, Look.POWER}:
            return self._waiting_change(f"r{REAL}{variable.tail}", self._reals)
        if variable.is_broad:
            return self._waiting_change(f"b{BROAD}{variable.tail}", self._broad)
        if variable.is_wide:
            return self._wide_change(variable)
        if variable.printing is not None:
            together = self._texts[variable.printing]
            return self._waiting_change(f"s{together.mark}{variable.tail}", together)
        if isinstance(variable.lines, Made):
            return self._made_change(variable)
        block, append, lines, until_ps = (
            self.block,
            self.block.append,
            variable.lines,
            self.until_ps,
        )

        def change(when_ps: int, value: object) -> None:
            if when_ps != self.now_ps:
                if self.now_ps < when_ps < until_ps and len(block) < BLOCK:
                    self.now_ps = when_ps
                    append(f"#{when_ps}\n{lines[value]}")
                    return
                self.advance(when_ps)
            append(lines[value])

        return change

    def _made_change(self, variable: Variable) -> Change:
        block, append, tail, until_ps = self.block, self.block.append, variable.tail, self.until_ps
        heads = self._heads.setdefault((variable.look, variable.width_bits), Made(variable.head))

        def change(when_ps: int, value: object) -> None:
            if when_ps != self.now_ps:
                if self.now_ps < when_ps < until_ps and len(block) < BLOCK:
                    self.now_ps = when_ps
                    append(f"#{when_ps}\n{heads[value]}{tail}")
                    return
                self.advance(when_ps)
            append(f"{heads[value]}{tail}")

        return change

    def _wide_change(self, variable: Variable) -> Change:
        block, append, tail, until_ps = self.block, self.block.append, variable.tail, self.until_ps
        modulus = 1 << variable.width_bits if variable.look is Look.SIGNED else 0

        def change(when_ps: int, value: int) -> None:
            if value < 0:
                value += modulus
            if when_ps != self.now_ps:
                if self.now_ps < when_ps < until_ps and len(block) < BLOCK:
                    self.now_ps = when_ps
                    append(f"#{when_ps}\n{bin(value)[1:]}{tail}")
                    return
                self.advance(when_ps)
            append(f"{bin(value)[1:]}{tail}")

        return change

    def _waiting_change(self, line: str, together: Together) -> Change:
        block, append, keep, until_ps = (
            self.block,
            self.block.append,
            together.keep,
            self.until_ps,
        )

        def change(when_ps: int, value: object) -> None:
            if when_ps != self.now_ps:
                if self.now_ps < when_ps < until_ps and len(block) < BLOCK:
                    self.now_ps = when_ps
                    append(f"#{when_ps}\n{line}")
                    keep(value)
                    return
                self.advance(when_ps)
            append(line)
            keep(value)

        return change


def filled(text: bytes, mark: str, texts: Sequence[bytes]) -> bytes:
    """Return a text with other texts where its marks are; what has no text yet is left empty."""
    parts = text.split(mark.encode())
    whole = [b""] * (2 * len(parts) - 1)
    whole[::2] = parts
    whole[1 : 2 * len(texts) : 2] = texts
    return b"".join(whole)


def printed(numbers: Sequence[float]) -> list[bytes]:
    """Return real numbers as text, each as short as it can be to read back exactly."""
    return to_json(list(map(float, numbers)), inf_nan_mode="constants")[1:-1].split(b",")


def shown(texts: Callable[[Sequence[int]], list[str]], numbers: Sequence[int]) -> list[bytes]:
    """Return values as VCD string values; escaped at once, unless one has more than spaces."""
    plain = texts(numbers)
    whole = "".join(plain)
    if whole.isascii() and whole.isprintable() and "\\" not in whole:
        return "\n".join(plain).replace(" ", SPACE).encode("ascii").split(b"\n")
    return [escaped(text).encode("ascii") for text in plain]


def digits(numbers: Sequence[int]) -> list[bytes]:
    """Return numbers that are not negative in binary, in whole bytes without zeros in front."""
    whole = list(map(int, numbers))
    size = max(whole).bit_length() + 7 >> 3 or 1
    packed = b"".join(map(int.to_bytes, whole, repeat(size)))
    bits = np.unpackbits(np.frombuffer(packed, np.uint8))
    bits |= ord("0")
    texts: list[bytes] = bits.view(f"S{8 * size}").tolist()
    return [text if text > b"00000001" else text[text.find(b"1") & -8 :] for text in texts]
