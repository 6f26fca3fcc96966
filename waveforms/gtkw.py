"""GTKWave save file: opens a VCD file grouped, coloured, formatted and zoomed.

Models:     groups as the machine's modules, one colour per role, decimals for numbers, text for
            states and spans, analog steps for reals, markers with names, a first time span.
Leaves out: translation filters; states are text in the VCD file already.
Source:     pyvcd's writer; names and zoom law of GTKWave 3.3.118 by experiment (README.md).
Checked by: tests/waveforms/test_gtkw.py, tests/waveforms/test_gtkwave.py
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from string import ascii_lowercase
from typing import IO, NamedTuple

from vcd.gtkw import GTKWColor, GTKWFlag, GTKWSave

from cosim.errors import ConfigError
from cosim.names import matches
from waveforms.traces import Look, Trace

WINDOW_PIXELS = (1600, 900)
SIGNALS_PIXELS = 330
"""Window, and its column of names and values; 30 characters fit side by side."""

WAVES_PIXELS = WINDOW_PIXELS[0] - SIGNALS_PIXELS - 50
"""Width left for the waves; 50 pixels are borders and the closed search tree."""

ZOOM_PIXELS = 200
"""GTKWave's unit of zoom: at zoom -z, 2**z time units take 200 pixels."""

MARGIN = 40
"""GTKWave may show a 40th more than the span; it goes back to the first time of the dump if that
is past the last. Measured: 1/45 more with our settings, 1/90 less with its own."""

ANALOG_ROWS = 1
"""Extra rows of height of a real trace that is not one of many lanes."""

COLORS = {
    Look.SPAN: GTKWColor.orange,
    Look.STATE: GTKWColor.yellow,
    Look.TEXT: GTKWColor.yellow,
    Look.BIT: GTKWColor.green,
    Look.UNSIGNED: GTKWColor.normal,
    Look.SIGNED: GTKWColor.normal,
    Look.REAL: GTKWColor.violet,
    Look.POWER: GTKWColor.red,
    Look.EVENT: GTKWColor.normal,
}
"""The legend; README.md shows it. Blue and indigo are too dark on GTKWave's black."""

FORMATS = {
    Look.SPAN: "ascii",
    Look.STATE: "ascii",
    Look.TEXT: "ascii",
    Look.BIT: "bin",
    Look.UNSIGNED: "dec",
    Look.SIGNED: "signed",
    Look.REAL: "real",
    Look.POWER: "real",
    Look.EVENT: "bin",
}

MARKERS = len(ascii_lowercase)
"""Named markers that GTKWave has."""

HEX_BITS = 33
"""bits; numbers this wide or wider are addresses or patterns, and are shown in hexadecimal."""


@dataclass(frozen=True)
class Layout:
    """What a viewer shows first.

    `span_ps` is the visible time, None for everything; `markers` are named times, 26 at most:
    the values beside the names are those at the first visible one, or at the start. Modules
    that match a pattern in `closed` start folded; `order` lists patterns of the modules
    to show first.
    """

    span_ps: tuple[int, int] | None = None
    markers: Mapping[str, int] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.markers) > MARKERS:
            raise ConfigError(
                f"a layout must have {MARKERS} markers at most, A to Z, not {len(self.markers)}"
            )
        if self.span_ps is not None and not 0 <= self.span_ps[0] < self.span_ps[1]:
            raise ConfigError(f"a layout must show a span of time, not {self.span_ps} ps")

    def groups(self, traces: Iterable[Trace]) -> Iterator[tuple[str, list[Trace]]]:
        """Return the traces of each module, the modules named in `order` first."""
        ordered = sorted(traces, key=lambda trace: self._rank(trace.module))
        for module, members in groupby(ordered, key=lambda trace: trace.module):
            yield module, list(members)

    def _rank(self, module: str) -> int:
        ranks = (rank for rank, one in enumerate(self.order) if matches(module, one))
        return next(ranks, len(self.order))

    def is_closed(self, module: str) -> bool:
        """Tell whether a module's group starts folded."""
        return any(matches(module, pattern) for pattern in self.closed)


def viewer_name(trace: Trace) -> str:
    """Return the one name under which GTKWave finds a trace; it drops all others silently."""
    if trace.look in {Look.UNSIGNED, Look.SIGNED}:
        return f"{trace.path}[{trace.width_bits - 1}:0]"
    return trace.path


def zoom_of(duration_ps: int, pixels: int = WAVES_PIXELS) -> float:
    """Return the zoom at which a duration just fills the waves' width."""
    return -math.log2(duration_ps * ZOOM_PIXELS / pixels)


def write_save_file(
    dump: Path,
    traces: Sequence[Trace],
    end_ps: int,
    layout: Layout | None = None,
    *,
    start_ps: int = 0,
) -> Path:
    """Write the save file beside a VCD file, with the suffix `.gtkw`, and return its path.

    Without a span in the layout it opens from `start_ps` to `end_ps`, the times of the dump.
    Both files are named without a folder, so that a run's folder can be moved; GTKWave then
    looks for the dump beside the save file, from whatever folder it is started.
    """
    layout = layout or Layout()
    view = _view(layout.span_ps or (start_ps, end_ps), start_ps, end_ps)
    path = dump.with_suffix(".gtkw")
    with path.open("w", encoding="utf-8", newline="\n") as file:
        save = GTKWSave(file)
        save.dumpfile(dump.name, abspath=False)
        save.savefile(path.name, abspath=False)
        save.timestart(view.from_ps)
        save.size(*WINDOW_PIXELS)
        save.signals_width(SIGNALS_PIXELS)
        save.sst_expanded(False)
        _markers(file, save, view, layout.markers)
        for module, members in layout.groups(traces):
            with save.group(module, closed=layout.is_closed(module)):
                for trace in members:
                    _row(save, trace)
    return path


class _View(NamedTuple):
    from_ps: int
    until_ps: int
    zoom: float


def _view(span_ps: tuple[int, int], start_ps: int, end_ps: int) -> _View:
    """Return the view of a span, cut to the dump; it may begin earlier to leave a margin."""
    until_ps = max(min(span_ps[1], end_ps), start_ps + 1)
    from_ps = min(max(span_ps[0], start_ps), until_ps - 1)
    shown_ps = (until_ps - from_ps) * (MARGIN + 1) // MARGIN
    first_ps = max(start_ps, min(from_ps, end_ps - shown_ps))
    return _View(first_ps, until_ps, zoom_of(until_ps - from_ps))


def _markers(file: IO[str], save: GTKWSave, view: _View, markers: Mapping[str, int]) -> None:
    """Write zoom and markers; the values beside the names are those at the first one in view."""
    named = dict(zip(ascii_lowercase, markers.values(), strict=False))
    in_view = (when for when in named.values() if view.from_ps <= when <= view.until_ps)
    save.zoom_markers(view.zoom, next(in_view, view.from_ps), **named)
    for letter, name in zip(ascii_lowercase, markers, strict=False):
        file.write(f"[markername] {letter.upper()}{name}\n")


def _row(save: GTKWSave, trace: Trace) -> None:
    analog = trace.look in {Look.REAL, Look.POWER}
    wide = trace.look is Look.UNSIGNED and trace.width_bits >= HEX_BITS
    save.trace(
        viewer_name(trace),
        alias=f"{trace.name} ({trace.unit})" if trace.unit else trace.name,
        color=COLORS[trace.look],
        datafmt="hex" if wide else FORMATS[trace.look],
        rjustify=False,
        extraflags=GTKWFlag.analog_step if analog else GTKWFlag.none,
    )
    for _ in range(ANALOG_ROWS if analog and not trace.is_lane else 0):
        save.blank(analog_extend=True)
