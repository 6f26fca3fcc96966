"""Joins observers to a simulation: what a run's folder shows of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.cpu.pipeline import PipelineLog
from cosim import ConfigError, HangWatch, Simulator
from cosim.probes import View
from cosim.units import show_time
from scenarios.measures.power_meter import PowerMeter
from scenarios.measures.span_log import SpanLog
from scenarios.measures.transactions import FILE, TransactionLog
from scenarios.running.hanging import HangFiles, markers
from scenarios.scenario import OnHang, RunOptions, Trace, WaveFormat
from scenarios.showing.telling import OFFLOAD
from scenarios.showing.why import Why
from scenarios.soc import Soc
from waveforms.chains import append_chains
from waveforms.fst import fst_file
from waveforms.gtkw import Layout, write_save_file
from waveforms.kanata import write_kanata
from waveforms.selection import Selection, Trigger, Window
from waveforms.surfer import write_command_file
from waveforms.timeline import TimelineFile
from waveforms.vcd import VcdFile
from waveforms.wave_file import FOREVER, WaveFile

LEAD_PS = 100_000
"""ps before a window from which on the fast shell shows everything: what was spent unseen, and is
drawn at once, is over by then. estimate: twenty bursts of the memory."""

CHAINS = "transactions that left the first level"
"""Track of the timeline that has them."""

SHELLS = (
    "Fast shell outside the window, detailed shell inside it: every change in the window is here."
)
"""Note in the header of the waves of a fast run with a window."""

FILMED = (
    "Fast shell: what its loop did between two events is here too, change by change, from the ring"
    " in which it keeps transactions and the film in which it keeps what its parts show."
)
"""Note in the header of the waves of a whole fast run."""


class Waves:
    """The waves and the timeline of one run, in the run's folder; nothing for Trace.NONE.

    Of a machine the power of each component is drawn too, and what its island does in the window.
    """

    def __init__(
        self, simulator: Simulator, options: RunOptions[Any], machine: Soc | None = None
    ) -> None:
        self._simulator = simulator
        self._file: WaveFile | None = None
        self._log: PipelineLog | None = None
        self.spans = SpanLog()
        self._transactions: TransactionLog | None = None
        self._island = None if machine is None else machine.island
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
        timeline = TimelineFile(options.folder / "timeline.pftrace", selection, window, (OFFLOAD,))
        HangWatch("hangs", simulator)
        if machine is not None:
            edges = machine.power_edges
            PowerMeter("power", simulator, spent=machine.energy_pj, edges=edges)
            self._follow_island(machine, window)
            if options.trace is Trace.FULL:
                self._log_transactions(machine, window, options.folder)
            if window != Window():
                self._log_pipeline(machine, window)
        simulator.observe(self._file)
        simulator.observe(timeline)
        simulator.observe(self.spans)
        simulator.observe(self)

    def _follow_island(self, machine: Soc, window: Window) -> None:
        """Let the island of the fast shell go instant by instant while the window is open."""
        island, file = machine.island, self._file
        if island is None or file is None:
            return
        until_ps = FOREVER if window.until_ps is None else window.until_ps
        island.remembers = True
        if window.trigger is not None:
            file.opened = lambda from_ps: island.watch(from_ps, until_ps)
            file.note = SHELLS
        elif window != Window():
            island.watch(max(window.from_ps - LEAD_PS, 0), until_ps)
            file.note = SHELLS
        else:
            island.overhears = True
            file.note = FILMED

    def _log_transactions(self, machine: Soc, window: Window, folder: Path) -> None:
        """Keep the transactions that begin while the window is open."""
        until_ps = FOREVER if window.until_ps is None else window.until_ps
        self._transactions = log = TransactionLog(machine, folder / FILE, window.from_ps, until_ps)
        if window.trigger is not None and self._file is not None:
            log.from_ps = FOREVER
            self._file.opened = _both(self._file.opened, log.begin)
        self._simulator.observe(log)

    def _log_pipeline(self, machine: Soc, window: Window) -> None:
        """Follow each instruction through the core while the window is open."""
        until_ps = FOREVER if window.until_ps is None else window.until_ps
        from_ps = FOREVER if window.trigger is not None else window.from_ps
        self._log = log = PipelineLog(machine.core, from_ps, until_ps)
        if window.trigger is not None and self._file is not None:
            self._file.opened = _both(self._file.opened, log.begin)

    def start(self, view: View) -> None:
        """Raise ConfigError for a trigger that the loop of the fast shell would not hear."""
        file, island = self._file, self._island
        if file is None or island is None:
            return
        probe = file.window.triggering(view.probes())
        if probe is not None and island.keeps(probe):
            raise ConfigError(
                f"--from {file.window.trigger} must be of what is told while the run goes on;"
                f" the loop of the fast shell keeps {probe.path} to itself: use --mode detailed"
            )

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
        files = {"waves": file.path}
        if self._transactions is not None:
            chains = Why(self._transactions.all).chains()
            append_chains(file.path.with_name("timeline.pftrace"), CHAINS, chains)
        if self._log is not None:
            files["Konata"] = file.path.with_name("pipeline.kanata")
            write_kanata(files["Konata"], self._log.all)
        return files | {
            "GTKWave": write_save_file(
                file.path, file.traces, file.end_ps, layout, start_ps=file.start_ps
            ),
            "Surfer": write_command_file(file.path, file.traces, layout),
            "Perfetto": file.path.with_name("timeline.pftrace"),
        }

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What must be said of the waves: a window that the run did not come to."""
        file = self._file
        if file is None or not file.missed:
            return ()
        awaited, end = f"{file.window}", show_time(self._simulator.now_ps)
        return (("nothing in the waves", f"the run ended at {end}, before its window: {awaited}"),)


def _both(first: Callable[[int], None], second: Callable[[int], None]) -> Callable[[int], None]:
    """Return what calls both with the same time."""

    def call(when_ps: int) -> None:
        first(when_ps)
        second(when_ps)

    return call
