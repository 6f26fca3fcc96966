"""The command `cosim`: one thin function a command.

Leaves with 0, with 2 and one sentence on standard error for anything that was given wrongly,
with 1 for a simulation that broke a rule, with 130 after Ctrl-C or the end of a batch system's
patience.
"""

import signal
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.console import Console
from typer.exceptions import TyperException

from cosim.config import Config, from_toml, override, rows
from cosim.errors import ConfigError, CosimError, DeadlockError, ProtocolError, TimeError
from cosim.event import KernelWarning
from cosim.registry import load_file
from cosim.units import time_ps
from scenarios import doctor as looking
from scenarios import registry
from scenarios.accuracy.command import accuracy
from scenarios.analog import options as analog_options
from scenarios.analog.unroll_command import unroll
from scenarios.claims.command import claims
from scenarios.dram import options as dram_options
from scenarios.new_command import new
from scenarios.running import arguments, tracing
from scenarios.running.execution import Finished, execute
from scenarios.running.progress import Progress
from scenarios.running.run_folder import check_writable, locate, replace_text
from scenarios.scenario import Mode, OnHang, RunOptions, Scenario, WaveFormat
from scenarios.showing import tables
from scenarios.showing.looking import DIFFERENT, diff, report, view, why
from scenarios.studies.conv_fc.command import conv_fc
from scenarios.sweep.command import best, export, sweep
from scenarios.traces import replay as replaying
from scenarios.training_command import train

OK, BROKEN, WRONG, INTERRUPTED = 0, DIFFERENT, 2, 130

NO_BASE = "none"
"""What `--against` is told if nothing is wanted there."""

app = typer.Typer(
    help="Simulate CPU, memory and in-memory-computing co-processor as one system.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command()
def run(
    context: typer.Context,
    scenario: arguments.Story,
    file: arguments.File = None,
    settings: arguments.Settings = None,
    mode: arguments.Shell = None,
    trace: arguments.Shown = None,
    window: arguments.Window = "",
    signals: arguments.Signals = None,
    waves: arguments.Format = None,
    trigger: arguments.Trigger = "",
    images: arguments.Images = 1,
    seed: arguments.Seed = 0,
    on_hang: arguments.Hangs = OnHang.DRAW,
    patience: arguments.Patience = "",
    checkpoint: arguments.Saved = None,
    checkpoint_at: arguments.SavedAt = "0",
    restore: arguments.Restored = None,
    record_trace: arguments.Recorded = None,
    against: arguments.Against = "",
    out: arguments.Out = arguments.RUNS,
) -> None:
    """Run a scenario and keep what it found in a folder of its own."""
    story = registry.find(scenario)
    alone = images == 1 and not story.is_long
    choices = {"--window": window, "--from": trigger, "--signals": signals, "--waves": waves}
    options = RunOptions(
        configured(story, file, settings or ()),
        out,
        mode or (Mode.DETAILED if alone else Mode.FAST),
        tracing.level(scenario, story, trace, images, choices),
        read_window(window), tuple(signals or ()), images, seed, on_hang, read_patience(patience),
        None if checkpoint is None else (time_ps(checkpoint_at), checkpoint), restore, record_trace,
        waves or WaveFormat.VCD, trigger,
        against=locate(against, out) if against not in ("", NO_BASE) else None,
        beside=not against and not story.is_long,
    )  # fmt: skip
    done = execute(Path(scenario).stem, story, options, out, ("cosim", *context.obj))
    show(done, tracing.sight(done.folder, story, options.trace))


def configured(story: Scenario[Any], file: Path | None, settings: Iterable[str]) -> Config:
    """Return a scenario's configuration: its defaults or a file, then each PATH=VALUE."""
    config: Config = from_toml(story.config, file) if file else story.config()
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set must be PATH=VALUE, not {setting!r}")
        config = override(config, path.strip(), value.strip())
    return config


def show(done: Finished, sight: str) -> None:
    """Print what a run found, where it is kept, and how its waves are to be seen."""
    console = Console()
    console.print(tables.summary(done.metrics, done.result.rows))
    for table in tables.chapters(done.metrics):
        console.print("", table, sep="\n")
    for told in done.result.tables.values():
        shown = tables.listed(told.columns, told.rows)
        console.print(f"\n{told.title}", shown, *([told.note] if told.note else []), sep="\n")
    console.print(f"\nkept in {done.folder}", soft_wrap=True)
    if sight:
        console.print(sight, soft_wrap=True)


@app.command("list")
def list_scenarios(
    scenario: Annotated[str, typer.Argument(help="show the parameters of this one")] = "",
) -> None:
    """List the scenarios, or the parameters of one with their units and sources."""
    if scenario:
        table = tables.parameters(rows(registry.find(scenario).config()))
    else:
        found = ((name, registry.find(name).doc) for name in registry.known())
        table = tables.listed(("scenario", "what it shows"), found)
    Console().print(table)


@app.command()
def replay(
    trace: Annotated[Path, typer.Argument(help="ChampSim trace: plain, xz or gzip")],
    preset: Annotated[
        str, typer.Option(help="machine: soc, or champsim_<configuration>")
    ] = replaying.SOC,
    warm_up: Annotated[
        int, typer.Option("--warmup", min=0, help="instructions that run first, uncounted")
    ] = 0,
    instructions: Annotated[
        int | None, typer.Option(min=1, help="how many then count; a short trace is repeated")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="same results; fast is fast")] = Mode.FAST,
    file: Annotated[Path | None, typer.Option("--json", help="keep the metrics here")] = None,
) -> None:
    """Run an instruction trace through core, caches and memory."""
    if file is not None:
        check_writable(file.parent)
    progress = Progress()
    try:
        metrics = replaying.Replay(trace, preset, warm_up, instructions, mode).run(progress)
    finally:
        progress.close()
    console = Console()
    for table in (tables.summary(metrics), *tables.chapters(metrics)):
        console.print(table, "")
    if file is not None:
        replace_text(file, metrics.to_json())
        console.print(f"kept in {file}", soft_wrap=True)


@app.command()
def dram(
    context: typer.Context,
    traces: dram_options.Traces,
    name: dram_options.Preset = "lpddr3_1600_x64",
    file: dram_options.ConfigFile = None,
    settings: dram_options.Settings = None,
    plugins: dram_options.Plugins = None,
    mode: Annotated[Mode | None, typer.Option(help="same results; detailed for waves")] = None,
    outstanding: dram_options.Outstanding = None,
    waves: dram_options.Waves = False,
    window: dram_options.Window = "",
    report: dram_options.Report = False,
    check: dram_options.Check = False,
    json: dram_options.Json = None,
    commands: dram_options.Commands = None,
    form: dram_options.Form = "ramulator",
    requests: dram_options.Requests = None,
    golden: dram_options.Golden = None,
    simulator: dram_options.Simulator = "ramulator2.1_rowhit",
    like: dram_options.Like = False,
    out: arguments.Out = arguments.RUNS,
) -> None:
    """Replay memory request traces on the LPDDR3, or check command traces against JEDEC's rules."""
    from scenarios.dram.asked import Asked, configured
    from scenarios.dram.running import run as run_traces

    for plugin in plugins or ():
        load_file(plugin)
    asked = Asked(
        configured(name, file, settings or (), simulator if like else ""),
        mode or (Mode.DETAILED if waves else Mode.FAST),
        outstanding, waves, read_window(window), report, check, json, commands, form, requests,
        golden, simulator, out, ("cosim", *context.obj),
    )  # fmt: skip
    if not run_traces(traces, asked):
        raise typer.Exit(BROKEN)


@app.command()
def spice(
    subject: analog_options.Subject,
    tiles: analog_options.Tiles = None,
    inputs: analog_options.Inputs = 3,
    columns: analog_options.Columns = 8,
    rows: analog_options.Rows = 8,
    whole: analog_options.Whole = False,
    run: analog_options.Run = True,
    settings: analog_options.Settings = None,
    data: analog_options.Data = None,
    seed: arguments.Seed = 0,
    out: analog_options.Folder = None,
) -> None:
    """Write ngspice decks of tiles and networks, run them, and compare our levels with them."""
    from scenarios.analog import asked

    chosen = asked.subject_of(subject, data, columns, rows, seed)
    config = asked.configured(settings or ())
    asked.spice(chosen, config, tiles or (), inputs, whole, run, seed, out)


@app.command("map")
def map_layers(
    subject: analog_options.Subject,
    settings: analog_options.Settings = None,
    data: analog_options.Data = None,
    seed: arguments.Seed = 0,
    out: analog_options.Folder = None,
) -> None:
    """Show where dense layers lie in subarrays and tiles, and what an inference takes."""
    from scenarios.analog import asked

    asked.place(asked.subject_of(subject, data, 0, 0, seed), asked.configured(settings or ()),
                seed, out)  # fmt: skip


@app.command()
def wires(
    subject: analog_options.Subject,
    ohms: analog_options.Ohms = "0,2,5,10",
    tiles: analog_options.TileSizes = "16,32,64",
    spreads: analog_options.Spreads = "0,0.05,0.1",
    images: analog_options.Images = 10_000,
    settings: analog_options.Settings = None,
    data: analog_options.Data = None,
    seed: arguments.Seed = 0,
    out: analog_options.Folder = None,
) -> None:
    """Draw a network's accuracy over wire resistance, tile size and spread of the junctions."""
    from scenarios.analog import asked

    chosen = asked.subject_of(subject, data, 0, 0, seed)
    config = asked.configured(settings or ())
    asked.wires(chosen, config, (ohms, tiles, spreads), images, seed, out)


for command in (
    view, report, diff, why, accuracy, claims, train, sweep, best, export, unroll,
    conv_fc
):  # fmt: skip
    app.command()(command)
app.add_typer(new, name="new")


@app.command()
def doctor(
    warm: Annotated[bool, typer.Option("--warm", help="compile everything now")] = False,
) -> None:
    """Tell what is installed, what is missing and how to get it."""
    if warm:
        typer.echo("compiling for this machine (once, about a minute)", err=True)
        typer.echo(f"compiled in {looking.warm():.0f} s", err=True)
        return
    found = list(looking.findings())
    table = ((one.name, one.found or f"missing: {one.remedy}", one.purpose) for one in found)
    Console().print(tables.listed(("what", "found", "for"), table))
    if any(one.needed and not one.found for one in found):
        raise typer.Exit(BROKEN)


def read_window(text: str) -> tuple[int, int] | None:
    """Return START:END in ps, None for nothing; raises ConfigError for anything else."""
    if not text:
        return None
    start, _, end = text.partition(":")
    try:
        window = time_ps(start or "0"), time_ps(end)
    except (ConfigError, TimeError):
        raise ConfigError(
            f"--window must be START:END, as 10us:20us, in whole ps, not {text!r}"
        ) from None
    if not 0 <= window[0] < window[1]:
        raise ConfigError(
            f"--window must start at 0 or later and end later than it starts, not {text!r}"
        )
    return window


def read_patience(text: str) -> int | None:
    """Return a time in ps, None for nothing; raises ConfigError for anything else."""
    if not text:
        return None
    patience_ps = time_ps(text)
    if patience_ps <= 0:
        raise ConfigError(f"--patience must be longer than 0 ps, as 10us, not {text!r}")
    return patience_ps


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code; being terminated is an interrupt."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(dispatch(sys.argv[1:] if arguments is None else arguments))


def dispatch(arguments: Sequence[str]) -> int:
    """Run one command; return the exit code, after one sentence on standard error if not 0."""
    command = typer.main.get_command(app)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", KernelWarning)
            warnings.showwarning = _warn
            code = command.main(
                list(arguments), prog_name="cosim", standalone_mode=False, obj=tuple(arguments)
            )
    except TyperException as error:
        return _tell(error.format_message(), WRONG)
    except (ProtocolError, DeadlockError) as error:
        return _tell(str(error), BROKEN)
    except CosimError as error:
        return _tell(str(error), WRONG)
    except OSError as error:
        return _tell(f"{error.filename or 'a file'} failed: {error.strerror}", WRONG)
    if code == INTERRUPTED:
        _tell("interrupted; what was finished is kept, nothing else", INTERRUPTED)
    return int(code or OK)


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a warning as a sentence, without the place in our text where it arose."""
    typer.echo(f"cosim: {message}", err=True)


def _tell(sentence: str, code: int) -> int:
    typer.echo(f"cosim: {sentence}", err=True)
    return code
