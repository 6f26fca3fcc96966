"""`cosim dram`: traces in, tables, files and a run's folder out."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from rich.console import Console

from components.lpddr3 import Lpddr3Config
from components.lpddr3.mapping import address_slices
from cosim import Simulator
from cosim.config import rows, to_toml
from cosim.errors import DataError
from cosim.names import hint
from scenarios.dram import energies, telling
from scenarios.dram.asked import Asked
from scenarios.dram.checking import Checked
from scenarios.dram.commands import CommandWriter, is_command_trace, issued, read_commands
from scenarios.dram.energies import comparisons
from scenarios.dram.outcome import Outcome, outcome
from scenarios.dram.reads import ReadWriter
from scenarios.dram.replaying import Sink, Sinks, replay_detailed, replay_fast
from scenarios.dram.traces import RequestFile
from scenarios.measures.watching import Waves
from scenarios.running.manifest import manifest
from scenarios.running.run_folder import RunFolder
from scenarios.scenario import Mode, RunOptions
from scenarios.scenario import Trace as Shown
from waveforms.gtkw import Layout
from waveforms.report import write_page

ORDER = ("memory.channel[*]", "requester", "memory", "memory.channel[*].bank[*]")
"""Modules of the waves, the first to be seen first."""


class Found(NamedTuple):
    """What one trace gave: of a request trace what the replay found, of commands the check."""

    name: str
    outcome: Outcome | None = None
    checked: Checked | None = None

    def as_keys(self) -> dict[str, Any]:
        """Return what JSON tells."""
        keys = {"trace": self.name} if self.outcome is None else self.outcome.as_keys()
        return keys if self.checked is None else keys | {"timing": self.checked.as_keys()}


def run(traces: Sequence[Path], asked: Asked) -> bool:
    """Replay request traces and check command traces; return whether no rule was broken."""
    asked.check_for(traces)
    console = telling.console()
    found = []
    for path in traces:
        one = check(path, asked) if is_command_trace(path) else replay(path, asked)
        telling.show(console, one.outcome, one.checked)
        found.append(one)
    outcomes = [one.outcome for one in found if one.outcome is not None]
    if len(outcomes) > 1:
        console.print(telling.summary(outcomes))
    if asked.golden is not None:
        wanted = golden(asked.golden, asked.simulator, outcomes)
        console.print("", telling.compared(outcomes, wanted), sep="\n")
        show_energies(console, outcomes, asked.config, wanted)
    if asked.json is not None:
        keys = [one.as_keys() for one in found]
        text = json.dumps(keys[0] if len(keys) == 1 else keys, indent=2)
        asked.json.write_text(text + "\n", encoding="utf-8")
    return not any(one.checked.broken for one in found if one.checked is not None)


def show_energies(
    console: Console, found: Sequence[Outcome], config: Lpddr3Config, wanted: Mapping[str, Any]
) -> None:
    """Print energies by category beside those reported, where there are any."""
    pairs = [pair for one in found for pair in comparisons(one, config, wanted[one.trace])]
    if not pairs:
        return
    console.print("\nenergy: how much ours differs, in percent, at the same currents", style="bold")
    console.print(energies.table(pairs))
    close = sum(not pair.far for pair in pairs)
    console.print(f"{close} of {len(pairs)} differ by at most 3 % in every category (* by more)")
    for pair in pairs:
        for category, reason in pair.reasons.items():
            console.print(f"{pair.trace}, {category.replace('_', ' ')} ({pair.source}): {reason}")


def check(path: Path, asked: Asked) -> Found:
    """Hold a command trace against the timing rules."""
    checked = Checked(name_of(path), asked.config)
    checked.take(read_commands(path))
    return Found(name_of(path), checked=checked)


def replay(path: Path, asked: Asked) -> Found:
    """Replay one request trace and write the files that were asked for."""
    name, config = name_of(path), asked.config
    pieces = RequestFile(path, config.organisation.capacity_bytes, asked.outstanding).pieces()
    checked = Checked(name, config) if asked.check else None
    with ExitStack() as opened:
        folder = opened.enter_context(_folder(name, asked)) if asked.keeps_folder else None
        sinks = _sinks(asked, checked, opened)
        waves: list[Waves] = []
        if asked.mode is Mode.FAST:
            memory, played = replay_fast(config, pieces, sinks)
        else:
            observe = partial(_observe, waves, asked, folder) if folder else None
            memory, played = replay_detailed(config, pieces, sinks, observe)
        one = outcome(name, config, memory, played)
        if folder is not None:
            _keep(folder, one, path, asked, waves)
    return Found(name, one, checked)


def name_of(path: Path) -> str:
    """Return what a trace is called: its file's name without any suffix."""
    return path.name.split(".")[0]


def golden(path: Path, simulator: str, found: Sequence[Outcome]) -> dict[str, Any]:
    """Return the golden results of one simulator; raises DataError if they are not there."""
    try:
        results = json.loads(path.read_text(encoding="utf-8"))["results"]
    except OSError as error:
        raise DataError(f"{path} must hold golden results: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{path} must be JSON with a key 'results'; it is not") from None
    if simulator not in results:
        raise DataError(
            f"--simulator must be one of {', '.join(results)}, not {simulator!r}"
            f"{hint(simulator, results)}"
        )
    for one in found:
        if one.trace not in results[simulator]:
            raise DataError(f"{path} holds no results of {simulator} for {one.trace}")
    return dict(results[simulator])


def _sinks(asked: Asked, checked: Checked | None, opened: ExitStack) -> Sinks:
    """Return who takes commands and reads: writers of files, the checker."""
    slices = address_slices(asked.config.mapping, asked.config.organisation)
    commands: list[Sink] = []
    reads: list[Sink] = []
    if asked.commands is not None:
        writer = CommandWriter(_opened(asked.commands, opened), asked.form)
        commands.append(lambda log: writer.write(issued(log, slices)))
    if checked is not None:
        commands.append(lambda log: checked.take_issued(issued(log, slices)))
    if asked.requests is not None:
        reads.append(ReadWriter(_opened(asked.requests, opened), asked.config).write)
    return Sinks(tuple(commands), tuple(reads))


def _opened(path: Path, opened: ExitStack) -> IO[str]:
    return opened.enter_context(path.open("w", encoding="ascii", newline="\n"))


def _folder(name: str, asked: Asked) -> RunFolder:
    return RunFolder(asked.out, f"dram-{name}", repr((to_toml(asked.config), asked.mode)))


def _options(asked: Asked, folder: RunFolder) -> RunOptions[Lpddr3Config]:
    shown = Shown.FULL if asked.waves else Shown.NONE
    return RunOptions(asked.config, folder.path, asked.mode, shown, asked.window_ps, images=0)


def _observe(waves: list[Waves], asked: Asked, folder: RunFolder, simulator: Simulator) -> None:
    waves.append(Waves(simulator, _options(asked, folder)))


def _keep(
    folder: RunFolder, one: Outcome, path: Path, asked: Asked, waves: Sequence[Waves]
) -> None:
    """Write what is known at the end into the run's folder."""
    for wave in waves:
        wave.write_layout(Layout(order=ORDER))
    folder.write_text("config.toml", to_toml(asked.config))
    folder.write_text("metrics.json", json.dumps(one.as_keys(), indent=2) + "\n")
    facts = manifest("dram", asked.line, _options(asked, folder), [path], one.host["cpu_s"])
    folder.write_text("manifest.json", json.dumps(facts, indent=2) + "\n")
    if asked.report:
        page = telling.page(one, rows(asked.config))
        folder.write("report.html", lambda file: write_page(file, page))
    telling.console().print(f"kept in {folder.final}", soft_wrap=True)
