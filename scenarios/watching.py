"""Joins observers to a simulation: what a run's folder shows of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cosim import HangWatch, Simulator
from cosim.probes import View
from scenarios.hanging import HangFiles, markers
from scenarios.scenario import OnHang, RunOptions, Trace
from waveforms.gtkw import Layout, write_save_file
from waveforms.selection import Selection, Window
from waveforms.surfer import write_command_file
from waveforms.timeline import TimelineFile
from waveforms.vcd import VcdFile


class Waves:
    """The waves and the timeline of one run, in the run's folder; nothing for Trace.NONE."""

    def __init__(self, simulator: Simulator, options: RunOptions[Any]) -> None:
        self._simulator = simulator
        self._vcd: VcdFile | None = None
        if options.on_hang is not OnHang.IGNORE:
            simulator.observe(HangFiles(simulator, options.folder))
        if options.trace is Trace.NONE:
            return
        selection = Selection(options.signals, options.trace.value)
        window = Window(*(options.window_ps or ()))
        self._vcd = VcdFile(options.folder / "trace.vcd", selection, window)
        timeline = TimelineFile(options.folder / "timeline.pftrace", selection, window)
        HangWatch("hangs", simulator)
        simulator.observe(self._vcd)
        simulator.observe(timeline)
        simulator.observe(self)

    def start(self, view: View) -> None:
        """Watch nothing."""

    def finish(self, now_ps: int) -> None:
        """Let viewers open a run that hangs; the wave files are complete by now."""
        if self._simulator.hang is not None:
            self.write_layout(Layout())

    def write_layout(self, layout: Layout) -> Mapping[str, Path]:
        """Write the viewers' files once the run is finished; return all files by what they are."""
        vcd = self._vcd
        if vcd is None:
            return {}
        layout = replace(layout, markers={**layout.markers, **markers(self._simulator)})
        return {
            "waves": vcd.path,
            "GTKWave": write_save_file(
                vcd.path, vcd.traces, vcd.end_ps, layout, start_ps=vcd.start_ps
            ),
            "Surfer": write_command_file(vcd.path, vcd.traces, layout),
            "Perfetto": vcd.path.with_name("timeline.pftrace"),
        }
