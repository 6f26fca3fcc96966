"""Joins observers to a simulation: what a run's folder shows of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cosim import HangWatch, Simulator
from cosim.probes import View
from scenarios.hanging import HangFiles, markers
from scenarios.power_meter import PowerMeter, Spent
from scenarios.scenario import OnHang, RunOptions, Trace, WaveFormat
from waveforms.fst import fst_file
from waveforms.gtkw import Layout, write_save_file
from waveforms.selection import Selection, Trigger, Window
from waveforms.surfer import write_command_file
from waveforms.timeline import TimelineFile
from waveforms.vcd import VcdFile
from waveforms.wave_file import WaveFile


class Waves:
    """The waves and the timeline of one run, in the run's folder; nothing for Trace.NONE.

    `spent` tells the energy of each component, whose power is drawn then.
    """

    def __init__(
        self, simulator: Simulator, options: RunOptions[Any], spent: Spent | None = None
    ) -> None:
        self._simulator = simulator
        self._file: WaveFile | None = None
        if options.on_hang is not OnHang.IGNORE:
            simulator.observe(HangFiles(simulator, options.folder))
        if options.trace is Trace.NONE:
            return
        selection = Selection(options.signals, options.trace.value)
        trigger = Trigger.read(options.trigger) if options.trigger else None
        from_ps, until_ps = options.window_ps or (0, None)
        window = Window(from_ps, until_ps, trigger)
        make = fst_file if options.waves is WaveFormat.FST else VcdFile
        self._file = make(options.folder / f"trace.{options.waves}", selection, window)
        timeline = TimelineFile(options.folder / "timeline.pftrace", selection, window)
        HangWatch("hangs", simulator)
        if spent is not None:
            PowerMeter("power", simulator, spent=spent)
        simulator.observe(self._file)
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
        file = self._file
        if file is None:
            return {}
        layout = replace(layout, markers={**layout.markers, **markers(self._simulator)})
        return {
            "waves": file.path,
            "GTKWave": write_save_file(
                file.path, file.traces, file.end_ps, layout, start_ps=file.start_ps
            ),
            "Surfer": write_command_file(file.path, file.traces, layout),
            "Perfetto": file.path.with_name("timeline.pftrace"),
        }
