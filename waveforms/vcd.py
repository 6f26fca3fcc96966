"""Value change dump: an observer of probes that GTKWave, Surfer and vcd2fst read.

Models:     1 ps time scale; modules as scopes; gauges, signals, spans, energy as power in mW.
            The file is the same, byte for byte, for the same run.
Leaves out: held counters; the x and z states; delta cycles, of which a viewer shows the last.
Source:     IEEE 1364-2005 section 18; `string` variables as GTKWave defines them.
Checked by: tests/waveforms/test_vcd.py, tests/waveforms/test_vcd_properties.py
"""

from collections.abc import Sequence
from io import StringIO

from vcd import VCDWriter

from waveforms.changes import Changes, Variable
from waveforms.traces import Look, Trace
from waveforms.wave_file import DATE, Course, WaveFile

VARIABLES = {
    Look.REAL: ("real", 64),
    Look.POWER: ("real", 64),
    Look.STATE: ("string", 1),
    Look.TEXT: ("string", 1),
    Look.SPAN: ("string", 1),
    Look.EVENT: ("event", 1),
}
"""VCD variable type and size of each look that is not a plain number of bits."""


class VcdFile(WaveFile):
    """Writes the chosen probes of a simulation into a VCD file."""

    def body(self, comment: str, course: Course) -> Changes:
        """Write the header; return what takes the values."""
        header, keys = _header(self.traces, comment)
        file = self.path.open("wb")
        file.write(header.encode("ascii"))
        variables = [
            Variable(key, trace.look, trace.width_bits, trace.states, trace.is_late, trace.printing)
            for trace, key in zip(self.traces, keys, strict=True)
        ]
        return Changes(file, variables, course)


def _header(traces: Sequence[Trace], comment: str) -> tuple[str, list[str]]:
    """Return the text up to `$enddefinitions`, and the identifier of each trace."""
    text = StringIO()
    writer = VCDWriter(text, timescale="1 ps", date=DATE, version="cosim", comment=comment)
    variables = []
    for trace in traces:
        kind, size = VARIABLES.get(trace.look, ("wire", trace.width_bits))
        variables.append(writer.register_var(trace.scopes, trace.name, kind, size))
    writer.close()
    end = "$enddefinitions $end\n"
    return text.getvalue().partition(end)[0] + end, [one.ident for one in variables]
